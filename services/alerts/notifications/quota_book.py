"""SQL of quotas: what may leave now, through which channel or gateway; shared by all workers, in real time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.alerts.database import AlertsTable
from services.alerts.notifications.domain.kinds import Limit, traits_of
from services.alerts.notifications.domain.quota import grant
from services.alerts.notifications.tables import DeliveryRow, SendQuotaRow


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is due, with what its quota is counted by."""

    id: UUID
    kind: str
    channel_id: UUID | None
    gateway_id: UUID | None
    channel_limits: list[dict[str, Any]] | None
    gateway_limits: list[dict[str, Any]] | None

    @property
    def key(self) -> str:
        return quota_key(self.channel_id, self.gateway_id)

    @property
    def limits(self) -> tuple[Limit, ...]:
        own = self.channel_limits if self.gateway_id is None else self.gateway_limits
        if own is None:
            return traits_of(self.kind).limits
        return tuple(Limit(int(limit["count"]), float(limit["seconds"])) for limit in own)


def quota_key(channel_id: UUID | None, gateway_id: UUID | None) -> str:
    """A gateway's messages are counted together, whoever they go to; else the channel's own."""
    return f"gateway:{gateway_id}" if gateway_id is not None else f"channel:{channel_id}"


async def take(session: AsyncSession, due: Sequence[Due], queue: type[AlertsTable] = DeliveryRow) -> list[UUID]:
    """Those of `due` that may leave now, in their order; the others are put off until they may in their `queue`,
    a table with ``id`` and ``next_attempt_at``.
    """
    by_key: dict[str, list[Due]] = {}
    for each in due:
        by_key.setdefault(each.key, []).append(each)
    allowed: list[UUID] = []
    noted = await _noted(session, by_key)
    # In one order, so that two workers with the same keys do not wait for each other.
    for key in sorted(by_key):
        if key in noted or by_key[key][0].limits:
            allowed += await _take(session, key, by_key[key], queue)
        else:
            allowed += [each.id for each in by_key[key]]
    order = {each.id: place for place, each in enumerate(due)}
    return sorted(allowed, key=order.__getitem__)


async def hold(session: AsyncSession, key: str, seconds: float) -> None:
    """The receiver takes no more for now: nothing leaves by this key until then."""
    until = func.clock_timestamp() + timedelta(seconds=seconds)
    await session.execute(
        insert(SendQuotaRow)
        .values(key=key, sent=[], held_until=until)
        .on_conflict_do_update(
            index_elements=["key"], set_={"held_until": func.greatest(col(SendQuotaRow.held_until), until)}
        )
    )


async def _noted(session: AsyncSession, keys: Collection[str]) -> frozenset[str]:
    """Keys with something to look at: most receivers have neither limits nor ever been full."""
    if not keys:
        return frozenset()
    statement = select(col(SendQuotaRow.key)).where(col(SendQuotaRow.key).in_(sorted(keys)))
    return frozenset(await session.scalars(statement))


async def _take(session: AsyncSession, key: str, due: Sequence[Due], queue: type[AlertsTable]) -> list[UUID]:
    limits = due[0].limits
    if limits:
        await session.execute(insert(SendQuotaRow).values(key=key, sent=[]).on_conflict_do_nothing())
    found = (
        await session.execute(
            select(SendQuotaRow, func.clock_timestamp())
            .where(col(SendQuotaRow.key) == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if found is None:
        return [each.id for each in due]
    book, at = found
    granted = grant(limits, book.sent, at, len(due), held_until=book.held_until)
    await session.execute(
        update(SendQuotaRow)
        .where(col(SendQuotaRow.key) == key)
        .values(sent=list(granted.sent))
        .execution_options(synchronize_session=False)
    )
    for each, instant in zip(due[granted.now :], granted.later, strict=True):
        await _put_off(session, queue, each.id, instant)
    return [each.id for each in due[: granted.now]]


async def _put_off(session: AsyncSession, queue: type[AlertsTable], delivery_id: UUID, until: datetime) -> None:
    table = queue.metadata.tables[str(queue.__tablename__)]
    await session.execute(update(table).where(table.c.id == delivery_id).values(next_attempt_at=until))
