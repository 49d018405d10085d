from typing import Annotated

import pytest
import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.exc import DBAPIError

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import DomainError, FieldError, problems
from libs.common.web.routes import TransactionalRoute
from tests.support.web import build_app, client


class IllegalMove(DomainError):
    """The piece does not move that way."""

    code = "chess.illegal_move"
    status = 409


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2)
    at: AwareDatetime
    amounts: list[int] = []

    @field_validator("name")
    @classmethod
    def _no_shouting(cls, name: str) -> str:
        if name.isupper():
            raise ValueError("no shouting")
        return name


class StateError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"password=hunter2 {sqlstate}")
        self.sqlstate = sqlstate


router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/moves", responses=problems(IllegalMove))
async def move(ctx: ContextDep) -> None:
    raise IllegalMove(errors=[FieldError("field.missing", pointer="/to")], piece="knight")


@router.get("/faults/{kind}")
async def fail(ctx: ContextDep, kind: str) -> None:
    failures: dict[str, Exception] = {
        "unexpected": RuntimeError("password=hunter2"),
        "network": ConnectionRefusedError("10.0.0.1"),
        "teapot": HTTPException(418, "short and stout"),
        "gone": HTTPException(304),
    }
    raise failures.get(kind) or DBAPIError("SELECT 1", {}, StateError(kind))


@router.post("/orders")
async def order(ctx: ContextDep, body: Order, limit: Annotated[int, Query(le=10)] = 1) -> None:
    return None


@pytest.fixture
def app() -> FastAPI:
    return build_app([router])


async def test_document_names_code_and_fault_when_a_rule_is_broken(app: FastAPI) -> None:
    async with client(app, **{"X-Request-Id": "abc-1"}) as http:
        answer = await http.get("/v1/moves?x=1")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "en"
    assert answer.json() == {
        "type": "urn:duban:problem:chess.illegal_move",
        "title": "chess.illegal_move",
        "status": 409,
        "code": "chess.illegal_move",
        "instance": "/v1/moves",
        "request_id": "abc-1",
        "errors": [{"code": "field.missing", "pointer": "/to", "message": "This is required."}],
    }


@pytest.mark.parametrize(("language", "title"), [("en", "Not found"), ("zh-CN", "未找到")])
async def test_texts_follow_the_caller_when_nothing_is_there(app: FastAPI, language: str, title: str) -> None:
    async with client(app, **{"Accept-Language": language}) as http:
        answer = await http.get("/v1/nothing")

    assert answer.status_code == 404
    assert answer.json()["title"] == title
    assert answer.headers["content-language"] == language
    assert "accept-language" in answer.headers["vary"].lower()


async def test_each_fault_is_pointed_at_when_the_body_is_malformed(app: FastAPI) -> None:
    body = {"at": "2026-09-15T08:00:00", "amounts": [1, "x"], "no/such~field": 1}
    async with client(app) as http:
        answer = await http.post("/v1/orders?limit=11", json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "request.malformed"
    found = {(fault.get("parameter", ""), fault["pointer"]): fault for fault in answer.json()["errors"]}
    assert {key: fault["code"] for key, fault in found.items()} == {
        ("limit", ""): "field.less_than_equal",
        ("", "/name"): "field.missing",
        ("", "/at"): "field.timezone_aware",
        ("", "/amounts/1"): "field.int_parsing",
        ("", "/no~1such~0field"): "field.extra_forbidden",
    }
    assert found["limit", ""]["message"] == "This has to be at most 10."


async def test_faults_are_told_in_chinese_when_the_caller_reads_it(app: FastAPI) -> None:
    async with client(app, **{"Accept-Language": "zh"}) as http:
        answer = await http.post("/v1/orders", json={"name": "ABC", "at": "2026-09-15T08:00:00Z"})

    assert answer.json()["errors"] == [
        {"code": "field.value_error", "pointer": "/name", "message": "此项无效：no shouting"}
    ]


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"name": "\xff"}', b""])
async def test_answer_is_422_when_the_body_cannot_be_read(app: FastAPI, body: bytes) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/orders", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "request.malformed"


async def test_answer_is_415_when_the_media_type_is_not_read(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/orders", content=b"<a/>", headers={"Content-Type": "application/xml"})

    assert answer.status_code == 415
    assert "application/xml" in answer.json()["detail"]


async def test_answer_is_405_with_allow_when_the_method_is_not_offered(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.delete("/v1/moves")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["code"] == "request.method_not_allowed"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("unexpected", 500, "internal"),
        ("network", 503, "unavailable"),
        ("teapot", 418, "request.refused"),
        ("23505", 409, "conflict.duplicate"),
        ("40001", 409, "conflict.concurrent"),
        ("40P01", 409, "conflict.concurrent"),
        ("22021", 422, "request.unstorable"),
        ("57P01", 503, "unavailable"),
        ("08006", 503, "unavailable"),
        ("25006", 503, "unavailable"),
        ("42P01", 500, "internal"),
    ],
)
async def test_failure_has_its_status_and_tells_no_secret_when_raised(
    app: FastAPI, kind: str, status: int, code: str
) -> None:
    async with client(app) as http:
        answer = await http.get(f"/v1/faults/{kind}")

    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (status, code, status)
    assert "hunter2" not in answer.text
    assert "10.0.0.1" not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503 or code == "conflict.concurrent")


async def test_fault_of_ours_is_logged_with_its_request_when_nobody_planned_for_it(app: FastAPI) -> None:
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        async with client(app) as http:
            answer = await http.get("/v1/faults/unexpected")

    (entry,) = [line for line in logs if line["event"] == "request_failed"]
    assert entry["request_id"] == answer.json()["request_id"]
    assert isinstance(entry["exc_info"], RuntimeError)


async def test_304_has_no_body_when_raised(app: FastAPI) -> None:
    async with client(app) as http:
        answer = await http.get("/v1/faults/gone")

    assert (answer.status_code, answer.content) == (304, b"")


async def test_401_asks_for_a_bearer_when_no_credential_is_sent(app: FastAPI) -> None:
    async with client(app, caller=None) as http:
        answer = await http.post("/v1/orders", content=b"not even json")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_problems_share_an_entry_when_they_share_a_status() -> None:
    class OtherMove(IllegalMove):
        """Not your turn.

        More.
        """

        code = "chess.not_your_turn"

    declared = problems(IllegalMove, OtherMove)

    assert list(declared) == [409]
    assert declared[409]["description"].splitlines() == [
        "`chess.illegal_move`: The piece does not move that way.",
        "`chess.not_your_turn`: Not your turn.",
    ]
    assert set(declared[409]["content"]["application/problem+json"]["examples"]) == {
        "chess.illegal_move",
        "chess.not_your_turn",
    }
