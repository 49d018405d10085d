"""The balance of a day: 200 substations over 20,000 meters of 96 values, beside bare SQL over the same rows.

What is measured reads places, capacities and quotas, sums the curves with completeness, judges the levels and
writes the days; the reference sums the curves and says the gaps. Both must find the same gaps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

from libs.common.context import Context
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.energy.balance import repository
from services.energy.balance.computing import begin, row_of
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.packing import COLUMNS, CurveRows, pack
from services.energy.metering.rank_packing import no_gaps
from tests.benchmarks.arrays import spread
from tests.benchmarks.results import Case, paired
from tests.support.stack import Stack
from tests.support.world import COUNTY

STATIONS, METERS_EACH, SLOTS = 200, 100, 96
DAY = date(2026, 7, 15)
WARM, ROUNDS = 1, 7
_QUANTITY = Quantity.ACTIVE_IMPORT_KW.number
_NOW = datetime(2026, 7, 16, tzinfo=UTC)

_BARE = """
SELECT p.node_id, s.slot, sum(s.kw) AS demand,
    greatest(0, sum(s.kw) - least(min(c.kw), min(q.quota_mw[(s.slot + 3) / 4]) * 1000)) AS gap
FROM bench_arrays AS d
JOIN grid_placement AS p USING (meter_index)
JOIN (SELECT node_id, sum(rated_mva) * 950 AS kw FROM grid_capacity GROUP BY 1) AS c ON c.node_id = p.node_id
JOIN grid_node AS n ON n.id = p.node_id
JOIN supply_quota AS q ON q.code = n.code AND q.day = d.day AND q.replaced_at IS NULL
CROSS JOIN LATERAL unnest(d.load_kw) WITH ORDINALITY AS s (kw, slot)
WHERE d.day = $1 AND d.quantity = $2
GROUP BY 1, 2 ORDER BY 1, 2
"""


async def fill(connection: asyncpg.Connection) -> None:
    """Nodes, meters, places, quotas and curves, as the service writes them."""
    first = await connection.fetchval("SELECT next_index FROM meter_counter FOR UPDATE")
    count = STATIONS * METERS_EACH
    await connection.execute("UPDATE meter_counter SET next_index = next_index + $1", count)
    await connection.execute(
        """
        INSERT INTO meter (meter_id, meter_no, meter_index, name, kind, quantity, profile, interval_minutes,
            offset_minutes, multiplier, ct_ratio, pt_ratio, region_code, valid_from, owned_from, periods, version,
            created_at, changed_at, change_mark)
        SELECT gen_random_uuid(), 'G' || i, $1 + i, 'bench', 'interval', 'active_import_kw', 'consumption', 15,
            480, 1, 1, 1, $3, '2025-01-01', '2025-01-01', 1, 1, $4, $4, pg_current_xact_id()::text::bigint
        FROM generate_series(0, $2 - 1) AS i
        """,
        first,
        count,
        COUNTY,
        _NOW,
    )
    nodes = [new_id() for _ in range(STATIONS)]
    await connection.executemany(
        """
        INSERT INTO grid_node (id, kind, code, name, region_code, origin, valid_from, version, changed_at,
            changed_by)
        VALUES ($1, 'substation', $2, $2, $3, 'registered', '2020-01-01', 1, $4, 'bench')
        """,
        [(node, f"BENCH-{place}", COUNTY, _NOW) for place, node in enumerate(nodes)],
    )
    await connection.executemany(
        """
        INSERT INTO grid_capacity (id, node_id, rated_mva, units, valid_from, reason, recorded_at, recorded_by)
        VALUES ($1, $2, 50, 2, '2020-01-01', 'bench', $3, 'bench')
        """,
        [(new_id(), node, _NOW) for node in nodes],
    )
    await connection.copy_records_to_table(
        "grid_placement",
        records=[
            (new_id(), f"G{i}", first + i, nodes[i % STATIONS], "load", date(2025, 1, 1), None, 1, _NOW, "bench")
            for i in range(count)
        ],
        columns=[
            "id",
            "meter_no",
            "meter_index",
            "node_id",
            "role",
            "valid_from",
            "valid_to",
            "version",
            "changed_at",
            "changed_by",
        ],
    )
    list_id = new_id()
    await connection.execute(
        """
        INSERT INTO quota_import (id, received_at, received_by, system, issued_at, digest, rows, created, changed,
            unchanged, superseded, rejected, rejections)
        VALUES ($1, $2, 'bench', 'bench', $2, ''::bytea, 1, 1, 0, 0, 0, 0, '[]')
        """,
        list_id,
        _NOW,
    )
    await connection.executemany(
        """
        INSERT INTO supply_quota (id, scope, code, region_code, day, interval_minutes, quota_mw, issued_at,
            recorded_at, import_id, line)
        VALUES ($1, 'substation', $2, $3, $4, 60, $5, $6, $6, $7, 1)
        """,
        [
            (new_id(), f"BENCH-{place}", COUNTY, DAY, [30.0 + place % 20] * 24, _NOW, list_id)
            for place in range(STATIONS)
        ],
    )
    await connection.execute(
        f"CREATE TABLE IF NOT EXISTS curve_day_p_{DAY:%Y%m} PARTITION OF curve_day "
        f"FOR VALUES FROM ('{DAY.replace(day=1)}') TO ('{DAY.replace(month=DAY.month + 1, day=1)}')"
    )
    await connection.copy_to_table("curve_day", source=_curves(first, count), format="binary", columns=COLUMNS)
    await spread(connection)
    await connection.execute("VACUUM ANALYZE")


async def _curves(first: int, count: int) -> AsyncIterator[bytes]:
    random = np.random.default_rng(11)
    shape = 1 + 0.5 * np.exp(-((((np.arange(SLOTS) / 4) - 14) / 5) ** 2))
    values = (random.uniform(100, 500, count)[:, None] * shape[None, :]).astype(np.float32)
    rows = CurveRows(
        quantity=_QUANTITY,
        meter_index=np.arange(first, first + count),
        day=np.full(count, day_number(DAY), np.int64),
        values=values,
        quality=np.ones(values.shape, np.uint8),
        rank=np.ones(count, np.int64),
        revision=np.zeros(count, np.int64),
        rank_gaps=no_gaps(SLOTS),
    )
    for piece in pack(rows):
        yield piece


async def _balances(database: Database, nodes: list[UUID]) -> Any:
    """Computed and written as the job does it; rolled back, so that every round finds the same."""
    day = day_number(DAY)
    async with database.session() as session:
        ctx = Context(session, _NOW, new_id, SYSTEM)
        computation = await begin(ctx, nodes, day, day)
        found = await computation.day(nodes, day)
        await repository.put_days(session, [row_of(ctx, one) for one in found])
    return {one.node: one.columns.gap_kw for one in found}


async def measure(dsn: str) -> list[Case]:
    connection = await asyncpg.connect(dsn)
    database = Database(dsn)
    pairs = []
    try:
        await fill(connection)
        nodes = [row["id"] for row in await connection.fetch("SELECT id FROM grid_node WHERE code LIKE 'BENCH-%'")]
        for turn in range(WARM + ROUNDS):
            started = time.perf_counter()
            gaps = await _balances(database, nodes)
            between = time.perf_counter()
            rows = await connection.fetch(_BARE, DAY, _QUANTITY)
            ended = time.perf_counter()
            bare = np.array([row["gap"] for row in rows]).reshape(STATIONS, SLOTS)
            ours = np.array([gaps[row["node_id"]] for row in rows[::SLOTS]])
            assert np.allclose(ours, bare, rtol=1e-4, atol=0.5)
            assert (bare > 0).any()
            assert (bare == 0).any()
            if turn >= WARM:
                pairs.append((between - started, ended - between))
    finally:
        await database.close()
        await connection.close()
    return [paired("balance.day", "s", "sums and gaps by bare SQL over the same rows, s", pairs)]


def run(stack: Stack) -> list[Case]:
    return asyncio.run(measure(stack.dsn("energy")))
