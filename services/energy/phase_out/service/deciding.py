"""Inspections, verdicts, and closure orders from issuing to verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import (
    PhaseOutClosureAdvancedV1,
    PhaseOutDecidedV1,
    PhaseOutInspectedV1,
    PhaseOutReplannedV1,
)
from services.energy.phase_out import repository
from services.energy.phase_out.domain.case import (
    STEPS,
    WITHDRAWABLE,
    Comparator,
    Conclusion,
    InspectionFact,
    Requirement,
    Status,
    Step,
    Verdict,
    may_pass,
)
from services.energy.phase_out.domain.running import Running
from services.energy.phase_out.errors import (
    CaseExists,
    DateInvalid,
    ExtensionsExhausted,
    MeterNotOfEnterprise,
    NotMet,
    StepOutOfOrder,
    StillRunning,
)
from services.energy.phase_out.service.cases import record_replan
from services.energy.phase_out.service.recording import changed, check_past, ensure_open, rule_of, today_of
from services.energy.phase_out.service.running import check_order
from services.energy.phase_out.tables import (
    PhaseOutCaseRow,
    PhaseOutInspectionRow,
    PhaseOutItemRow,
    PhaseOutOrderRow,
    PhaseOutVerdictRow,
)


@dataclass(frozen=True, slots=True)
class InspectionFacts:
    """What was found; ``conclusion`` None leaves it to the measured figure."""

    inspected_on: date
    inspectors: tuple[str, ...]
    findings: str
    measured: float | None = None
    is_running: bool | None = None
    conclusion: Conclusion | None = None


async def inspect(ctx: Context, case: PhaseOutCaseRow, facts: InspectionFacts) -> PhaseOutInspectionRow:
    """Record an inspection of a locked case. Raises CaseEnded, DateInvalid, NotMet.

    A figure that speaks decides: a conclusion against it is refused.
    """
    ensure_open(case)
    check_past(ctx, "inspected_on", facts.inspected_on, not_before=case.listed_on)
    by_figure = Requirement(Comparator(case.comparator), case.required).judge(facts.measured)
    told = facts.conclusion or by_figure
    has_figure = facts.measured is not None and by_figure is not Conclusion.CANNOT_TELL
    if has_figure and told is Conclusion.MET and by_figure is Conclusion.NOT_MET:
        raise NotMet(number=case.number, required=case.required, measured=facts.measured, unit=case.unit)
    row = PhaseOutInspectionRow(
        id=ctx.new_id(),
        case_id=case.id,
        inspected_on=facts.inspected_on,
        inspectors=list(facts.inspectors),
        findings=facts.findings,
        measured=facts.measured,
        is_running=facts.is_running,
        conclusion=told.value,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    is_newer = case.measured_on is None or facts.inspected_on >= case.measured_on
    if facts.measured is not None and is_newer:
        case.measured, case.measured_on = facts.measured, facts.inspected_on
    await ctx.session.flush()
    await changed(
        ctx,
        case,
        PhaseOutInspectedV1,
        inspection_id=row.id,
        inspected_on=row.inspected_on,
        conclusion=row.conclusion,
        findings=row.findings,
    )
    return row


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """A decision; an extension names its new deadline."""

    verdict: Verdict
    decided_on: date
    reason: str
    document_no: str | None = None
    new_deadline_on: date | None = None


async def decide(ctx: Context, case: PhaseOutCaseRow, facts: VerdictFacts) -> PhaseOutVerdictRow:
    """Decide a locked case that is listed.

    Raises CaseEnded, StepOutOfOrder, DateInvalid, NotMet, ExtensionsExhausted, RuleMissing.
    """
    ensure_open(case)
    if case.status != Status.LISTED:
        raise StepOutOfOrder(number=case.number, status=case.status, step=facts.verdict.value)
    check_past(ctx, "decided_on", facts.decided_on, not_before=case.listed_on)
    match facts.verdict:
        case Verdict.PASSED:
            await _demand_met(ctx, case)
            case.status, case.ended_on = Status.PASSED.value, today_of(ctx)
        case Verdict.EXTENDED:
            await _extend(ctx, case, facts)
        case Verdict.CLOSE:
            case.status = Status.CLOSING.value
    row = PhaseOutVerdictRow(
        id=ctx.new_id(),
        case_id=case.id,
        verdict=facts.verdict.value,
        decided_on=facts.decided_on,
        reason=facts.reason,
        document_no=facts.document_no,
        new_deadline_on=facts.new_deadline_on,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await changed(
        ctx,
        case,
        PhaseOutDecidedV1,
        verdict_id=row.id,
        verdict=row.verdict,
        decided_on=row.decided_on,
        reason=row.reason,
        new_deadline_on=row.new_deadline_on,
    )
    return row


async def _demand_met(ctx: Context, case: PhaseOutCaseRow) -> None:
    inspections = [
        InspectionFact(one.inspected_on, Conclusion(one.conclusion), one.measured, one.is_running)
        for one in await repository.parts_of(ctx.session, PhaseOutInspectionRow, [case.id])
    ]
    items = [one.removed_on for one in await repository.parts_of(ctx.session, PhaseOutItemRow, [case.id])]
    if not may_pass(inspections, items, Comparator(case.comparator)):
        raise NotMet(number=case.number, required=case.required, measured=case.measured, unit=case.unit)


async def _extend(ctx: Context, case: PhaseOutCaseRow, facts: VerdictFacts) -> None:
    after = facts.new_deadline_on
    if after is None or after <= case.deadline_on or after <= facts.decided_on:
        raise DateInvalid(name="new_deadline_on", on=after, not_before=case.deadline_on)
    rule = await rule_of(ctx, case.region_code)
    if case.extensions >= rule.most_extensions:
        raise ExtensionsExhausted(number=case.number, most=rule.most_extensions)
    before = case.deadline_on
    record_replan(ctx, case, None, before, after, facts.reason)
    case.deadline_on = after
    case.extensions += 1
    await changed(ctx, case, PhaseOutReplannedV1, before_on=before, after_on=after, reason=facts.reason)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A closure order as it is issued; ``meter_nos`` None: everything of the enterprise must stand still."""

    number: str
    issuer: str
    scope: str
    issued_on: date
    execute_by: date
    meter_nos: tuple[str, ...] | None = None


async def issue_order(ctx: Context, case: PhaseOutCaseRow, facts: OrderFacts) -> PhaseOutOrderRow:
    """Order the closure of a locked case.

    Raises StepOutOfOrder, CaseEnded, DateInvalid, CaseExists, MeterNotOfEnterprise.
    """
    _demand_step(case, Step.ISSUED)
    check_past(ctx, "issued_on", facts.issued_on, not_before=case.listed_on)
    if facts.execute_by < facts.issued_on:
        raise DateInvalid(name="execute_by", on=facts.execute_by, not_before=facts.issued_on)
    if await repository.has_order_number(ctx.session, facts.number):
        raise CaseExists(number=facts.number, title=case.title)
    await _check_meters(ctx, case, facts.meter_nos)
    row = PhaseOutOrderRow(
        id=ctx.new_id(),
        case_id=case.id,
        number=facts.number,
        issuer=facts.issuer,
        scope=facts.scope,
        meter_nos=None if facts.meter_nos is None else list(facts.meter_nos),
        issued_on=facts.issued_on,
        execute_by=facts.execute_by,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _advance(ctx, case, row, Step.ISSUED, facts.issued_on, None)
    return row


async def _check_meters(ctx: Context, case: PhaseOutCaseRow, meter_nos: Sequence[str] | None) -> None:
    if meter_nos is None:
        return
    known = {
        meter.meter_no
        for meter in await repository.meters_of_enterprise(ctx.session, case.enterprise_id, meter_nos)
    }
    for meter_no in meter_nos:
        if meter_no not in known:
            raise MeterNotOfEnterprise(meter_no=meter_no, enterprise=case.enterprise_name)


_FOLLOWS: Final = {Step.SERVED: "issued_on", Step.EXECUTED: "served_on", Step.VERIFIED: "executed_on"}


async def take_step(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> PhaseOutOrderRow:
    """Serve, execute, verify or withdraw the standing order of a locked case.

    Verification looks at the meters once more: what runs is not closed, and where they cannot tell, the note has
    to say who saw it standing still. Raises StepOutOfOrder, CaseEnded, DateInvalid, StillRunning, RuleMissing.
    """
    if row.withdrawn_on is not None:
        raise StepOutOfOrder(number=case.number, status=case.status, step=step.value)
    if step is Step.WITHDRAWN:
        return await _withdraw_order(ctx, case, row, on, note)
    _demand_step(case, step)
    check_past(ctx, f"{step.value}_on", on, not_before=getattr(row, _FOLLOWS[step]))
    if step is Step.VERIFIED:
        check = await check_order(ctx, case, row)
        if check.result == Running.RUNNING or (check.result == Running.CANNOT_TELL and not note):
            raise StillRunning(number=case.number, result=check.result, highest_kw=check.highest_kw)
    setattr(row, f"{step.value}_on", on)
    setattr(row, f"{step.value}_note", note)
    await _advance(ctx, case, row, step, on, note)
    return row


async def _withdraw_order(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, on: date, note: str | None
) -> PhaseOutOrderRow:
    if Status(case.status) not in WITHDRAWABLE or not note:
        raise StepOutOfOrder(number=case.number, status=case.status, step=Step.WITHDRAWN.value)
    check_past(ctx, "withdrawn_on", on, not_before=row.issued_on)
    row.withdrawn_on, row.withdrawn_reason = on, note
    row.version += 1
    row.changed_at = ctx.now
    # The decision stands; another order may follow.
    case.status = Status.CLOSING.value
    await _tell(ctx, case, row, Step.WITHDRAWN, on, note)
    return row


async def _advance(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> None:
    case.status = STEPS[step][1].value
    if step is Step.VERIFIED:
        case.ended_on = today_of(ctx)
    if step is not Step.ISSUED:
        row.version += 1
        row.changed_at = ctx.now
    await _tell(ctx, case, row, step, on, note)


async def _tell(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> None:
    await ctx.session.flush()
    await changed(
        ctx,
        case,
        PhaseOutClosureAdvancedV1,
        order_id=row.id,
        order_number=row.number,
        step=step.value,
        on=on,
        execute_by=row.execute_by,
        note=note,
    )


def _demand_step(case: PhaseOutCaseRow, step: Step) -> None:
    ensure_open(case)
    if case.status != STEPS[step][0]:
        raise StepOutOfOrder(number=case.number, status=case.status, step=step.value)
