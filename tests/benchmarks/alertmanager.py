"""``python -m tests.benchmarks.alertmanager``: ours in the place of an Alertmanager, beside Debian's, in one run.

Debian's binary is found as ``prometheus-alertmanager`` or ``alertmanager`` on the path, or named by
``--reference``; without one only ours is measured. Alerts accepted a second in batches of 1, 100 and 1,000 (new
alerts, by one client), POST to webhook, the list of 10,000, memory, and what is left after SIGKILL. Figures are
printed and written to ``build/bench-alertmanager.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.ports import reserve_ports

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench-alertmanager.json"
ACTIVE = 10_000
BATCHES = ((1, 400), (100, 4_000), (1000, 20_000))
_CONFIGURATION = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 5m
  routes:
    - receiver: nobody
      matchers: ['quiet="yes"']
receivers:
  - name: nobody
  - name: hook
    webhook_configs: [{url: 'http://127.0.0.1:%d/'}]
"""


@dataclass
class Server:
    """One of the two: how it starts, and where it is now."""

    name: str
    command: Sequence[str]
    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> float:
        """Start it; answers how long until it served."""
        begun = time.perf_counter()
        flags = ["--config.file", str(self.directory / "am.yml"), "--storage.path", str(self.directory / "data")]
        flags += ["--web.listen-address", f"127.0.0.1:{self.port}", "--cluster.listen-address", "127.0.0.1:0"]
        with (self.directory / "log").open("ab") as log:
            # Begun and not waited for: it blocks no longer than a fork.
            self.process = subprocess.Popen(  # noqa: ASYNC220
                [*self.command, *flags], stdout=log, stderr=log, cwd=ROOT
            )
        async with httpx.AsyncClient(timeout=120) as client:
            while time.perf_counter() - begun < 120:
                try:
                    if (await client.get(f"{self.url}/-/ready")).status_code == 200:
                        return time.perf_counter() - begun
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise RuntimeError(f"{self.name} does not start: {(self.directory / 'log').read_text()[-2000:]}")

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def memory_mb(self) -> dict[str, float]:
        """Proportional share of memory by program: shared pages of PostgreSQL are not counted for each backend."""
        found: dict[str, float] = {}
        for process in self.family():
            try:
                share = process.memory_full_info().pss
                found[process.name()] = found.get(process.name(), 0.0) + share / 2**20
            except psutil.Error:
                continue
        return {name: round(share, 1) for name, share in found.items()}

    def kill(self) -> None:
        """SIGKILL to everything at once, the database included."""
        for process in self.family():
            process.send_signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=90)


@asynccontextmanager
async def hook(port: int, arrived: dict[str, float]) -> AsyncIterator[None]:
    """A receiver that notes when each alert came first."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-le")
                )
                body = json.loads(await reader.readexactly(length))
                now = time.perf_counter()
                for alert in body["alerts"]:
                    arrived.setdefault(alert["labels"].get("number", ""), now)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=64 * 2**20)
    async with server:
        yield


def alert(name: str, number: object, *, quiet: bool = True) -> dict[str, Any]:
    labels = {
        "alertname": name,
        "number": str(number),
        "severity": "warning",
        "instance": f"host-{number}.example.test:9100",
        "job": "node",
        "region_code": "421224",
    }
    if quiet:
        labels["quiet"] = "yes"
    return {"labels": labels, "annotations": {"summary": f"Something is wrong with {number}"}}


async def accepted_a_second(server: Server, size: int, total: int) -> float:
    async with httpx.AsyncClient(timeout=60) as client:
        bodies = [
            json.dumps([alert(f"B{size}", number) for number in range(start, start + size)])
            for start in range(0, total, size)
        ]
        begun = time.perf_counter()
        for body in bodies:
            answer = await client.post(
                f"{server.url}/api/v2/alerts", content=body, headers={"content-type": "application/json"}
            )
            answer.raise_for_status()
        return total / (time.perf_counter() - begun)


async def to_webhook(server: Server, arrived: dict[str, float], count: int, a_second: float) -> list[float]:
    """Seconds from the POST's beginning to the receiver, in rising order."""
    sent: dict[str, float] = {}
    async with httpx.AsyncClient(timeout=60) as client:
        begun = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
            key = f"{server.name}-{number}"
            sent[key] = time.perf_counter()
            await client.post(f"{server.url}/api/v2/alerts", json=[alert("Hook", key, quiet=False)])
    deadline = time.perf_counter() + 60
    while not sent.keys() <= arrived.keys() and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    return sorted(arrived[key] - at for key, at in sent.items() if key in arrived)


async def list_seconds(server: Server, rounds: int) -> tuple[float, int]:
    """The median of reading the whole list of those that the batches of a thousand made, and how many they are."""
    found = []
    count = 0
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(rounds):
            begun = time.perf_counter()
            answer = await client.get(f"{server.url}/api/v2/alerts", params={"filter": 'alertname="List"'})
            found.append(time.perf_counter() - begun)
            count = len(answer.json())
    return sorted(found)[len(found) // 2], count


async def left_after_kill(server: Server) -> dict[str, Any]:
    """An acknowledged silence and the alerts, before and after SIGKILL and a start on the same data."""
    async with httpx.AsyncClient(timeout=60) as client:
        now = time.time()
        silence = {
            "matchers": [{"name": "alertname", "value": "Never", "isRegex": False}],
            "startsAt": _instant(now),
            "endsAt": _instant(now + 3600),
            "createdBy": "bench",
            "comment": "acknowledged before the kill",
        }
        (await client.post(f"{server.url}/api/v2/silences", json=silence)).raise_for_status()
        before = len((await client.get(f"{server.url}/api/v2/alerts")).json())
    server.kill()
    started = await server.start()
    async with httpx.AsyncClient(timeout=60) as client:
        after = len((await client.get(f"{server.url}/api/v2/alerts")).json())
        silences = len((await client.get(f"{server.url}/api/v2/silences")).json())
    return {
        "alerts_before": before,
        "alerts_left": after,
        "silences_left": silences,
        "restart_s": round(started, 2),
    }


def _instant(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


async def measure(servers: Sequence[Server], arrived: dict[str, float]) -> dict[str, dict[str, Any]]:
    results: dict[str, dict[str, Any]] = {server.name: {} for server in servers}
    for server in servers:
        results[server.name]["first_start_s"] = round(await server.start(), 2)
    for server in servers:
        seconds = await to_webhook(server, arrived, 300, 50.0)
        results[server.name] |= {
            "webhook_p50_ms": round(seconds[len(seconds) // 2] * 1000, 1),
            "webhook_p99_ms": round(seconds[int(len(seconds) * 0.99)] * 1000, 1),
            "webhook_arrived": len(seconds),
        }
    for server in servers:
        async with httpx.AsyncClient(timeout=60) as client:
            for start in range(0, ACTIVE, 1000):
                batch = [alert("List", number) for number in range(start, start + 1000)]
                (await client.post(f"{server.url}/api/v2/alerts", json=batch)).raise_for_status()
    await asyncio.sleep(15)
    for server in servers:
        listing, count = await list_seconds(server, 7)
        results[server.name] |= {"list_s": round(listing, 3), "listed": count}
    for size, total in BATCHES:
        for server in servers:
            rate = await accepted_a_second(server, size, total)
            results[server.name][f"accepted_a_second_by_{size}"] = round(rate)
    for server in servers:
        results[server.name]["memory_mb"] = server.memory_mb()
    for server in servers:
        results[server.name] |= await left_after_kill(server)
    return results


async def run(reference: str | None) -> dict[str, dict[str, Any]]:
    hook_port = reserve_ports(3)
    own_port, reference_port = hook_port + 1, hook_port + 2
    with tempfile.TemporaryDirectory(prefix="duban-am-bench-") as place:
        own = [sys.executable, "-m", "deploy.local", "alertmanager"]
        wanted = [("duban", own, own_port)]
        if reference is not None:
            wanted.append(("alertmanager", [reference], reference_port))
        servers = []
        for name, command, port in wanted:
            directory = Path(place) / name
            directory.mkdir()
            (directory / "am.yml").write_text(_CONFIGURATION % hook_port)
            servers.append(Server(name, command, directory, port))
        arrived: dict[str, float] = {}
        try:
            async with hook(hook_port, arrived):
                return await measure(servers, arrived)
        finally:
            for server in servers:
                server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", help="The Alertmanager to measure beside.")
    given = parser.parse_args().reference
    reference = given or shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    results = asyncio.run(run(reference))
    load = os.getloadavg()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"load": load, "results": results}, indent=2))
    names = sorted({name for result in results.values() for name in result})
    sys.stdout.write(f"load average {load[0]:.1f}; reference: {reference or 'none'}\n")
    for name in names:
        sys.stdout.write(f"{name:28}" + "".join(f"{result.get(name)!s:>34}" for result in results.values()) + "\n")


if __name__ == "__main__":
    main()
