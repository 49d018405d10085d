import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.ports import reserve_ports

PROGRAM = Path(__file__).with_name("serving_program.py")
ROOT = Path(__file__).resolve().parents[3]
HEADERS = {"Authorization": "Bearer officer"}


def _start(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(PROGRAM), str(port)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = reserve_ports(1)
    process = _start(port)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 180
    while True:
        try:
            assert httpx.get(url + "/healthz", timeout=60).status_code == 200
            break
        except httpx.TransportError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield process, url
    process.kill()
    process.communicate()


async def test_requests_under_way_are_finished_when_the_process_is_told_to_end(
    server: tuple[subprocess.Popen[str], str],
) -> None:
    process, url = server
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=120) as http:
        slow = asyncio.create_task(http.get("/v1/slow"))
        stream = asyncio.create_task(http.get("/v1/stream"))
        while (await http.get("/v1/begun")).json() != 2:
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(slow, stream)

    assert answers[0].json() == {"answer": "complete"}
    assert answers[1].text.endswith("event: end\n\n")
    output = await asyncio.to_thread(lambda: process.communicate(timeout=120)[0])
    assert process.returncode == 0, output
    assert "Traceback" not in output


async def test_message_is_clear_when_the_port_is_taken(server: tuple[subprocess.Popen[str], str]) -> None:
    _, url = server
    second = await asyncio.to_thread(_start, int(url.rpartition(":")[2]))
    output = await asyncio.to_thread(lambda: second.communicate(timeout=180)[0])

    assert second.returncode == 1
    assert "cannot listen on 127.0.0.1" in output
    assert "Address already in use" in output
