"""Amendments: an activation lasts longer or shorter, asks for more or less, or lets an enterprise go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import ActivationAmendedV1
from services.energy.activations import repository
from services.energy.activations.domain.order import (
    AMENDABLE,
    ActivationState,
    Amendment,
    AmendmentKind,
    Profile,
    amended,
)
from services.energy.activations.domain.quarters import quarter_from, quarter_of, start_of, starts_quarter
from services.energy.activations.domain.wording import NoticeKind
from services.energy.activations.errors import (
    ActivationAmendmentUnfit,
    ActivationOrderNotFound,
    ActivationPeriodUnfit,
    IllegalActivationChange,
)
from services.energy.activations.rows import profile_of, put_profile, steps_of
from services.energy.activations.service.notifying import announce, tell
from services.energy.activations.service.reach import demand_free, demand_within_reach, hold_users
from services.energy.activations.service.rules import rule_of_activation
from services.energy.activations.service.telling import activation_facts, tell_activation
from services.energy.activations.tables import (
    ActivationAmendedOrderRow,
    ActivationAmendmentRow,
    ActivationOrderRow,
    ActivationRow,
)
from services.energy.curtailment.repository import users_by_enterprise


@dataclass(frozen=True, slots=True)
class WantedAmendment:
    """Of all enterprises, or of one; ``kw`` is one enterprise's, ``share`` multiplies what each is ordered."""

    kind: AmendmentKind
    at: datetime
    reason: str
    order_id: UUID | None = None
    kw: float | None = None
    share: float | None = None


async def amend(ctx: Context, activation: ActivationRow, wanted: WantedAmendment) -> ActivationAmendmentRow:
    """Change what a locked activation orders; enterprises that were told are told anew.

    Raises IllegalActivationChange, ActivationAmendmentUnfit, ActivationPeriodUnfit, ActivationOverlaps,
    ActivationExceedsAdjustable, ActivationOrderNotFound.
    """
    if ActivationState(activation.state) not in AMENDABLE:
        raise IllegalActivationChange(state=ActivationState(activation.state), wanted="amended")
    if not starts_quarter(wanted.at):
        raise ActivationAmendmentUnfit(kind=wanted.kind)
    orders = await _concerned(ctx, activation, wanted)
    amendment = Amendment(wanted.kind, quarter_of(wanted.at), wanted.kw, wanted.share)
    now = quarter_from(ctx.now)
    after = [(order, amended(profile_of(order), amendment, now)) for order in orders]
    if wanted.kind is AmendmentKind.EXTEND:
        await _demand_room(ctx, activation, after)
    if wanted.kind is AmendmentKind.RAISE:
        wanted_kw = {order.enterprise_id: profile.peak_kw for order, profile in after}
        demand_within_reach(await users_by_enterprise(ctx.session, list(wanted_kw)), wanted_kw)
    row = await _record(ctx, activation, wanted, after)
    every = await repository.orders_of(ctx.session, [activation.id])
    activation.starts_at = min(order.starts_at for order in every)
    activation.ends_at = max(order.ends_at for order in every)
    event = ActivationAmendedV1(
        **activation_facts(activation, every),
        number=row.number,
        kind=row.kind,
        at=row.at,
        order_id=row.order_id,
        kw=row.kw,
        share=row.share,
    )
    await hold_users(ctx, activation, every)
    await tell_activation(ctx, activation, event)
    if activation.state != ActivationState.ORDERED:
        for order in orders:
            await announce(ctx, activation, order)
        await tell(ctx, activation, orders, NoticeKind.AMENDMENT, wanted.reason)
    return row


async def _concerned(ctx: Context, activation: ActivationRow, wanted: WantedAmendment) -> list[ActivationOrderRow]:
    """The locked orders to be changed: that one, or all that are not over or lifted."""
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    if wanted.order_id is not None:
        found = [order for order in orders if order.id == wanted.order_id]
        if not found:
            raise ActivationOrderNotFound(order_id=wanted.order_id)
        return found
    standing = [order for order in orders if order.ends_at > max(ctx.now, order.starts_at)]
    if not standing or wanted.kw is not None:
        raise ActivationAmendmentUnfit(kind=wanted.kind)
    return standing


async def _demand_room(
    ctx: Context, activation: ActivationRow, after: Sequence[tuple[ActivationOrderRow, Profile]]
) -> None:
    """That the extension is no longer than orders may be, and that nobody is held by another activation then."""
    rule = await rule_of_activation(ctx, activation)
    periods = {order.enterprise_id: (start_of(one.first), start_of(one.end)) for order, one in after}
    starts_at, ends_at = max(periods.values(), key=lambda period: period[1] - period[0])
    if ends_at - starts_at > timedelta(hours=rule.max_hours):
        raise ActivationPeriodUnfit(
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), max_hours=rule.max_hours
        )
    await repository.lock_keys(ctx.session, [f"activation_enterprise:{one}" for one in periods])
    names = {order.enterprise_id: order.enterprise_name for order, _ in after}
    await demand_free(ctx, periods, names, but={order.id for order, _ in after})


async def _record(
    ctx: Context,
    activation: ActivationRow,
    wanted: WantedAmendment,
    after: Sequence[tuple[ActivationOrderRow, Profile]],
) -> ActivationAmendmentRow:
    known = await repository.amendments_of(ctx.session, activation.id)
    row = ActivationAmendmentRow(
        id=ctx.new_id(),
        activation_id=activation.id,
        number=len(known) + 1,
        order_id=wanted.order_id,
        kind=wanted.kind.value,
        at=wanted.at.astimezone(UTC),
        kw=wanted.kw,
        share=wanted.share,
        reason=wanted.reason,
        orders=len(after),
        made_at=ctx.now,
        made_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    for order, profile in after:
        before = [*steps_of(profile_of(order)), order.ends_at.isoformat()]
        put_profile(order, profile)
        ctx.session.add(
            ActivationAmendedOrderRow(
                amendment_id=row.id,
                order_id=order.id,
                before=before,
                after=[*steps_of(profile), order.ends_at.isoformat()],
            )
        )
    await ctx.session.flush()
    return row
