"""A cancellation that was swallowed is heard of at the next turn of a loop."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.tasks import heed_cancellation, rest_after


async def test_loop_ends_when_its_cancellation_was_swallowed() -> None:
    turns = 0

    async def run() -> None:
        nonlocal turns
        while True:
            heed_cancellation()
            turns += 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                # As asyncio.wait_for does when the result comes at the same moment.
                continue

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert turns == 1


async def test_nothing_is_raised_in_a_task_that_goes_on() -> None:
    await asyncio.sleep(0)
    heed_cancellation()


def test_rest_is_short_after_few_things_and_bounded_after_many() -> None:
    assert rest_after(1) < 0.05
    assert rest_after(1) < rest_after(300) < rest_after(100_000) == 0.25
