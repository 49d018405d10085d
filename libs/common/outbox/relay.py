"""The relay: takes committed outbox rows to Kafka, in order, at least once, one active a service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from libs.common.database import Database
from libs.common.outbox.envelope import Headers, encode_headers
from libs.common.outbox.tables import OutboxRow
from libs.common.tasks import heed_cancellation

log = structlog.get_logger(__name__)

# Arbitrary but fixed in all services: each has a database of its own, so the keys never meet.
LEADER_LOCK = 7_310_500_002

# A topic that fails while others do not (it does not exist, or refuses us) must not hold those up.
_REST_SECONDS = 2.0

_HAS_WORK = "SELECT EXISTS (SELECT FROM outbox WHERE position IS NULL OR published_at IS NULL)"

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
    so a crash between the two publishes it again under the same id. Events of one aggregate are sent one after
    the other, each when the one before is acknowledged; aggregates side by side.
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
        self._resting: dict[str, float] = {}
        self.leading = False

    async def run(self) -> None:
        """Relay until cancelled; errors of the database or the broker are waited out."""
        pause = self._idle_seconds
        while True:
            heed_cancellation()
            try:
                async with self._database.engine.connect() as connection:
                    try:
                        await self._lead(connection)
                    finally:
                        # Back in the pool the connection would keep the lock with nobody relaying.
                        await connection.invalidate()
            except (OSError, SQLAlchemyError) as error:
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
            heed_cancellation()
            moved = await self.relay_once(connection) if await self._has_work(connection) else 0
            if moved < self._batch:
                await asyncio.sleep(self._idle_seconds)

    async def _has_work(self, connection: AsyncConnection) -> bool:
        # What an idle relay asks twenty times a second has to cost next to nothing: nothing is composed here.
        found = (await connection.exec_driver_sql(_HAS_WORK)).scalar()
        await connection.rollback()
        return bool(found)

    async def _try_lock(self, connection: AsyncConnection) -> bool:
        taken = await connection.scalar(select(func.pg_try_advisory_lock(LEADER_LOCK)))
        await connection.commit()
        return bool(taken)

    async def relay_once(self, connection: AsyncConnection) -> int:
        """Place and publish one batch; returns how many rows were published."""
        await self._assign_positions(connection)
        rows = await self._unpublished(connection)
        waiting = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.published_at).is_(None))
        is_all = len(rows) < self._batch and not self._resting_topics()
        BACKLOG.set(len(rows) if is_all else await connection.scalar(waiting) or 0)
        await connection.commit()
        if not rows:
            return 0
        published, failure = await self._publish(rows)
        await connection.execute(
            update(OutboxRow)
            .where(col(OutboxRow.event_id).in_([row.event_id for row in published]))
            .values(published_at=func.clock_timestamp())
        )
        await connection.commit()
        if failure is not None and not published:
            raise RelayInterrupted(repr(failure)) from failure
        return len(published)

    async def _assign_positions(self, connection: AsyncConnection) -> None:
        # One statement, one transaction, one leader: a position becomes visible together with all below it. The
        # floor is what a restore leaves: positions of events that are gone are never given to others (0105).
        await connection.execute(
            text(
                """
                WITH base AS (
                        SELECT greatest(
                            coalesce(max(position), 0),
                            coalesce(nullif(current_setting('duban.position_floor', true), '')::bigint, 0)
                        ) AS top FROM outbox),
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
            .where(
                col(OutboxRow.published_at).is_(None),
                col(OutboxRow.position).is_not(None),
                col(OutboxRow.topic).not_in(self._resting_topics()),
            )
            .order_by(col(OutboxRow.position))
            .limit(self._batch)
        )
        return list((await connection.execute(statement)).all())

    def _resting_topics(self) -> list[str]:
        now = time.monotonic()
        return [topic for topic, until in self._resting.items() if until > now]

    async def _publish(self, rows: Sequence[OutboxRow]) -> tuple[list[OutboxRow], BaseException | None]:
        """The rows that were acknowledged, and the first failure."""
        aggregates: dict[tuple[str, str], list[OutboxRow]] = {}
        for row in rows:
            aggregates.setdefault((row.topic, _key(row)), []).append(row)
        answers = await asyncio.gather(*(self._publish_in_order(events) for events in aggregates.values()))
        published = [row for acknowledged, _ in answers for row in acknowledged]
        failed = {key[0]: error for key, (_, error) in zip(aggregates, answers, strict=True) if error is not None}
        for topic, error in failed.items():
            log.warning("relay.topic_rests", topic=topic, error=repr(error)[:200])
            self._resting[topic] = time.monotonic() + _REST_SECONDS
        return published, next(iter(failed.values()), None)

    async def _publish_in_order(self, events: Sequence[OutboxRow]) -> tuple[list[OutboxRow], BaseException | None]:
        # One after the other: were they under way together, a later one could arrive although an earlier failed.
        published: list[OutboxRow] = []
        for row in events:
            try:
                await self._publisher.publish(
                    self._prefix + row.topic, _key(row).encode(), row.payload, _headers(row)
                )
            except Exception as error:
                return published, error
            PUBLISHED.labels(row.topic).inc()
            published.append(row)
        return published, None


class RelayInterrupted(Exception):
    """The broker took nothing of a batch; the relay tries it again."""


def _key(row: OutboxRow) -> str:
    return row.ordered_by or row.subject


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
