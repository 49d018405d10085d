"""Questions to curves over HTTP, each beside bare SQL for the same figures in the same run.

A year of 100 meters and a month of 1,000 are put into the curves directly; the rows of the reference are the
readings of the same 100 meters and 30 days in a table keyed by meter and time.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.packing import COLUMNS, CurveRows, pack
from services.energy.metering.rank_packing import no_gaps
from tests.benchmarks.calling import Caller
from tests.benchmarks.load import METERS, SLOTS, day_block, days, meter_no
from tests.benchmarks.results import Case
from tests.support.world import World

FIRST, LAST = date(2025, 9, 1), date(2026, 8, 31)
MONTH, DAYS = date(2026, 8, 1), 30
YEARLY = 100
WARM, ROUNDS = 5, 40
_QUANTITY = Quantity.ACTIVE_IMPORT_KW.number

_MONTH_SQL = """
SELECT day, load_kw, quality, energy_kwh, peak_kw, present, revision FROM curve_day
WHERE meter_index = $1 AND quantity = $2 AND day BETWEEN $3 AND $4 ORDER BY day
"""
_ROWS_SQL = """
SELECT meter, date_trunc('day', ts), sum(value) / 4, max(value), count(*) FROM bench_rows
WHERE ts >= $1 AND ts < $2 GROUP BY 1, 2 ORDER BY 1, 2
"""
_GROUP_SQL = """
SELECT m.region_code, c.day, sum(c.energy_kwh), sum(c.present) FROM curve_day c JOIN meter m USING (meter_index)
WHERE c.quantity = $1 AND c.day BETWEEN $2 AND $3 GROUP BY 1, 2 ORDER BY 1, 2
"""


async def fill(connection: asyncpg.Connection, indexes: dict[str, int]) -> None:
    """Curves as the worker writes them, and the reference's rows."""
    await connection.execute("TRUNCATE curve_day")
    for month in {(day.year, day.month) for day in days(FIRST, (LAST - FIRST).days + 1)}:
        begin, end = date(*month, 1), date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS curve_day_p_{begin:%Y%m} PARTITION OF curve_day "
            f"FOR VALUES FROM ('{begin}') TO ('{end}')"
        )
    order = np.array([indexes[meter_no(place)] for place in range(METERS)], np.int64)
    await connection.execute("DROP TABLE IF EXISTS bench_rows")
    await connection.execute(
        "CREATE TABLE bench_rows (meter int, ts timestamptz, value real, PRIMARY KEY (meter, ts))"
    )
    for day in days(FIRST, (LAST - FIRST).days + 1):
        block = day_block(day)
        meters = METERS if day >= MONTH else YEARLY
        await _copy(connection, pack(_rows(order[:meters], day, block[:meters])))
        if MONTH <= day < MONTH + timedelta(days=DAYS):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            await connection.copy_records_to_table(
                "bench_rows",
                records=[
                    (meter, midnight + timedelta(minutes=15 * slot), float(block[meter, slot]))
                    for meter in range(YEARLY)
                    for slot in range(SLOTS)
                ],
            )
    await connection.execute("VACUUM ANALYZE curve_day")
    await connection.execute("VACUUM ANALYZE bench_rows")


def _rows(meter_index: Any, day: date, values: Any) -> CurveRows:
    count = len(meter_index)
    return CurveRows(
        quantity=_QUANTITY,
        meter_index=meter_index,
        day=np.full(count, day_number(day), np.int64),
        values=values,
        quality=np.ones(values.shape, np.uint8),
        rank=np.ones(count, np.int64),
        revision=np.zeros(count, np.int64),
        rank_gaps=no_gaps(SLOTS),
    )


async def _copy(connection: asyncpg.Connection, stream: Iterable[bytes]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in stream:
            yield piece

    await connection.copy_to_table("curve_day", source=pieces(), format="binary", columns=COLUMNS)


async def _paired(
    case: str, reference: str, ask: Callable[[int], Awaitable[Any]], select: Callable[[int], Awaitable[Any]]
) -> Case:
    """Medians of both, taken in turn; both answers must agree."""
    asked, selected = [], []
    for turn in range(WARM + ROUNDS):
        started = time.perf_counter()
        answer = await ask(turn)
        between = time.perf_counter()
        expected = await select(turn)
        ended = time.perf_counter()
        assert np.allclose(answer(), expected(), rtol=1e-5), case
        if turn >= WARM:
            asked.append((between - started) * 1000)
            selected.append((ended - between) * 1000)
    ratio = statistics.median(one / other for one, other in zip(asked, selected, strict=True))
    figure, beside = statistics.median(asked), statistics.median(selected)
    return Case(case, figure, "ms", beside, ratio, ROUNDS, reference)


async def measure_queries(world: World) -> list[Case]:
    """The cases of reading; the meters are registered already."""
    connection = await asyncpg.connect(world.stack.dsn("energy"))
    try:
        rows = await connection.fetch("SELECT meter_no, meter_index FROM meter")
        indexes = {row["meter_no"]: row["meter_index"] for row in rows}
        await fill(connection, indexes)
        headers = {"Authorization": f"Bearer {world.admin}"}
        with Caller(world.stack.url("energy"), headers) as caller:
            return [await case for case in _cases(caller, connection, indexes)]
    finally:
        await connection.close()


def _cases(caller: Caller, connection: asyncpg.Connection, indexes: dict[str, int]) -> Sequence[Awaitable[Case]]:
    span = {"from": str(MONTH), "to": str(MONTH + timedelta(days=DAYS - 1))}
    bounds = (MONTH, MONTH + timedelta(days=DAYS - 1))

    async def get(path: str, **parameters: str) -> Callable[[], Any]:
        answer = caller.get(path, parameters)
        assert answer.status == 200, answer.body[:500]
        return answer.json

    def curve(first: date, last: date) -> tuple[Callable[[int], Awaitable[Any]], Callable[[int], Awaitable[Any]]]:
        async def ask(turn: int) -> Any:
            path = f"/v1/meters/{meter_no(turn % YEARLY)}/curves"
            body = await get(path, **{"from": str(first), "to": str(last)})
            return lambda: [item["values"] for item in body()["items"]]

        async def select(turn: int) -> Any:
            index = indexes[meter_no(turn % YEARLY)]
            found = await connection.fetch(_MONTH_SQL, index, _QUANTITY, first, last)
            return lambda: [np.frombuffer(row["load_kw"], "<f4") for row in found]

        return ask, select

    async def ask_rollup(_turn: int) -> Any:
        body = await get("/v1/rollups", interval="day", limit=str(YEARLY), **span)
        return lambda: [line["energy_kwh"] for line in body()["items"]]

    async def select_rows(_turn: int) -> Any:
        begin = datetime(MONTH.year, MONTH.month, MONTH.day, tzinfo=UTC)
        found = await connection.fetch(_ROWS_SQL, begin, begin + timedelta(days=DAYS))
        return lambda: np.array([row[2] for row in found]).reshape(YEARLY, DAYS)

    async def ask_regions(_turn: int) -> Any:
        body = await get("/v1/rollups", interval="day", group="region", **span)
        return lambda: [line["energy_kwh"] for line in body()["items"]]

    async def select_regions(_turn: int) -> Any:
        found = await connection.fetch(_GROUP_SQL, _QUANTITY, *bounds)
        return lambda: np.array([row[2] for row in found]).reshape(-1, DAYS)

    bare = "the same rows by bare SQL over asyncpg, ms"
    return (
        _paired("queries.meter_month", bare, *curve(MONTH, bounds[1])),
        _paired("queries.meter_year", bare, *curve(FIRST, LAST)),
        _paired("queries.day_rollup", "SQL over rows of readings, ms", ask_rollup, select_rows),
        _paired("queries.region_rollup", "SQL over the day curves, ms", ask_regions, select_regions),
    )


def run(world: World) -> list[Case]:
    return asyncio.run(measure_queries(world))
