"""The relay: takes committed outbox rows to Kafka, in order, at least once, one active a service."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from libs.common.database import Database
from libs.common.outbox.envelope import Headers, encode_headers
from libs.common.outbox.tables import OutboxRow

log = structlog.get_logger(__name__)

# Arbitrary but fixed in all services: each has a database of its own, so the keys never meet.
LEADER_LOCK = 7_310_500_002

PUBLISHED = Counter("duban_outbox_published_total", "Events acknowledged by the broker", ["topic"])
BACKLOG = Gauge("duban_outbox_backlog", "Events committed and not yet published")
LEADING = Gauge("duban_outbox_leader", "1 while this relay is the active one")


class Publisher(Protocol):
    """What the relay needs of a producer: ``publish`` returns when every copy asked for has the record."""

    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> None: ...


class Relay:
    """Gives rows their position and publishes them.

    Leadership is a session-level advisory lock; positions are assigned on the very connection that holds it, so
    a relay that lost its connection cannot assign any. Rows are found by "not yet published", never by the last
    id seen: a transaction that commits late is not skipped. A row is marked after the broker's acknowledgement,
    so a crash between the two publishes it again under the same id.
    """

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        *,
        topic_prefix: str = "",
        batch: int = 500,
        idle_seconds: float = 0.05,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._prefix = topic_prefix
        self._batch = batch
        self._idle_seconds = idle_seconds
        self.leading = False

    async def run(self) -> None:
        """Relay until cancelled; errors of the database or the broker are waited out."""
        pause = self._idle_seconds
        while True:
            try:
                async with self._database.engine.connect() as connection:
                    try:
                        await self._lead(connection)
                    finally:
                        # Back in the pool the connection would keep the lock with nobody relaying.
                        await connection.invalidate()
            except (OSError, DBAPIError, InterfaceError, OperationalError, ConnectionError) as error:
                log.warning("relay.interrupted", error=str(error)[:200])
            except RelayInterrupted as error:
                log.warning("relay.broker_unavailable", error=str(error)[:200])
            finally:
                self.leading = False
                LEADING.set(0)
            await asyncio.sleep(min(pause * 10, 1.0))

    async def _lead(self, connection: AsyncConnection) -> None:
        while not await self._try_lock(connection):
            await asyncio.sleep(1.0)
        self.leading = True
        LEADING.set(1)
        while True:
            moved = await self.relay_once(connection)
            if moved < self._batch:
                await asyncio.sleep(self._idle_seconds)

    async def _try_lock(self, connection: AsyncConnection) -> bool:
        taken = await connection.scalar(select(func.pg_try_advisory_lock(LEADER_LOCK)))
        await connection.commit()
        return bool(taken)

    async def relay_once(self, connection: AsyncConnection) -> int:
        """Place and publish one batch; returns how many rows were published."""
        await self._assign_positions(connection)
        rows = await self._unpublished(connection)
        await connection.commit()
        BACKLOG.set(len(rows))
        if not rows:
            return 0
        await self._publish(rows)
        await connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.event_id).in_([row.event_id for row in rows]))
            .values(published_at=func.clock_timestamp())
        )
        await connection.commit()
        return len(rows)

    async def _assign_positions(self, connection: AsyncConnection) -> None:
        # One statement, one transaction, one leader: a position becomes visible together with all below it.
        await connection.execute(
            text(
                """
                WITH base AS (SELECT coalesce(max(position), 0) AS top FROM outbox),
                     unplaced AS (
                        SELECT event_id, row_number() OVER (ORDER BY sequence) AS place
                        FROM (SELECT event_id, sequence FROM outbox WHERE position IS NULL
                              ORDER BY sequence LIMIT :batch) AS waiting)
                UPDATE outbox SET position = base.top + unplaced.place
                FROM base, unplaced WHERE outbox.event_id = unplaced.event_id
                """
            ),
            {"batch": self._batch},
        )
        await connection.commit()

    async def _unpublished(self, connection: AsyncConnection) -> Sequence[OutboxRow]:
        statement = (
            select(OutboxRow.__table__)  # type: ignore[attr-defined]
            .where(col(OutboxRow.published_at).is_(None), col(OutboxRow.position).is_not(None))
            .order_by(col(OutboxRow.position))
            .limit(self._batch)
        )
        return list((await connection.execute(statement)).all())

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        # Sent together, awaited together: the idempotent producer keeps the order within a partition.
        results = await asyncio.gather(
            *(
                self._publisher.publish(self._prefix + row.topic, row.subject.encode(), row.payload, _headers(row))
                for row in rows
            ),
            return_exceptions=True,
        )
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            # Nothing of the batch is marked: what did arrive is sent again under its own id.
            raise RelayInterrupted(repr(failures[0])) from failures[0]
        for row in rows:
            PUBLISHED.labels(row.topic).inc()


class RelayInterrupted(Exception):
    """The broker did not take the whole batch; the relay tries it again."""


def _headers(row: OutboxRow) -> Headers:
    return encode_headers(
        event_id=row.event_id,
        event_type=row.type,
        source=row.source,
        subject=row.subject,
        time=row.occurred_at,
        aggregate_version=row.aggregate_version,
        region_code=row.region_code,
        traceparent=row.traceparent,
    )
