"""The loop that groups alerts, flushes groups, makes digests and keeps the mutes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.tasks import rest_after, waited
from services.alerts.grouping import digests, keeper, repository, service

log = structlog.get_logger(__name__)

FLUSHES = Counter("duban_alerts_group_flushes_total", "Groups of alerts that were flushed to their receivers")
DIGESTS = Counter("duban_alerts_digests_total", "Digests that told what a storm held back")
FAILED = Counter("duban_alerts_grouping_failed_total", "Rounds of the grouping that failed and are tried again")
SECONDS = Histogram("duban_alerts_grouping_seconds", "Real time of one round with something to do")

_PAUSE_AFTER_ERROR_SECONDS = 1.0
_SELDOM_SECONDS = 2.0
_MOMENT_SECONDS = 0.005


class GroupRunner:
    """Groups and tells; any number may run at once, a group or a recipient is worked on by one.

    It looks every `poll_seconds`, soon when `wanted` is set, and when the next group falls due; `told` is set when
    there is something to deliver.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        *,
        external_url: str,
        poll_seconds: float = 0.1,
        wanted: asyncio.Event | None = None,
        told: asyncio.Event | None = None,
    ) -> None:
        self._wanted = wanted or asyncio.Event()
        self._told = told or asyncio.Event()
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._external_url = external_url
        self._poll_seconds = poll_seconds
        self._next_at: datetime | None = None

    async def run(self) -> None:
        """Work until cancelled; errors are waited out, what was begun is rolled back and comes again."""
        seldom_at = 0.0
        while True:
            self._wanted.clear()
            try:
                done = await self.work()
                if monotonic() >= seldom_at:
                    await self.keep()
                    seldom_at = monotonic() + _SELDOM_SECONDS
                if done:
                    await asyncio.sleep(rest_after(done))
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("grouping.interrupted", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
            except Exception:
                FAILED.inc()
                log.exception("grouping.failed")
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
            await waited(self._wanted, self._wait())

    def _wait(self) -> float:
        if self._next_at is None:
            return self._poll_seconds
        # What is due already others are at: a moment later they are done.
        return max(_MOMENT_SECONDS, min(self._poll_seconds, (self._next_at - self._clock.now()).total_seconds()))

    async def work(self) -> int:
        """Place what has changed, flush what is due; answers how much of both there was."""
        begun = monotonic()
        done = 0
        while True:
            has_changed, self._next_at = await self._look()
            if not has_changed and (self._next_at is None or self._next_at > self._clock.now()):
                break
            placed = await self._in_transaction(service.place_changed) if has_changed else 0
            flushed = await self._in_transaction(self._flush)
            if flushed:
                FLUSHES.inc(flushed)
                self._told.set()
            if not placed and not flushed:
                # Others are at it.
                break
            done += placed + flushed
        if done:
            SECONDS.observe(monotonic() - begun)
        return done

    async def keep(self) -> None:
        """What has to be looked at every few seconds: digests, and mutes that begin and end."""
        DIGESTS.inc(await self._in_transaction(self._digest))
        await self._in_transaction(keeper.keep)

    async def _look(self) -> tuple[bool, datetime | None]:
        async with self._database.session() as session:
            return await repository.what_waits(session)

    async def _flush(self, ctx: Context) -> int:
        return await service.flush_due(ctx, external_url=self._external_url)

    async def _digest(self, ctx: Context) -> int:
        return await digests.send_due(ctx, external_url=self._external_url)

    async def _in_transaction(self, work: Callable[[Context], Awaitable[int]]) -> int:
        async with self._database.transaction() as session:
            return await work(
                Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)
            )


async def look_after_mutes(ctx: Context, due_at: datetime) -> None:
    """A job: reminders before the end of silences, rules and windows, and what time has ended."""
    await keeper.look_after_ends(ctx)
