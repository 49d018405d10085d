"""One poller a process for all readers of the stream, each with a bounded queue of its own.

An event is read, decoded and written out once, however many read along; a reader is woken only for what it wants.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import SQLAlchemyError

from libs.common.database import Database
from services.alerts.streams import repository
from services.alerts.streams.repository import StreamedEvent

log = structlog.get_logger(__name__)

READERS = Gauge("duban_alerts_stream_readers", "Open streams of this process")
DROPPED = Counter("duban_alerts_stream_dropped_total", "Readers dropped for being slow")

_PAUSE_AFTER_ERROR_SECONDS = 1.0
# How soon streams notice that the process is to end.
_LOOK_SECONDS = 0.5


def _everything(_event: StreamedEvent) -> bool:
    return True


def _never() -> bool:
    return False


@dataclass(eq=False, slots=True)
class Reader:
    """One open stream: wanted events above `start` arrive in `queue`; `is_dropped` when it took them too slowly.

    `passed` is how far events went by that it does not want, with nothing waiting before them. None in the queue
    wakes it to look whether it is over.
    """

    start: int
    queue: asyncio.Queue[StreamedEvent | None]
    wants: Callable[[StreamedEvent], bool] = _everything
    is_over: Callable[[], bool] = _never
    is_dropped: bool = False
    passed: int = field(default=0)


class AlertHub:
    """Polls while somebody reads and hands each event to every reader that wants it."""

    def __init__(
        self, database: Database, *, poll_seconds: float = 0.1, queue_size: int = 1000, page: int = 500
    ) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._queue_size = queue_size
        self._page = page
        self._position = 0
        self._readers: set[Reader] = set()
        self._lock = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._looked = 0.0

    async def run(self) -> None:
        """Poll until cancelled; errors of the database are waited out, readers stay connected."""
        while True:
            await self._wanted.wait()
            self._wake_what_is_over()
            try:
                full = await self._poll()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("stream.interrupted", error=repr(error)[:200])
                await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
                continue
            if not full:
                await asyncio.sleep(self._poll_seconds)

    @asynccontextmanager
    async def reader(
        self,
        wants: Callable[[StreamedEvent], bool] = _everything,
        is_over: Callable[[], bool] = _never,
    ) -> AsyncIterator[Reader]:
        """A new reader; what lies at or before its `start` is in the database, what comes after in its queue."""
        async with self._lock:
            if not self._readers:
                # Nobody was polled for: what happened meanwhile is for the readers themselves to look up.
                async with self._database.session() as session:
                    self._position = await repository.newest_position(session)
            reader = Reader(self._position, asyncio.Queue(self._queue_size), wants, is_over)
            self._readers.add(reader)
            self._wanted.set()
        READERS.inc()
        try:
            yield reader
        finally:
            READERS.dec()
            self._remove(reader)

    def _remove(self, reader: Reader) -> None:
        self._readers.discard(reader)
        if not self._readers:
            self._wanted.clear()

    async def _poll(self) -> bool:
        async with self._lock:
            async with self._database.session() as session:
                events = await repository.read_after(session, self._position, limit=self._page)
            for event in events:
                self._hand_out(event)
                self._position = event.position
            return len(events) == self._page

    def _hand_out(self, event: StreamedEvent) -> None:
        for reader in tuple(self._readers):
            if not reader.wants(event):
                if reader.queue.empty():
                    reader.passed = event.position
                continue
            try:
                reader.queue.put_nowait(event)
            except asyncio.QueueFull:
                # It keeps what it has; the rest it finds again by the last id it was given.
                reader.is_dropped = True
                DROPPED.inc()
                self._remove(reader)

    def _wake_what_is_over(self) -> None:
        """One look for all instead of a timer each: thousands of readers cost nothing while nothing happens."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        for reader in self._readers:
            if reader.is_over():
                # A full queue wakes it as well.
                with suppress(asyncio.QueueFull):
                    reader.queue.put_nowait(None)
