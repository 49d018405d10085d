from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from libs.common.database import Database
from tests.support.things import ThingRow, router
from tests.support.web import NOW, build_app, client

COUNT = 23


@pytest.fixture
async def app(database: Database) -> FastAPI:
    rows = [
        {
            "id": UUID(int=(number * 7919) % 1000 + 1),
            "name": f"thing-{number:02}",
            "amount": number % 4,
            "region_code": "421224" if number < COUNT else "421221",
            "due_on": None if number % 3 == 0 else date(2026, 1, 1) + timedelta(days=number % 5),
            # Microseconds count: pages would skip or repeat rows were they lost in the cursor.
            "created_at": NOW + timedelta(microseconds=number // 2),
        }
        for number in range(COUNT + 5)
    ]
    async with database.transaction() as session:
        await session.execute(insert(ThingRow), rows)
    return build_app([router], database)


async def _all(http: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    url: str | None = "/v1/things?" + urlencode(query)
    while url is not None:
        answer = await http.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        link = answer.links.get("next")
        assert (link is None) == (page["next_cursor"] is None)
        url = None if link is None else link["url"]
    return items


@pytest.mark.parametrize(
    "sort", ["name", "-name", "amount", "-amount,name", "due_on", "-due_on", "due_on,-amount", "-created_at", "id"]
)
@pytest.mark.parametrize("limit", [1, 4, 1000])
async def test_pages_hold_each_row_once_in_order_when_followed(app: FastAPI, sort: str, limit: int) -> None:
    async with client(app) as http:
        paged = await _all(http, sort=sort, limit=limit)
        whole = await _all(http, sort=sort, limit=1000)

    assert paged == whole
    assert len({item["id"] for item in paged}) == len(paged) == COUNT


async def test_rows_without_a_value_stand_last_when_sorted_either_way(app: FastAPI) -> None:
    async with client(app) as http:
        for sort in ("due_on", "-due_on"):
            dues = [item["due_on"] for item in await _all(http, sort=sort, limit=3)]
            known = [due for due in dues if due is not None]
            assert dues == known + [None] * (COUNT - len(known))
            assert known == sorted(known, reverse=sort.startswith("-"))


async def test_filter_narrows_and_stays_when_pages_are_followed(app: FastAPI) -> None:
    async with client(app) as http:
        items = await _all(http, **{"filter[amount][gte]": 2, "filter[name][prefix]": "thing-1", "limit": 2})

    assert sorted(item["name"] for item in items) == [
        "thing-10",
        "thing-11",
        "thing-14",
        "thing-15",
        "thing-18",
        "thing-19",
    ]


async def test_rows_of_another_region_are_absent_when_the_caller_has_one(app: FastAPI) -> None:
    async with client(app, caller="other") as other, client(app, caller="admin") as admin:
        assert len(await _all(other)) == 5
        assert len(await _all(admin)) == COUNT + 5


async def test_items_hold_only_the_fields_when_asked_for_some(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/things?fields=id,name&limit=1")

    assert set(answer.json()["items"][0]) == {"id", "name"}


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "field.greater_than_equal"),
        ("limit=1001", "limit", "field.less_than_equal"),
        ("sort=secret", "sort", "field.sort_unknown"),
        ("sort=", "sort", "field.sort_unknown"),
        ("fields=id,secret", "fields", "field.fields_unknown"),
        ("cursor=abc", "cursor", "field.cursor_invalid"),
        ("filter[secret]=1", "filter[secret]", "field.filter_unknown"),
        ("filter[amount][lt]=x", "filter[amount][lt]", "field.int_parsing"),
    ],
)
async def test_answer_names_the_parameter_when_it_is_wrong(
    app: FastAPI, query: str, parameter: str, code: str
) -> None:
    async with client(app) as http:
        answer = await http.get(f"/v1/things?{query}")

    assert answer.status_code == 422
    assert [(fault["parameter"], fault["code"]) for fault in answer.json()["errors"]] == [(parameter, code)]


async def test_cursor_is_refused_when_filters_change_on_the_way(app: FastAPI) -> None:
    async with client(app) as http:
        cursor = (await http.get("/v1/things?limit=1")).json()["next_cursor"]
        answer = await http.get(f"/v1/things?limit=1&filter[amount]=1&cursor={cursor}")

    assert answer.status_code == 422


async def test_row_added_meanwhile_moves_no_other_when_pages_are_followed(app: FastAPI) -> None:
    async with client(app) as http:
        first = (await http.get("/v1/things?sort=name&limit=10")).json()
        await http.post("/v1/things", json={"name": "a-new-first"})
        second = (await http.get(f"/v1/things?sort=name&limit=10&cursor={first['next_cursor']}")).json()

    names = [item["name"] for item in first["items"] + second["items"]]
    assert names == [f"thing-{number:02}" for number in range(20)]
