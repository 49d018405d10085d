"""``duban alertmanager`` in the place of an Alertmanager: its file, its signals, and what a kill leaves."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from libs.common.database import migrate
from services.alerts.bootstrap import MIGRATIONS
from tests.support.ports import reserve_ports

ROOT = Path(__file__).parents[3]
CONFIGURATION = """
route:
  receiver: {receiver}
  group_wait: 0s
receivers:
  - name: hook
    webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]
  - name: nobody
"""


async def start(directory: Path, dsn: str) -> tuple[asyncio.subprocess.Process, str]:
    """The process, and where it says that it listens."""
    log = directory / "log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.local", "alertmanager"),
            *("--config.file", str(directory / "am.yml"), "--storage.path", str(directory)),
            *("--web.listen-address", "127.0.0.1:0", "--cluster.listen-address", "127.0.0.1:0"),
            *("--log.level", "debug", "--cluster.settle-timeout", "0s"),
            cwd=ROOT,
            env={**os.environ, "DUBAN_DATABASE_DSN": dsn},
            stdout=errors,
            stderr=errors,
        )
    async with asyncio.timeout(300):
        while "Listening on" not in (said := log.read_text()):
            await asyncio.sleep(0.05)
    return process, "http://" + said.partition("address=")[2].split()[0]


async def test_command_serves_reloads_survives_a_kill_and_ends(
    template_database: Callable[..., str], tmp_path: Path
) -> None:
    dsn = template_database("alerts", lambda target: migrate(target, MIGRATIONS))
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        messages.put_nowait(json.loads(await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    port = reserve_ports(1)
    config = tmp_path / "am.yml"
    config.write_text(CONFIGURATION.format(receiver="hook", port=port))
    async with await asyncio.start_server(receive, "127.0.0.1", port):
        process, url = await start(tmp_path, dsn)
        async with httpx.AsyncClient(timeout=60, base_url=url) as client:
            # The call waits until the service is there; nobody has to ask twice.
            status = (await client.get("/api/v2/status")).json()
            assert len(status["cluster"]["peers"]) == 1
            posted = await client.post("/api/v2/alerts", json=[{"labels": {"alertname": "Down"}}])
            assert posted.status_code == 200
            message = await asyncio.wait_for(messages.get(), 300)
            assert [alert["labels"] for alert in message["alerts"]] == [{"alertname": "Down"}]
            config.write_text(CONFIGURATION.format(receiver="nobody", port=port))
            process.send_signal(signal.SIGHUP)
            while "receiver: nobody" not in (await client.get("/api/v2/status")).json()["config"]["original"]:
                pass
            config.write_text("route: {receiver: gone}")
            assert (await client.post("/-/reload")).status_code == 500
            config.write_text(CONFIGURATION.format(receiver="nobody", port=port))
        for child in _family(process.pid):
            os.kill(child, signal.SIGKILL)
        await process.wait()
        process, url = await start(tmp_path, dsn)
        async with httpx.AsyncClient(timeout=60, base_url=url) as client:
            left = (await client.get("/api/v2/alerts")).json()
            assert [alert["labels"] for alert in left] == [{"alertname": "Down"}]
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 300) == 0


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]
