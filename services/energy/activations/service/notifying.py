"""Telling the enterprises, and hearing from them that they were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from libs.common.context import Context
from libs.common.contracts.energy import (
    ActivationAcknowledgedV1,
    ActivationIssuedV1,
    ActivationNotifiedV1,
    ConditionKind,
    SituationKind,
)
from libs.common.outbox.record import EventRow, record_events
from services.energy.activations import repository
from services.energy.activations.domain.order import ActivationState, moved
from services.energy.activations.domain.wording import NoticeKind, Told, notice, unacknowledged
from services.energy.activations.errors import (
    ActivationAlreadyAcknowledged,
    ActivationNothingToNotify,
    IllegalActivationChange,
)
from services.energy.activations.rows import instants_of, profile_of
from services.energy.activations.service.telling import (
    activation_facts,
    order_event,
    order_facts,
    tell_activation,
)
from services.energy.activations.tables import ActivationNoticeRow, ActivationOrderRow, ActivationRow
from services.energy.curtailment.domain.users import Measure
from services.energy.expected import repository as expected_repository
from services.energy.expected import service as expected
from services.energy.expected.domain.event import Cause, Scope
from services.energy.situations.domain.situation import Finding, Judgement, Subject
from services.energy.situations.service import settle_all
from services.energy.situations.tables import SituationRow

SYSTEM: Final = "orderly-use"
# What an ordered reduction looks like on a meter; a wrong unit or a silent meter stays news.
_NO_NEWS: Final = (ConditionKind.DROP, ConditionKind.DEAD, ConditionKind.STUCK, ConditionKind.SHIFT)
_TELLABLE: Final = frozenset({ActivationState.NOTIFIED, ActivationState.RUNNING})


async def notify(ctx: Context, activation: ActivationRow) -> int:
    """Tell every enterprise, or remind those that have not acknowledged; returns how many were told.

    ``activation`` is locked. Raises IllegalActivationChange, ActivationNothingToNotify.
    """
    state = ActivationState(activation.state)
    if ctx.now >= activation.ends_at:
        raise IllegalActivationChange(state=state, wanted=ActivationState.NOTIFIED)
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    if state is ActivationState.ORDERED:
        activation.state = moved(state, ActivationState.NOTIFIED).value
        activation.notified_at = ctx.now
        await tell_activation(ctx, activation, ActivationIssuedV1(**activation_facts(activation, orders)))
        told, kind = orders, NoticeKind.ORDER
        for order in orders:
            await announce(ctx, activation, order)
    elif state in _TELLABLE:
        told = [order for order in orders if order.acknowledged_at is None and order.ends_at > ctx.now]
        kind = NoticeKind.REMINDER
        if not told:
            raise ActivationNothingToNotify(code=activation.code)
    else:
        raise IllegalActivationChange(state=state, wanted=ActivationState.NOTIFIED)
    await tell(ctx, activation, told, kind, activation.reason)
    return len(told)


async def tell(
    ctx: Context, activation: ActivationRow, orders: Sequence[ActivationOrderRow], kind: NoticeKind, reason: str
) -> None:
    """A new notice to each of the locked orders; it takes the place of those before it."""
    for notices in (await repository.open_notices(ctx.session, [order.id for order in orders])).values():
        for before in notices:
            before.replaced_at = ctx.now
    events: list[EventRow] = []
    for order in orders:
        row = _notice(ctx, activation, order, kind, reason)
        ctx.session.add(row)
        events.append(
            order_event(
                ctx,
                order,
                ActivationNotifiedV1(
                    **order_facts(activation, order),
                    notice_id=row.id,
                    number=row.number,
                    kind=row.kind,
                    text_zh=row.text_zh,
                    text_en=row.text_en,
                    acknowledge_by=row.acknowledge_by,
                ),
            )
        )
    await ctx.session.flush()
    await record_events(ctx, events)
    await judge_acknowledgements(ctx, activation, orders)


def _notice(
    ctx: Context, activation: ActivationRow, order: ActivationOrderRow, kind: NoticeKind, reason: str
) -> ActivationNoticeRow:
    order.notice += 1
    order.notified_at = ctx.now
    order.acknowledged_at = order.acknowledged_by = None
    order.acknowledge_by = None if kind is NoticeKind.CANCELLATION else _deadline(ctx, activation, order)
    told = Told(
        kind=kind,
        code=activation.code,
        enterprise=order.enterprise_name,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        steps=instants_of(profile_of(order)),
        measure=None if order.measure is None else Measure(order.measure),
        acknowledge_by=order.acknowledge_by,
        reason=reason.rstrip("。."),
    )
    text_zh, text_en = notice(told)
    return ActivationNoticeRow(
        id=ctx.new_id(),
        order_id=order.id,
        number=order.notice,
        kind=kind.value,
        text_zh=text_zh,
        text_en=text_en,
        told_at=ctx.now,
        told_by=ctx.principal.subject,
        acknowledge_by=order.acknowledge_by,
    )


def _deadline(ctx: Context, activation: ActivationRow, order: ActivationOrderRow) -> datetime:
    """The minutes given, but before the order begins where it has not."""
    due = ctx.now + timedelta(minutes=activation.acknowledge_minutes)
    return min(due, order.starts_at) if order.starts_at > ctx.now else due


async def acknowledge(ctx: Context, order_id: UUID, note: str | None) -> ActivationOrderRow:
    """The enterprise, or the office for it, says that the newest notice was heard.

    Raises ActivationOrderNotFound, ActivationAlreadyAcknowledged, IllegalActivationChange.
    """
    order, activation = await repository.get_order(ctx.session, ctx.principal, order_id, lock=True)
    if ActivationState(activation.state) not in _TELLABLE:
        raise IllegalActivationChange(state=ActivationState(activation.state), wanted="acknowledged")
    if order.acknowledged_at is not None:
        raise ActivationAlreadyAcknowledged(code=activation.code)
    newest = (await repository.notices_of(ctx.session, order.id))[0]
    for kept in (order, newest):
        kept.acknowledged_at, kept.acknowledged_by = ctx.now, ctx.principal.subject
    newest.acknowledgement_note = note
    event = order_event(
        ctx,
        order,
        ActivationAcknowledgedV1(
            **order_facts(activation, order),
            notice_id=newest.id,
            number=newest.number,
            acknowledged_at=ctx.now,
            acknowledged_by=ctx.principal.subject,
            note=note,
        ),
    )
    await ctx.session.flush()
    await record_events(ctx, [event])
    await judge_acknowledgements(ctx, activation, [order])
    return order


async def judge_acknowledgements(
    ctx: Context, activation: ActivationRow, orders: Iterable[ActivationOrderRow]
) -> None:
    """Non-response (S21) of the locked orders: a notice past its deadline that nobody has acknowledged.

    Grave once the order has begun. It ends with the acknowledgement, a new notice, or the order itself.
    """
    judgements: list[Judgement] = []
    reasons: dict[UUID, str] = {}
    for order in orders:
        subject = _subject(activation, order)
        judgements.append(Judgement(subject, _findings(ctx, activation, order)))
        if order.acknowledged_at is not None:
            reasons[subject.id] = "met"
        else:
            is_over = ActivationState(activation.state) not in _TELLABLE or order.ends_at <= ctx.now
            reasons[subject.id] = (
                "ended" if is_over and activation.state != ActivationState.CANCELLED else "withdrawn"
            )

    def reason(row: SituationRow) -> str:
        return reasons[row.subject_id]

    await settle_all(ctx, judgements, judged=[SituationKind.NON_RESPONSE], reason=reason)


def _findings(ctx: Context, activation: ActivationRow, order: ActivationOrderRow) -> tuple[Finding, ...]:
    due = order.acknowledge_by
    is_bound = ActivationState(activation.state) in _TELLABLE and order.ends_at > ctx.now
    if due is None or order.acknowledged_at is not None or not is_bound or ctx.now < due:
        return ()
    zh, en = unacknowledged(activation.code, order.enterprise_name, order.notice, due)
    return (
        Finding(
            kind=SituationKind.NON_RESPONSE,
            level=2 if order.starts_at <= ctx.now else 1,
            expected_at=due,
            explanation_zh=zh,
            explanation_en=en,
        ),
    )


def _subject(activation: ActivationRow, order: ActivationOrderRow) -> Subject:
    return Subject(
        type="activation_notice",
        # Beside the order's own subject, whose response is another matter.
        id=uuid5(order.id, "acknowledgement"),
        code=activation.code,
        name=order.enterprise_name,
        region_code=order.region_code,
        enterprise_id=order.enterprise_id,
    )


async def announce(ctx: Context, activation: ActivationRow, order: ActivationOrderRow) -> None:
    """Tell the detector that the enterprise's meters will drop, or that they will not."""
    if order.ends_at <= order.starts_at or activation.state == ActivationState.CANCELLED:
        known = await expected_repository.find_recorded(ctx.session, SYSTEM, str(order.id))
        if known is not None:
            await expected.withdraw(ctx, known.id)
        return
    await expected.expect(
        ctx,
        expected.Expectation(
            scope=Scope.ENTERPRISE,
            code=str(order.enterprise_id),
            cause=Cause.ORDERLY_USE,
            kinds=_NO_NEWS,
            starts_at=order.starts_at,
            ends_at=order.ends_at,
            reason=f"{activation.code} {activation.reason}"[:500],
            system=SYSTEM,
            external_id=str(order.id),
        ),
    )
