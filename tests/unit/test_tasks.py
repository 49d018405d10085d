"""A cancellation that was swallowed is heard of at the next turn of a loop."""

from __future__ import annotations

import asyncio

import pytest

from libs.common.tasks import heed_cancellation


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
