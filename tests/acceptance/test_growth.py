"""More than one of each: brokers and workers die, come and go under load, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.support.killing import all_ready, check, count_independently, prepare, settle
from tests.support.stack import Stack, running_stack, wait_for
from tests.support.world import build_world

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(2400)]

METERS = tuple(f"G{index:03d}" for index in range(24))
# As many as there are partitions, and as many as the lanes of three workers: each has its own share.
SHARDS = 6
LANES = 2
SIZE = ("--brokers", "3", "--energy-workers", "2", "--alerts-workers", "2")
CLOCK = ("--clock-origin", "2026-09-15T00:00:00+08:00", "--clock-rate", "0")


def owners(stack: Stack) -> int:
    """How many lanes of workers have partitions, by the fence's own rows."""

    async def count() -> int:
        energy = await asyncpg.connect(stack.dsn("energy"))
        try:
            found = await energy.fetchval("SELECT count(DISTINCT owner) FROM ingest_offset")
        finally:
            await energy.close()
        return int(found)

    return asyncio.run(count())


def is_whole(stack: Stack) -> bool:
    """Whether every process is ready, brokers and further workers too, as `duban status` has it."""
    status = json.loads((stack.directory / "run" / "status.json").read_text(encoding="utf-8"))
    return all(process["state"] == "ready" for process in status["processes"].values())


def kill(stack: Stack, name: str) -> Callable[[], None]:
    def step() -> None:
        gone = stack.kill(name)
        stack.wait_restarted(name, gone, seconds=120)

    return step


def scaled(stack: Stack, energy: int, alerts: int) -> Callable[[], None]:
    def step() -> None:
        stack.scale("--energy-workers", str(energy), "--alerts-workers", str(alerts))
        wait_for(lambda: owners(stack) == energy * LANES, 360, f"{energy} workers share the partitions")

    return step


def test_nothing_is_lost_or_doubled_when_brokers_and_workers_die_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBAN_DELIVERY_LEASE_SECONDS", "10")
    monkeypatch.setenv("DUBAN_TOPIC_PARTITIONS", str(SHARDS))
    with running_stack(tmp_path / "wide", *SIZE, *CLOCK) as stack:
        load = prepare(build_world(stack), METERS, 18, shards=SHARDS)
        assert owners(stack) == 2 * LANES
        thread = threading.Thread(target=load.run, name="load")
        thread.start()
        try:
            for step in (
                kill(stack, "kafka-2"),
                kill(stack, "energy-worker-2"),
                scaled(stack, 3, 3),
                kill(stack, "alerts-worker-3"),
                kill(stack, "kafka"),
                scaled(stack, 1, 1),
                kill(stack, "energy-worker"),
                scaled(stack, 2, 2),
            ):
                step()
                # A second broker may fall only when the first is back: of three one may be lost at a time.
                wait_for(lambda: is_whole(stack) and all_ready(stack), 300, "every process is ready again")
        finally:
            load.stopping.set()
            thread.join(timeout=300)
        assert not thread.is_alive(), "the load did not get its last acknowledgements"
        settle(load)
        count = asyncio.run(count_independently(load))
        check(load, count)
        print(  # noqa: T201 - the figures belong in the report of the run
            f"{len(load.acknowledged)} readings acknowledged after {load.repeats} repeats, "
            f"{len(load.spikes)} spikes, "
            f"{len(count.received)} messages, {sum(count.received.values()) - len(count.received)} received again"
        )
