"""A real MQTT broker for tests: Debian's mosquitto."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.ports import reserve_ports

BROKER = """listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 100000
"""


@asynccontextmanager
async def running_broker(folder: Path) -> AsyncIterator[int]:
    """A real mosquitto on a port of its own; without it on the machine the tests of MQTT cannot run."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not _exists(program):
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    port = reserve_ports(1)
    config = _write(folder / "mosquitto.conf", BROKER.format(port=port))
    process = await asyncio.create_subprocess_exec(program, "-c", config, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while not await _answers(port):
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.terminate()
        await process.wait()


def _exists(path: str) -> bool:
    return Path(path).exists()


def _write(path: Path, content: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return str(path)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
