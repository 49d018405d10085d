"""Fetching feeds: what the registry says is running runs here, and what it says no longer is ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.context import Context
from libs.common.security.principal import SYSTEM
from libs.common.web.problems import DomainError
from services.energy.feeds.delivery import Means, replay_waiting
from services.energy.feeds.reach import finder
from services.energy.feeds.repository import waiting_meters
from services.energy.feeds.tables import FeedSourceRow
from services.energy.sources import repository

log = structlog.get_logger(__name__)

FETCHING = Gauge("duban_feeds_fetched", "Feeds this process fetches")

# Arbitrary but fixed: the first half of the key of a feed's lock.
_LOCK: Final = 731_050
_BACKOFF_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
_LONGEST_ERROR: Final = 500

Connected = Callable[[], Awaitable[None]]
# Runs a feed until it is cancelled, telling when it is connected; raises when the connection is lost.
Run = Callable[[FeedSourceRow, Connected], Awaitable[None]]


@dataclass(slots=True)
class _Fetched:
    version: int
    task: asyncio.Task[None]


@dataclass(slots=True)
class Gateway:
    """Runs each active feed that is fetched, in one process at a time, and starts it again when it breaks.

    A feed's advisory lock keeps other processes away from its folder or its session; it is held by a connection of
    its own, and with the connection every feed ends here before another process can begin it. ``poll_seconds``:
    real time between two looks at the registry.
    """

    means: Means
    run_feed: Run
    poll_seconds: float
    _fetched: dict[UUID, _Fetched] = field(default_factory=dict)
    _locked: set[UUID] = field(default_factory=set)
    _is_looked_through: bool = False

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                async with self.means.database.engine.connect() as connection:
                    await self._run_under(await connection.execution_options(isolation_level="AUTOCOMMIT"))
            except Exception as error:
                log.warning("gateway.interrupted", cause=repr(error)[:300])
            await asyncio.sleep(self.poll_seconds)

    async def _run_under(self, locks: AsyncConnection) -> None:
        try:
            while True:
                await self.look(locks)
                await self.replay_registered()
                await asyncio.sleep(self.poll_seconds)
        finally:
            await self._end(list(self._fetched))
            self._locked.clear()
            # Back in the pool it would hold the locks for nobody.
            await locks.invalidate()

    async def look(self, locks: AsyncConnection) -> None:
        """Bring what runs in line with the registry."""
        # It also shows that the connection, and with it the locks, still stand.
        await locks.execute(text("SELECT 1"))
        async with self.means.database.session() as session:
            wanted = {row.id: row for row in await repository.fetched_feeds(session)}
        gone = [
            feed_id
            for feed_id, fetched in self._fetched.items()
            if feed_id not in wanted or wanted[feed_id].version != fetched.version
        ]
        await self._end(gone)
        for feed_id in self._locked - wanted.keys():
            await locks.execute(text("SELECT pg_advisory_unlock(:n, hashtext(:id))"), _key(feed_id))
            self._locked.discard(feed_id)
        for feed_id, row in wanted.items():
            if feed_id not in self._fetched and await self._lock(locks, feed_id):
                task = asyncio.create_task(self._keep(row), name=f"feed-{row.code}")
                self._fetched[feed_id] = _Fetched(row.version, task)
        FETCHING.set(len(self._fetched))

    async def _lock(self, locks: AsyncConnection, feed_id: UUID) -> bool:
        if feed_id not in self._locked:
            statement = text("SELECT pg_try_advisory_lock(:n, hashtext(:id))")
            if not await locks.scalar(statement, _key(feed_id)):
                return False
            self._locked.add(feed_id)
        return True

    async def replay_registered(self) -> int:
        """Take what waits in quarantine for meters that were registered meanwhile; returns how many readings."""
        database, door = self.means.database, self.means.door
        async with database.session() as session:
            changed = await door.refresh(session, now=True)
            if not changed and self._is_looked_through:
                return 0
            known = finder(door.directory, SYSTEM)
            meter_nos = [no for no in await waiting_meters(session) if known(no) is not None]
        self._is_looked_through = False
        replayed = 0
        try:
            for meter_no in meter_nos:
                async with database.transaction() as session:
                    ctx = Context(session, self.means.clock.now(), self.means.new_id, SYSTEM)
                    replayed += (await replay_waiting(ctx, self.means, meter_no)).replayed
        except DomainError as error:
            # The worker is behind, or the broker away: the next look goes on.
            log.info("quarantine.replay_postponed", cause=str(error))
            return replayed
        self._is_looked_through = True
        return replayed

    async def _keep(self, row: FeedSourceRow) -> None:
        failures = 0
        while True:
            is_connected = False

            async def connected() -> None:
                nonlocal is_connected
                is_connected = True
                await self._note(row, None)

            try:
                await self.run_feed(row, connected)
                cause = "it ended by itself"
            except Exception as error:
                cause = f"{type(error).__name__}: {error}"
            failures = 0 if is_connected else failures + 1
            log.warning("feed.interrupted", feed=row.code, cause=cause[:300], failures=failures)
            await self._note(row, cause[:_LONGEST_ERROR])
            await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)])

    async def _note(self, row: FeedSourceRow, error: str | None) -> None:
        try:
            async with self.means.database.transaction() as session:
                await repository.note_connection(session, row.id, self.means.clock.now(), error)
        except Exception as failure:
            # The feed matters more than the note of it.
            log.warning("feed.not_noted", feed=row.code, cause=repr(failure)[:200])

    async def _end(self, feed_ids: list[UUID]) -> None:
        tasks = [self._fetched.pop(feed_id).task for feed_id in feed_ids]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)


def _key(feed_id: UUID) -> dict[str, object]:
    return {"n": _LOCK, "id": str(feed_id)}
