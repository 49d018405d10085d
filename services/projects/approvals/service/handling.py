"""Use cases of a case, from the first contact to the decision."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    ApprovalAcceptedV1,
    ApprovalAmendedV1,
    ApprovalDecidedV1,
    ApprovalPausedV1,
    ApprovalRescheduledV1,
    ApprovalResumedV1,
    ApprovalReversedV1,
)
from libs.common.local_time import today_of
from services.projects.approvals.domain import handling
from services.projects.approvals.domain.case import Case, CaseOutcome
from services.projects.approvals.domain.clock import Pause, Reckoning, used_days
from services.projects.approvals.domain.history import changes_between
from services.projects.approvals.service.cases import Approvals, OpenedCase, Tells
from services.projects.approvals.service.filing import demand_references
from services.projects.approvals.service.matters import ground_in_force, matter_in_force
from services.projects.approvals.service.telling import facts_told


async def receive_case(approvals: Approvals, ctx: Context, opened: OpenedCase, person_id: UUID) -> OpenedCase:
    """Bind the first contact of a case that was filed online. Raises AlreadyReceived, UnknownApprovalReference."""
    await demand_references(ctx, person_id=person_id)
    case = handling.receive(opened.case, person_id)
    return await approvals.store(ctx, opened, case, _amended(opened.case, case), action="received")


async def hand_over_case(
    approvals: Approvals, ctx: Context, opened: OpenedCase, to_person_id: UUID, reason: str
) -> OpenedCase:
    """Raises OwnerRequired, IllegalCaseChange, UnknownApprovalReference."""
    await demand_references(ctx, to_person_id=to_person_id)
    case = handling.hand_over(opened.case, to_person_id)
    tells = _amended(opened.case, case)
    return await approvals.store(ctx, opened, case, tells, action="handed_over", reason=reason)


async def amend_case(approvals: Approvals, ctx: Context, opened: OpenedCase, changed: Case) -> OpenedCase:
    """Store facts beside the clock (unit, agent, summary); nothing happens when they are so already.

    Raises IllegalCaseChange, UnknownApprovalReference.
    """
    if not changes_between(opened.case, changed):
        return opened
    handling.demand_open(opened.case)
    # Who left the registry since must not block the case: only what changes is judged.
    moved = {
        name: getattr(changed, name) if getattr(changed, name) != getattr(opened.case, name) else None
        for name in ("unit_id", "agent_person_id")
    }
    await demand_references(ctx, **moved)
    return await approvals.store(ctx, opened, changed, _amended(opened.case, changed), action="amended")


async def put_document(
    approvals: Approvals, ctx: Context, opened: OpenedCase, code: str, received_on: date | None, reference: str
) -> OpenedCase:
    """Raises UnknownDocument, IllegalCaseChange, CaseDateInFuture."""
    case = handling.put_document(opened.case, code, received_on, reference, today_of(ctx))
    if not changes_between(opened.case, case):
        return opened
    return await approvals.store(ctx, opened, case, _amended(opened.case, case), action="document_recorded")


async def accept_case(
    approvals: Approvals, ctx: Context, opened: OpenedCase, on: date, lacking_reason: str | None
) -> OpenedCase:
    """Start the clock. Raises as the domain's accept, UnknownMatter, UnknownCalendarYear."""
    case = opened.case
    if case.owner_person_id is None and ctx.principal.person_id is not None:
        # Nobody received it before: who accepts it is its first contact.
        case = handling.receive(case, ctx.principal.person_id)
    matter = await matter_in_force(ctx, case.matter_code, case.region_code, on)
    case = handling.accept(case, matter, on, today_of(ctx), lacking_reason)

    def tells(days: Reckoning) -> EventPayload:
        assert case.clock is not None
        return ApprovalAcceptedV1(
            **facts_told(case),
            accepted_on=on,
            promised_days=case.clock.promised_days,
            statutory_days=case.clock.statutory_days,
            due_on=days.due_on,
            statutory_due_on=days.statutory_due_on,
        )

    return await approvals.store(ctx, opened, case, tells, action="accepted", reason=lacking_reason or "")


async def take_green_channel(approvals: Approvals, ctx: Context, opened: OpenedCase, reason: str) -> OpenedCase:
    """Raises IllegalCaseChange, NoGreenChannel."""
    case = handling.take_green_channel(opened.case, reason)

    def tells(days: Reckoning) -> EventPayload:
        return ApprovalRescheduledV1(
            **facts_told(case),
            cause="green_channel",
            due_on=days.due_on,
            statutory_due_on=days.statutory_due_on,
        )

    return await approvals.store(ctx, opened, case, tells, action="green_channel_taken", reason=reason)


async def pause_case(
    approvals: Approvals,
    ctx: Context,
    opened: OpenedCase,
    *,
    ground_code: str,
    from_on: date,
    notice: str,
    expected_to_on: date | None,
    reason: str,
) -> OpenedCase:
    """Stop the clock for a lawful reason. Raises UnknownPauseGround and as the domain's pause."""
    ground = await ground_in_force(ctx, ground_code, opened.case.region_code, from_on)
    stop = Pause(
        ground=ground.code,
        from_on=from_on,
        notice=notice,
        limit_days=ground.max_working_days,
        expected_to_on=expected_to_on,
    )
    case = handling.pause(opened.case, stop, today_of(ctx))

    def tells(days: Reckoning) -> EventPayload:
        return ApprovalPausedV1(
            **facts_told(case),
            ground=ground.code,
            from_on=from_on,
            notice=notice,
            due_on=days.due_on,
            statutory_due_on=days.statutory_due_on,
        )

    return await approvals.store(ctx, opened, case, tells, action="paused", reason=reason)


async def resume_case(approvals: Approvals, ctx: Context, opened: OpenedCase, on: date, note: str) -> OpenedCase:
    """Let the clock run again. Raises as the domain's resume, UnknownCalendarYear."""
    case = handling.resume(opened.case, on, today_of(ctx))

    def tells(days: Reckoning) -> EventPayload:
        return ApprovalResumedV1(
            **facts_told(case), on=on, due_on=days.due_on, statutory_due_on=days.statutory_due_on
        )

    return await approvals.store(ctx, opened, case, tells, action="resumed", reason=note)


async def decide_case(
    approvals: Approvals,
    ctx: Context,
    opened: OpenedCase,
    outcome: CaseOutcome,
    on: date,
    *,
    reason: str | None,
    document: str | None,
) -> OpenedCase:
    """End the case. Raises as the domain's decide, and what the guards raise when it is granted."""
    case = handling.decide(opened.case, outcome, on, today_of(ctx), reason, document)
    if outcome is CaseOutcome.GRANTED:
        await approvals.admit(ctx, case, on)
    used = None if case.clock is None else used_days(case.clock, opened.calendar, on)

    def tells(days: Reckoning) -> EventPayload:
        return ApprovalDecidedV1(
            **facts_told(case),
            outcome=outcome.value,
            on=on,
            reason=reason,
            document=document,
            due_on=days.due_on,
            is_on_time=None if days.due_on is None else on <= days.due_on,
            used_days=used,
        )

    return await approvals.store(ctx, opened, case, tells, action=outcome.value, reason=reason or "")


async def reverse_step(approvals: Approvals, ctx: Context, opened: OpenedCase, reason: str) -> OpenedCase:
    """Take back the last step; it stays in the trail with the reason. Raises NothingToReverseInCase."""
    case = handling.reverse(opened.case)

    def tells(days: Reckoning) -> EventPayload:
        return ApprovalReversedV1(
            **facts_told(case),
            from_status=opened.case.status.value,
            status=case.status.value,
            reason=reason,
            due_on=days.due_on,
            statutory_due_on=days.statutory_due_on,
        )

    return await approvals.store(ctx, opened, case, tells, action="reversed", reason=reason)


def _amended(before: Case, after: Case) -> Tells:
    changed = tuple(change.field for change in changes_between(before, after))

    def tells(_days: Reckoning) -> EventPayload:
        return ApprovalAmendedV1(**facts_told(after), fields=changed)

    return tells
