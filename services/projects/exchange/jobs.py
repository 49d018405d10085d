"""The worker of imports, and what is forgotten after a while.

An import is carried out in one transaction that holds its row: whoever is killed leaves it queued and untouched,
and the next worker begins anew. Attempts are counted in a transaction of their own, so that a file which kills
its worker is given up. The worker runs in a process of its own, started when there is something to do, so that
neither the memory nor the processor time of a hundred megabytes is the API's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.clock import Clock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import IdFactory
from libs.common.sheets.model import Limits
from services.projects.exchange import repository
from services.projects.exchange.domain.modes import Phase, State
from services.projects.exchange.service.imports import principal_of
from services.projects.exchange.service.running import Tally, Tell, run_import
from services.projects.exchange.tables import ImportRow
from services.projects.exchange.wording import Words
from services.projects.ledger.service.ledger import Ledger

log = structlog.get_logger(__name__)

IMPORTS = Counter("duban_imports_total", "Imports by entity and how they ended", ["entity", "state"])

MAX_ATTEMPTS = 5
_CONTENT_KEPT = timedelta(days=30)
_PREVIEW_KEPT = timedelta(days=1)
_POLL_SECONDS = 0.5
_AFTER_FAILURE_SECONDS = 2.0
_STOP_SECONDS = 10.0


class ImportWorker:
    """Carries out queued imports one after the other."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        *,
        ledger: Ledger,
        words: Words,
        limits: Limits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._ledger = ledger
        self._words = words
        self._limits = limits

    async def run_queued(self) -> int:
        """Carry out what waits now, and return how many ended. Raises after an attempt that failed."""
        done = 0
        while await self.run_one():
            done += 1
        return done

    async def run_one(self) -> bool:
        """Carry out the oldest import that waits; False when there is none, or another worker is at it."""
        taken: UUID | None = None
        try:
            async with self._database.transaction() as session:
                row = await repository.take_import(session)
                if row is None:
                    return False
                taken = row.id
                await self._carry_out(session, row)
        except (SQLAlchemyError, OSError, TimeoutError, ValueError) as error:
            if taken is None or not await self._failed(taken, error):
                raise
            return True
        IMPORTS.labels(row.entity, row.state).inc()
        log.info("import.ended", import_id=str(taken), entity=row.entity, state=row.state, rows=row.rows)
        return True

    async def _carry_out(self, session: AsyncSession, row: ImportRow) -> None:
        async with self._database.transaction() as other:
            attempt = await repository.begin_attempt(other, row.id, self._clock.now())
        if attempt > MAX_ATTEMPTS:
            # Its earlier attempts never came to an end: they took their process with them.
            self._end(row, "import.interrupted_often")
            return
        ctx = Context(session, self._clock.now(), self._new_id, principal_of(row.principal))
        await run_import(ctx, self._ledger, self._words, self._limits, row, self._teller(row.id))

    def _teller(self, import_id: UUID) -> Tell:
        async def tell(phase: Phase, tally: Tally) -> None:
            async with self._database.transaction() as session:
                await repository.note_progress(
                    session,
                    import_id,
                    self._clock.now(),
                    phase=phase.value,
                    rows=tally.rows,
                    done=tally.done,
                    errors=tally.errors,
                )

        return tell

    def _end(self, row: ImportRow, failure: str) -> None:
        row.state, row.failure, row.finished_at = State.FAILED.value, failure, self._clock.now()

    async def _failed(self, import_id: UUID, error: Exception) -> bool:
        """After an attempt that was rolled back: whether it was the last one, and the import is given up."""
        log.warning("import.attempt_failed", import_id=str(import_id), exc_info=error)
        async with self._database.transaction() as session:
            progress = await repository.find_progress(session, import_id)
            if progress is None:
                return False
            progress.phase = Phase.WAITING.value
            if progress.attempts < MAX_ATTEMPTS:
                return False
            held = await repository.lock_import(session, import_id)
            if held is None or held.state != State.QUEUED:
                return False
            is_conflict = isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")) == "23505"
            self._end(held, "import.conflict" if is_conflict else "import.broke_down")
            IMPORTS.labels(held.entity, held.state).inc()
            return True


class ImportDispatcher:
    """Starts a process for the imports that wait; ends it with its own. It finds the settings where we did."""

    def __init__(
        self, database: Database, command: Sequence[str] = (), *, poll_seconds: float = _POLL_SECONDS
    ) -> None:
        self._database = database
        self._command = tuple(command) or (sys.executable, "-m", "services.projects.import_worker")
        self._poll_seconds = poll_seconds

    async def run(self) -> None:
        """Until cancelled; errors of the database are waited out."""
        while True:
            try:
                is_waiting = await self._is_waiting()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("imports.interrupted", error=repr(error)[:200])
                is_waiting = False
            if not is_waiting:
                await asyncio.sleep(self._poll_seconds)
            elif await self._work() != 0:
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)

    async def _is_waiting(self) -> bool:
        async with self._database.session() as session:
            return await repository.has_queued(session)

    async def _work(self) -> int:
        process = await asyncio.create_subprocess_exec(*self._command)
        try:
            return await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
            raise


async def forget_files(ctx: Context, due: datetime) -> None:
    """Delete the files of old imports and the previews of edits that nobody applied."""
    parts = await repository.forget_content(ctx.session, ctx.now - _CONTENT_KEPT)
    previews = await repository.forget_previews(ctx.session, ctx.now - _PREVIEW_KEPT)
    log.info("exchange.forgotten", due=due.isoformat(), parts=parts, previews=previews)
