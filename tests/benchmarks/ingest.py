"""Readings a second from the HTTP door to the table, beside raw COPY of the same rows into a keyed table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import numpy as np
import numpy.typing as npt

from services.energy.metering.packing import COLUMNS, CurveRows, pack
from services.energy.metering.rank_packing import no_gaps
from tests.benchmarks.calling import Caller
from tests.benchmarks.cpu import cpu_seconds
from tests.benchmarks.ingest_latency import measure_at_half_load, measure_month
from tests.benchmarks.load import (
    AREAS,
    FIRST_DAY,
    METERS,
    SLOTS,
    SNAPSHOT_METERS,
    corrections_ndjson,
    curves_csv,
    curves_json,
    day_block,
    days,
    meter_no,
    snapshot_ndjson,
)
from tests.benchmarks.results import Case, paired
from tests.support.world import World

REFERENCE = "asyncpg COPY of tuples into a table keyed by (meter, ts), rows/s"
PACKED = "numpy-packed binary COPY of the same day rows, readings/s"
BEMSERVER = "BEMServer's best shape: 0.062 × the reference, rows/s"
BEMSERVER_SHARE = 0.062
CONNECTIONS = 4
# Four seconds and more: the first body's way through the chain and the last commit hardly count.
DAYS_A_ROUND = 60
# Enough for the detector's warm-up of 28 days, and for programs that have just started.
FIRST_DAYS = 30
SNAPSHOT_DAYS_A_ROUND = 6
CORRECTIONS = 10_000
CORRECTION_BODIES = 24
# The first so many days of a round, copied day by day: as many tuples as memory holds.
REFERENCE_DAYS = 15
# A scheduler that uses less of a core has worked off what was due.
_IDLE_SHARE, _IDLE_SECONDS, _PATIENCE_SECONDS = 0.06, 3, 90
_MONTH_AT_REST = "curve_day_p_202011"
_CREATE = "CREATE TABLE bench_reference (meter int, ts timestamptz, value real, PRIMARY KEY (meter, ts))"


@dataclass(frozen=True)
class Round:
    """What is sent at once: ``check`` says whether what had to come of it came."""

    bodies: Sequence[bytes]
    readings: int
    day: date
    check: Callable[[], None] | None = None


async def reference_rate(dsn: str, day: date) -> float:
    """Rows a second of copying the first days of a round as tuples, into a table that grows with them."""
    elapsed, rows = 0.0, 0
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_reference")
        await connection.execute(_CREATE)
        for current in days(day, REFERENCE_DAYS):
            records = _tuples(current)
            started = time.perf_counter()
            await connection.copy_records_to_table("bench_reference", records=records)
            elapsed += time.perf_counter() - started
            rows += len(records)
        await connection.execute("DROP TABLE bench_reference")
    finally:
        await connection.close()
    return rows / elapsed


def _tuples(day: date) -> list[tuple[int, datetime, float]]:
    block = _whole_day(day).tolist()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    stamps = [midnight + timedelta(minutes=15 * slot) for slot in range(SLOTS)]
    return [(meter, stamps[slot], row[slot]) for slot in range(SLOTS) for meter, row in enumerate(block)]


def _whole_day(day: date) -> npt.NDArray[np.float32]:
    """(meters of all areas, 96) kW."""
    return np.concatenate([day_block(day, area) for area in range(AREAS)])


async def packed_rate(dsn: str, day: date, number_of_days: int) -> float:
    """Readings a second of packing the same day rows with numpy and copying them on one connection."""
    blocks = [_whole_day(current) for current in days(day, number_of_days)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_day")
        await connection.execute("CREATE TABLE bench_day (LIKE curve_day INCLUDING ALL)")
        started = time.perf_counter()
        for number, block in enumerate(blocks):
            rows = CurveRows(
                quantity=1,
                meter_index=np.arange(len(block)),
                day=np.full(len(block), 20_000 + number),
                values=block,
                quality=np.ones(block.shape, np.uint8),
                rank=np.ones(len(block), np.int64),
                revision=np.zeros(len(block), np.int64),
                rank_gaps=no_gaps(SLOTS),
            )
            stream = b"".join(pack(rows))
            await connection.copy_to_table("bench_day", source=_once(stream), format="binary", columns=COLUMNS)
        elapsed = time.perf_counter() - started
        await connection.execute("DROP TABLE bench_day")
    finally:
        await connection.close()
    return number_of_days * AREAS * METERS * SLOTS / elapsed


async def _once(stream: bytes):  # type: ignore[no-untyped-def]  # asyncpg asks for an asynchronous iterator
    yield stream


async def ingest_rate(world: World, path: str, content_type: str, sent: Round) -> float:
    """Readings a second from the first POST until the last receipt says that all is merged."""
    headers = {"X-API-Key": world.feed_key, "Content-Type": content_type}
    queue = list(reversed(sent.bodies))

    def send() -> None:
        with Caller(world.stack.url("energy"), headers) as caller:
            while queue:
                body = queue.pop()
                while (answer := caller.post(path, body)).status in {429, 503}:
                    time.sleep(float(answer.headers.get("Retry-After", "0.2")))
                assert answer.status == 202, answer.body[:500]
                assert answer.json()["rejected"] == 0, answer.body[:500]

    watcher = await asyncpg.connect(world.stack.dsn("energy"))
    with cpu_seconds(world.stack) as spent:
        started = time.perf_counter()
        await asyncio.gather(*(asyncio.to_thread(send) for _ in range(CONNECTIONS)))
        # Asked of the table: a thousand requests for receipts would be measured as well.
        while await watcher.fetchval("SELECT EXISTS (SELECT FROM receipt WHERE status <> 'merged')"):
            await asyncio.sleep(0.02)
        elapsed = time.perf_counter() - started
    await watcher.close()
    # Microseconds of CPU a thousand readings, program by program: what the case is limited by.
    limits = {name: round(seconds / sent.readings * 1e9) for name, seconds in sorted(spent.items())}
    print(f"{path}: {sent.readings / elapsed / 1e6:.3f} M/s; CPU, µs a thousand readings: {limits}")  # noqa: T201
    if sent.check is not None:
        sent.check()
    return sent.readings / elapsed


@dataclass(frozen=True)
class Measurement:
    """Rounds of one case; the first of ``rounds`` warms caches and partitions and does not count."""

    case: str
    path: str
    content_type: str
    rounds: Sequence[Round]
    packed_days: int = 0

    async def run(self, world: World) -> list[Case]:
        pairs, packed = [], []
        for number, sent in enumerate(self.rounds):
            figure = await ingest_rate(world, self.path, self.content_type, sent)
            reference = await reference_rate(world.stack.dsn("energy"), sent.day)
            if number:
                pairs.append((figure, reference))
            if number and self.packed_days:
                packed.append((figure, await packed_rate(world.stack.dsn("energy"), sent.day, self.packed_days)))
        cases = [paired(self.case, "readings/s", REFERENCE, pairs)]
        bem = [(figure, BEMSERVER_SHARE * reference) for figure, reference in pairs]
        cases.append(paired(f"{self.case}.bemserver", "readings/s", BEMSERVER, bem))
        if packed:
            cases.append(paired(f"{self.case}.packed", "readings/s", PACKED, packed))
        return cases


def json_rounds(world: World, first: date, rounds: int, *, spikes: bool) -> list[Round]:
    """Curves of ``DAYS_A_ROUND`` days a round; with ``spikes`` its last day holds one that must be detected."""
    found = []
    day = first
    for number in range(rounds + 1):
        count = DAYS_A_ROUND if number else FIRST_DAYS
        last = day + timedelta(days=count - 1)
        spiking = number if spikes and number else None
        bodies = [
            curves_json(current, area, spiking if (current, area) == (last, 0) else None)
            for current in days(day, count)
            for area in range(AREAS)
        ]
        check = None if spiking is None else _spike_is_there(world, meter_no(spiking), last)
        found.append(Round(bodies, len(bodies) * METERS * SLOTS, day, check))
        day += timedelta(days=count)
    return found


def _spike_is_there(world: World, meter: str, day: date) -> Callable[[], None]:
    def check() -> None:
        with world.api("energy") as energy:
            answer = energy.get("/v1/conditions", params={"filter[meter_no]": meter, "limit": 100})
        answer.raise_for_status()
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
        opened = [datetime.fromisoformat(item["opened_at"]) for item in answer.json()["items"]]
        assert any(begin <= at < begin + timedelta(days=1) for at in opened), (meter, day, opened)

    return check


def csv_rounds(first: date, rounds: int) -> list[Round]:
    found = []
    for number in range(rounds + 1):
        start = first + timedelta(days=DAYS_A_ROUND * number)
        bodies = [curves_csv(current, area) for current in days(start, DAYS_A_ROUND) for area in range(AREAS)]
        found.append(Round(bodies, len(bodies) * METERS * SLOTS, start))
    return found


def snapshot_rounds(first: date, rounds: int) -> list[Round]:
    """Two days of ``SNAPSHOT_METERS`` meters a round, slot by slot."""
    found = []
    for number in range(rounds + 1):
        day = first + timedelta(days=number * SNAPSHOT_DAYS_A_ROUND)
        bodies = [snapshot_ndjson(own, slot) for own in days(day, SNAPSHOT_DAYS_A_ROUND) for slot in range(SLOTS)]
        found.append(Round(bodies, len(bodies) * SNAPSHOT_METERS, day))
    return found


def correction_rounds(first: date, rounds: int) -> list[Round]:
    """Corrections of the days that the first round of curves has stored."""
    return [
        Round(
            [
                corrections_ndjson(first, FIRST_DAYS, CORRECTIONS, seed=number * CORRECTION_BODIES + body)
                for body in range(CORRECTION_BODIES)
            ],
            CORRECTION_BODIES * CORRECTIONS,
            first,
        )
        for number in range(rounds + 1)
    ]


async def bytes_at_rest(world: World) -> Case:
    """What a reading of the days stored by the curves' rounds takes on the disk, its index included."""
    connection = await asyncpg.connect(world.stack.dsn("energy"))
    try:
        await connection.execute(f"VACUUM (FULL) {_MONTH_AT_REST}")
        size = await connection.fetchval(f"SELECT pg_total_relation_size('{_MONTH_AT_REST}')")
        readings = await connection.fetchval(f"SELECT sum(present) FROM {_MONTH_AT_REST}")
    finally:
        await connection.close()
    figure = size / readings
    return Case("storage.bytes_a_reading", figure, "bytes", 4.0, figure / 4.0, 1, "a float32")


async def measure_ingest(world: World, rounds: int) -> list[Case]:
    """With the shipped detector."""
    json_type, lines = "application/json", "application/x-ndjson"
    first, today = FIRST_DAY, date(2026, 9, 14)
    curves = Measurement("ingest.curves", "/v1/curves", json_type, json_rounds(world, first, rounds, spikes=True))
    readings = Measurement("ingest.readings", "/v1/readings?unit=kW", lines, snapshot_rounds(today, rounds))
    late = Measurement("ingest.corrections", "/v1/readings?unit=kW", lines, correction_rounds(first, rounds))
    after = today + timedelta(days=(rounds + 1) * SNAPSHOT_DAYS_A_ROUND)
    world.stack.set_clock(datetime(after.year, after.month, after.day, 16, tzinfo=UTC))
    await add_meters(world, AREAS * METERS)
    await work_off(world)
    cases = await curves.run(world)
    cases.append(await measure_month(world, first))
    await add_meters(world, SNAPSHOT_METERS)
    await work_off(world)
    measured = await readings.run(world)
    cases += measured
    cases.append(await bytes_at_rest(world))
    world.stack.set_clock(datetime(after.year, after.month, after.day, 16, tzinfo=UTC) + timedelta(days=1))
    await work_off(world)
    cases += await measure_at_half_load(world, after, measured[0].figure)
    return cases + await late.run(world)


async def measure_storage(world: World, rounds: int) -> list[Case]:
    """On a stack that runs without detection."""
    await add_meters(world, AREAS * METERS)
    curves = json_rounds(world, FIRST_DAY, rounds, spikes=False)
    csv = csv_rounds(FIRST_DAY + timedelta(days=FIRST_DAYS + rounds * DAYS_A_ROUND), rounds)
    storage = Measurement("ingest.curves_storage", "/v1/curves", "application/json", curves, DAYS_A_ROUND)
    return [
        *await storage.run(world),
        *await Measurement("ingest.curves_csv", "/v1/curves", "text/csv", csv).run(world),
    ]


async def work_off(world: World) -> None:
    """Wait until the jobs that became due by turning the clock, or by new meters without values, are done."""
    calm, begun = 0, time.monotonic()
    while calm < _IDLE_SECONDS and time.monotonic() - begun < _PATIENCE_SECONDS:
        with cpu_seconds(world.stack) as spent:
            await asyncio.sleep(1)
        calm = calm + 1 if spent["energy-scheduler"] < _IDLE_SHARE else 0


async def add_meters(world: World, number: int) -> None:
    """Until there are so many, all like the first that was registered; past the API, which would take minutes."""
    connection = await asyncpg.connect(world.stack.dsn("energy"))
    try:
        async with connection.transaction():
            next_index = await connection.fetchval("SELECT next_index FROM meter_counter FOR UPDATE")
            there = await connection.fetchval("SELECT count(*) FROM meter WHERE meter_no ~ '^B[0-9]{5}$'")
            names = [
                row["column_name"]
                for row in await connection.fetch(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = 'meter'"
                )
            ]
            own = {
                "meter_id": "gen_random_uuid()",
                "meter_no": "'B' || lpad(number::text, 5, '0')",
                "meter_index": f"{next_index - there} + number",
                "change_mark": "pg_current_xact_id()::text::bigint",
            }
            values = ", ".join(own.get(name, f"m.{name}") for name in names)
            await connection.execute(
                f"INSERT INTO meter ({', '.join(names)}) SELECT {values} "
                f"FROM meter AS m, generate_series({there}, {number - 1}) AS number WHERE m.meter_no = 'B00000'"
            )
            await connection.execute("UPDATE meter_counter SET next_index = next_index + $1", number - there)
    finally:
        await connection.close()
    # The worker looks for new meters every two seconds.
    await asyncio.sleep(3)
