"""Readings a second from the HTTP door to the table, beside raw COPY of the same rows into a keyed table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg
import httpx

from tests.benchmarks.load import METERS, SLOTS, curves_csv, curves_json, day_block, days, readings_ndjson
from tests.benchmarks.results import Case, paired
from tests.support.world import World

REFERENCE = "asyncpg COPY of tuples into a table keyed by (meter, ts), rows/s"
CONNECTIONS = 4
_CREATE = "CREATE TABLE bench_reference (meter int, ts timestamptz, value real, PRIMARY KEY (meter, ts))"


async def reference_rate(dsn: str, day: date, number_of_days: int) -> float:
    """Rows a second of copying ``number_of_days`` of all meters as tuples."""
    records: list[tuple[int, datetime, float]] = []
    for current in days(day, number_of_days):
        block = day_block(current).tolist()
        midnight = datetime(current.year, current.month, current.day, tzinfo=UTC)
        stamps = [midnight + timedelta(minutes=15 * slot) for slot in range(SLOTS)]
        records += [(meter, stamps[slot], block[meter][slot]) for slot in range(SLOTS) for meter in range(METERS)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_reference")
        await connection.execute(_CREATE)
        started = time.perf_counter()
        await connection.copy_records_to_table("bench_reference", records=records)
        elapsed = time.perf_counter() - started
        await connection.execute("DROP TABLE bench_reference")
    finally:
        await connection.close()
    return len(records) / elapsed


async def ingest_rate(world: World, path: str, content_type: str, bodies: Sequence[bytes], readings: int) -> float:
    """Readings a second from the first POST until the last receipt says that all is merged."""
    headers = {"X-API-Key": world.feed_key, "Content-Type": content_type}
    receipts: list[str] = []
    queue = list(reversed(bodies))
    async with httpx.AsyncClient(base_url=world.stack.url("energy"), headers=headers, timeout=60) as client:

        async def send() -> None:
            while queue:
                body = queue.pop()
                while (answer := await client.post(path, content=body)).status_code in {429, 503}:
                    await asyncio.sleep(float(answer.headers.get("Retry-After", "0.2")))
                assert answer.status_code == 202, answer.text[:500]
                assert answer.json()["rejected"] == 0, answer.text[:500]
                receipts.append(answer.json()["receipt_id"])

        started = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(CONNECTIONS)))
        for receipt in reversed(receipts):
            while (await client.get(f"/v1/receipts/{receipt}")).json()["status"] != "merged":
                await asyncio.sleep(0.02)
        elapsed = time.perf_counter() - started
    return readings / elapsed


async def _rounds(
    world: World,
    case: str,
    path: str,
    content_type: str,
    first: date,
    rounds: int,
    make: Callable[[date], tuple[list[bytes], int, int]],
) -> Case:
    """``make(day)`` gives a round's bodies, the readings in them, and how many days they use up."""
    pairs = []
    day = first
    for round_number in range(rounds + 1):
        bodies, readings, used = make(day)
        figure = await ingest_rate(world, path, content_type, bodies, readings)
        reference = await reference_rate(world.stack.dsn("energy"), day, 5)
        # The first round warms caches and partitions and does not count.
        if round_number:
            pairs.append((figure, reference))
        day += timedelta(days=used)
    return paired(case, "readings/s", REFERENCE, pairs)


async def measure_ingest(world: World, rounds: int) -> list[Case]:
    """The three ingest cases, each on days of its own."""

    def json_round(day: date) -> tuple[list[bytes], int, int]:
        return [curves_json(current) for current in days(day, 20)], 20 * METERS * SLOTS, 20

    def csv_round(day: date) -> tuple[list[bytes], int, int]:
        return [curves_csv(current) for current in days(day, 20)], 20 * METERS * SLOTS, 20

    def readings_round(day: date) -> tuple[list[bytes], int, int]:
        bodies = [readings_ndjson(day, slot, 4) for slot in range(0, SLOTS, 4)]
        return bodies, METERS * SLOTS, 1

    json_type, csv_type = "application/json", "text/csv"
    return [
        await _rounds(world, "ingest.curves", "/v1/curves", json_type, date(2025, 1, 1), rounds, json_round),
        await _rounds(world, "ingest.curves_csv", "/v1/curves", csv_type, date(2025, 8, 1), rounds, csv_round),
        await _rounds(
            world,
            "ingest.readings",
            "/v1/readings?unit=kW",
            "application/x-ndjson",
            date(2026, 3, 1),
            rounds,
            readings_round,
        ),
    ]
