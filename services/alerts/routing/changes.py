"""Alerts whose groups have to be looked at: written with the change, worked off by the grouping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.remember import later
from services.alerts.routing import trees
from services.alerts.routing.tables import RoutingQueueRow
from services.alerts.trail.tables import AlertRow


async def note(ctx: Context, alert: AlertRow) -> None:
    """The alert has changed; where no receiver of its tree is told of groups there is nothing to do."""
    tree = await trees.tree_for(ctx, alert.region_code)
    if any(receiver.tells for receiver in tree.spec.receivers):
        row = {"alert_id": alert.id, "queued_at": ctx.now}
        if not later(ctx.session, _write, row):
            await _write(ctx.session, [row])


async def _write(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    await session.execute(upsert(RoutingQueueRow).values(rows).on_conflict_do_nothing())


async def note_all_live(ctx: Context) -> None:
    """A tree has changed: every live alert finds its way anew."""
    live = select(col(AlertRow.id), literal(ctx.now)).where(col(AlertRow.status) != "resolved")
    statement = upsert(RoutingQueueRow).from_select(["alert_id", "queued_at"], live)
    await ctx.session.execute(statement.on_conflict_do_nothing())


async def take(ctx: Context, limit: int) -> Sequence[UUID]:
    """Take alerts off the queue; what goes wrong afterwards puts them back with the transaction."""
    chosen = (
        select(col(RoutingQueueRow.alert_id))
        .order_by(col(RoutingQueueRow.queued_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        delete(RoutingQueueRow)
        .where(col(RoutingQueueRow.alert_id).in_(chosen.scalar_subquery()))
        .returning(col(RoutingQueueRow.alert_id))
        .execution_options(synchronize_session=False)
    )
    return (await ctx.session.scalars(statement)).all()
