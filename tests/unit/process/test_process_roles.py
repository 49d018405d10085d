import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import structlog

from libs.common.process import run_roles


def _forever(events: list[str], name: str) -> Callable[[], Coroutine[Any, Any, None]]:
    async def role() -> None:
        events.append(f"{name} started")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            events.append(f"{name} finished")

    return role


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_roles_finish_and_code_is_zero_when_a_signal_comes(number: signal.Signals) -> None:
    events: list[str] = []
    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), number)

    code = await run_roles({"api": _forever(events, "api"), "relay": _forever(events, "relay")})

    assert code == 0
    assert sorted(events) == ["api finished", "api started", "relay finished", "relay started"]


async def test_others_finish_and_code_is_one_when_a_role_dies() -> None:
    events: list[str] = []

    async def dies() -> None:
        raise ConnectionError("broker gone")

    with structlog.testing.capture_logs() as logs:
        code = await run_roles({"consumer": dies, "api": _forever(events, "api")})

    assert code == 1
    assert events == ["api started", "api finished"]
    (death,) = [line for line in logs if line["event"] == "role_died"]
    assert (death["died"], death["cause"], death["log_level"]) == (
        "consumer",
        "ConnectionError: broker gone",
        "critical",
    )


async def test_code_is_one_when_a_role_returns() -> None:
    async def returns() -> None:
        return None

    assert await run_roles({"relay": returns}) == 1


async def test_code_is_one_when_a_role_does_not_end_in_time() -> None:
    stuck = asyncio.Event()

    async def stubborn() -> None:
        while not stuck.is_set():
            try:
                await stuck.wait()
            except asyncio.CancelledError:
                continue

    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGTERM)
    code = await run_roles({"worker": stubborn}, grace_seconds=0.05)

    assert code == 1
    stuck.set()
    await asyncio.sleep(0)


async def test_code_is_one_when_a_role_fails_while_ending() -> None:
    async def fails_late() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("disk full")

    asyncio.get_running_loop().call_later(0.02, os.kill, os.getpid(), signal.SIGTERM)

    assert await run_roles({"worker": fails_late}) == 1
