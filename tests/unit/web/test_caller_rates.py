"""How often one caller may ask, and where those come from who name nobody."""

from __future__ import annotations

import httpx
from fastapi import APIRouter, FastAPI

from libs.common.settings import GENEROUS_RATE, CommonSettings
from libs.common.web.rates import Buckets
from libs.common.web.routes import TransactionalRoute, public
from tests.support.web import build_app, client, settings

router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


@router.get("/things")
async def list_things() -> list[str]:
    """Nothing."""
    return []


@router.get("/open")
@public
async def read_openly() -> str:
    """For everybody."""
    return ""


def _app(**more: object) -> FastAPI:
    return build_app([router], more_settings={"request_rate_per_second": 0.01, "request_rate_burst": 3} | more)


async def _asked(app: FastAPI, path: str, times: int, caller: str | None, address: str) -> list[httpx.Response]:
    async with client(app, caller, address) as http:
        return [await http.get(path) for _ in range(times)]


async def test_caller_is_told_to_wait_when_it_asks_too_often_and_others_are_not() -> None:
    app = _app()
    answers = await _asked(app, "/v1/things", 4, "officer", "10.0.0.1")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (answers[-1].json()["code"], answers[-1].headers["retry-after"]) == ("rate_limited", "100")
    # Neither another caller at the same place, nor what watches over the process.
    assert (await _asked(app, "/v1/things", 1, "admin", "10.0.0.1"))[0].status_code == 200
    assert {answer.status_code for answer in await _asked(app, "/healthz", 9, None, "10.0.0.1")} == {200}


async def test_strangers_are_counted_by_where_they_come_from() -> None:
    app = _app()
    forged = [(await _asked(app, "/v1/things", 1, f"forged-{n}", "10.0.0.1"))[0].status_code for n in range(5)]
    assert forged == [401, 401, 401, 429, 429]
    assert (await _asked(app, "/v1/open", 1, None, "10.0.0.1"))[0].status_code == 429
    assert (await _asked(app, "/v1/open", 1, None, "10.0.0.2"))[0].status_code == 200
    # Whoever signed in at that place goes on.
    assert (await _asked(app, "/v1/things", 1, "officer", "10.0.0.1"))[0].status_code == 200


def test_everybody_is_limited_outside_a_local_run_unless_the_site_says_otherwise() -> None:
    real = {
        "environment": "production",
        "database_dsn": "postgresql://a:b@db/c",
        "kafka_bootstrap": "k:1",
        "secret_key": "s" * 40,
    }
    assert settings().caller_rate() is None
    assert CommonSettings.model_validate(real).caller_rate() == GENEROUS_RATE
    assert CommonSettings.model_validate(real | {"request_rate_per_second": 0}).caller_rate() is None
    assert CommonSettings.model_validate(real | {"request_rate_per_second": 5}).caller_rate() == 5


def test_callers_are_forgotten_once_their_buckets_are_full_again() -> None:
    now = 0.0
    buckets = Buckets(1.0, 2, lambda: now)
    for number in range(10_000):
        assert buckets.take(str(number)) is None
    now = 10.0
    assert buckets.take("another") is None
    assert len(buckets._buckets) == 1
