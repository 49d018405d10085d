"""One, two and three energy workers: readings a second, CPU a reading, and how long a partition stands still.

Everything shares the machine's cores: clients, door, broker, database and workers. So readings a second show what
several workers cost on it and not what they would give on machines of their own; CPU a reading is what arithmetic
about those can stand on.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import numpy as np

from libs.common.contracts.energy import READINGS
from tests.benchmarks.ingest import Round, add_meters, ingest_rate
from tests.benchmarks.load import FIRST_DAY, METERS, SLOTS, day_block, days, meter_no
from tests.benchmarks.results import Case
from tests.support.stack import Stack, running_stack, wait_for
from tests.support.world import World, build_world, ok, register_meters, slots_of

WORKERS = (1, 2, 3)
# As many as partitions, so that 1, 2 and 3 workers have equal shares.
SHARDS = 6
DAYS_A_ROUND = 20
_POLL_SECONDS = 0.05


def run(clock: tuple[str, ...]) -> list[Case]:
    """On a stack of its own: the number of partitions is fixed at the first start."""
    os.environ["DUBAN_TOPIC_PARTITIONS"] = str(SHARDS)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
            running_stack(Path(directory), *clock, "--energy-workers", "1") as stack,
        ):
            world = build_world(stack)
            register_meters(world, [meter_no(index) for index in range(METERS)], since=FIRST_DAY)
            asyncio.run(add_meters(world, METERS * SHARDS))
            return [*_rates(world), *_moves(world)]
    finally:
        del os.environ["DUBAN_TOPIC_PARTITIONS"]


def _rates(world: World) -> list[Case]:
    day = FIRST_DAY
    found: dict[int, float] = {}
    wal, log = 0.0, 0.0
    # Caches, partitions and programs are warm before the first that counts.
    asyncio.run(ingest_rate(world, "/v1/curves", "application/json", _round(day)))
    for workers in WORKERS:
        day += timedelta(days=DAYS_A_ROUND)
        world.stack.scale("--energy-workers", str(workers))
        print(f"workers: {workers}")  # noqa: T201 - beside the line of ingest_rate, which tells CPU by program
        sent, before = _round(day), _written(world.stack)
        found[workers] = asyncio.run(ingest_rate(world, "/v1/curves", "application/json", sent))
        after = _written(world.stack)
        wal, log = ((now - then) / sent.readings for now, then in zip(after, before, strict=True))
    alone = found[1]
    cases = [
        Case(f"scale.workers_{count}", rate, "readings/s", alone, rate / alone, 1, "one worker on the same stack")
        for count, rate in found.items()
    ]
    for name, figure in (("wal", wal), ("kafka", log)):
        cases.append(Case(f"scale.{name}_bytes_a_reading", figure, "bytes", 4.0, figure / 4.0, 1, "a float32"))
    return cases


def _written(stack: Stack) -> tuple[int, int]:
    """Bytes that PostgreSQL has written ahead, and bytes that the readings' topic holds on one broker."""

    async def ahead() -> int:
        energy = await asyncpg.connect(stack.dsn("energy"))
        try:
            return int(await energy.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))
        finally:
            await energy.close()

    segments = (stack.directory / "kafka" / "data").glob(f"{READINGS.name}-*/*.log")
    return asyncio.run(ahead()), sum(path.stat().st_size for path in segments)


def _round(first: date) -> Round:
    bodies = [_body(day, shard) for day in days(first, DAYS_A_ROUND) for shard in range(SHARDS)]
    return Round(bodies, len(bodies) * METERS * SLOTS, first)


def _body(day: date, shard: int) -> bytes:
    block = np.round(day_block(day, shard).astype(np.float64), 2)
    curves = [
        {"meter_no": meter_no(shard * METERS + index), "date": day.isoformat(), "values": values}
        for index, values in enumerate(block.tolist())
    ]
    body = {"unit": "kW", "interval_minutes": 15, "source": "bench", "curves": curves}
    return json.dumps(body, separators=(",", ":")).encode()


def _moves(world: World) -> list[Case]:
    """The longest that a reading waited for its merge while a worker went or came; beside the same with none."""
    stack = world.stack
    quiet = _longest_wait(world, lambda: time.sleep(3))
    removed = _longest_wait(world, lambda: stack.scale("--energy-workers", "2"))
    added = _longest_wait(world, lambda: stack.scale("--energy-workers", "3"))
    killed = _longest_wait(world, lambda: _kill(stack, "energy-worker-2"))
    return [
        Case(f"scale.{name}", seconds, "s", quiet, seconds / quiet, 1, "nothing moves, s")
        for name, seconds in (("worker_removed", removed), ("worker_added", added), ("worker_killed", killed))
    ]


def _kill(stack: Stack, name: str) -> None:
    gone = stack.kill(name)
    stack.wait_restarted(name, gone)
    # The broker waits ten seconds for a member that says nothing.
    time.sleep(20)


def _longest_wait(world: World, act: Callable[[], None]) -> float:
    """Seconds from the answer to the merge of the slowest of bodies that hold a reading of each partition."""
    over = threading.Event()

    def acting() -> None:
        try:
            act()
        finally:
            over.set()

    thread = threading.Thread(target=acting)
    waits: list[float] = []
    with world.feed() as feed:
        thread.start()
        while not over.is_set() or not waits:
            sent = len(waits)
            at = slots_of(date(2026, 9, 14))[sent % SLOTS].isoformat()
            readings = [
                {"meter_no": meter_no(shard * METERS), "at": at, "value": 100 + time.time() % 100}
                for shard in range(SHARDS)
            ]
            receipt = ok(feed.post("/v1/readings", json={"unit": "kW", "readings": readings}))["receipt_id"]
            begun = time.perf_counter()

            def merged(receipt: str = receipt) -> bool:
                return bool(ok(feed.get(f"/v1/receipts/{receipt}"))["status"] == "merged")

            wait_for(merged, 120, "a reading is merged")
            waits.append(time.perf_counter() - begun)
            time.sleep(_POLL_SECONDS)
    thread.join()
    return max(waits)
