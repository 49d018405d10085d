import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from libs.common.process import run_roles
from libs.common.service_manager import ServiceManager


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service manager's end of the line."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield line


def told(line: socket.socket) -> list[str]:
    heard = []
    while True:
        try:
            heard.append(line.recv(4096).decode())
        except BlockingIOError:
            return heard


async def test_manager_hears_of_start_life_and_end(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "40000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    heard: list[str] = []

    async def hear_it_live() -> None:
        while heard.count("WATCHDOG=1") < 3:
            await asyncio.sleep(0.01)
            heard.extend(told(manager))
        os.kill(os.getpid(), signal.SIGTERM)

    hearing = asyncio.create_task(hear_it_live())
    assert await run_roles({"api": asyncio.Event().wait}) == 0  # type: ignore[dict-item]
    await hearing

    heard += told(manager)
    assert [word for word in heard if word != "WATCHDOG=1"] == ["READY=1", "STOPPING=1"]


async def test_manager_hears_nothing_while_the_loop_is_held(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "40000")
    alive = asyncio.create_task(ServiceManager.of().keep_alive())
    await asyncio.sleep(0.01)
    assert "WATCHDOG=1" in told(manager)
    held_until = asyncio.get_running_loop().time() + 0.1
    while asyncio.get_running_loop().time() < held_until:
        pass
    assert told(manager) == []
    alive.cancel()


def test_nothing_is_said_when_nobody_asked_or_the_manager_is_gone(tmp_path: Path) -> None:
    assert ServiceManager.of({}) == ServiceManager()
    ServiceManager().tell("READY=1")
    ServiceManager(str(tmp_path / "gone")).tell("READY=1")


def test_watchdog_of_another_process_is_none_of_ours() -> None:
    asked = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "17"}
    assert ServiceManager.of(asked, pid=17).watchdog_seconds == 60.0
    assert ServiceManager.of(asked, pid=18).watchdog_seconds is None
    assert ServiceManager.of(asked | {"WATCHDOG_USEC": "soon"}, pid=17).watchdog_seconds is None


def test_abstract_socket_is_reached() -> None:
    name = f"@duban-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0{name[1:]}")
        ServiceManager(name).tell("STATUS=well")
        assert line.recv(100) == b"STATUS=well"
