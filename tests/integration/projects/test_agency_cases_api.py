"""Cases of the licence agency centre over REST, and the departments' score over all of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.integration.projects.environment_world import World, settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.integration.projects.conftest import Office


@pytest.fixture
async def world(template_database: Callable[..., str]) -> AsyncIterator[World]:
    async with settled(template_database) as world:
        yield world


@pytest.fixture
def office(world: World) -> Office:
    return world.office


def items(world: World) -> list[dict[str, Any]]:
    """A licence, then seal and tax side by side, then the bank."""
    market, fire, centre = (world.units[name] for name in ("market", "fire", "centre"))
    articles = [{"name": "articles", "required": True}, {"name": "photo", "required": False}]
    return [
        {"key": "licence", "matter": "营业执照", "unit_id": market, "promised_days": 3, "documents": articles},
        {"key": "seal", "matter": "公章", "unit_id": fire, "promised_days": 1, "depends_on": ["licence"]},
        {"key": "tax", "matter": "税务登记", "unit_id": centre, "promised_days": 2, "depends_on": ["licence"]},
        {"key": "bank", "matter": "开户", "unit_id": market, "promised_days": 4, "depends_on": ["seal", "tax"]},
    ]


async def open_case(office: Office, world: World, **more: Any) -> dict[str, Any]:
    body = {"title": "opening a firm", "enterprise_id": world.plant, "items": items(world), **more}
    opened: dict[str, Any] = await office.done("POST", "/v1/agency-cases", body, by="market")
    return opened


def by_key(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["key"]: item for item in case["items"]}


def statuses(case: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["status"] for item in case["items"]}


async def test_case_runs_its_matters_as_their_dependencies_allow(office: Office, world: World) -> None:
    case = await open_case(office, world)
    path = f"/v1/agency-cases/{case['id']}"
    assert statuses(case) == {"licence": "incomplete", "seal": "waiting", "tax": "waiting", "bank": "waiting"}
    assert (case["code"], case["missing_documents"]) == ("DB-2026-00001", {"licence": ["articles"]})
    # 16, 17, 18; 20 (a worked Sunday), 21; 22, 23, 24, 28 September.
    assert (case["critical_path"], case["expected_finish_on"]) == (["licence", "tax", "bank"], "2026-09-28")
    assert {key: item["slack_days"] for key, item in by_key(case).items()} == {
        "licence": 0, "seal": 1, "tax": 0, "bank": 0,
    }  # fmt: skip

    office.clock.advance(timedelta(days=1))
    receipt = {"document": "articles", "on": "2026-09-16"}
    case = await office.done("POST", f"{path}/items/licence/receipts", receipt, by="market")
    assert (statuses(case)["licence"], by_key(case)["licence"]["due_on"]) == ("running", "2026-09-20")
    assert (case["missing_documents"], case["expected_finish_on"]) == ({}, "2026-09-29")
    wait = {"on": "2026-09-16", "outcome": "done"}
    await office.refused(
        "POST", f"{path}/items/bank/completion", wait, status=409, code="agency_case.status", by="market"
    )
    office.clock.advance(timedelta(days=1))
    done = {"on": "2026-09-17", "outcome": "licence 91421224"}
    case = await office.done("POST", f"{path}/items/licence/completion", done, by="market")
    assert statuses(case) == {"licence": "finished", "seal": "running", "tax": "running", "bank": "waiting"}
    assert (case["percent"], case["critical_path"]) == (25, ["licence", "tax", "bank"])
    case = await office.done("POST", f"{path}/items/seal/dropping", {"reason": "has one"}, by="market")
    assert (case["percent"], statuses(case)["bank"]) == (33, "waiting")
    reopening = {"reason": "the wrong firm"}
    await office.refused(
        "POST", f"{path}/items/licence/reopening", reopening, status=409, code="agency_case.dependents_started",
        by="market",
    )  # fmt: skip
    await office.done("POST", f"{path}/items/tax/completion", done, by="market")
    # Of two who finish the last matter at once, one does.
    calls = [office.call("POST", f"{path}/items/bank/completion", done, by="market") for _ in range(2)]
    finished, late = sorted(await asyncio.gather(*calls), key=lambda answer: answer.status_code)
    assert (finished.status_code, late.status_code) == (201, 409)
    case = finished.json()
    assert (case["status"], case["percent"], case["finished_on"]) == ("finished", 100, "2026-09-17")
    case = await office.done("POST", f"{path}/items/bank/reopening", reopening, by="market")
    assert (case["status"], case["finished_on"], statuses(case)["bank"]) == ("open", None, "running")
    case = await office.done("POST", f"{path}/items/bank/completion", done, by="market")

    events = await office.events("projects.agency_case.v1", case["id"])
    assert [event.aggregate_version for event in events] == list(range(1, len(events) + 1))
    assert case["version"] == len(events)
    told = [event.type.removeprefix("projects.agency_case.").removesuffix(".v1") for event in events]
    assert told[:6] == ["opened", "amended", "item_started", "item_finished", "item_started", "item_started"]
    assert told[-4:] == ["finished", "item_finished", "item_finished", "finished"]
    trail = (await office.done("GET", f"{path}/trail", by="plant"))["items"]
    assert [step["action"] for step in trail][-3:] == ["item_reopened", "item_finished", "finished"]


async def test_overdue_matter_warns_once_and_is_cleared_when_it_is_done(office: Office, world: World) -> None:
    project = await office.register(enterprise_id=world.plant)
    case = await open_case(office, world, project_id=project.rsplit("/", 1)[1], enterprise_id=None)
    path = f"/v1/agency-cases/{case['id']}"
    receipt = {"document": "articles", "on": "2026-09-15"}
    await office.done("POST", f"{path}/items/licence/receipts", receipt, by="market")
    office.clock.advance(timedelta(days=3))
    await world.scan()
    assert await world.conditions("agency_item_overdue") == []
    office.clock.advance(timedelta(days=2))
    await world.scan()
    await world.scan()
    (late,) = await world.conditions("agency_item_overdue")
    assert (late["reference_on"], late["level"], late["subject_code"]) == (
        "2026-09-18",
        1,
        f"{case['code']}/licence",
    )
    assert (late["project_code"], late["responsible_unit_id"]) == ("P-1", world.units["market"])
    assert "promised in 3 working days" in late["explanation_en"]
    shown = await office.done("GET", path)
    assert by_key(shown)["licence"]["expected_finish_on"] == "2026-09-20"
    office.clock.advance(timedelta(days=4))
    await world.scan()
    done = {"on": "2026-09-24", "outcome": "late"}
    await office.done("POST", f"{path}/items/licence/completion", done, by="market")
    (late,) = await world.conditions("agency_item_overdue")
    # 20, 21, 22, 23, 24 September: the fifth working day made it grave.
    assert (late["level"], late["version"], late["cleared_reason"]) == (2, 3, "finished")
    office.clock.advance(timedelta(days=12))
    await world.scan()
    assert len([one for one in await world.conditions("agency_item_overdue") if one["cleared_on"] is None]) == 2
    await office.done("POST", f"{path}/cancellation", {"reason": "given up"}, by="market")
    assert {one["cleared_reason"] for one in await world.conditions("agency_item_overdue")} == {
        "finished", "case_cancelled",
    }  # fmt: skip


async def test_circles_and_other_faults_are_refused(office: Office, world: World) -> None:
    body = {"title": "x", "enterprise_id": world.plant, "items": items(world)}
    circle = items(world)
    circle[0]["depends_on"] = ["bank"]
    problem = await office.refused(
        "POST", "/v1/agency-cases", body | {"items": circle}, status=409, code="agency_case.cycle", by="market"
    )
    assert "licence" in problem["detail"]
    wrong = [*items(world), items(world)[0] | {"depends_on": ["nothing"]}]
    problem = await office.refused(
        "POST", "/v1/agency-cases", body | {"items": wrong}, status=409, code="agency_case.items_invalid",
        by="market",
    )  # fmt: skip
    assert [error["pointer"] for error in problem["errors"]] == ["/items/4/key", "/items/4/depends_on"]
    nobody = [items(world)[0] | {"unit_id": str(uuid4())}]
    await office.refused(
        "POST", "/v1/agency-cases", body | {"items": nobody}, status=409, code="environment.unknown_reference",
        by="market",
    )  # fmt: skip
    nowhere = {"title": "x", "items": items(world)}
    await office.refused(
        "POST", "/v1/agency-cases", nowhere, status=409, code="environment.unknown_reference", by="market"
    )
    await office.refused("POST", "/v1/agency-cases", body, status=404, code="not_found", by="jiayu")
    case = await open_case(office, world)
    path = f"/v1/agency-cases/{case['id']}"
    await office.refused("GET", path, status=404, code="not_found", by="other")
    assert [one["id"] for one in (await office.done("GET", "/v1/agency-cases", by="plant"))["items"]] == [
        case["id"]
    ]
    patch = {"depends_on": ["bank"]}
    await office.refused(
        "PATCH", f"{path}/items/licence", patch, status=428, code="precondition.required", by="market"
    )
    tag = {"If-Match": f'"{case["version"]}"'}
    await office.refused(
        "PATCH", f"{path}/items/licence", patch, status=409, code="agency_case.cycle", by="market", headers=tag
    )
    amended = await office.done(
        "PATCH", f"{path}/items/licence", {"promised_days": 5, "approval_case_id": str(uuid4())}, by="market",
        headers=tag,
    )  # fmt: skip
    assert (amended["expected_finish_on"], amended["version"]) == ("2026-09-30", case["version"] + 1)
    await office.refused(
        "PATCH", f"{path}/items/licence", patch, status=412, code="precondition.failed", by="market", headers=tag
    )
    more = {
        "key": "fire",
        "matter": "消防",
        "unit_id": world.units["fire"],
        "promised_days": 1,
        "depends_on": ["bank"],
    }
    longer = await office.done("POST", f"{path}/items", more, by="market")
    assert longer["critical_path"] == ["licence", "tax", "bank", "fire"]
    tag = {"If-Match": f'"{longer["version"]}"'}
    renamed = await office.done("PATCH", path, {"title": "opening"}, by="market", headers=tag)
    assert renamed["title"] == "opening"
    unknown = {"document": "deed", "on": "2026-09-15"}
    await office.refused(
        "POST", f"{path}/items/licence/receipts", unknown, status=409, code="agency_case.unknown_document",
        by="market",
    )  # fmt: skip
    late = {"document": "articles", "on": "2026-09-16"}
    await office.refused(
        "POST", f"{path}/items/licence/receipts", late, status=409, code="agency_case.date_invalid", by="market"
    )
    found = await office.done("GET", "/v1/agency-cases", params={"filter[unit]": world.units["fire"]})
    assert [one["id"] for one in found["items"]] == [case["id"]]


async def test_score_counts_what_each_unit_did_with_the_ids_behind(office: Office, world: World) -> None:
    quiet = {"name": "quiet", "kind": "quiet_days", "region_code": "421224", "also_on": ["2026-09-22"]}
    await office.done("PUT", "/v1/visit-rules/QD", quiet)
    refused = await world.inspection(planned="2026-09-22")
    joint = await world.inspection(planned="2026-09-23", parties=[world.party("market"), world.party("fire")])
    unfiled = {"enterprise_id": world.plant, "unit_id": world.units["fire"], "came_on": "2026-09-14"}
    report = await office.done("POST", "/v1/unfiled-inspections", unfiled | {"description": "x"}, by="plant")
    ids = []
    for _ in range(3):
        appeal = (await world.appeal())["appeal"]
        path = f"/v1/appeals/{appeal['id']}"
        await office.done("POST", f"{path}/dispatches", {"unit_id": world.units["market"]}, by="centre")
        ids.append(appeal["id"])
    await office.done("POST", f"/v1/appeals/{ids[0]}/answers", {"answer": "done"}, by="market")
    await office.done("POST", f"/v1/appeals/{ids[0]}/ratings", {"score": 4, "satisfied": True}, by="plant")
    office.clock.advance(timedelta(days=7))
    await office.done("POST", f"/v1/appeals/{ids[1]}/answers", {"answer": "late"}, by="market")

    params = {"from": "2026-09-01", "to": "2026-09-30"}
    scores = {
        one["unit_code"]: one
        for one in (await office.done("GET", "/v1/environment-scores", params=params))["items"]
    }
    market, fire = scores["market"], scores["fire"]
    assert set(market["inspections_filed"]["ids"]) == {refused["id"], joint["id"]}
    assert market["inspections_refused"] == {"count": 1, "ids": [refused["id"]]}
    assert market["appeals_answered_on_time"]["ids"] == [ids[0]]
    assert (market["appeals_answered_late"]["ids"], market["appeals_unanswered_overdue"]["ids"]) == (
        [ids[1]],
        [ids[2]],
    )
    assert (market["appeals_on_time_rate"], market["mean_rating"]) == (pytest.approx(1 / 3), 4.0)
    assert (fire["inspections_filed"]["ids"], fire["inspections_unfiled"]["ids"]) == (
        [joint["id"]],
        [report["id"]],
    )
    assert (fire["mean_rating"], fire["appeals_on_time_rate"], fire["agency_items_on_time_rate"]) == (None,) * 3
    narrow = params | {"unit_id": world.units["fire"]}
    assert len((await office.done("GET", "/v1/environment-scores", params=narrow))["items"]) == 1
    assert (await office.done("GET", "/v1/environment-scores", params=params, by="jiayu"))["items"] == []
    await office.refused("GET", "/v1/environment-scores", params=params, status=403, code="forbidden", by="plant")
