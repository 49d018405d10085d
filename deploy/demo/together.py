"""A few at once: what is loaded is independent of each other, and more only queue at the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

_AT_ONCE = 8


async def together(work: Callable[[int], Awaitable[None]], numbers: Iterable[int]) -> None:
    """Do all, a few at once; the first failure ends the rest."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            await work(number)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(one(number))
