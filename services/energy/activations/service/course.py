"""An activation's course by time and by hand: begun, ended, cancelled, closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy import (
    ActivationCancelledV1,
    ActivationClosedV1,
    ActivationEndedV1,
    ActivationStartedV1,
    SituationKind,
)
from services.energy.activations import repository
from services.energy.activations.domain.order import ActivationState, moved
from services.energy.activations.domain.wording import NoticeKind
from services.energy.activations.service.notifying import announce, judge_acknowledgements, tell
from services.energy.activations.service.responding import response_subject
from services.energy.activations.service.telling import activation_facts, tell_activation
from services.energy.activations.tables import ActivationOrderRow, ActivationRow
from services.energy.curtailment.service import release
from services.energy.situations.domain.situation import Judgement
from services.energy.situations.service import settle_all

NEVER_TOLD: Final = "未在结束前下达通知，自动取消"


async def advance(ctx: Context) -> None:
    """Bring every activation to where time has brought it."""
    for activation in await repository.lock_due(ctx.session, ctx.now):
        orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
        if activation.state == ActivationState.ORDERED:
            if activation.ends_at <= ctx.now:
                await _cancel(ctx, activation, orders, NEVER_TOLD)
            continue
        if activation.state == ActivationState.NOTIFIED:
            activation.state = moved(ActivationState.NOTIFIED, ActivationState.RUNNING).value
            await tell_activation(ctx, activation, ActivationStartedV1(**activation_facts(activation, orders)))
        if activation.ends_at <= ctx.now:
            activation.state = moved(ActivationState.RUNNING, ActivationState.ENDED).value
            activation.ended_at = ctx.now
            await tell_activation(ctx, activation, ActivationEndedV1(**activation_facts(activation, orders)))
            await judge_acknowledgements(ctx, activation, orders)


async def judge_running(ctx: Context) -> None:
    """Whose acknowledgement is overdue, among activations that were told and are not over."""
    for activation in await repository.lock_in_state(
        ctx.session, ActivationState.NOTIFIED, ActivationState.RUNNING
    ):
        orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
        await judge_acknowledgements(ctx, activation, orders)


async def cancel(ctx: Context, activation: ActivationRow, reason: str) -> None:
    """It does not take place, whoever was told is told so. One that runs is lifted or shortened instead.

    ``activation`` is locked. Raises IllegalActivationChange.
    """
    moved(ActivationState(activation.state), ActivationState.CANCELLED)
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    await _cancel(ctx, activation, orders, reason)


async def _cancel(
    ctx: Context, activation: ActivationRow, orders: Sequence[ActivationOrderRow], reason: str
) -> None:
    was_told = activation.state != ActivationState.ORDERED
    activation.state = moved(ActivationState(activation.state), ActivationState.CANCELLED).value
    activation.closed_at, activation.closed_by, activation.note = ctx.now, ctx.principal.subject, reason
    facts = activation_facts(activation, orders) | {"reason": reason}
    await release(ctx, activation.id)
    await tell_activation(ctx, activation, ActivationCancelledV1(**facts))
    if was_told:
        for order in orders:
            await announce(ctx, activation, order)
        await tell(ctx, activation, orders, NoticeKind.CANCELLATION, reason)


async def close(ctx: Context, activation: ActivationRow, note: str | None) -> None:
    """What was verified is dealt with: open findings of its responses end. Raises IllegalActivationChange."""
    activation.state = moved(ActivationState(activation.state), ActivationState.CLOSED).value
    activation.closed_at, activation.closed_by, activation.note = ctx.now, ctx.principal.subject, note
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    await tell_activation(ctx, activation, ActivationClosedV1(**activation_facts(activation, orders)))
    judgements = [Judgement(response_subject(activation, order)) for order in orders]
    await settle_all(ctx, judgements, judged=[SituationKind.NON_RESPONSE], reason=lambda _row: "ended")
