"""How far the worker is behind, as the door needs to know it (api.md: 429 above a limit or when unknown)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from prometheus_client import Gauge

from services.energy.feeds.errors import FeedsOverloaded

log = structlog.get_logger(__name__)

LAG = Gauge("duban_ingest_lag_records", "Records of readings not merged yet, the fullest partition")

_EVERY_SECONDS: Final = 1.0
# A machine that stands still for a moment is no reason to close; that the log is away shows with the next record.
_UNKNOWN_SECONDS: Final = 15.0

Offsets = Callable[[], Awaitable[Mapping[int, int]]]


class LagWatch:
    """Compares the log's ends with the stored offsets every second.

    ``limit``: records in one partition. Lag is log end − next offset; a partition that was never taken has merged
    nothing. Real time is meant throughout: how old an answer is has nothing to do with the stack's clock.
    """

    def __init__(self, ends: Offsets, stored: Offsets, *, limit: int) -> None:
        self._ends = ends
        self._stored = stored
        self._limit = limit
        self._lag: int | None = None
        self._known_at = float("-inf")
        self._partitions = 0

    @property
    def partitions(self) -> int:
        """How many partitions the log has; their number is fixed when it is created."""
        if not self._partitions:
            raise FeedsOverloaded(retry_after_seconds=2)
        return self._partitions

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_UNKNOWN_SECONDS):
                    await self.look()
            except Exception as error:
                # Whatever it is, the lag grows old and the door closes by itself.
                log.warning("lag.unknown", cause=repr(error)[:200])
            await asyncio.sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        stored = await self._stored()
        ends = await self._ends()
        self._lag = max((end - stored.get(partition, 0) for partition, end in ends.items()), default=0)
        self._partitions = len(ends)
        self._known_at = time.monotonic()
        LAG.set(self._lag)

    @property
    def is_known(self) -> bool:
        """Whether the lag was seen within the last 15 s."""
        return self._lag is not None and time.monotonic() - self._known_at <= _UNKNOWN_SECONDS

    def admit(self) -> None:
        """Raises FeedsOverloaded when no more readings are to be let in."""
        if self._lag is None or not self.is_known:
            raise FeedsOverloaded(retry_after_seconds=2)
        if self._lag > self._limit:
            raise FeedsOverloaded(retry_after_seconds=min(30, 1 + self._lag // self._limit))
