"""A year's bulletin over 5,000 enterprises: generated, printed, published; time and memory.

``python -m tests.benchmarks --only bulletins``: the database of the economy's benchmark, the service in this
process over ASGI. The reference is what the bulletin cannot do without: the sums of the year and of the year
before of its six indicators, in whole, by township and by sector, and output by month, by hand-written SQL.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from pypdf import PdfReader

from libs.common.clock import ManualClock
from libs.common.database import Database
from services.projects.bootstrap import build_app
from tests.benchmarks import economy
from tests.benchmarks.results import Case, paired
from tests.integration.projects.conftest import ADMIN_PASSWORD, MORNING, PASSWORD, prepare, settings_for
from tests.support.stack import running_stack

_YEAR: Final = {"region_code": "421224", "kind": "year", "year": 2025, "number": 1}
_INDICATORS: Final = ("output_value", "value_added", "sales", "profit", "tax", "power_kwh")
_SUMS: Final = (
    "SELECT f.indicator, extract(year FROM f.month) AS year, {key} AS key, sum(f.cumulative_value)"
    " FROM economy_figure f JOIN economy_standing s USING (enterprise_id)"
    " WHERE f.indicator = ANY($1::text[]) AND f.is_latest"
    " AND f.month = ANY('{{2024-12-01, 2025-12-01}}'::date[]) GROUP BY 1, 2, 3"
)
_MONTHS: Final = (
    "SELECT month, sum(month_value) FROM economy_figure WHERE indicator = 'output_value' AND is_latest"
    " AND month BETWEEN '2024-01-01' AND '2025-12-01' GROUP BY 1"
)
_KEYS: Final = ("''", "left(s.region_code, 9)", "left(s.sector_code, 2)")


class Offices:
    """Who writes and who reviews."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._tokens: dict[str, str] = {}

    async def sign_in(self, name: str, password: str) -> None:
        answer = await self._client.post("/v1/tokens", json={"username": name, "password": password})
        answer.raise_for_status()
        self._tokens[name] = answer.json()["access_token"]

    async def call(self, by: str, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[by]}"}
        answer = await self._client.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer


async def _bare(connection: asyncpg.Connection) -> Decimal:
    """The reference; answers the year's output."""
    total = Decimal(0)
    for key in _KEYS:
        rows = await connection.fetch(_SUMS.format(key=key), list(_INDICATORS))
        if key == "''":
            total = next(row[3] for row in rows if (row[0], row[1]) == ("output_value", 2025))
    await connection.fetch(_MONTHS)
    return total


async def _timed(work: Awaitable[Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    made = await work
    return (time.perf_counter() - started) * 1000, made


async def measure(dsn: str, rounds: int) -> list[Case]:
    """Milliseconds of each step beside the bare sums, the documents' sizes, and the memory that all of it took."""
    settings = settings_for(dsn)
    database = Database(settings.dsn)
    connection = await asyncpg.connect(settings.dsn)
    transport = httpx.ASGITransport(build_app(settings, database, ManualClock(MORNING)))
    try:
        await economy.fill(connection)
        async with httpx.AsyncClient(transport=transport, base_url="http://projects.bench", timeout=600) as client:
            offices = Offices(client)
            await offices.sign_in("admin", ADMIN_PASSWORD)
            reviewer = {"username": "li", "password": PASSWORD, "role": "leader", "region_code": "421224"}
            await offices.call("admin", "POST", "/v1/accounts", reviewer)
            await offices.sign_in("li", PASSWORD)
            await _bare(connection)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            generated, cases = [], []
            for number in range(rounds + 1):
                took, made = await _timed(offices.call("admin", "POST", "/v1/bulletins", _YEAR))
                bare, expected = await _timed(_bare(connection))
                generated.append((took, bare))
                path = f"/v1/bulletins/{made.json()['id']}"
                await _demand_same(offices, path, expected)
                if number < rounds:
                    await offices.call("admin", "POST", f"{path}/discarding", {"reason": "bench"})
            cases.append(paired("bulletins.generate", "ms", "bare SQL of the sums, ms", generated[1:]))
            for format in ("pdf", "docx", "html"):
                pairs = []
                for _ in range(rounds):
                    took, printed = await _timed(offices.call("admin", "GET", f"{path}/preview/{format}"))
                    pairs.append((took, (await _timed(_bare(connection)))[0]))
                cases.append(paired(f"bulletins.{format}", "ms", "bare SQL of the sums, ms", pairs))
                if format == "pdf":
                    pages = len(PdfReader(BytesIO(printed.content)).pages)
                    size = len(printed.content) / 1024
                    cases.append(Case("bulletins.pdf_size", size, "KiB", pages, 0, 1, "pages"))
            await offices.call("li", "POST", f"{path}/reviews", {"passed": True})
            took, _ = await _timed(offices.call("li", "POST", f"{path}/publications", {}))
            bare, _ = await _timed(_bare(connection))
            cases.append(paired("bulletins.publish", "ms", "bare SQL of the sums, ms", [(took, bare)]))
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            stored = await connection.fetchval("SELECT sum(length(packed)) / 1048576.0 FROM bulletin_rows")
            cases.append(Case("bulletins.memory_grown", grown, "MiB", float(stored), 0, 1, "MiB of rows kept"))
            return cases
    finally:
        await connection.close()
        await database.close()


async def _demand_same(offices: Offices, path: str, expected: Decimal) -> None:
    """What the bulletin says is the sum of the rows."""
    asked = f"{path}/figures?filter[key][eq]=economy.output_value.total"
    (figure,) = (await offices.call("admin", "GET", asked)).json()["items"]
    if Decimal(figure["value"]) != expected:
        raise RuntimeError(f"the bulletin says {figure['value']}, the rows {expected}")


async def _measure(dsn: str, rounds: int) -> list[Case]:
    await prepare(dsn)
    return await measure(dsn, rounds)


def run(rounds: int) -> list[Case]:
    with (
        tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
        running_stack(Path(directory), "--no-services") as stack,
    ):
        return asyncio.run(_measure(stack.dsn("projects"), rounds))
