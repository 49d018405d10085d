"""The loop of delivery workers: claim what is due, send it side by side, never more than there is room for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.tasks import waited

log = structlog.get_logger(__name__)

ItemT = TypeVar("ItemT")

# Takes how many at most, and the receivers that have enough under way.
Claim = Callable[[int, Collection[UUID]], Awaitable[list[ItemT]]]

_PAUSE_AFTER_ERROR_SECONDS = 1.0
# After a claim that left nothing: what falls due meanwhile is claimed together.
_REST_SECONDS = 0.01


class DeliveryLoop(Generic[ItemT]):
    """``concurrency`` bounds what is under way, ``per_receiver`` what is under way to one, so that a slow one does
    not take all places. ``deliver`` records how it went and raises only what could not be recorded: then the
    claim's lease runs out and the delivery falls due again. It looks every ``poll_seconds``, and soon when
    ``wanted`` is set.
    """

    def __init__(
        self,
        claim: Claim[ItemT],
        deliver: Callable[[ItemT], Awaitable[None]],
        receiver_of: Callable[[ItemT], UUID | None],
        *,
        concurrency: int = 32,
        per_receiver: int = 8,
        poll_seconds: float = 0.1,
        wanted: asyncio.Event | None = None,
    ) -> None:
        self._wanted = wanted or asyncio.Event()
        self._claim = claim
        self._deliver = deliver
        self._receiver_of = receiver_of
        self._concurrency = concurrency
        self._per_receiver = per_receiver
        self._poll_seconds = poll_seconds
        self._under_way: dict[asyncio.Task[None], ItemT] = {}

    async def run(self) -> None:
        """Deliver until cancelled; errors of the database are waited out, what was claimed falls due again."""
        try:
            while True:
                self._wanted.clear()
                try:
                    claimed = await self._claim_some()
                except (SQLAlchemyError, OSError, TimeoutError) as error:
                    log.warning("delivery.interrupted", error=repr(error)[:200])
                    await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
                    continue
                for item in claimed:
                    self._start(item)
                if len(self._under_way) >= self._concurrency:
                    await asyncio.sleep(self._poll_seconds)
                elif len(claimed) < self._per_receiver:
                    await asyncio.sleep(_REST_SECONDS)
                    await waited(self._wanted, self._poll_seconds)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Deliver what is due now and wait for it; returns how many attempts were made. For tests and replays."""
        made = 0
        while claimed := await self._claim_some():
            await asyncio.gather(*(self._deliver(item) for item in claimed))
            made += len(claimed)
        return made

    def _start(self, item: ItemT) -> None:
        task = asyncio.ensure_future(self._deliver(item))
        self._under_way[task] = item
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        item = self._under_way.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery.unrecorded", receiver=str(self._receiver_of(item)), error=repr(error)[:300])

    async def _claim_some(self) -> list[ItemT]:
        room = self._concurrency - len(self._under_way)
        if room <= 0:
            return []
        tally = Counter(receiver for item in self._under_way.values() if (receiver := self._receiver_of(item)))
        busy = [receiver for receiver, count in tally.items() if count >= self._per_receiver]
        return await self._claim(min(room, self._per_receiver), busy)
