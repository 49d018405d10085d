import asyncio
from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from libs.common.database import Database
from tests.support.things import closed_gate, router, somebody_waits
from tests.support.web import build_app, client


@pytest.fixture
def app(database: Database) -> FastAPI:
    return build_app([router], database)


async def _rows(database: Database, statement: str) -> list[Mapping[str, Any]]:
    async with database.session() as session:
        return [dict(row._mapping) for row in await session.execute(text(statement))]


async def _names(database: Database) -> list[str]:
    return [row["name"] for row in await _rows(database, "SELECT name FROM thing ORDER BY name")]


async def test_row_is_committed_when_the_answer_leaves(app: FastAPI, database: Database) -> None:
    seen: list[int] = []

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        async def look_then_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                connection = await asyncpg.connect(database.dsn)
                seen.append(await connection.fetchval("SELECT count(*) FROM thing"))
                await connection.close()
            await send(message)

        await app(scope, receive, look_then_send)

    async with client(watching) as http:
        answer = await http.post("/v1/things", json={"name": "a"})

    assert answer.status_code == 201
    assert seen == [1]


@pytest.mark.parametrize(("then", "status"), [("refuse", 409), ("break", 500)])
async def test_nothing_stays_when_the_endpoint_raises(
    app: FastAPI, database: Database, then: str, status: int
) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/things", json={"name": "a", "then": then}, headers={"Idempotency-Key": "k"})

    assert answer.status_code == status
    assert await _names(database) == []
    assert await _rows(database, "SELECT 1 FROM idempotency_key") == []


async def test_change_stays_when_the_error_says_so(app: FastAPI, database: Database) -> None:
    async with client(app, caller=None) as http:
        answer = await http.post("/v1/sign-ins")

    assert answer.status_code == 401
    assert await _names(database) == ["failed"]


async def test_conflict_is_told_when_a_unique_key_exists(app: FastAPI) -> None:
    async with client(app) as http:
        await http.post("/v1/things", json={"name": "a"})
        answer = await http.post("/v1/things", json={"name": "a"})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict.duplicate")


@pytest.mark.parametrize("body", [{"name": "a\x00b"}, {"name": "a", "amount": 2**40}])
async def test_fault_is_the_callers_when_a_value_cannot_be_stored(app: FastAPI, body: dict[str, Any]) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/things", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "request.unstorable")


async def test_write_is_recorded_when_it_succeeds(app: FastAPI, database: Database) -> None:
    async with client(app, **{"X-Request-Id": "r1"}) as http:
        created = (await http.post("/v1/things", json={"name": "a"})).json()
        await http.put("/v1/things/a/amount?amount=5")
        await http.get("/v1/things")

    records = await _rows(database, "SELECT * FROM audit_record ORDER BY id")
    assert [
        (row["actor"], row["action"], row["object_type"], row["object_id"], row["result"]) for row in records
    ] == [
        ("officer-1", "POST /v1/things", "things", created["id"], "done"),
        ("officer-1", "PUT /v1/things/{name}/amount", "things", "a", "done"),
    ]
    assert records[0]["detail"]["request_id"] == "r1"


async def test_attempt_is_recorded_when_a_write_is_refused(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        await http.post("/v1/things", json={"name": "a", "then": "refuse"})

    (record,) = await _rows(database, "SELECT * FROM audit_record")
    assert record["result"] == "refused:forbidden.test_too_much"


async def test_attempt_is_recorded_when_the_callers_scopes_do_not_allow_it(
    app: FastAPI, database: Database
) -> None:
    async with client(app, caller="viewer") as http:
        answer = await http.post("/v1/things", json={"name": "a"})

    assert answer.status_code == 403
    (record,) = await _rows(database, "SELECT * FROM audit_record")
    assert (record["actor"], record["result"]) == ("viewer-1", "refused:forbidden")


async def test_row_is_stored_when_the_endpoint_only_adds_it(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/lazy-things")

    assert answer.status_code == 200
    assert await _names(database) == ["lazy"]


async def test_answer_is_503_when_the_database_goes_away(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        async with closed_gate(database.dsn) as keeper:
            asked = asyncio.create_task(http.post("/v1/things", json={"name": "a", "then": "wait"}))
            await somebody_waits(keeper)
            await keeper.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            answer = await asked
        after = await http.post("/v1/things", json={"name": "a"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert after.status_code == 201
