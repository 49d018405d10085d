"""Imports of whole tables and exports of the whole ledger, beside bare COPY of the same rows.

The import's other figure is what it costs somebody else: the latency of a list while the import runs, beside the
same list on the idle service. The export's is memory: how far the service's peak rises.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx
import psutil

from tests.benchmarks.results import Case
from tests.support.sheets import csv_text, xlsx
from tests.support.stack import Stack
from tests.support.world import ok

TOWN = "421224101"
# The edited projects move into the first; the single edits they are compared with use one after another.
PARKS = ("stone", "bamboo")
HEAD = [
    "项目代码", "项目名称", "项目类型", "行政区划代码", "行业代码", "总投资（万元）", "合同金额（万元）", "投资方",
    "招商渠道", "计划开工日期", "签约日期",
]  # fmt: skip
_FORMATS = ("csv", "ndjson", "xlsx", "parquet")
_POLL_SECONDS = 0.25
_EDITED = 10_000


def run(stack: Stack, rows: int) -> list[Case]:
    """Import two tables of so many signed projects, edit ten thousand of them, export them all."""
    with stack.client("projects", stack.admin_token()) as api:
        api.timeout = httpx.Timeout(600)
        for code, name in (("420000", "湖北省"), ("421200", "咸宁市"), ("421224", "通山县"), (TOWN, "南林桥镇")):
            ok(api.put(f"/v1/regions/{code}", json={"name": name}))
        for code in PARKS:
            park = {"name": f"园区{code}（演示）", "region_code": TOWN, "level": "county", "area_mu": "600"}
            ok(api.put(f"/v1/parks/{code}", json=park))
        cases: list[Case] = []
        for form in ("xlsx", "csv"):
            table = [HEAD, *(_row(form, number) for number in range(rows))]
            body = xlsx(table) if form == "xlsx" else csv_text(table).encode()
            cases += _measure_import(stack, api, form, body, rows)
        cases.append(_measure_edit(api, min(_EDITED, rows)))
        cases += [case for form in _FORMATS for case in _measure_export(stack, api, form)]
    return cases


def _row(form: str, number: int) -> list[Any]:
    signed_on = date(2026, 1, 1) + timedelta(days=number % 200)
    name, investor = f"第{number}号示例项目", "投资方（演示）"
    days = [(signed_on + timedelta(days=90)).isoformat(), signed_on.isoformat()]
    total = 1_000 + number % 9_000
    # Amounts that differ by a power of ten would be asked back.
    return [f"{form}-{number:06}", name, "新建", TOWN, "3140", total, total - 100, investor, "回归创业", *days]


def _measure_import(stack: Stack, api: httpx.Client, form: str, body: bytes, rows: int) -> list[Case]:
    idle: list[float] = []
    with _reading(stack, idle):
        time.sleep(5)
    busy: list[float] = []
    started = time.perf_counter()
    with _reading(stack, busy):
        sent = ok(api.post("/v1/imports", params={"entity": "projects", "mode": "apply"}, content=body))
        while (shown := ok(api.get(f"/v1/imports/{sent['id']}")))["state"] in {"queued", "running"}:
            time.sleep(_POLL_SECONDS)
    seconds = time.perf_counter() - started
    assert (shown["state"], shown["inserted"]) == ("applied", rows), shown
    bare = asyncio.run(_bare_copy(stack.dsn("projects"), rows))
    latencies = [
        Case(
            f"import.{form}.list_meanwhile.{name}",
            rank(busy),
            "s",
            rank(idle),
            rank(busy) / rank(idle),
            len(busy),
            "the same list, nothing imported",
        )
        for name, rank in (("p50", statistics.median), ("p99", _p99))
    ]
    return [
        Case(f"import.{form}", seconds, "s", bare, seconds / bare, 1, "COPY of its four tables, s"),
        *latencies,
    ]


@contextmanager
def _reading(stack: Stack, seconds: list[float]) -> Iterator[None]:
    """Read a page of projects over and over in another thread, and keep how long each took."""
    ended = threading.Event()

    def read() -> None:
        with stack.client("projects", stack.admin_token()) as client:
            while not ended.is_set():
                started = time.perf_counter()
                ok(client.get("/v1/projects", params={"limit": 20}))
                seconds.append(time.perf_counter() - started)
                time.sleep(0.02)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(0.99 * len(seconds)))]


async def _bare_copy(dsn: str, rows: int) -> float:
    """COPY the rows that an import of signed projects leaves into tables of the same form, without keys."""
    connection = await asyncpg.connect(dsn)
    try:
        seconds = 0.0
        for table, times in (("project", 1), ("project_plan", 1), ("project_change", 2), ("outbox", 2)):
            await connection.execute(f'CREATE TABLE "bench_{table}" AS TABLE "{table}" WITH NO DATA')
            target = io.BytesIO()
            await connection.copy_from_query(
                f'SELECT * FROM "{table}" LIMIT {rows * times}', output=target, format="binary"
            )
            target.seek(0)
            started = time.perf_counter()
            await connection.copy_to_table(f"bench_{table}", source=target, format="binary")
            seconds += time.perf_counter() - started
            await connection.execute(f'DROP TABLE "bench_{table}"')
        return seconds
    finally:
        await connection.close()


def _measure_edit(api: httpx.Client, projects: int) -> Case:
    body = {
        "mode": "preview",
        "selection": {"filter": {"code": {"lt": f"csv-{projects:06}", "prefix": "csv-"}}},
        "changes": {"facts": {"park_code": PARKS[0]}, "shift_days": {"start": 30}},
        "reason": "bench",
    }
    shown = ok(api.post("/v1/bulk-edits", json=body))
    assert shown["changed"] == projects
    started = time.perf_counter()
    done = ok(api.post("/v1/bulk-edits", json={"mode": "apply", "preview_id": shown["preview_id"]}))
    seconds = time.perf_counter() - started
    assert done["changed"] == projects
    one = ok(api.get("/v1/projects", params={"limit": 1, "filter[code]": "xlsx-000000"}))["items"][0]
    started = time.perf_counter()
    for number in range(20):
        answer = api.patch(
            f"/v1/projects/{one['id']}",
            json={"park_code": PARKS[number % 2]},
            headers={"If-Match": f'"{one["version"] + number}"'},
        )
        ok(answer)
    alone = (time.perf_counter() - started) / 20 * projects
    return Case(f"bulk_edit.{projects}", seconds, "s", alone, seconds / alone, 1, "as many single PATCHes, s")


def _measure_export(stack: Stack, api: httpx.Client, form: str) -> list[Case]:
    process = psutil.Process(stack.pid("projects"))
    before = peak = process.memory_info().rss
    size = 0
    started = time.perf_counter()
    with api.stream("GET", "/v1/exports/projects", params={"format": form}) as answer:
        answer.raise_for_status()
        first = time.perf_counter() - started
        for chunk in answer.iter_bytes():
            size += len(chunk)
            peak = max(peak, process.memory_info().rss)
    seconds = time.perf_counter() - started
    bare = asyncio.run(_bare_export(stack.dsn("projects")))
    grown = (peak - before) / 2**20
    return [
        Case(f"export.{form}", seconds, "s", bare, seconds / bare, 1, "COPY project TO STDOUT, s"),
        Case(f"export.{form}.first_byte", first, "s", bare, first / bare, 1, "COPY project TO STDOUT, s"),
        Case(
            f"export.{form}.memory", grown, "MiB", size / 2**20, grown / (size / 2**20), 1, "the file's size, MiB"
        ),
    ]


async def _bare_export(dsn: str) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        started = time.perf_counter()
        await connection.copy_from_query("SELECT * FROM project", output=io.BytesIO(), format="csv")
        return time.perf_counter() - started
    finally:
        await connection.close()
