"""Handling appeals: dispatched, extended, answered, rated, closed, and warned of when late."""

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import (
    AppealAnsweredV1,
    AppealClosedV1,
    AppealDispatchedV1,
    AppealExtendedV1,
    AppealRatedV1,
)
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Finding, Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.environment.domain.appeals import (
    CONDITION,
    IN_HANDLING,
    OPEN,
    AppealStatus,
    ClosedAs,
    after_rating,
    demand_status,
    finding_of,
)
from services.projects.environment.domain.rules import RuleKind, overdue
from services.projects.environment.errors import SameUnit, TransferNeedsReason, UnitComplainedOf
from services.projects.environment.repository import appeals as repository
from services.projects.environment.service.appeals import OpenedAppeal, store
from services.projects.environment.service.recording import (
    COMPLAINANT,
    demand_known,
    ensure_no_party,
    ensure_unit,
)
from services.projects.environment.service.rules import value_of
from services.projects.environment.tables.appeals import AppealRoundRow, AppealRow
from services.projects.registry.repository import has_unit
from services.projects.registry.service.work_calendar import load_calendar


async def dispatch(ctx: Context, opened: OpenedAppeal, unit_id: UUID, note: str) -> None:
    """Give the appeal to a unit; its clock starts. From one unit to another with a reason, on a new clock.

    Raises UnknownReference, OwnCause, AppealStatusWrong, UnitComplainedOf, SameUnit, TransferNeedsReason,
    EnvironmentRuleMissing, UnknownCalendarYear.
    """
    row = opened.row
    await demand_known(ctx, [("/unit_id", unit_id, has_unit)])
    ensure_no_party(ctx, [row.target_unit_id])
    demand_status(AppealStatus(row.status), OPEN)
    if unit_id == row.target_unit_id and row.kind == "complaint":
        raise UnitComplainedOf(errors=[FieldError("appeal.unit_complained_of", "/unit_id")])
    before = row.unit_id
    if before is not None:
        if unit_id == before:
            raise SameUnit(errors=[FieldError("appeal.same_unit", "/unit_id")])
        if not note:
            raise TransferNeedsReason(errors=[FieldError("fact.required", "/note")])
        opened.rounds[-1].transferred = True
        await ctx.session.flush()
    await _begin_round(ctx, opened, unit_id, note)
    row.status = AppealStatus.DISPATCHED.value
    assert row.due_on is not None, "a round has begun"
    payload = AppealDispatchedV1(
        appeal_id=row.id,
        code=row.code,
        round=row.round,
        unit_id=unit_id,
        due_on=row.due_on,
        from_unit_id=before,
    )
    facts: dict[str, object] = {"unit_id": str(unit_id), "due_on": str(row.due_on)}
    await store(ctx, opened, payload, "dispatched", note, facts=facts)
    await settle_appeal(ctx, row, because="dispatched")


async def extend(ctx: Context, opened: OpenedAppeal, working_days: int, reason: str) -> None:
    """Move the day of the answer. Not by the unit itself. Raises AppealStatusWrong, OwnCause."""
    row = opened.row
    demand_status(AppealStatus(row.status), IN_HANDLING)
    ensure_no_party(ctx, [row.unit_id, row.target_unit_id])
    assert row.due_on is not None, "who has it has a day"
    assert row.unit_id is not None, "somebody has it"
    previous = row.due_on
    row.due_on = (await load_calendar(ctx.session)).add_working_days(previous, working_days)
    opened.rounds[-1].due_on = row.due_on
    payload = AppealExtendedV1(
        appeal_id=row.id,
        code=row.code,
        round=row.round,
        unit_id=row.unit_id,
        previous_due_on=previous,
        due_on=row.due_on,
        reason=reason,
    )
    facts: dict[str, object] = {"previous_due_on": str(previous), "due_on": str(row.due_on)}
    await store(ctx, opened, payload, "extended", reason, facts=facts)
    await settle_appeal(ctx, row, because="extended")


async def answer(ctx: Context, opened: OpenedAppeal, text: str) -> None:
    """The unit's answer; then the complainant has the word. Raises AppealStatusWrong, OtherUnit."""
    row, today = opened.row, today_of(ctx)
    demand_status(AppealStatus(row.status), IN_HANDLING)
    assert row.unit_id is not None, "somebody has it"
    ensure_unit(ctx, [row.unit_id])
    rating = await value_of(ctx, RuleKind.APPEAL_RATING, row.region_code)
    current = opened.rounds[-1]
    current.answer, current.answered_on, current.answered_by = text, today, ctx.principal.subject
    row.status, row.due_on = AppealStatus.ANSWERED.value, None
    row.rate_by = (await load_calendar(ctx.session)).add_working_days(today, rating.value)
    payload = AppealAnsweredV1(
        appeal_id=row.id,
        code=row.code,
        round=row.round,
        unit_id=row.unit_id,
        answered_on=today,
        due_on=current.due_on,
        in_time=today <= current.due_on,
    )
    await store(ctx, opened, payload, "answered", text)
    await settle_appeal(ctx, row, because="answered")


async def rate(ctx: Context, opened: OpenedAppeal, score: int, comment: str, *, satisfied: bool) -> None:
    """The complainant's word on the answer; the caller has made sure it is theirs. Raises AppealStatusWrong."""
    row, today = opened.row, today_of(ctx)
    demand_status(AppealStatus(row.status), [AppealStatus.ANSWERED])
    assert row.unit_id is not None, "somebody answered"
    allowed = await value_of(ctx, RuleKind.APPEAL_RETURNS, row.region_code)
    after = after_rating(satisfied, row.returns, allowed.value)
    current = opened.rounds[-1]
    current.score, current.comment, current.satisfied, current.rated_on = score, comment, satisfied, today
    row.rate_by = None
    await ctx.session.flush()
    if after.status is AppealStatus.RETURNED:
        row.returns += 1
        row.status = after.status.value
        await _begin_round(ctx, opened, row.unit_id, comment)
    payload = AppealRatedV1(
        appeal_id=row.id,
        code=row.code,
        round=current.number,
        unit_id=row.unit_id,
        score=score,
        satisfied=satisfied,
        status=after.status.value,
        due_on=row.due_on,
    )
    actor = COMPLAINANT if row.anonymous else None
    facts: dict[str, object] = {"score": score, "satisfied": satisfied}
    await store(ctx, opened, payload, "rated", comment, facts=facts, actor=actor)
    if after.closed_as is not None:
        await _close(ctx, opened, after.closed_as, "", actor=actor)


async def close(ctx: Context, opened: OpenedAppeal, closed_as: ClosedAs, reason: str) -> None:
    """End an appeal without a rated answer, with a reason; not by a unit concerned.

    Raises AppealStatusWrong, OwnCause.
    """
    row = opened.row
    demand_status(AppealStatus(row.status), OPEN | {AppealStatus.ANSWERED})
    ensure_no_party(ctx, [row.unit_id, row.target_unit_id])
    await _close(ctx, opened, closed_as, reason)
    await settle_appeal(ctx, row, because="closed")


async def withdraw(ctx: Context, opened: OpenedAppeal, reason: str) -> None:
    """The complainant takes it back; the caller has made sure it is theirs. Raises AppealStatusWrong."""
    row = opened.row
    demand_status(AppealStatus(row.status), OPEN | {AppealStatus.ANSWERED})
    await _close(ctx, opened, ClosedAs.WITHDRAWN, reason, actor=COMPLAINANT if row.anonymous else None)
    await settle_appeal(ctx, row, because="closed")


async def scan_appeals(ctx: Context) -> Outcome:
    """Warn of what is late, and close what nobody rated in time; safe to run twice and beside writes."""
    today = today_of(ctx)
    for appeal_id in sorted(await repository.unrated_appeals(ctx.session, today)):
        row = await repository.find_appeal(ctx.session, appeal_id, lock=True)
        # Rated while this scan waited for the lock.
        if row is not None and row.status == AppealStatus.ANSWERED.value:
            await _close(ctx, OpenedAppeal(row, []), ClosedAs.UNRATED, "")
    known = await open_conditions(ctx.session, {CONDITION})
    outcome = Outcome()
    for appeal_id in sorted({*known, *await repository.overdue_appeals(ctx.session, today)}):
        row = await repository.find_appeal(ctx.session, appeal_id, lock=True)
        assert row is not None, "appeals are never deleted"
        outcome += await settle_appeal(ctx, row, may_open=True)
    return outcome


async def settle_appeal(
    ctx: Context, row: AppealRow, *, may_open: bool = False, because: str = "rule_changed"
) -> Outcome:
    """Bring the condition of an appeal that this transaction has locked in line with its clock.

    ``because`` is the stable word of what cleared it: dispatched, extended, answered, closed, rule_changed.
    """
    status, today = AppealStatus(row.status), today_of(ctx)
    findings: list[Finding] = []
    if status in OPEN and row.due_on is not None and row.due_on < today:
        late = overdue(row.due_on, today, await load_calendar(ctx.session), level2_at=row.level2_days)
        findings = [] if late is None else [finding_of(status, late)]
    subject = Subject(
        type="appeal",
        id=row.id,
        code=row.code,
        name=row.title,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        responsible_unit_id=row.unit_id,
    )
    return await settle(
        ctx,
        subject,
        findings,
        judged={CONDITION},
        reason=lambda _: because,
        may_open=may_open,
    )


async def _begin_round(ctx: Context, opened: OpenedAppeal, unit_id: UUID, note: str) -> None:
    row, today = opened.row, today_of(ctx)
    rule = await value_of(ctx, RuleKind.APPEAL_ANSWER, row.region_code, row.category)
    row.round += 1
    row.unit_id, row.level2_days = unit_id, rule.level2_value
    row.due_on = (await load_calendar(ctx.session)).add_working_days(today, rule.value)
    begun = AppealRoundRow(
        appeal_id=row.id,
        number=row.round,
        unit_id=unit_id,
        dispatched_on=today,
        dispatched_by=COMPLAINANT if row.status == AppealStatus.RETURNED.value else ctx.principal.subject,
        note=note,
        due_on=row.due_on,
    )
    ctx.session.add(begun)
    opened.rounds.append(begun)


async def _close(
    ctx: Context, opened: OpenedAppeal, closed_as: ClosedAs, reason: str, *, actor: str | None = None
) -> None:
    row = opened.row
    row.status, row.closed_as, row.close_reason = AppealStatus.CLOSED.value, closed_as.value, reason
    row.closed_on, row.closed_at = today_of(ctx), ctx.now
    row.due_on = row.rate_by = None
    payload = AppealClosedV1(
        appeal_id=row.id, code=row.code, closed_as=closed_as.value, reason=reason, unit_id=row.unit_id
    )
    await store(ctx, opened, payload, "closed", reason, facts={"closed_as": closed_as.value}, actor=actor)
