"""What failed for good: seen with its cause, sent again singly or by filter, or discarded with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from libs.common.context import Context
from libs.common.web.listing import ListQuery
from services.alerts.notifications import queue, repository
from services.alerts.notifications.errors import DeliveryNotDead, DeliveryNotFound, DeliveryPending
from services.alerts.notifications.tables import DeliveryRow
from services.alerts.trail.service import actor_of


async def redeliver(ctx: Context, delivery_id: UUID) -> DeliveryRow:
    """Send it again under its id. Raises DeliveryNotFound, DeliveryPending."""
    row = await _locked(ctx, delivery_id)
    if row.status == "pending":
        raise DeliveryPending(attempts=row.attempts)
    await queue.repeat(ctx.session, [row.id])
    await ctx.session.refresh(row)
    return row


async def discard(ctx: Context, delivery_id: UUID, reason: str) -> DeliveryRow:
    """Say of a dead letter that it need not arrive. Raises DeliveryNotFound, DeliveryNotDead."""
    row = await _locked(ctx, delivery_id)
    if row.status != "failed":
        raise DeliveryNotDead(status=row.status)
    row.status, row.discarded_by, row.discard_reason = "discarded", actor_of(ctx.principal), reason
    await ctx.session.flush()
    return row


async def redeliver_many(ctx: Context, query: ListQuery) -> list[UUID]:
    """Send the dead letters of a filter again, oldest first, as many as the query's limit; returns them."""
    ids = await repository.lock_dead(ctx.session, ctx.principal, query)
    if ids:
        await queue.repeat(ctx.session, ids)
    return ids


async def discard_many(ctx: Context, query: ListQuery, reason: str) -> list[UUID]:
    """Discard the dead letters of a filter; returns them."""
    ids = await repository.lock_dead(ctx.session, ctx.principal, query)
    if ids:
        await _discard(ctx, ids, reason)
    return ids


async def discard_held(ctx: Context, alert_id: UUID, reason: str) -> None:
    """What waits for the end of somebody's quiet hours, and was never tried, is no longer worth telling."""
    held = await ctx.session.scalars(
        select(col(DeliveryRow.id))
        .where(
            col(DeliveryRow.alert_id) == alert_id,
            col(DeliveryRow.status) == "pending",
            col(DeliveryRow.not_before) > ctx.now,
            col(DeliveryRow.attempts) == 0,
        )
        .with_for_update(skip_locked=True)
    )
    if ids := held.all():
        await _discard(ctx, ids, reason)


async def _discard(ctx: Context, ids: Sequence[UUID], reason: str) -> None:
    await ctx.session.execute(
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(list(ids)))
        .values(status="discarded", discarded_by=actor_of(ctx.principal), discard_reason=reason)
        .execution_options(synchronize_session=False)
    )


async def _locked(ctx: Context, delivery_id: UUID) -> DeliveryRow:
    row = await repository.find_delivery(ctx.session, ctx.principal, delivery_id, lock=True)
    if row is None:
        raise DeliveryNotFound
    return row
