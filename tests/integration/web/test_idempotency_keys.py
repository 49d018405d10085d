import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from libs.common.database import Database
from libs.common.web.idempotency import forget_expired
from tests.support.things import closed_gate, router, somebody_waits
from tests.support.web import build_app, client


@pytest.fixture
def app(database: Database) -> FastAPI:
    return build_app([router], database)


async def _count(database: Database, table: str) -> int:
    async with database.session() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def _age(database: Database, hours: int) -> None:
    async with database.transaction() as session:
        await session.execute(text(f"UPDATE idempotency_key SET kept_at = kept_at - interval '{hours} hours'"))


async def _post(http: httpx.AsyncClient, key: str, name: str = "a", then: str = "") -> httpx.Response:
    body = {"name": name, "then": then}
    return await http.post("/v1/things", json=body, headers={"Idempotency-Key": key})


async def test_first_answer_returns_when_a_request_is_repeated(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        first = await _post(http, "k1")
        second = await _post(http, "k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await _count(database, "thing") == 1
    assert await _count(database, "audit_record") == 1


async def test_answer_is_422_when_the_key_comes_with_another_body(app: FastAPI) -> None:
    async with client(app) as http:
        await _post(http, "k1")
        answer = await _post(http, "k1", name="b")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")


async def test_answer_is_422_when_the_key_comes_with_another_query(app: FastAPI) -> None:
    async with client(app) as http:
        await _post(http, "k1")
        headers = {"Idempotency-Key": "k1"}
        answer = await http.post("/v1/things?x=1", json={"name": "a", "then": ""}, headers=headers)

    assert answer.json()["code"] == "idempotency.key_reused"


async def test_answer_is_409_when_the_first_is_under_way(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        async with closed_gate(database.dsn) as keeper:
            slow = asyncio.create_task(_post(http, "k1", then="wait"))
            await somebody_waits(keeper)
            second = await _post(http, "k1", then="wait")
        first = await slow

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "idempotency.in_flight")
    assert second.headers["retry-after"] == "1"
    assert await _count(database, "thing") == 1


async def test_effect_happens_once_when_many_come_at_once(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        answers = await asyncio.gather(*(_post(http, "k1") for _ in range(8)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert await _count(database, "thing") == 1


async def test_request_runs_again_when_the_first_was_refused(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        refused = await _post(http, "k1", then="refuse")
        again = await _post(http, "k1", then="refuse")
        done = await _post(http, "k1")

    assert (refused.status_code, again.status_code, done.status_code) == (409, 409, 201)
    assert await _count(database, "thing") == 1


async def test_keys_do_not_meet_when_callers_or_addresses_differ(app: FastAPI, database: Database) -> None:
    async with client(app) as officer, client(app, caller="other") as other:
        first = await _post(officer, "k1", name="a")
        second = await _post(other, "k1", name="b")
        third = await officer.post("/v1/secrets", headers={"Idempotency-Key": "k1"})

    assert [answer.status_code for answer in (first, second, third)] == [201, 201, 201]
    assert await _count(database, "idempotency_key") == 3


async def test_secret_is_not_kept_when_the_answer_held_one(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        await http.post("/v1/secrets", headers={"Idempotency-Key": "k1"})
        again = await http.post("/v1/secrets", headers={"Idempotency-Key": "k1"})

    assert (again.status_code, again.json()["code"]) == (409, "idempotency.answer_not_kept")
    async with database.session() as session:
        assert await session.scalar(text("SELECT body FROM idempotency_key")) is None


async def test_key_is_free_again_when_24_hours_have_passed(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        await _post(http, "k1", name="a")
        await _age(database, 23)
        kept = await _post(http, "k1", name="b")
        await _age(database, 1)
        free = await _post(http, "k1", name="b")

    assert (kept.status_code, free.status_code) == (422, 201)


async def test_answers_are_forgotten_when_they_have_expired(app: FastAPI, database: Database) -> None:
    async with client(app) as http:
        await _post(http, "k1", name="a")
        await _age(database, 25)
        await _post(http, "k2", name="b")

    async with database.transaction() as session:
        assert await forget_expired(session) == 1
    assert await _count(database, "idempotency_key") == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_answer_is_422_when_the_key_is_none(app: FastAPI, key: str) -> None:
    async with client(app) as http:
        answer = await _post(http, key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"
