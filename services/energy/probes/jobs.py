"""Puts a probe into every partition of the readings' log, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import Gauge

from libs.common.clock import Clock
from libs.common.database import Database
from libs.common.tasks import heed_cancellation
from services.energy.probes import repository
from services.energy.probes.records import probe_headers

log = structlog.get_logger(__name__)

COME_ROUND = Gauge(
    "duban_reading_probes_round", "1 while readings put in to be seen are stored and judged, else 0"
)


class Log(Protocol):
    """The readings' topic, as deliveries see it."""

    async def append(self, partition: int, record: bytes, headers: Sequence[tuple[str, bytes]]) -> None: ...


class Prober:
    """Probes until it is cancelled; whatever fails, it tries the next one.

    ``partitions`` asks the broker which there are. ``every_seconds`` and ``real`` are real time: a stack's clock
    may stand still.
    """

    def __init__(
        self,
        database: Database,
        log_of_blocks: Log,
        partitions: Callable[[], Awaitable[Iterable[int]]],
        every_seconds: float,
        real: Clock,
    ) -> None:
        self._database = database
        self._log = log_of_blocks
        self._partitions = partitions
        self._every = every_seconds
        self._real = real

    async def run(self) -> None:
        while True:
            heed_cancellation()
            try:
                await self.probe()
                COME_ROUND.set(await self.is_round())
            except Exception as error:
                COME_ROUND.set(0)
                log.warning("probe.interrupted", cause=repr(error)[:200])
            await asyncio.sleep(self._every)

    async def probe(self) -> int:
        """Put one into each partition whose last is old enough; returns how many. Raises when log or database are
        away."""
        partitions = list(await self._partitions())
        now = self._real.now()
        async with self._database.transaction() as session:
            # Another process may have probed a moment ago.
            begun = await repository.begin(session, partitions, now, now - timedelta(seconds=self._every / 2))
        for partition, sequence in begun.items():
            await self._log.append(partition, b"", probe_headers(sequence))
        return len(begun)

    async def is_round(self) -> bool:
        """Whether what was put in comes out; False as well where nobody probes any more."""
        since = self._real.now() - timedelta(seconds=3 * self._every + 5)
        async with self._database.session() as session:
            return await repository.come_round(session, since)
