"""Who may be ordered to reduce: not who is protected, not below the security load, not twice at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from services.energy.activations import repository
from services.energy.activations.domain.quarters import local_text
from services.energy.activations.errors import (
    ActivationExceedsAdjustable,
    ActivationOverlaps,
    ActivationUserProtected,
)
from services.energy.activations.tables import ActivationOrderRow, ActivationRow
from services.energy.curtailment.domain.users import Category, Standing
from services.energy.curtailment.service import hold, release
from services.energy.curtailment.tables import CurtailmentUserRow


def demand_within_reach(users: Mapping[UUID, CurtailmentUserRow], wanted_kw: Mapping[UUID, float]) -> None:
    """That no protected user is called and every user keeps its security load; others than users have none said.

    Raises ActivationUserProtected, ActivationExceedsAdjustable.
    """
    for enterprise_id, user in users.items():
        category = Category(user.category)
        if category.standing is Standing.PROTECTED:
            raise ActivationUserProtected(enterprise=user.name, category=category, item=category.item)
        adjustable = user.max_load_kw - user.security_load_kw
        if wanted_kw[enterprise_id] > adjustable:
            raise ActivationExceedsAdjustable(
                enterprise=user.name, wanted_kw=wanted_kw[enterprise_id], adjustable_kw=adjustable
            )


async def hold_users(ctx: Context, activation: ActivationRow, orders: Sequence[ActivationOrderRow]) -> None:
    """Keep the users of a standing activation out of other selections while it lasts."""
    standing = [order for order in orders if order.ends_at > order.starts_at]
    if not standing:
        await release(ctx, activation.id)
        return
    ids = [order.enterprise_id for order in standing]
    span = (min(order.starts_at for order in standing), max(order.ends_at for order in standing))
    await hold(ctx, ids, *span, reference=activation.id, reason=activation.code)


async def demand_free(
    ctx: Context,
    periods: Mapping[UUID, tuple[datetime, datetime]],
    names: Mapping[UUID, str],
    but: Collection[UUID] = (),
) -> None:
    """That no other activation holds the enterprises then; ``but``: orders that may. Raises ActivationOverlaps."""
    first, last = min(start for start, _ in periods.values()), max(end for _, end in periods.values())
    faults = []
    for order, activation in await repository.standing_orders(ctx.session, list(periods), first, last):
        starts_at, ends_at = periods[order.enterprise_id]
        if order.id not in but and order.starts_at < ends_at and order.ends_at > starts_at:
            faults.append((order, activation))
    if faults:
        order, activation = faults[0]
        raise ActivationOverlaps(
            enterprise=names[order.enterprise_id],
            code=activation.code,
            starts_at=local_text(order.starts_at, "%Y-%m-%d %H:%M"),
            ends_at=local_text(order.ends_at, "%Y-%m-%d %H:%M"),
            enterprises=len(faults),
        )
