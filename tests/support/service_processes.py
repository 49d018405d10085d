"""The energy service's processes as they run in production, for tests that kill them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx

from libs.common.clock import write_clock
from libs.common.kafka.topics import ensure_topics
from libs.common.process import run
from services.energy.bootstrap import run_process
from services.energy.settings import EnergySettings
from services.energy.subscriptions import SUBSCRIPTIONS
from tests.support.ports import reserve_ports

ROLES = ("api", "consumer", "gateway")


@dataclass
class Processes:
    """Each role in a process of its own. ``folder`` takes their clock and what they say."""

    settings: EnergySettings
    folder: Path
    port: int
    more: Mapping[str, str]
    running: dict[str, ForkServerProcess] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set_clock(self, instant: datetime, rate: float = 0.0) -> None:
        """Processes look at the file five times a second."""
        write_clock(self.folder / "clock.json", instant, rate)

    async def start(self, *roles: str) -> None:
        for role in roles or ROLES:
            self.running[role] = await asyncio.to_thread(self._start, role)

    def _start(self, role: str) -> ForkServerProcess:
        # Forked from a process that has imported the service: a start costs milliseconds.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        said = str(self.folder / f"{role}.log")
        process = context.Process(target=serve, args=(role, self._environment(role), said), daemon=True)
        process.start()
        return process

    def _environment(self, role: str) -> dict[str, str]:
        settings = self.settings
        return {
            "DUBAN_ENVIRONMENT": "local",
            "DUBAN_DATABASE_DSN": settings.dsn,
            "DUBAN_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "DUBAN_TOPIC_PREFIX": settings.topic_prefix,
            "DUBAN_TOPIC_PARTITIONS": str(settings.topic_partitions),
            "DUBAN_HTTP_PORT": str(self.port + ROLES.index(role)),
            "DUBAN_CLOCK_FILE": str(self.folder / "clock.json"),
            "DUBAN_FEED_FOLDER_ROOT": str(settings.feed_folder_root),
            "DUBAN_FEED_ALLOWED_HOSTS": ",".join(settings.feed_allowed_hosts),
            "DUBAN_FEED_RATE_BURST": "100000",
            "DUBAN_GATEWAY_POLL_SECONDS": "0.1",
        } | dict(self.more)

    async def kill(self, role: str) -> None:
        """SIGKILL, as a full memory or a pulled plug would."""
        process = self.running.pop(role)
        assert process.exitcode is None, f"the {role} ended by itself, see {self.folder}"
        process.kill()
        await asyncio.to_thread(process.join)

    async def is_admitting(self) -> bool:
        """Whether the API is up and knows how far the worker is."""
        try:
            async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
                answer = await client.get("/readyz")
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


def serve(role: str, environment: Mapping[str, str], said: str) -> None:
    """What ``python -m services.energy ROLE`` does, in a process that is there already."""
    with _told_in(said):
        os.environ.update(environment)
        settings = EnergySettings()
        raise SystemExit(run(lambda: run_process(settings, [role])))


@contextmanager
def _told_in(said: str) -> Iterator[None]:
    with Path(said).open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
        yield


@asynccontextmanager
async def running_processes(
    settings: EnergySettings, folder: Path, now: datetime, rate: float = 0.0, **more: Any
) -> AsyncIterator[Processes]:
    """A folder and ports for them; whatever runs at the end is killed. ``more``: settings beside the usual."""
    variables = {f"DUBAN_{name.upper()}": str(value) for name, value in more.items()}
    processes = Processes(settings, folder, reserve_ports(len(ROLES)), variables)
    # The registry's, which nobody writes to here; a consumer looks for a topic that is missing ten times a second.
    registry = [subscription.topic for subscription in SUBSCRIPTIONS]
    await ensure_topics(
        settings.kafka_bootstrap, registry, prefix=settings.topic_prefix, partitions=1, replication=1
    )
    await asyncio.to_thread(folder.mkdir, parents=True)
    processes.set_clock(now, rate)
    try:
        yield processes
    finally:
        for role in list(processes.running):
            await processes.kill(role)
