"""From a draft to a plan in force: checked, submitted, approved by somebody else, in force on its day."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import (
    CurtailmentPlanApprovedV1,
    CurtailmentPlanCheckedV1,
    CurtailmentPlanEnteredForceV1,
    CurtailmentPlanReturnedV1,
    CurtailmentPlanSubmittedV1,
    CurtailmentPlanSupersededV1,
)
from libs.common.local_time import today_of
from libs.common.registry.queries import work_calendar
from libs.common.web.problems import FieldError
from services.energy.curtailment import plan_repository, repository
from services.energy.curtailment.domain.checks import check_plan, has_faults
from services.energy.curtailment.domain.findings import CheckedUser, Finding, MeterFacts, Severity, Weekday
from services.energy.curtailment.domain.plan import PlanAct, PlanStatus
from services.energy.curtailment.domain.users import Category, Measure
from services.energy.curtailment.errors import (
    ApproverSubmitted,
    PlanFaulty,
    PlanValidityUnfit,
)
from services.energy.curtailment.service import rules
from services.energy.curtailment.service.recording import ensure_open, facts, first_day, record
from services.energy.curtailment.service.standing import listings
from services.energy.curtailment.tables import CurtailmentPlanRow
from services.energy.metering.tables import MeterRow

# Errors named in a refusal; all of them stand in the plan's findings.
_MAX_NAMED: Final = 100
# Facts of findings that are more than their text; read back as what they are, so that each language has its word.
_TERMS: Final[dict[str, type[Enum]]] = {"category": Category, "measure": Measure, "weekday": Weekday}


async def find_faults(ctx: Context, plan: CurtailmentPlanRow) -> list[Finding]:
    """What is wrong with the plan as it stands, and as its users, their meters, cases and the calendar are now."""
    stated = await facts(ctx, plan)
    rows = await repository.users_in(ctx.session, plan.region_code)
    known = {row.id for row in rows}
    rows += await repository.users_by_id(ctx.session, {entry.user_id for entry in stated.entries} - known)
    ids = [row.id for row in rows]
    offers = await repository.offers_of(ctx.session, ids)
    meters = await repository.meters_of(ctx.session, ids)
    registered = await repository.registered(ctx.session, [row.enterprise_id for row in rows])
    listed = await listings(ctx, max(today_of(ctx), first_day(plan)))
    users = {
        row.id: CheckedUser(
            facts=repository.facts_of(row, offers.get(row.id, []), meters.get(row.id, [])).listed(
                listed.get(row.enterprise_id)
            ),
            is_active=row.active,
            is_registered=row.enterprise_id in registered,
            meters=tuple(_meter(meter_no, meter) for meter_no, meter in meters.get(row.id, [])),
        )
        for row in rows
    }
    shares = await rules.tier_shares(ctx, plan.region_code, first_day(plan))
    calendar = await work_calendar(ctx.session)
    return check_plan(stated, users, shares, calendar.known_years)


def _meter(meter_no: str, row: MeterRow | None) -> MeterFacts:
    if row is None:
        return MeterFacts(meter_no, is_known=False)
    return MeterFacts(meter_no, True, row.enterprise_id, row.valid_to is not None)


async def check(ctx: Context, plan: CurtailmentPlanRow) -> list[Finding]:
    """Check a locked plan and keep what was found; without faults it is ready to be submitted.

    Raises PlanStateUnfit.
    """
    ensure_open(plan, PlanAct.CHECK)
    findings = await find_faults(ctx, plan)
    faults = sum(finding.severity is Severity.FAULT for finding in findings)
    plan.status = (PlanStatus.DRAFT if faults else PlanStatus.CHECKED).value
    plan.findings = [stored(finding) for finding in findings]
    plan.checked_at, plan.checked_by = ctx.now, ctx.principal.subject
    plan.checked_version = plan.version + 1
    await record(
        ctx,
        plan,
        PlanAct.CHECK,
        CurtailmentPlanCheckedV1,
        faults=faults,
        warnings=len(findings) - faults,
    )
    return findings


async def submit(ctx: Context, plan: CurtailmentPlanRow, note: str) -> CurtailmentPlanRow:
    """Hand a checked plan in. Users and meters may have changed since the check, so it is judged once more.

    Raises PlanStateUnfit, PlanFaulty.
    """
    ensure_open(plan, PlanAct.SUBMIT)
    await _refuse_faults(ctx, plan)
    plan.status = PlanStatus.SUBMITTED.value
    plan.submitted_at, plan.submitted_by = ctx.now, ctx.principal.subject
    await record(ctx, plan, PlanAct.SUBMIT, CurtailmentPlanSubmittedV1, note=note)
    return plan


async def send_back(ctx: Context, plan: CurtailmentPlanRow, note: str) -> CurtailmentPlanRow:
    """To be worked over, with the reason. Raises PlanStateUnfit."""
    ensure_open(plan, PlanAct.RETURN)
    plan.status = PlanStatus.DRAFT.value
    await record(ctx, plan, PlanAct.RETURN, CurtailmentPlanReturnedV1, note=note)
    return plan


async def approve(
    ctx: Context, plan: CurtailmentPlanRow, in_force_from: date | None, note: str
) -> CurtailmentPlanRow:
    """Approve a submitted plan; it comes into force on the day, at once if that is today.

    Raises PlanStateUnfit, ApproverSubmitted, PlanValidityUnfit, PlanFaulty.
    """
    ensure_open(plan, PlanAct.APPROVE)
    if plan.submitted_by == ctx.principal.subject:
        raise ApproverSubmitted(subject=plan.submitted_by)
    today = today_of(ctx)
    day = in_force_from or max(today, date(plan.year, 1, 1))
    if day.year != plan.year or day < today:
        raise PlanValidityUnfit(year=plan.year, in_force_from=day)
    await _refuse_faults(ctx, plan)
    # One that was approved and still waits gives way to what was decided after it.
    for other in await plan_repository.others_decided(ctx.session, plan, PlanStatus.APPROVED):
        await _supersede(ctx, other, plan.id)
    plan.status = PlanStatus.APPROVED.value
    plan.approved_at, plan.approved_by, plan.in_force_from = ctx.now, ctx.principal.subject, day
    await record(ctx, plan, PlanAct.APPROVE, CurtailmentPlanApprovedV1, note=note, in_force_from=day)
    if day <= today:
        await put_in_force(ctx, plan)
    return plan


async def put_in_force(ctx: Context, plan: CurtailmentPlanRow) -> None:
    """Its day has come: it takes the place of the edition that was in force. Raises PlanStateUnfit."""
    ensure_open(plan, PlanAct.PUT_IN_FORCE)
    for other in await plan_repository.others_decided(ctx.session, plan, PlanStatus.IN_FORCE):
        await _supersede(ctx, other, plan.id)
    plan.status = PlanStatus.IN_FORCE.value
    await record(
        ctx,
        plan,
        PlanAct.PUT_IN_FORCE,
        CurtailmentPlanEnteredForceV1,
        in_force_from=plan.in_force_from,
    )


async def turn(ctx: Context) -> None:
    """Plans whose day has come enter into force; those whose year is over end."""
    today = today_of(ctx)
    for plan in await plan_repository.due_plans(ctx.session, today):
        locked = await plan_repository.get_plan(ctx.session, ctx.principal, plan.id, lock=True)
        if locked.status == PlanStatus.APPROVED.value:
            await put_in_force(ctx, locked)
    for plan in await plan_repository.past_plans(ctx.session, today.year):
        locked = await plan_repository.get_plan(ctx.session, ctx.principal, plan.id, lock=True)
        await _supersede(ctx, locked, None)


async def _supersede(ctx: Context, plan: CurtailmentPlanRow, by: UUID | None) -> None:
    ensure_open(plan, PlanAct.SUPERSEDE)
    plan.status = PlanStatus.SUPERSEDED.value
    plan.superseded_at, plan.superseded_by = ctx.now, by
    await record(ctx, plan, PlanAct.SUPERSEDE, CurtailmentPlanSupersededV1, superseded_by=by)


async def _refuse_faults(ctx: Context, plan: CurtailmentPlanRow) -> None:
    findings = await find_faults(ctx, plan)
    if has_faults(findings):
        faults = [finding for finding in findings if finding.severity is Severity.FAULT]
        raise PlanFaulty(
            count=len(faults),
            errors=[FieldError(one.code, params=one.params) for one in faults[:_MAX_NAMED]],
        )


def stored(finding: Finding) -> dict[str, Any]:
    """A finding as it rests beside its plan."""
    params = {name: value.value if isinstance(value, Enum) else value for name, value in finding.params.items()}
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "enterprise_id": None if finding.enterprise_id is None else str(finding.enterprise_id),
        "entry_ids": [str(entry) for entry in finding.entry_ids],
        "params": params,
    }


def restored(item: dict[str, Any]) -> Finding:
    params = {name: _TERMS[name](value) if name in _TERMS else value for name, value in item["params"].items()}
    enterprise = item["enterprise_id"]
    return Finding(
        item["code"],
        Severity(item["severity"]),
        None if enterprise is None else UUID(enterprise),
        tuple(UUID(entry) for entry in item["entry_ids"]),
        params,
    )
