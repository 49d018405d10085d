"""Filing inspections, deciding on exemptions, joining, carrying out, cancelling."""

from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    InspectionCancelledV1,
    InspectionCarriedOutV1,
    InspectionDecidedV1,
    InspectionFiledV1,
)
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.environment.domain import inspections as rules
from services.projects.environment.domain.inspections import (
    Filing,
    FilingTerms,
    InspectionResult,
    InspectionStatus,
    Party,
)
from services.projects.environment.domain.limits import LimitPeriod, window
from services.projects.environment.domain.rules import RuleKind, rule_for
from services.projects.environment.errors import (
    ExemptionNeedsReason,
    InspectionNotYet,
    InspectionStatusWrong,
    OutsideFiledDays,
    RectificationInvalid,
    SamePerson,
)
from services.projects.environment.repository import inspections as repository
from services.projects.environment.repository.rules import environment_rules, inspection_limits, visit_rules
from services.projects.environment.service.quiet_days import place_of
from services.projects.environment.service.recording import (
    demand_found,
    demand_known,
    ensure_reached,
    ensure_unit,
    give_code,
    note_step,
    open_enterprise,
    tell,
)
from services.projects.environment.tables.inspections import InspectionRow, InspectionUnitRow
from services.projects.registry.repository import has_unit, lock_key
from services.projects.registry.service.work_calendar import load_calendar

SERIES = "JC"


@dataclass(frozen=True, slots=True)
class OpenedInspection:
    """An inspection and the units that take part, the leading one first."""

    row: InspectionRow
    units: list[InspectionUnitRow]

    @property
    def unit_ids(self) -> list[UUID]:
        return [unit.unit_id for unit in self.units]


@dataclass(frozen=True, slots=True)
class Report:
    """What an inspection found."""

    on: date
    duration_minutes: int
    result: InspectionResult
    findings: str
    rectify_by: date | None = None


async def open_inspection(ctx: Context, inspection_id: UUID, *, lock: bool) -> OpenedInspection:
    """Raises NotFound, also outside of the caller's region or enterprise."""
    row = demand_found(await repository.find_inspection(ctx.session, inspection_id, lock=lock))
    ensure_reached(ctx, row.region_code, row.enterprise_id)
    return OpenedInspection(row, (await repository.units_of(ctx.session, [row.id])).get(row.id, []))


async def file_inspection(
    ctx: Context, enterprise_id: UUID, filing: Filing, *, subject: str, basis: str, exempt_reason: str
) -> OpenedInspection:
    """File an inspection; the rules approve or refuse it at once, an exempt ground puts it before a person.

    A refused one is kept: it is part of the unit's score. Raises UnknownReference, NotFound, OtherUnit,
    ExemptionNeedsReason, InspectionDaysInvalid, InspectionNotBeforehand, TooFewInspectors,
    EnvironmentRuleMissing, UnknownCalendarYear.
    """
    enterprise = await open_enterprise(ctx, enterprise_id)
    checks = [(f"/parties/{n}/unit_id", key, has_unit) for n, key in enumerate(filing.unit_ids)]
    await demand_known(ctx, checks)
    ensure_unit(ctx, filing.unit_ids[:1])
    if (filing.exempt_ground is not None) != bool(exempt_reason):
        raise ExemptionNeedsReason(errors=[FieldError("fact.required", "/exempt_reason")])
    terms = await terms_of(ctx, enterprise.region_code)
    rules.demand_form(filing, terms, today_of(ctx), await load_calendar(ctx.session))
    # Two units that file at the same moment are judged one after the other.
    await lock_key(ctx.session, "inspection", str(enterprise_id))
    judgement = rules.judge(
        filing,
        await place_of(ctx, enterprise),
        await visit_rules(ctx.session),
        await inspection_limits(ctx.session),
        await repository.earlier_of(ctx.session, enterprise_id, *window(LimitPeriod.YEAR, filing.planned_from)),
    )
    row = InspectionRow(
        id=ctx.new_id(),
        code=await give_code(ctx, SERIES),
        region_code=enterprise.region_code,
        enterprise_id=enterprise_id,
        unit_id=filing.unit_ids[0],
        kind=filing.kind.value,
        subject=subject,
        basis=basis,
        planned_from=filing.planned_from,
        planned_to=filing.planned_to,
        exempt_ground=None if filing.exempt_ground is None else filing.exempt_ground.value,
        exempt_reason=exempt_reason,
        is_exempted=False,
        status=judgement.status.value,
        refusals=to_jsonable_python([asdict(refusal) for refusal in judgement.refusals]),
        filed_on=today_of(ctx),
        filed_at=ctx.now,
        filed_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    units = [unit_row(ctx, row, party, position) for position, party in enumerate(filing.parties)]
    ctx.session.add_all(units)
    payload = InspectionFiledV1(
        inspection_id=row.id,
        code=row.code,
        enterprise_id=enterprise_id,
        unit_ids=filing.unit_ids,
        kind=row.kind,
        planned_from=row.planned_from,
        planned_to=row.planned_to,
        status=row.status,
        refusal_reasons=tuple(dict.fromkeys(refusal.reason.value for refusal in judgement.refusals)),
        exempt_ground=row.exempt_ground,
    )
    opened = OpenedInspection(row, units)
    await store(ctx, opened, payload, "filed", exempt_reason, {"status": row.status})
    return opened


async def decide(ctx: Context, opened: OpenedInspection, *, approve: bool, note: str) -> None:
    """Approve or refuse what was filed on an exempt ground. Raises InspectionStatusWrong, SamePerson."""
    row = opened.row
    demand_status(row, InspectionStatus.AWAITING_APPROVAL)
    if row.filed_by == ctx.principal.subject:
        raise SamePerson
    status = InspectionStatus.APPROVED if approve else InspectionStatus.REFUSED
    row.status, row.is_exempted = status.value, approve
    row.decided_by, row.decided_at, row.decision_note = ctx.principal.subject, ctx.now, note
    payload = InspectionDecidedV1(
        inspection_id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        status=row.status,
        exempt_ground=row.exempt_ground or "",
        note=note,
        decided_by=ctx.principal.subject,
    )
    await store(ctx, opened, payload, "decided", note, {"status": row.status})


async def carry_out(ctx: Context, opened: OpenedInspection, report: Report) -> None:
    """Report an inspection of one of its filed days.

    Raises OtherUnit, InspectionStatusWrong, InspectionNotYet, OutsideFiledDays, RectificationInvalid.
    """
    row, today = opened.row, today_of(ctx)
    ensure_unit(ctx, opened.unit_ids)
    demand_status(row, InspectionStatus.APPROVED)
    if report.on > today:
        raise InspectionNotYet(on=report.on, today=today, errors=[FieldError("date.in_future", "/on")])
    if not row.planned_from <= report.on <= row.planned_to:
        raise OutsideFiledDays(
            on=report.on,
            planned_from=row.planned_from,
            planned_to=row.planned_to,
            errors=[FieldError("inspection.outside_filed_days", "/on")],
        )
    ordered = report.result is InspectionResult.RECTIFICATION
    if ordered != (report.rectify_by is not None) or (report.rectify_by or report.on) < report.on:
        raise RectificationInvalid(errors=[FieldError("inspection.rectify_by", "/rectify_by")])
    row.status = InspectionStatus.CARRIED_OUT.value
    row.carried_out_on, row.duration_minutes = report.on, report.duration_minutes
    row.result, row.findings, row.rectify_by = report.result.value, report.findings, report.rectify_by
    row.reported_at, row.reported_by = ctx.now, ctx.principal.subject
    payload = InspectionCarriedOutV1(
        inspection_id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        on=report.on,
        duration_minutes=report.duration_minutes,
        result=row.result,
        rectify_by=report.rectify_by,
    )
    await store(ctx, opened, payload, "carried_out", report.findings, {"result": row.result})


async def cancel(ctx: Context, opened: OpenedInspection, reason: str) -> None:
    """Give an inspection up before it takes place; it counts no more. Raises OtherUnit, InspectionStatusWrong."""
    row = opened.row
    ensure_unit(ctx, [row.unit_id])
    demand_status(row, InspectionStatus.APPROVED, InspectionStatus.AWAITING_APPROVAL)
    row.status, row.cancel_reason = InspectionStatus.CANCELLED.value, reason
    payload = InspectionCancelledV1(
        inspection_id=row.id, code=row.code, enterprise_id=row.enterprise_id, reason=reason
    )
    await store(ctx, opened, payload, "cancelled", reason, {})


async def terms_of(ctx: Context, region_code: str) -> FilingTerms:
    kinds = (RuleKind.INSPECTION_NOTICE, RuleKind.INSPECTION_INSPECTORS, RuleKind.INSPECTION_DAYS)
    known = await environment_rules(ctx.session, *kinds)
    return FilingTerms(*(rule_for(known, kind, region_code, today_of(ctx)).value for kind in kinds))


def demand_status(row: InspectionRow, *allowed: InspectionStatus) -> None:
    status = InspectionStatus(row.status)
    if status not in allowed:
        raise InspectionStatusWrong(inspection=row.code, status=status)


def unit_row(ctx: Context, row: InspectionRow, party: Party, position: int) -> InspectionUnitRow:
    return InspectionUnitRow(
        inspection_id=row.id,
        unit_id=party.unit_id,
        position=position,
        inspectors=[asdict(inspector) for inspector in party.inspectors],
        joined_at=ctx.now,
        joined_by=ctx.principal.subject,
    )


async def store(
    ctx: Context,
    opened: OpenedInspection,
    payload: EventPayload,
    action: str,
    note: str,
    facts: dict[str, object],
) -> None:
    row = opened.row
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=row.enterprise_id)
    await note_step(ctx, row.id, action, note, facts)
