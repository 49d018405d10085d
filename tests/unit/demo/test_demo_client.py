"""Records as requests: paths, fields and what a refusal means."""

from datetime import date, datetime
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from deploy.demo.client import DemoClient
from deploy.demo.dataset.projects import all_projects
from deploy.demo.dataset.records import Project
from deploy.demo.script import SLOT, ZONE, Batch
from deploy.demo.stack import DemoError
from deploy.demo.transport import ApiError, Transport
from deploy.demo.world import METERS, SOURCE

URLS = {"projects": "http://projects", "energy": "http://energy", "alerts": "http://alerts"}
TAKEN = {"receipt_id": "r", "accepted": 1, "quarantined": 0, "rejected": 0, "rejections": []}
SLOT_START = datetime(2026, 9, 15, 9, 0, tzinfo=ZONE)


class Api:
    """Answers everything the same and keeps what was asked."""

    def __init__(self, status: int = 201, body: Any = None) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._status, self._body = status, body if body is not None else {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = orjson.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        return httpx.Response(self._status, json=self._body)

    def client(self) -> DemoClient:
        return DemoClient(Transport(URLS, api_key="dk_x", patience=0, transport=httpx.MockTransport(self)))


def project(stage: str, kind: str | None = None) -> Project:
    return next(p for p in all_projects() if p.stage == stage and kind in (None, p.kind))


def actions(api: Api) -> list[str]:
    return [path.removeprefix("/v1/projects/p1/") for _, path, _ in api.asked]


async def test_a_history_is_entered_in_order() -> None:
    api = Api()
    await api.client().write_history("p1", project("at_capacity"), again=False)
    stages = [body["stage"] for _, path, body in api.asked if path.endswith("stage-changes")]
    assert stages == ["signed", "started", "completed", "in_production", "at_capacity"]
    # Progress is refused outside of construction, so the stages come first.
    kinds = list(dict.fromkeys(actions(api)))
    assert kinds == ["stage-changes", "progress-entries", "investment-entries"]


async def test_interruptions_have_their_own_paths() -> None:
    suspended, terminated = Api(), Api()
    await suspended.client().write_history("p1", project("suspended"), again=False)
    await terminated.client().write_history("p1", project("terminated"), again=False)
    assert "suspensions" in actions(suspended)
    assert actions(terminated)[-1] == "termination"


async def test_what_produces_nothing_is_planned_to_its_completion() -> None:
    api = Api()
    await api.client().write_history("p1", project("opened", "infrastructure"), again=False)
    started = next(body for _, _, body in api.asked if body.get("stage") == "started")
    assert "planned_completion_on" in started
    assert "planned_capacity_on" not in started


async def test_a_loading_cut_short_leaves_what_is_done() -> None:
    refused = Api(status=409, body={"code": "project.illegal_stage_change"})
    await refused.client().write_history("p1", project("signed"), again=True)
    with pytest.raises(ApiError, match="illegal_stage_change"):
        await refused.client().write_history("p1", project("signed"), again=False)


async def test_curves_of_all_meters_and_days_go_in_one_body() -> None:
    api = Api(202, TAKEN)
    values = np.arange(2 * 3 * 96, dtype=float).reshape(2, 3, 96)
    receipt = await api.client().post_curves(METERS[:2], date(2026, 9, 1), values, SOURCE, SLOT_START)
    [(_, path, body)] = api.asked
    assert (path, receipt) == ("/v1/curves", "r")
    assert len(body["curves"]) == 6
    by_key = {(c["meter_no"], c["date"]): c["values"] for c in body["curves"]}
    assert by_key[METERS[1].meter_no, "2026-09-03"] == values[1, 2].tolist()


async def test_readings_carry_the_start_of_their_slot_with_its_zone() -> None:
    api = Api(202, TAKEN)
    batch = Batch("late", SLOT_START + SLOT, (3,), (SLOT_START,), (12.5,), edited=True)
    await api.client().post_readings(METERS, batch, SOURCE)
    [(_, path, body)] = api.asked
    assert path == "/v1/readings"
    assert body["readings"] == [
        {
            "meter_no": METERS[3].meter_no,
            "at": "2026-09-15T09:00:00+08:00",
            "value": 12.5,
            "quality": "edited",
        }
    ]


async def test_the_demo_stops_when_its_own_readings_are_refused() -> None:
    fault = {"line": 1, "code": "unit.unknown"}
    api = Api(202, {**TAKEN, "rejected": 1, "rejections": [fault]})
    batch = Batch("slot", SLOT_START + SLOT, (3,), (SLOT_START,), (12.5,))
    with pytest.raises(DemoError, match=r"unit\.unknown"):
        await api.client().post_readings(METERS, batch, SOURCE)
