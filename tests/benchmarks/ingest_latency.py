"""At half load: from POST to acknowledgement, from reading to condition; and a meter's month by HTTP."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg
import httpx

from tests.benchmarks.calling import Caller
from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.load import SLOTS, SNAPSHOT_METERS, meter_no, snapshot_ndjson
from tests.benchmarks.results import Case
from tests.support.world import World

QUERIES = 200
_POLL_SECONDS = 0.005
_SPIKE_KW = 9_000.0


def percentile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure_at_half_load(world: World, day: date, readings_a_second: float) -> list[Case]:
    """Snapshots of all meters at half the rate that was sustained, each with one meter that spikes.

    ``day`` holds no readings yet, and its meters have the history that the detector needs.
    """
    pause = 2 * SNAPSHOT_METERS / readings_a_second
    acknowledged: list[float] = []
    sent_at: dict[str, float] = {}
    headers = {"X-API-Key": world.feed_key, "Content-Type": "application/x-ndjson"}
    connection = await asyncpg.connect(world.stack.dsn("energy"))
    watching = asyncio.create_task(_watch(connection, day, sent_at))
    async with httpx.AsyncClient(base_url=world.stack.url("energy"), headers=headers, timeout=60) as client:

        async def send(slot: int, body: bytes) -> None:
            started = time.perf_counter()
            sent_at[meter_no(slot)] = started
            answer = await client.post("/v1/readings?unit=kW", content=body)
            acknowledged.append(time.perf_counter() - started)
            assert answer.status_code == 202, answer.text[:300]

        bodies = [_with_spike(snapshot_ndjson(day, slot), slot) for slot in range(SLOTS)]
        with cpu_seconds(world.stack) as spent:
            begin = time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for slot, body in enumerate(bodies):
                    await asyncio.sleep(max(0.0, begin + slot * pause - time.perf_counter()))
                    group.create_task(send(slot, body))
            elapsed = time.perf_counter() - begin
        shares = {name: round(seconds / elapsed, 2) for name, seconds in sorted(spent.items())}
        print(f"half load: cores used in {elapsed:.1f} s: {shares}")  # noqa: T201
    seen = await asyncio.wait_for(watching, 60)
    await connection.close()
    detected = [seen[name] - sent_at[name] for name in seen]
    figures = (
        ("latency.post_to_ack", acknowledged, 0.1, "the aim, s"),
        ("latency.reading_to_condition", detected, 0.15, "the aim, s"),
    )
    return [
        Case(f"{name}.{label}", figure, "s", aim, figure / aim, len(seconds), reference_is)
        for name, seconds, aim, reference_is in figures
        for label, figure in (("p50", statistics.median(seconds)), ("p99", percentile(seconds, 0.99)))
    ]


def _with_spike(body: bytes, meter: int) -> bytes:
    lines = body.split(b"\n")
    head, _, _ = lines[meter].rpartition(b":")
    lines[meter] = head + b":%.1f}" % _SPIKE_KW
    return b"\n".join(lines)


async def _watch(connection: asyncpg.Connection, day: date, sent_at: dict[str, float]) -> dict[str, float]:
    """When each spike's condition could first be read, until all that were sent are there."""
    seen: dict[str, float] = {}
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    while len(seen) < SLOTS:
        rows = await connection.fetch("SELECT meter_no FROM condition WHERE opened_at >= $1", begin)
        now = time.perf_counter()
        for row in rows:
            if row["meter_no"] in sent_at:
                seen.setdefault(row["meter_no"], now)
        await asyncio.sleep(_POLL_SECONDS)
    return seen


async def measure_month(world: World, first: date) -> Case:
    """A meter's month of 15-minute values by HTTP, beside the bare SQL for the same rows."""
    connection = await asyncpg.connect(world.stack.dsn("energy"))
    last = first + timedelta(days=30)
    index = await connection.fetchval("SELECT meter_index FROM meter WHERE meter_no = $1", meter_no(1))
    bare, http = [], []
    headers = {"X-API-Key": world.feed_key}
    period = {"from": first.isoformat(), "to": last.isoformat()}
    with Caller(world.stack.url("energy"), headers) as caller:
        for _ in range(QUERIES):
            started = time.perf_counter()
            await connection.fetch(
                "SELECT day, load_kw FROM curve_day WHERE meter_index = $1 AND quantity = 1 "
                "AND day BETWEEN $2 AND $3 ORDER BY day",
                index,
                first,
                last,
            )
            bare.append(time.perf_counter() - started)
            started = time.perf_counter()
            answer = caller.get(f"/v1/meters/{meter_no(1)}/curves", period)
            http.append(time.perf_counter() - started)
            assert answer.status == 200, answer.body[:500]
    await connection.close()
    figure, reference = statistics.median(http), statistics.median(bare)
    return Case("query.meter_month", figure, "s", reference, figure / reference, QUERIES, "the bare SQL, s")
