"""A day of five hundred plants: output beside what was to be expected, computed and written; bare SQL beside it.

The reference reads the same curves in the database and sums energy and slots by plant: what a report without any
expectation would cost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

from libs.common.clock import SystemClock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.generation.contribution import generation_of
from services.energy.generation.day_tables import PlantSeriesRow
from services.energy.generation.service.computing import compute_days
from services.energy.generation.tables import (
    PlantMeterRow,
    PlantRow,
    PlantUnitModelRow,
    PlantUnitRatingRow,
    PlantUnitRow,
)
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.packing import COLUMNS, CurveRows, pack
from services.energy.metering.rank_packing import no_gaps
from tests.benchmarks.arrays import spread
from tests.benchmarks.load import METERS, SLOTS, day_block, meter_no
from tests.benchmarks.results import Case, paired
from tests.support.world import COUNTY, World

DAY = date(2026, 9, 10)
PLANTS = METERS // 2
ROUNDS = 7
_QUANTITY = Quantity.ACTIVE_IMPORT_KW.number
_MODEL = {"rated_flow_m3s": 4.0, "net_head_m": 60.0, "efficiency": [[0.2, 0.6], [0.8, 0.9], [1.0, 0.88]]}
_REFERENCE = """
SELECT p.plant_id, sum(v.kw) FILTER (WHERE v.kw <> 'NaN') / 4, count(*) FILTER (WHERE v.kw <> 'NaN')
FROM plant_meter p JOIN bench_arrays c ON c.meter_index = p.meter_index AND c.quantity = $1 AND c.day = $2,
    unnest(c.load_kw) AS v (kw)
GROUP BY 1
"""


async def measure_generation(world: World) -> list[Case]:
    """The county's meters are registered; two of them make a plant of two units."""
    dsn = world.stack.dsn("energy")
    database = Database(dsn)
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT meter_no, meter_index FROM meter")
        indexes = {row["meter_no"]: row["meter_index"] for row in rows}
        await _fill_curves(connection, np.array([indexes[meter_no(place)] for place in range(METERS)], np.int64))
        plants = await _fill_plants(database, indexes)
        pairs, asked = [], []
        for _ in range(ROUNDS):
            computed = await _compute(database, plants)
            expected = await _reference(connection, len(plants))
            pairs.append((computed, expected))
            asked.append((await _contribute(database, len(plants)), expected))
        sql = "energy and slots of the same curves by bare SQL, s"
        return [
            paired(f"generation.day of {len(plants)} plants", "s", sql, pairs),
            paired(f"generation.contribution of {len(plants)} plants", "s", sql, asked),
        ]
    finally:
        await connection.close()
        await database.close()


async def _fill_curves(connection: asyncpg.Connection, order: Any) -> None:
    begin, end = DAY.replace(day=1), (DAY.replace(day=28) + timedelta(days=4)).replace(day=1)
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS curve_day_p_{begin:%Y%m} PARTITION OF curve_day "
        f"FOR VALUES FROM ('{begin}') TO ('{end}')"
    )
    await connection.execute("DELETE FROM curve_day WHERE day = $1", DAY)
    values = day_block(DAY)[: len(order)]
    rows = CurveRows(
        quantity=_QUANTITY,
        meter_index=order,
        day=np.full(len(order), day_number(DAY), np.int64),
        values=values,
        quality=np.ones(values.shape, np.uint8),
        rank=np.ones(len(order), np.int64),
        revision=np.zeros(len(order), np.int64),
        rank_gaps=no_gaps(SLOTS),
    )

    async def pieces() -> AsyncIterator[bytes]:
        for piece in pack(rows):
            yield piece

    await connection.copy_to_table("curve_day", source=pieces(), format="binary", columns=COLUMNS)
    await spread(connection)


async def _fill_plants(database: Database, indexes: dict[str, int]) -> list[Any]:
    now = SystemClock().now()
    since = DAY - timedelta(days=400)
    stamps: dict[str, Any] = {"recorded_at": now, "recorded_by": "bench"}
    plants = []
    async with database.transaction() as session:
        for number in range(PLANTS):
            plant_id = new_id()
            plants.append(plant_id)
            session.add(_plant(plant_id, number, since, now))
        await session.flush()
        for number, plant_id in enumerate(plants):
            for place in range(2):
                unit_id = new_id()
                held: dict[str, Any] = {"valid_from": since, **stamps}
                name = meter_no(2 * number + place)
                unit = PlantUnitRow(id=unit_id, plant_id=plant_id, code=str(place), name=str(place), **stamps)
                session.add(unit)
                await session.flush()
                session.add(
                    PlantUnitRatingRow(id=new_id(), unit_id=unit_id, capacity_kw=2000.0, reason="bench", **held)
                )
                model: dict[str, Any] = {"kind": "hydro", "parameters": _MODEL, "source": "bench"}
                session.add(PlantUnitModelRow(id=new_id(), unit_id=unit_id, **model, **held))
                at: dict[str, Any] = {"meter_no": name, "meter_index": indexes[name], "role": "export", "sign": 1}
                session.add(PlantMeterRow(id=new_id(), plant_id=plant_id, **at, **held))
            flow = np.random.default_rng(number).uniform(1, 8, SLOTS).tolist()
            series: dict[str, Any] = {
                "quantity": "inflow_m3s",
                "day": DAY,
                "slot_values": flow,
                "source": "bench",
                "revision": 1,
            }
            session.add(PlantSeriesRow(id=new_id(), plant_id=plant_id, **series, **stamps))
    return plants


def _plant(plant_id: Any, number: int, since: date, now: datetime) -> PlantRow:
    return PlantRow(
        id=plant_id,
        code=f"BENCH-{number}",
        name=f"BENCH-{number}",
        kind="hydro",
        region_code=COUNTY,
        commissioned_on=since,
        version=1,
        created_at=now,
        changed_at=now,
        changed_by="bench",
    )


async def _compute(database: Database, plants: list[Any]) -> float:
    started = time.perf_counter()
    async with database.transaction() as session:
        ctx = Context(session, datetime(DAY.year, DAY.month, DAY.day + 2, tzinfo=UTC), new_id, SYSTEM)
        await compute_days(ctx, {plant: [day_number(DAY)] for plant in plants})
    return time.perf_counter() - started


async def _contribute(database: Database, expected: int) -> float:
    started = time.perf_counter()
    async with database.session() as session:
        found = await generation_of(session, COUNTY, DAY)
    assert len(found.plants) == expected
    return time.perf_counter() - started


async def _reference(connection: asyncpg.Connection, expected: int) -> float:
    started = time.perf_counter()
    rows = await connection.fetch(_REFERENCE, _QUANTITY, DAY)
    assert len(rows) == expected
    return time.perf_counter() - started


def run(world: World) -> list[Case]:
    return asyncio.run(measure_generation(world))
