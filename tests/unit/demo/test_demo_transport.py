"""Requests of the demo: repeated unchanged while a service is away, refused ones reported with their code."""

import httpx
import numpy as np
import orjson
import pytest

from deploy.demo.transport import ApiError, Transport, Unreachable, encode

URLS = {"projects": "http://projects", "energy": "http://energy", "alerts": "http://alerts"}


class Answers:
    """Gives prepared answers in turn and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def transport(answers: Answers, patience: float = 5.0, api_key: str = "dk_x", **login: str) -> Transport:
    return Transport(URLS, patience=patience, api_key=api_key, transport=httpx.MockTransport(answers), **login)


BUSY = httpx.Response(429, headers={"Retry-After": "0"}, json={"code": "feed.busy"})


@pytest.mark.parametrize(
    "moment",
    [BUSY, httpx.Response(503, headers={"Retry-After": "0"}), httpx.ConnectError("refused")],
    ids=["busy", "unavailable", "refused"],
)
async def test_the_same_request_is_repeated_when_it_is_refused_for_the_moment(
    moment: httpx.Response | Exception,
) -> None:
    answers = Answers(moment, httpx.Response(202, json={"receipt_id": "r"}))
    assert await transport(answers).post("energy", "/v1/readings", {"a": 1}) == {"receipt_id": "r"}
    first, second = answers.requests
    assert first.content == second.content
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


async def test_the_caller_learns_when_nobody_answers_in_time() -> None:
    answers = Answers(httpx.ConnectError("refused"))
    with pytest.raises(Unreachable, match="refused"):
        await transport(answers, patience=0.0).get("energy", "/v1/meters")


async def test_a_refusal_carries_the_stable_code() -> None:
    problem = {
        "code": "project.illegal_stage_change",
        "detail": "no",
        "errors": [{"pointer": "/a", "message": "m"}],
    }
    with pytest.raises(ApiError, match="/a: m") as caught:
        await transport(Answers(httpx.Response(409, json=problem))).post("projects", "/v1/projects", {})
    assert (caught.value.status, caught.value.code) == (409, "project.illegal_stage_change")


async def test_an_answer_under_way_is_waited_for() -> None:
    under_way = httpx.Response(409, headers={"Retry-After": "0"}, json={"code": "idempotency.in_flight"})
    answers = Answers(under_way, httpx.Response(201, json={"id": 1}))
    assert await transport(answers).post("projects", "/v1/projects", {}) == {"id": 1}


async def test_a_new_token_is_taken_when_the_old_one_has_expired() -> None:
    answers = Answers(
        httpx.Response(200, json={"access_token": "old"}),
        httpx.Response(401, json={}),
        httpx.Response(200, json={"access_token": "new"}),
        httpx.Response(200, json=[]),
    )
    client = transport(answers, api_key="", username="admin", password="x")
    assert await client.get("alerts", "/v1/alerts") == []
    assert answers.requests[-1].headers["Authorization"] == "Bearer new"


async def test_a_wrong_password_is_not_repeated() -> None:
    answers = Answers(httpx.Response(401, json={"code": "auth.failed"}))
    with pytest.raises(ApiError):
        await transport(answers, api_key="", username="admin", password="x").get("alerts", "/v1/alerts")
    assert len(answers.requests) == 1


async def test_all_pages_of_a_list_are_read() -> None:
    link = {"Link": '</v1/projects?cursor=c>; rel="next"'}
    answers = Answers(
        httpx.Response(200, headers=link, json={"items": [{"n": 1}, {"n": 2}]}),
        httpx.Response(200, json={"items": [{"n": 3}]}),
    )
    rows = [row async for row in transport(answers).pages("projects", "/v1/projects")]
    assert [row["n"] for row in rows] == [1, 2, 3]
    assert str(answers.requests[1].url) == "http://projects/v1/projects?cursor=c"


def test_arrays_are_written_as_short_numbers() -> None:
    assert encode({"values": np.array([1.25, 4900.1])}) == b'{"values":[1.25,4900.1]}'
    assert orjson.loads(encode({"values": np.arange(3.0)})) == {"values": [0.0, 1.0, 2.0]}
