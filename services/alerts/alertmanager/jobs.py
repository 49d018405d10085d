"""The loop that makes alerts of other systems ours, and what is swept now and then."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from time import monotonic

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.security.principal import SYSTEM
from libs.common.tasks import rest_after, waited
from services.alerts.alertmanager import intake, repository

log = structlog.get_logger(__name__)

FAILED = Counter("duban_alerts_external_failed_total", "Rounds of the intake that failed and are tried again")

_PAUSE_AFTER_ERROR_SECONDS = 1.0
_SEEN_EVERY_SECONDS = 10.0
# Few enough that those who post do not notice a round.
_AT_ONCE = 500
KEPT = timedelta(days=5)


class ExternalIntake:
    """Takes what was sent and what has ended; any number may run at once.

    It looks every `poll_seconds`, and soon when `wanted` is set; then it sets `taken`. Between rounds it rests:
    those who post have the process to themselves, and what they post meanwhile is taken together.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        *,
        poll_seconds: float = 0.1,
        wanted: asyncio.Event | None = None,
        taken: asyncio.Event | None = None,
    ) -> None:
        self._wanted = wanted or asyncio.Event()
        self._taken = taken or asyncio.Event()
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Take until cancelled; errors are waited out."""
        while True:
            self._wanted.clear()
            taken = 0
            try:
                taken = await self._take()
                if taken:
                    self._taken.set()
                    await asyncio.sleep(rest_after(taken))
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("external_intake.interrupted", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
            except Exception:
                FAILED.inc()
                log.exception("external_intake.failed")
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
            if taken < _AT_ONCE:
                await waited(self._wanted, self._poll_seconds)

    async def take_all(self) -> int:
        """Take everything there is; answers how many rows were looked at."""
        taken = 0
        while found := await self._take():
            taken += found
        return taken

    async def _take(self) -> int:
        async with self._database.transaction() as session:
            ctx = Context(session=session, now=self._clock.now(), new_id=self._new_id, principal=SYSTEM)
            return await intake.take(ctx, _AT_ONCE)


class Membership:
    """Says every few seconds that this process serves the interface, and takes it back when it ends."""

    def __init__(self, database: Database, clock: Clock, *, name: str, address: str) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._address = address

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self.join()
                except (SQLAlchemyError, OSError, TimeoutError) as error:
                    log.warning("alertmanager_member.interrupted", error=repr(error)[:200])
                await asyncio.sleep(_SEEN_EVERY_SECONDS)
        finally:
            await asyncio.shield(self._leave())

    async def join(self) -> None:
        async with self._database.transaction() as session:
            await repository.seen(session, self._name, self._address, self._clock.now())

    async def _leave(self) -> None:
        try:
            async with self._database.transaction() as session:
                await repository.leave(session, self._name)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.info("alertmanager_member.left_without_a_word", at=monotonic())


async def forget_ended(ctx: Context, due_at: datetime) -> None:
    """A job: alerts of other systems that ended days ago are forgotten as such; ours keep their story."""
    while await repository.forget_ended(ctx.session, ctx.now - KEPT):
        pass
