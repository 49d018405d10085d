"""What many ask for at once is done in one go, and each has the answer that is theirs."""

import asyncio
from collections.abc import Sequence

import pytest

from libs.common.together import Together


class Ledger:
    """Work that notes its goes, refuses the negative, and waits until it is let on."""

    def __init__(self) -> None:
        self.goes: list[list[int]] = []
        self.lets_on = asyncio.Event()
        self.lets_on.set()

    async def work(self, numbers: Sequence[int]) -> Sequence[int]:
        self.goes.append(list(numbers))
        await self.lets_on.wait()
        if any(number < 0 for number in numbers):
            raise ValueError("negative")
        return [number * 2 for number in numbers]


async def test_what_comes_while_one_go_is_under_way_shares_the_next() -> None:
    ledger = Ledger()
    ledger.lets_on.clear()
    together = Together(ledger.work)
    asked = [asyncio.ensure_future(together.do(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked += [asyncio.ensure_future(together.do(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    ledger.lets_on.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8]
    assert ledger.goes == [[1], [2, 3, 4]]


async def test_one_that_cannot_be_done_costs_its_neighbours_nothing() -> None:
    ledger = Ledger()
    together = Together(ledger.work)
    found = await asyncio.gather(*(together.do(number) for number in (1, -2, 3)), return_exceptions=True)
    assert (found[0], found[2]) == (2, 6)
    assert isinstance(found[1], ValueError)
    assert ledger.goes == [[1, -2, 3], [1], [-2], [3]]


async def test_outage_is_told_to_all_at_once_and_the_next_go_is_tried() -> None:
    attempts = 0

    async def work(numbers: Sequence[int]) -> Sequence[int]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ConnectionResetError
        return numbers

    together = Together(work)
    found = await asyncio.gather(*(together.do(number) for number in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionResetError] * 3
    assert attempts == 1
    assert await together.do(7) == 7


async def test_who_gives_up_before_its_turn_is_passed_over() -> None:
    ledger = Ledger()
    ledger.lets_on.clear()
    together = Together(ledger.work)
    first = asyncio.ensure_future(together.do(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving, staying = asyncio.ensure_future(together.do(2)), asyncio.ensure_future(together.do(3))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    ledger.lets_on.set()
    assert (await first, await staying) == (2, 6)
    assert ledger.goes == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_one_go_takes_no_more_than_it_may() -> None:
    ledger = Ledger()
    together = Together(ledger.work, most=5, weight_of=lambda number: number)
    assert await asyncio.gather(*(together.do(number) for number in (9, 2, 3, 1))) == [18, 4, 6, 2]
    assert ledger.goes == [[9], [2, 3], [1]]
