"""Roll-ups of 5,000 enterprises, 36 months and 15 indicators: with growth, by every grouping, beside bare SQL.

``python -m tests.benchmarks --only economy``: a database of its own, the service in this process over ASGI. The
reference is the sum of the same figures and months by hand-written SQL: no register, no completeness, no restated
bases, no JSON.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.ids import new_id
from services.projects.bootstrap import build_app
from services.projects.economy.domain import months
from services.projects.registry.domain.credit_code import check_character
from tests.benchmarks.results import Case, paired
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, prepare, settings_for
from tests.support.stack import running_stack

ENTERPRISES: Final = 5000
MONTHS: Final = 36
_TOWNS: Final = 60
_LAST: Final = date(2026, 8, 1)
_BASE: Final = date(2025, 8, 1)
_BEFORE: Final = date(2026, 7, 1)
_REFERENCES: Final[Mapping[str, str]] = {
    "indicator_economy_indicator": "(indicator) REFERENCES economy_indicator (code)",
    "enterprise_id_enterprise": "(enterprise_id) REFERENCES enterprise (enterprise_id)",
}
_KEYS: Final[Mapping[str, str]] = {
    "whole": "''",
    "region": "left(s.region_code, 9)",
    "sector": "left(s.sector_code, 2)",
    "scale": "y.revenue >= 20000000",
}
_REVENUE: Final = (
    " JOIN (SELECT enterprise_id, sum(month_value) AS revenue FROM economy_figure WHERE indicator = 'main_revenue'"
    " AND is_latest AND month BETWEEN $1::date - interval '11 months' AND $1 GROUP BY 1) y USING (enterprise_id)"
)


async def fill(connection: asyncpg.Connection, towns_made: int = _TOWNS, months_made: int = MONTHS) -> int:
    """Regions, enterprises, their places in the register and what counts of them; answers the figures."""
    towns = [f"421224{number:03}" for number in range(101, 101 + towns_made)]
    at = MORNING
    for code in ("420000", "421200", "421224", *towns):
        await connection.execute(
            "INSERT INTO region (code, name, default_post, version, updated_at) VALUES ($1, $1, 'officer', 1, $2)",
            code,
            at,
        )
    enterprises, standings = [], []
    for number in range(ENTERPRISES):
        body = f"91421224MA{number:07}"
        key, town, sector = new_id(), towns[number * 7 % towns_made], f"{13 + number % 31}10"
        enterprises.append((key, body + check_character(body), f"E{number}", town, sector, False, 1, at))
        standings.append((new_id(), key, town, sector, date(2023, 1, 1), "x", "x", 1, at))
    await connection.copy_records_to_table(
        "enterprise",
        records=enterprises,
        columns=(
            *("enterprise_id", "credit_code", "name", "region_code", "sector_code", "key_energy_user"),
            *("version", "updated_at"),
        ),
    )
    await connection.copy_records_to_table(
        "economy_standing",
        records=standings,
        columns=(
            *("id", "enterprise_id", "region_code", "sector_code", "valid_from", "reason", "decided_by"),
            *("version", "updated_at"),
        ),
    )
    # Each month comes in together, as it does in life; foreign keys are checked once instead of row by row.
    for name in _REFERENCES:
        await connection.execute(f"ALTER TABLE economy_figure DROP CONSTRAINT fk_economy_figure_{name}")
    await connection.execute(
        """
        INSERT INTO economy_figure
        SELECT i.code, m.month::date, e.enterprise_id, 'final', true,
               1000000 + (hashtext(e.credit_code || i.code || m.month::text) % 900000),
               (1000000 * extract(month FROM m.month))::numeric, NULL, NULL, false, true, NULL, e.enterprise_id, 1
        FROM generate_series($1::date, $2::date, interval '1 month') AS m(month)
        CROSS JOIN economy_indicator i CROSS JOIN enterprise e
        ORDER BY m.month, i.code
        """,
        months.plus(_LAST, 1 - months_made),
        _LAST,
        timeout=900,
    )
    for name, columns in _REFERENCES.items():
        await connection.execute(
            f"ALTER TABLE economy_figure ADD CONSTRAINT fk_economy_figure_{name} FOREIGN KEY {columns}",
            timeout=900,
        )
    await connection.execute("VACUUM ANALYZE", timeout=900)
    return int(await connection.fetchval("SELECT count(*) FROM economy_figure"))


async def _bare(connection: asyncpg.Connection, grouping: str) -> Decimal:
    total = Decimal(0)
    for month in (_LAST, _BASE, _BEFORE):
        rows = await connection.fetch(
            f"SELECT {_KEYS[grouping]}, sum(f.month_value) FROM economy_figure f"
            f" JOIN economy_standing s USING (enterprise_id){_REVENUE if grouping == 'scale' else ''}"
            " WHERE f.indicator = 'output_value' AND f.month = $1 AND f.is_latest GROUP BY 1",
            month,
        )
        total = sum((row[1] for row in rows), Decimal(0)) if month == _LAST else total
    return total


async def _asked(client: httpx.AsyncClient, grouping: str, **more: Any) -> Decimal:
    params = {"indicator": "output_value", "month": f"{_LAST:%Y-%m}", "region_level": "township", **more}
    if grouping != "whole":
        params["group_by"] = grouping
    answer = await client.get("/v1/economy-figures", params=params)
    answer.raise_for_status()
    return Decimal(answer.json()["total"]["figure"]["value"])


async def measure(dsn: str, rounds: int) -> list[Case]:
    """Milliseconds of a question with growth against year and month, beside the bare sums; and the memory."""
    settings = settings_for(dsn)
    database = Database(settings.dsn)
    connection = await asyncpg.connect(settings.dsn)
    transport = httpx.ASGITransport(build_app(settings, database, ManualClock(MORNING)))
    try:
        figures = await fill(connection)
        async with httpx.AsyncClient(transport=transport, base_url="http://projects.bench", timeout=300) as client:
            signed_in = await client.post("/v1/tokens", json={"username": "admin", "password": ADMIN_PASSWORD})
            client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
            await _asked(client, "whole")
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            cases = []
            for grouping in _KEYS:
                pairs = [await _pair(client, connection, grouping) for _ in range(rounds + 1)]
                # The first of each warms what the others find warm.
                cases.append(paired(f"economy.by_{grouping}", "ms", "bare SQL of the same sums, ms", pairs[1:]))
            matched = []
            for _ in range(rounds):
                started = time.perf_counter()
                await _asked(client, "region", comparison="matched", shared="true")
                whole = (time.perf_counter() - started) * 1000
                started = time.perf_counter()
                await _bare(connection, "region")
                matched.append((whole, (time.perf_counter() - started) * 1000))
            cases.append(paired("economy.matched_and_shared", "ms", "bare SQL by region, ms", matched))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            cases.append(Case("economy.memory_grown", grown, "MiB", figures / 1e6, 0, 1, "million figures stored"))
            return cases
    finally:
        await connection.close()
        await database.close()


async def _pair(client: httpx.AsyncClient, connection: asyncpg.Connection, grouping: str) -> tuple[float, float]:
    started = time.perf_counter()
    ours = await _asked(client, grouping)
    whole = (time.perf_counter() - started) * 1000
    started = time.perf_counter()
    bare = await _bare(connection, grouping)
    reference = (time.perf_counter() - started) * 1000
    if ours != bare:
        raise RuntimeError(f"{grouping}: {ours} is not {bare}")
    return whole, reference


async def _measure(dsn: str, rounds: int) -> list[Case]:
    await prepare(dsn)
    return await measure(dsn, rounds)


def run(rounds: int) -> list[Case]:
    with (
        tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
        running_stack(Path(directory), "--no-services") as stack,
    ):
        return asyncio.run(_measure(stack.dsn("projects"), rounds))
