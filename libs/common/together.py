"""Doing in one go what many ask for at the same moment: one transaction for all, each answered after its commit.

While one go is under way the next gathers, so the busier it is, the more share a commit; who asks alone waits for
nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from libs.common.outages import is_database_outage

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

# Does all of them in one transaction and answers each, in their order.
Work = Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT]]]


class Together(Generic[ItemT, ResultT]):
    """Gathers for ``work``; ``weight_of`` counts towards ``most``, what one go takes (one item always fits).

    What fails in company is tried alone, so that what cannot be done costs only whoever asked for it. Who is
    cancelled while waiting gives up the answer: before its turn nothing is done, later it is done all the same.
    """

    def __init__(
        self, work: Work[ItemT, ResultT], *, most: int = 1000, weight_of: Callable[[ItemT], int] = lambda _item: 1
    ) -> None:
        self._work = work
        self._most = most
        self._weight_of = weight_of
        self._waiting: deque[tuple[ItemT, asyncio.Future[ResultT]]] = deque()
        self._going: asyncio.Task[None] | None = None

    async def do(self, item: ItemT) -> ResultT:
        """The answer for ``item``, or what it raised."""
        answered: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answered))
        if self._going is None:
            # A task of its own: whoever comes first may leave before the others have their answers.
            self._going = asyncio.ensure_future(self._go())
        return await answered

    async def _go(self) -> None:
        try:
            while self._waiting:
                await self._do(self._next())
        finally:
            self._going = None
            # Of a loop that ends: nobody shall wait for ever.
            for _, answered in self._waiting:
                answered.cancel()

    def _next(self) -> list[tuple[ItemT, asyncio.Future[ResultT]]]:
        chosen: list[tuple[ItemT, asyncio.Future[ResultT]]] = []
        room = self._most
        while self._waiting and (not chosen or self._weight_of(self._waiting[0][0]) <= room):
            item, answered = self._waiting.popleft()
            if not answered.done():
                chosen.append((item, answered))
                room -= self._weight_of(item)
        return chosen

    async def _do(self, chosen: Sequence[tuple[ItemT, asyncio.Future[ResultT]]]) -> None:
        if not chosen:
            return
        try:
            results = await self._work([item for item, _ in chosen])
        except Exception as error:
            if len(chosen) == 1 or is_database_outage(error):
                _refuse(chosen, error)
                return
            for one in chosen:
                await self._do([one])
            return
        except BaseException:
            for _, answered in chosen:
                answered.cancel()
            raise
        for (_, answered), result in zip(chosen, results, strict=True):
            if not answered.done():
                answered.set_result(result)


def _refuse(chosen: Sequence[tuple[ItemT, asyncio.Future[ResultT]]], error: Exception) -> None:
    for _, answered in chosen:
        if not answered.done():
            answered.set_exception(error)
