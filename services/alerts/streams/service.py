"""The events of one reader: first what it missed, then what happens, without a gap between the two."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson

from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.security.scope import reaches_region
from libs.common.web.problems import ChangesForgotten, DomainError, Unavailable
from services.alerts.streams import repository
from services.alerts.streams.domain.filters import StreamFilter
from services.alerts.streams.hub import AlertHub, Reader
from services.alerts.streams.repository import StreamedEvent

HEARTBEAT_SECONDS = 15.0
# How soon a stream notices that the process is to end.
_LOOK_SECONDS = 0.5
_PAGE = 500

Authenticate = Callable[[], Awaitable[Principal]]


async def ensure_remembered(database: Database, after: int) -> None:
    """Raises ChangesForgotten when what follows position `after` is no longer kept: going on would leave a gap."""
    async with database.session() as session:
        oldest = await repository.oldest_position(session)
    if oldest is not None and after < oldest - 1:
        raise ChangesForgotten


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
    ) -> None:
        self._database = database
        self._hub = hub
        self._principal = principal
        self._wanted = wanted
        self._authenticate = authenticate
        self._is_stopping = is_stopping
        self._heartbeat_seconds = heartbeat_seconds

    async def chunks(self, after: int | None) -> AsyncIterator[bytes]:
        """From the position `after` on, or from now; ends when the credential does, or the reader is too slow."""
        async with self._hub.reader() as reader:
            # An id from another life of the database would otherwise wait for events that never come.
            last = reader.start if after is None else min(after, reader.start)
            yield b"retry: 2000\n" + _chunk("ready", last, {"position": last})
            while last < reader.start:
                async with self._database.session() as session:
                    events = await repository.read_after(session, last, until=reader.start, limit=_PAGE)
                if not events:
                    break
                for event in events:
                    last = event.position
                    if self._is_for_reader(event):
                        yield _written(event)
            async for chunk in self._live(reader, last):
                yield chunk

    async def _live(self, reader: Reader, last: int) -> AsyncIterator[bytes]:
        spoken = checked = time.monotonic()
        while not self._is_stopping():
            event = await _next(reader)
            now = time.monotonic()
            if now - checked >= self._heartbeat_seconds:
                checked = now
                if not await self._is_still_allowed():
                    yield _chunk("expired", last, {"reason": "credential_ended", "last_event_id": last})
                    return
            if event is not None:
                last = event.position
                if self._is_for_reader(event):
                    spoken = now
                    yield _written(event)
            elif reader.is_dropped:
                yield _chunk("dropped", last, {"reason": "slow_reader", "last_event_id": last})
                return
            if now - spoken >= self._heartbeat_seconds:
                spoken = now
                # The id moves on with the heartbeat: a filter may let nothing pass for days.
                yield f": heartbeat\nid: {last}\n\n".encode()

    def _is_for_reader(self, event: StreamedEvent) -> bool:
        principal = self._principal
        if not reaches_region(principal, event.region_code):
            return False
        if principal.is_enterprise_bound and (
            event.enterprise_id is None or event.enterprise_id != principal.enterprise_id
        ):
            return False
        return self._wanted.passes(event.payload)

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


async def _next(reader: Reader) -> StreamedEvent | None:
    try:
        return reader.queue.get_nowait()
    except asyncio.QueueEmpty:
        pass
    if reader.is_dropped:
        return None
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            return await reader.queue.get()
    except TimeoutError:
        return None


def _written(event: StreamedEvent) -> bytes:
    # JSON holds no line break, so one data line is enough.
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.position, event.type.encode(), event.body)


def _chunk(name: str, last: int, data: dict[str, object]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (last, name.encode(), orjson.dumps(data))
