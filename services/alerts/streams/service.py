"""The events of one reader: first what it missed, then what happens, without a gap between the two.

Where the history no longer reaches back to what a reader saw last, it is told so by an event: ``gap``. Its id is
the place from which the stream goes on, so who reloads the list after it has missed nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.security.scope import reaches_region
from libs.common.web.problems import DomainError, Unavailable
from services.alerts.streams import repository
from services.alerts.streams.domain.filters import StreamFilter
from services.alerts.streams.hub import AlertHub, Reader
from services.alerts.streams.repository import StreamedEvent

HEARTBEAT_SECONDS = 15.0
# Where a reader finds how all alerts stand, after a gap.
RELOAD = "/v1/alerts"
_PAGE = 500
# How many events one write holds at most, some 100 kB.
_TOGETHER = 100

Authenticate = Callable[[], Awaitable[Principal]]


class AlertStream:
    """One reader's stream as chunks of ``text/event-stream``."""

    def __init__(
        self,
        database: Database,
        hub: AlertHub,
        principal: Principal,
        wanted: StreamFilter,
        *,
        authenticate: Authenticate,
        is_stopping: Callable[[], bool],
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        page: int = _PAGE,
    ) -> None:
        self._database = database
        self._hub = hub
        self._principal = principal
        self._wanted = wanted
        self._authenticate = authenticate
        self._is_stopping = is_stopping
        self._heartbeat_seconds = heartbeat_seconds
        self._page = page

    async def chunks(self, after: int | None) -> AsyncIterator[bytes]:
        """From the position `after` on, or from now; ends when the credential does, or the reader is too slow."""
        async with self._hub.reader(self._is_for_reader, self._is_stopping) as reader:
            last, lost = await self._place(reader, after)
            yield b"retry: 2000\n" + _chunk("ready", last, {"position": last})
            if lost is not None:
                yield _gap(lost, after, last)
            while last < reader.start:
                events, is_whole = await self._missed(last, reader.start)
                if not is_whole:
                    # What was to be read next was forgotten meanwhile.
                    yield _gap("forgotten", last, last := reader.start)
                    break
                if not events:
                    break
                last = events[-1].position
                wanted = [event.chunk for event in events if self._is_for_reader(event)]
                for start in range(0, len(wanted), _TOGETHER):
                    yield b"".join(wanted[start : start + _TOGETHER])
            async for chunk in self._live(reader, max(last, reader.start)):
                yield chunk

    async def _place(self, reader: Reader, after: int | None) -> tuple[int, str | None]:
        """Where the stream begins, and why something is lost before it, if it is."""
        if after is None:
            return reader.start, None
        async with self._database.session() as session:
            oldest = await repository.oldest_position(session)
            newest = await repository.newest_position(session)
        if oldest is not None and after < oldest - 1:
            return reader.start, "forgotten"
        if after > max(newest, reader.start):
            # An id from another life of the database: waiting for it would be waiting for ever.
            return reader.start, "unknown_id"
        # Another process may have served it more than this one has polled.
        return after, None

    async def _missed(self, after: int, until: int) -> tuple[list[StreamedEvent], bool]:
        """The next page, and whether nothing was forgotten before it: asked after it was read."""
        async with self._database.session() as session:
            events = await repository.read_after(session, after, until=until, limit=self._page)
        async with self._database.session() as session:
            oldest = await repository.oldest_position(session)
        return events, oldest is None or after >= oldest - 1

    async def _live(self, reader: Reader, last: int) -> AsyncIterator[bytes]:
        spoken = checked = time.monotonic()
        while not self._is_stopping():
            due = min(spoken, checked) + self._heartbeat_seconds
            event = await _next(reader, due - time.monotonic())
            now = time.monotonic()
            if now - checked >= self._heartbeat_seconds:
                checked = now
                if not await self._is_still_allowed():
                    yield _chunk("expired", last, {"reason": "credential_ended", "last_event_id": last})
                    return
            if event is not None:
                # In a storm many wait: sent together they cost one write instead of many.
                events = [event, *_waiting(reader, _TOGETHER)]
                wanted = [each.chunk for each in events if each.position > last and self._is_for_reader(each)]
                last = max(last, events[-1].position)
                if wanted:
                    spoken = now
                    yield b"".join(wanted)
            elif reader.is_dropped and reader.queue.empty():
                yield _chunk("dropped", last, {"reason": "slow_reader", "last_event_id": last})
                return
            if now - spoken >= self._heartbeat_seconds:
                spoken = now
                if reader.queue.empty():
                    # The id moves on with the heartbeat: a filter may let nothing pass for days.
                    last = max(last, reader.passed)
                yield f": heartbeat\nid: {last}\n\n".encode()

    def _is_for_reader(self, event: StreamedEvent) -> bool:
        principal = self._principal
        if not reaches_region(principal, event.region_code):
            return False
        if principal.is_enterprise_bound and (
            event.enterprise_id is None or event.enterprise_id != principal.enterprise_id
        ):
            return False
        return self._wanted.passes(event.payload, principal)

    async def _is_still_allowed(self) -> bool:
        """Whether the credential still stands; its region may have changed."""
        try:
            self._principal = await self._authenticate()
        except Unavailable:
            # Who cannot be asked has not been refused.
            return True
        except DomainError:
            return False
        return True


async def _next(reader: Reader, seconds: float) -> StreamedEvent | None:
    """The next event; None after so long, when the reader was woken, or when nothing will come any more."""
    try:
        return reader.queue.get_nowait()
    except asyncio.QueueEmpty:
        pass
    if reader.is_dropped:
        return None
    try:
        async with asyncio.timeout(max(0.0, seconds)):
            return await reader.queue.get()
    except TimeoutError:
        return None


def _waiting(reader: Reader, limit: int) -> list[StreamedEvent]:
    """What else is in the queue, in order."""
    found: list[StreamedEvent] = []
    while len(found) < limit and not reader.queue.empty():
        event = reader.queue.get_nowait()
        if event is not None:
            found.append(event)
    return found


def _gap(reason: str, after: int | None, last: int) -> bytes:
    return _chunk("gap", last, {"reason": reason, "missed_after": after, "reload": RELOAD, "last_event_id": last})


def _chunk(name: str, last: int, data: dict[str, object]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (last, name.encode(), orjson.dumps(data))
