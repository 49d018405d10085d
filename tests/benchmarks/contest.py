"""A quarter's standing of 300 townships over 5,000 enterprises: live, simulated and frozen, beside bare SQL.

``python -m tests.benchmarks --only contest``: a database of its own, the service in this process over ASGI. Four
components of the economy, level and growth. The reference is the sums of the same figures and the year before by
hand-written SQL, one statement a component: no register, no completeness, no facts, no places, no JSON.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from libs.common.clock import ManualClock
from libs.common.database import Database
from services.projects.bootstrap import build_app
from tests.benchmarks.economy import fill
from tests.benchmarks.results import Case, paired
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, prepare, settings_for
from tests.support.stack import running_stack
from tests.support.statements import asked

TOWNS: Final = 300
_MONTHS: Final = 18
_INDICATORS: Final = ("output_value", "sales", "profit", "tax")
_QUARTER: Final = (date(2026, 4, 1), date(2026, 6, 1))
_BARE: Final = """
SELECT s.region_code, sum(f.month_value), sum(b.month_value)
FROM economy_standing s
JOIN economy_figure f ON f.enterprise_id = s.enterprise_id AND f.indicator = $1 AND f.is_latest
 AND f.month BETWEEN $2 AND $3
LEFT JOIN economy_figure b ON b.enterprise_id = s.enterprise_id AND b.indicator = $1 AND b.is_latest
 AND b.month = (f.month - interval '1 year')::date
GROUP BY 1
"""


def _components(weights: tuple[int, ...] = (40, 30, 20, 10)) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name_zh": code,
            "name_en": code,
            "source": "economy",
            "measure": code,
            "weight": str(weight),
            "level_share": "50",
            "growth_share": "50",
            "growth_limit": "100",
        }
        for code, weight in zip(_INDICATORS, weights, strict=True)
    ]


async def _posted(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def _contest(client: httpx.AsyncClient) -> str:
    body = {"code": "B", "name": "B", "kind": "township", "region_code": "421224", "year": 2026}
    path = f"/v1/contests/{(await _posted(client, '/v1/contests', body))['id']}"
    await _posted(client, f"{path}/schemes", {"from_quarter": 1, "components": _components()})
    items = [{"region_code": f"421224{number:03}", "from_on": "2026-01-01"} for number in range(101, 101 + TOWNS)]
    await _posted(client, f"{path}/participants", {"items": items})
    return path


async def _bare(connection: asyncpg.Connection) -> dict[str, dict[str, Decimal]]:
    return {
        code: {row[0]: row[1] for row in await connection.fetch(_BARE, code, *_QUARTER)} for code in _INDICATORS
    }


async def _timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = await work()
    return (time.perf_counter() - started) * 1000, found


def _compare(places: list[dict[str, Any]], bare: dict[str, dict[str, Decimal]]) -> None:
    """Raises RuntimeError unless every figure is what bare SQL says."""
    for place in places:
        for part in place["parts"]:
            if Decimal(part["value"]) != bare[part["component"]][place["code"]]:
                raise RuntimeError(f"{place['code']} {part['component']}: {part['value']}")
    if [place["rank"] is None for place in places] != [False] * TOWNS:
        raise RuntimeError("somebody has no place")


async def measure(dsn: str, rounds: int) -> list[Case]:
    """Milliseconds of a standing of now, of other weights and of a frozen quarter; and the statements asked."""
    settings = settings_for(dsn)
    database = Database(settings.dsn)
    connection = await asyncpg.connect(settings.dsn)
    transport = httpx.ASGITransport(build_app(settings, database, ManualClock(MORNING)))
    try:
        await fill(connection, TOWNS, _MONTHS)
        async with httpx.AsyncClient(transport=transport, base_url="http://projects.bench", timeout=300) as client:
            signed_in = await client.post("/v1/tokens", json={"username": "admin", "password": ADMIN_PASSWORD})
            client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
            path = await _contest(client)
            await connection.execute("ANALYZE")
            live, simulated, frozen = [], [], []
            tried = {"quarter": 2, "components": _components((10, 20, 30, 40))}
            # The first warms what the others find warm.
            for number in range(rounds + 1):
                milliseconds, answer = await _timed(lambda: client.get(f"{path}/live-standing?quarter=2"))
                reference, bare = await _timed(lambda: _bare(connection))
                _compare(answer.json()["places"], bare)
                simulation, _ = await _timed(lambda: _posted(client, f"{path}/simulations", tried))
                if number:
                    live.append((milliseconds, reference))
                    simulated.append((simulation, reference))
            with asked(database) as statements:
                await client.get(f"{path}/live-standing?quarter=2")
            once, _ = await _timed(lambda: _posted(client, f"{path}/standings", {"quarter": 2}))
            reference, _ = await _timed(lambda: _bare(connection))
            frozen.append((once, reference))
            return [
                paired("contest.live_standing", "ms", "bare SQL of the same sums, ms", live),
                paired("contest.simulation", "ms", "bare SQL of the same sums, ms", simulated),
                paired("contest.freeze_with_facts", "ms", "bare SQL of the same sums, ms", frozen),
                Case(
                    "contest.statements",
                    len(statements),
                    "asked",
                    TOWNS,
                    len(statements) / TOWNS,
                    1,
                    "participants",
                ),
            ]
    finally:
        await connection.close()
        await database.close()


async def _measure(dsn: str, rounds: int) -> list[Case]:
    await prepare(dsn)
    return await measure(dsn, rounds)


def run(rounds: int) -> list[Case]:
    with (
        tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
        running_stack(Path(directory), "--no-services") as stack,
    ):
        return asyncio.run(_measure(stack.dsn("projects"), rounds))
