"""Reading a ledger of 100,000 projects over HTTP, beside the bare SQL of the same answer.

Each case asks in turn over HTTP and straight at PostgreSQL with the same parameters, and compares the answers.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from libs.common.security.principal import SYSTEM
from libs.common.workdays import SHANGHAI
from services.projects.ledger.domain.comparison import end_of
from services.projects.rates.domain.grouping import Grouping, Groups, RegionLevel
from services.projects.rates.domain.measures import MEASURES, Unit
from services.projects.rates.domain.question import Question
from services.projects.rates.repository.figures import figures_statement
from tests.benchmarks.projects_data import FEED, PROJECTS, TODAY, counties, fill, regions
from tests.benchmarks.results import Case
from tests.support.stack import Stack
from tests.support.world import ok

WARM = 10
REFERENCE = "the same answer by bare SQL over asyncpg, ms"

Ask = Callable[[httpx.AsyncClient, dict[str, Any]], Awaitable[Any]]
Select = Callable[[asyncpg.Connection, dict[str, Any]], Awaitable[Any]]


@dataclass(frozen=True)
class Reading:
    """What is asked, and the SQL that gives the same; both answer with what is compared."""

    case: str
    parameters: Sequence[dict[str, Any]]
    ask: Ask
    select: Select


async def measure_reading(
    reading: Reading, client: httpx.AsyncClient, connection: asyncpg.Connection
) -> list[Case]:
    """p50 and p99 of a reading, each beside that of its SQL."""
    asked: list[float] = []
    selected: list[float] = []
    for turn, parameters in enumerate(reading.parameters):
        started = time.perf_counter()
        answer = await reading.ask(client, parameters)
        between = time.perf_counter()
        expected = await reading.select(connection, parameters)
        ended = time.perf_counter()
        assert answer == expected, f"{reading.case} {parameters}: {answer!r:.500} is not {expected!r:.500}"
        if turn >= WARM:
            asked.append((between - started) * 1000)
            selected.append((ended - between) * 1000)
    rounds = len(asked)
    return [
        Case(f"{reading.case}.{name}", figure, "ms", reference, figure / reference, rounds, REFERENCE)
        for name, figure, reference in (
            ("p50", statistics.median(asked), statistics.median(selected)),
            ("p99", percentile(asked, 0.99), percentile(selected, 0.99)),
        )
    ]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def _get(client: httpx.AsyncClient, path: str, parameters: dict[str, Any]) -> Any:
    answer = await client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


_LIST = """
SELECT p.*, (SELECT json_agg(plan) FROM project_plan plan WHERE plan.project_id = p.id) FROM project p
WHERE p.region_code LIKE $1 AND p.stage = $2 AND p.total_investment_yuan >= $3
ORDER BY p.total_investment_yuan DESC NULLS LAST, p.id DESC LIMIT 51
"""


async def _ask_list(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    query = {
        "filter[region_code][within]": parameters["region"],
        "filter[stage][eq]": parameters["stage"],
        "filter[total_investment_yuan][gte]": parameters["least"],
        "sort": "-total_investment_yuan",
    }
    return [item["id"] for item in (await _get(client, "/v1/projects", query))["items"]]


async def _select_list(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    prefix = parameters["region"].rstrip("0") if parameters["region"].endswith("00") else parameters["region"]
    rows = await connection.fetch(_LIST, f"{prefix}%", parameters["stage"], parameters["least"])
    return [str(row["id"]) for row in rows[:50]]


async def _ask_rates(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    query = {"as_of": parameters["as_of"], "group_by": "region", "region_level": parameters["level"]}
    if parameters["region"] is not None:
        query["region_code"] = parameters["region"]
    body = await _get(client, "/v1/rates", query)
    return {
        group["keys"]["region"]: [rate["numerator_projects"] for rate in group["rates"]]
        for group in body["groups"]
    }


async def _select_rates(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    """The service's own statement, without the service."""
    groups = Groups((Grouping.REGION,), RegionLevel(parameters["level"]))
    question = Question(date.fromisoformat(parameters["as_of"]), groups, region_code=parameters["region"])
    compiled = figures_statement(question, SYSTEM).compile(
        dialect=asyncpg_dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"render_postcompile": True},
    )
    values = compiled.params
    rows = await connection.fetch(str(compiled), *(values[name] for name in compiled.positiontup or ()))
    return {row[0]: _numerators(row[1:]) for row in rows}


def _numerators(sums: Sequence[int]) -> list[int]:
    """Of each measure the first column: two columns a measure of projects, five a measure of yuan."""
    found, place = [], 0
    for measure in MEASURES:
        found.append(sums[place])
        place += 2 if measure.unit is Unit.PROJECTS else 5
    return found


_SEARCH = """
SELECT id, title, body FROM search_entry WHERE heading_terms @@ $1::text::tsquery
ORDER BY id DESC, type DESC LIMIT 21
"""


async def _ask_search(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    body = await _get(client, "/v1/search", {"q": parameters["q"]})
    # SQL has the plain way of asking, pairs of characters in titles: what it finds stands first over HTTP too.
    return [item["id"] for item in body["items"] if item["tier"] < 2]


async def _select_search(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    words = {
        pair for part in parameters["q"].split() for pair in (part[at : at + 2] for at in range(len(part) - 1))
    }
    query = " & ".join(f"'{word}'" for word in sorted(words))
    rows = await connection.fetch(_SEARCH.replace("$1::text", f"'{query.replace(chr(39), chr(39) * 2)}'"))
    return [str(row["id"]) for row in rows[:20]]


_CHANGES = """
SELECT * FROM outbox WHERE topic = $1 AND position > $2 AND region_code LIKE $3 ORDER BY position LIMIT 101
"""


async def _ask_changes(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    query = {"after": parameters["after"], "limit": 100}
    return [item["id"] for item in (await _get(client, "/v1/projects/changes", query))["items"]]


async def _select_changes(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    rows = await connection.fetch(_CHANGES, FEED, parameters["position"], "%")
    return [row["subject"] for row in rows[:100]]


_COMPARISON = """
SELECT first.stage, second.stage, count(*), sum(first.invested_yuan), sum(second.invested_yuan),
    sum(first.total_investment_yuan), sum(second.total_investment_yuan),
    sum(first.contract_amount_yuan), sum(second.contract_amount_yuan)
FROM project p
JOIN project_figures second ON second.project_id = p.id
    AND second.known_from < $2 AND (second.known_to IS NULL OR second.known_to >= $2)
LEFT JOIN project_figures first ON first.project_id = p.id
    AND first.known_from < $1 AND (first.known_to IS NULL OR first.known_to >= $1)
WHERE p.region_code LIKE $3
GROUP BY first.stage, second.stage
"""


async def _ask_comparison(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    query = {"from": parameters["from"], "to": parameters["to"], "limit": 50}
    if parameters["region"] != "420000":
        query["filter[region_code][within]"] = parameters["region"]
    totals = (await _get(client, "/v1/project-comparisons", query))["totals"]
    invested = totals["invested_yuan"]
    counts = (totals["projects_before"], totals["projects_after"], totals["new"], totals["stage_moved"])
    return (*counts, int(invested["before"]), int(invested["after"]))


async def _select_comparison(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    cuts = (end_of(date.fromisoformat(parameters[name]), SHANGHAI) for name in ("from", "to"))
    rows = await connection.fetch(_COMPARISON, *cuts, f"{parameters['region'].rstrip('0')}%")
    moved = sum(row[2] for row in rows if row[0] not in (None, row[1]))
    new = sum(row[2] for row in rows if row[0] is None)
    after = sum(row[2] for row in rows)
    return after - new, after, new, moved, sum(row[3] or 0 for row in rows), sum(row[4] for row in rows)


_PAGE = """
SELECT p.*, (SELECT json_agg(plan) FROM project_plan plan WHERE plan.project_id = p.id),
    (SELECT json_agg(c ORDER BY c.version DESC) FROM project_change c WHERE c.project_id = p.id AND c.at >= $1)
FROM project p WHERE p.created_at < $2 AND p.id > $3
    AND EXISTS (SELECT FROM project_change c WHERE c.project_id = p.id AND c.at >= $1 AND c.at < $2)
ORDER BY p.id LIMIT 51
"""


async def _ask_page(client: httpx.AsyncClient, parameters: dict[str, Any]) -> Any:
    query = {name: parameters[name] for name in ("from", "to", "cursor")} | {"only_changed": "true"}
    return [item["id"] for item in (await _get(client, "/v1/project-comparisons", query))["items"]]


async def _select_page(connection: asyncpg.Connection, parameters: dict[str, Any]) -> Any:
    cuts = (end_of(date.fromisoformat(parameters[name]), SHANGHAI) for name in ("from", "to"))
    rows = await connection.fetch(_PAGE, *cuts, UUID(parameters["place"]))
    return [str(row["id"]) for row in rows[:50]]


QUERIES = (
    "风力发电 九宫", "水泥", "项目", "110千伏", "通山石材", "锂电池基地", "旅游度假村", "茶叶", "新桥光伏", "二期",
    "崇阳 冷链", "示范", "农产品加工", "赤壁汽车零部件", "电子元件", "燕厦",
)  # fmt: skip


def readings(requests: int, cursors: Sequence[tuple[str, int]], places: Sequence[dict[str, Any]]) -> list[Reading]:
    """The cases, each with its parameters in a fixed order."""
    dice = random.Random(20260915)
    regions_of, days = counties(), [TODAY - timedelta(days=30 * back) for back in range(48)]
    stages, number = ("signed", "started", "in_production"), requests + WARM
    lists = [
        {"region": dice.choice(regions_of), "stage": dice.choice(stages), "least": dice.choice((0, 10**7, 10**8))}
        for _ in range(number)
    ]
    wide = [one | {"region": "420000"} for one in lists]
    county = [
        {"region": dice.choice(regions_of), "as_of": str(dice.choice(days)), "level": "township"}
        for _ in range(number)
    ]
    province = [
        {"region": None, "as_of": str(dice.choice(days)), "level": "county"} for _ in range(min(number, 40 + WARM))
    ]
    searches = [{"q": QUERIES[turn % len(QUERIES)]} for turn in range(number)]
    changes = [{"after": after, "position": position} for after, position in cursors[:number]]
    spans = [
        {"from": str(first), "to": str(first + timedelta(days=dice.choice((7, 30, 365)))), "region": region}
        for region in (dice.choice(regions_of) for _ in range(number))
        for first in (TODAY - timedelta(days=dice.randrange(365, 1500)),)
    ]
    whole = [one | {"region": "420000"} for one in spans[: len(province)]]
    return [
        Reading("projects.list_county", lists, _ask_list, _select_list),
        Reading("projects.list_province", wide, _ask_list, _select_list),
        Reading("projects.rates_county", county, _ask_rates, _select_rates),
        Reading("projects.rates_province", province, _ask_rates, _select_rates),
        Reading("projects.search", searches, _ask_search, _select_search),
        Reading("projects.changes", changes, _ask_changes, _select_changes),
        Reading("projects.comparison_county", spans, _ask_comparison, _select_comparison),
        Reading("projects.comparison_province", whole, _ask_comparison, _select_comparison),
        Reading("projects.comparison_page", places, _ask_page, _select_page),
    ]


async def _cursors(
    client: httpx.AsyncClient, connection: asyncpg.Connection, number: int
) -> list[tuple[str, int]]:
    """Places of the feed as readers hold them, a page apart."""
    found: list[tuple[str, int]] = []
    after = None
    for _ in range(number + 1):
        body = await _get(client, "/v1/projects/changes", {"limit": 100} | ({"after": after} if after else {}))
        last = body["items"][-1]
        position = await connection.fetchval(
            "SELECT position FROM outbox WHERE subject = $1 AND aggregate_version = $2",
            last["id"],
            last["version"],
        )
        after = body["next_cursor"]
        found.append((after, position))
    return found


async def _pages(client: httpx.AsyncClient, number: int) -> list[dict[str, Any]]:
    """Later pages of comparisons of two days over the whole list: where each begins."""
    found: list[dict[str, Any]] = []
    for back in (400, 800, 1200, 1600):
        first = TODAY - timedelta(days=back)
        span = {"from": str(first), "to": str(first + timedelta(days=30)), "only_changed": "true"}
        body = await _get(client, "/v1/project-comparisons", span)
        for _ in range(number // 4 + 1):
            if body["next_cursor"] is None:
                break
            found.append(span | {"cursor": body["next_cursor"], "place": body["items"][-1]["id"]})
            body = await _get(client, "/v1/project-comparisons", span | {"cursor": body["next_cursor"]})
    return found[:number]


async def measure_projects(stack: Stack, requests: int, projects: int = PROJECTS) -> list[Case]:
    """Fill the stack's ledger and measure every reading."""
    token = stack.admin_token()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=stack.url("projects"), headers=headers, timeout=900) as client:
        for code, name in list(regions().items())[:4]:
            ok(await client.put(f"/v1/regions/{code}", json={"name": name}))
        body = {"code": "TEMPLATE", "name": "template", "kind": "new_build", "region_code": "420000"}
        ok(await client.post("/v1/projects", json=body))
        await fill(stack.dsn("projects"), "TEMPLATE", projects)
        started = time.perf_counter()
        outcome = ok(await client.post("/v1/search-rebuilds", json={"types": ["project"]}))
        indexing = time.perf_counter() - started
        connection = await asyncpg.connect(stack.dsn("projects"))
        try:
            await connection.execute("VACUUM ANALYZE search_entry")
            cases = [Case("projects.index_rebuild", outcome["written"] / indexing, "projects/s", 1, 0, 1, "none")]
            cursors = await _cursors(client, connection, requests + WARM)
            places = await _pages(client, min(requests, 40) + WARM)
            for reading in readings(requests, cursors, places):
                cases += await measure_reading(reading, client, connection)
        finally:
            await connection.close()
    return cases


def run(stack: Stack, requests: int) -> list[Case]:
    return asyncio.run(measure_projects(stack, requests))
