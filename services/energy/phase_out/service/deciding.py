"""Inspections, verdicts, and closure orders from issuing to verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import (
    PhaseOutDecidedV1,
    PhaseOutInspectedV1,
    PhaseOutReplannedV1,
)
from libs.common.local_time import today_of
from services.energy.phase_out import repository
from services.energy.phase_out.act_tables import PhaseOutInspectionRow, PhaseOutVerdictRow
from services.energy.phase_out.domain.case import (
    Comparator,
    Conclusion,
    InspectionFact,
    Requirement,
    Status,
    Verdict,
    may_pass,
)
from services.energy.phase_out.errors import (
    DateInvalid,
    ExtensionsExhausted,
    NotMet,
    StepOutOfOrder,
)
from services.energy.phase_out.service.plans import record_replan
from services.energy.phase_out.service.recording import changed, check_past, ensure_open, rule_of
from services.energy.phase_out.tables import PhaseOutCaseRow, PhaseOutItemRow


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
