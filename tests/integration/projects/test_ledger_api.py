"""The ledger over REST: lifecycle, required facts, history, entries, scope."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

SIGNING: dict[str, Any] = {
    "stage": "signed",
    "on": "2026-03-01",
    "contract_amount_yuan": 140_000_000,
    "investor": "investor (demo)",
    "channel": "return_home",
    "planned_start_on": "2026-05-01",
}
LIFE: list[dict[str, Any]] = [
    SIGNING,
    {"stage": "started", "on": "2026-05-08", "evidence": "permit 7", "planned_capacity_on": "2027-01-31"},
    {"stage": "completed", "on": "2026-07-01"},
    {"stage": "in_production", "on": "2026-08-01", "first_output": "ferroalloy"},
    {
        "stage": "at_capacity",
        "on": "2026-09-10",
        "actual_output": "96.5",
        "design_output": 100,
        "output_unit": "kt/a",
    },
]


async def test_project_goes_its_whole_way_and_every_write_is_kept(office: Office) -> None:
    path = await office.register(total_investment_yuan=150_000_000)
    for version, step in enumerate(LIFE, start=2):
        answer = await office.call("POST", f"{path}/stage-changes", step)
        assert (answer.status_code, answer.headers["etag"]) == (201, f'"{version}"'), answer.text
    project = await office.done("GET", path)
    assert (project["stage"], project["allowed_stages"]) == ("at_capacity", [])
    assert (project["contract_amount_yuan"], project["actual_output"]) == ("140000000", "96.500")
    plan = {entry.pop("milestone"): entry for entry in project["plan"]}
    assert plan["start"] == {
        "original_on": "2026-05-01",
        "current_on": "2026-05-01",
        "actual_on": "2026-05-08",
    }
    assert plan["completion"] == {"original_on": None, "current_on": None, "actual_on": "2026-07-01"}
    assert plan["capacity"]["actual_on"] == "2026-09-10"

    history = (await office.done("GET", f"{path}/history"))["items"]
    assert [change["version"] for change in history] == [1, 2, 3, 4, 5, 6]
    assert {"field": "stage", "before": "planned", "after": "signed"} in history[1]["changes"]
    assert {"field": "plan.start.original_on", "before": None, "after": "2026-05-01"} in history[1]["changes"]
    events = await office.events("projects.project.v1", project["id"])
    assert [event.aggregate_version for event in events] == [1, 2, 3, 4, 5, 6]
    assert json.loads(events[-1].payload or b"") == {
        "project_id": project["id"],
        "code": "P-1",
        "name": "project P-1",
        "from_stage": "in_production",
        "stage": "at_capacity",
        "on": "2026-09-10",
        "reversal_reason": None,
        "reason": None,
        "kind": "new_build",
        "region_code": "421224101",
        "grid": None,
    }


async def test_all_missing_dates_and_facts_are_named_at_once(office: Office) -> None:
    path = await office.register()
    step = {"stage": "signed", "on": "2026-03-01"}
    problem = await office.refused("POST", f"{path}/stage-changes", step, status=409, code="project.missing_facts")
    assert {error["pointer"] for error in problem["errors"]} == {
        "/contract_amount_yuan",
        "/investor",
        "/channel",
        "/planned_start_on",
    }
    await office.done("POST", f"{path}/stage-changes", SIGNING)
    step = {"stage": "started", "on": "2026-05-08"}
    problem = await office.refused("POST", f"{path}/stage-changes", step, status=409, code="project.missing_facts")
    assert {error["pointer"] for error in problem["errors"]} == {"/evidence", "/planned_capacity_on"}
    assert (await office.done("GET", path))["version"] == 2


async def test_tourism_needs_a_completion_date_and_is_opened(office: Office) -> None:
    path = await office.register(kind="tourism")
    await office.done("POST", f"{path}/stage-changes", SIGNING)
    started = LIFE[1] | {"planned_capacity_on": None}
    problem = await office.refused(
        "POST", f"{path}/stage-changes", started, status=409, code="project.missing_facts"
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/planned_completion_on"]
    started["planned_completion_on"] = "2026-12-31"
    for step in (started, LIFE[2], {"stage": "opened", "on": "2026-08-01"}):
        await office.done("POST", f"{path}/stage-changes", step)
    assert (await office.done("GET", path))["stage"] == "opened"


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"stage": "started"}, "project.illegal_stage_change"),
        ({"stage": "planned"}, "project.illegal_stage_change"),
        ({"stage": "suspended"}, "project.illegal_stage_change"),
        (SIGNING | {"on": "2026-09-16"}, "project.date_in_future"),
        (SIGNING | {"evidence": "too early"}, "project.fact_not_of_stage"),
        (SIGNING | {"planned_opening_on": "2027-01-01"}, "project.milestone_not_applicable"),
        (SIGNING | {"planned_capacity_on": "2026-04-30"}, "project.plan_out_of_order"),
    ],
)
async def test_illegal_step_is_refused_and_nothing_changes(
    office: Office, step: dict[str, object], code: str
) -> None:
    path = await office.register()
    await office.refused("POST", f"{path}/stage-changes", {"on": "2026-03-01", **step}, status=409, code=code)
    project = await office.done("GET", path)
    assert (project["stage"], project["version"]) == ("planned", 1)


async def test_illegal_step_is_told_in_the_callers_language(office: Office) -> None:
    path = await office.register()
    step = {"stage": "started", "on": "2026-03-01"}
    answer = await office.call("POST", f"{path}/stage-changes", step, headers={"Accept-Language": "zh-CN"})
    assert answer.json()["detail"] == "新建项目处于“策划”，不能进入“开工”；可进入：签约、停工、终止。"


async def test_replanning_keeps_the_original_and_the_reason(office: Office) -> None:
    path = await office.signed(start_in=10)
    body = {"milestone": "start", "planned_on": "2026-10-20", "reason": "land papers are late"}
    moved = await office.done("POST", f"{path}/replans", body)
    start = next(entry for entry in moved["plan"] if entry["milestone"] == "start")
    assert (start["original_on"], start["current_on"]) == ("2026-09-25", "2026-10-20")
    silent = {"stage": "started", "on": "2026-09-15", "evidence": "x", "planned_start_on": "2026-11-01"}
    silent["planned_capacity_on"] = "2027-11-01"
    await office.refused("POST", f"{path}/stage-changes", silent, status=409, code="project.replan_needs_reason")
    await office.refused("POST", f"{path}/replans", body | {"reason": " "}, status=422, code="request.malformed")
    (told,) = [change for change in (await office.done("GET", f"{path}/history"))["items"] if change["reason"]]
    assert (told["action"], told["reason"]) == ("replanned", "land papers are late")


async def test_suspension_resumption_termination_and_reversal(office: Office) -> None:
    path = await office.started()
    halt = {"on": "2026-09-01", "reason": "funds are late"}
    halted = await office.done("POST", f"{path}/suspensions", halt)
    assert (halted["stage"], halted["interrupted_stage"]) == ("suspended", "started")
    step = {"stage": "completed", "on": "2026-09-15"}
    await office.refused("POST", f"{path}/stage-changes", step, status=409, code="project.illegal_stage_change")
    early = {"on": "2026-08-31"}
    await office.refused("POST", f"{path}/resumptions", early, status=409, code="project.dates_out_of_order")
    resumed = await office.done("POST", f"{path}/resumptions", {"on": "2026-09-10", "note": "funds came"})
    assert (resumed["stage"], resumed["resumed_on"]) == ("started", "2026-09-10")
    ended = await office.done("POST", f"{path}/termination", {"on": "2026-09-15", "reason": "withdrawn"})
    assert ended["stage"] == "terminated"
    plan = {"milestone": "capacity", "planned_on": "2027-12-01", "reason": "x"}
    await office.refused("POST", f"{path}/replans", plan, status=409, code="project.terminated")
    for stage in ("started", "signed", "planned"):
        back = await office.done("POST", f"{path}/reversals", {"reason": f"back to {stage}"})
        assert back["stage"] == stage
    await office.refused(
        "POST", f"{path}/reversals", {"reason": "x"}, status=409, code="project.nothing_to_reverse"
    )
    events = await office.events("projects.project.v1")
    assert json.loads(events[-1].payload or b"")["reversal_reason"] == "back to planned"


async def test_progress_and_investment_are_summed_up_in_the_project(office: Office) -> None:
    path = await office.started(days_ago=100)
    for on, percent in (("2026-07-01", 20), ("2026-08-01", "35.5")):
        await office.done("POST", f"{path}/progress-entries", {"on": on, "percent": percent})
    fall = {"on": "2026-09-01", "percent": 30}
    problem = await office.refused(
        "POST", f"{path}/progress-entries", fall, status=409, code="project.progress_fall_needs_note"
    )
    assert problem["errors"][0]["pointer"] == "/note"
    await office.done("POST", f"{path}/progress-entries", fall | {"note": "measured anew"})
    for month, amount in (("2026-07-15", 1_000_000), ("2026-08-01", 2_000_000)):
        await office.done("POST", f"{path}/investment-entries", {"month": month, "amount_yuan": amount})
    again = {"month": "2026-08-01", "amount_yuan": 1_500_000}
    await office.refused(
        "POST", f"{path}/investment-entries", again, status=409, code="project.investment_correction_needs_note"
    )
    await office.done("POST", f"{path}/investment-entries", again | {"note": "typing error"})
    project = await office.done("GET", path)
    assert (project["percent"], project["last_advance_on"]) == ("30.00", "2026-08-01")
    assert (project["invested_yuan"], project["last_investment_month"]) == ("2500000", "2026-08-01")
    months = (await office.done("GET", f"{path}/investment-entries"))["items"]
    assert [(entry["month"], entry["amount_yuan"]) for entry in months] == [
        ("2026-07-01", "1000000"),
        ("2026-08-01", "1500000"),
    ]
    entries = (await office.done("GET", f"{path}/progress-entries"))["items"]
    assert [entry["percent"] for entry in entries] == ["20.00", "35.50", "30.00"]
    told = (await office.done("GET", f"{path}/history"))["items"][-1]
    assert {"field": "investment.2026-08", "before": 2_000_000, "after": 1_500_000} in told["changes"]
    assert project["version"] == told["version"]


@pytest.mark.parametrize(
    ("entries", "body", "code"),
    [
        ("progress-entries", {"on": "2026-09-16", "percent": 1}, "project.date_in_future"),
        ("progress-entries", {"on": "2026-01-01", "percent": 1}, "project.entry_outside_construction"),
        ("investment-entries", {"month": "2026-10-01", "amount_yuan": 1}, "project.date_in_future"),
        ("investment-entries", {"month": "2026-01-01", "amount_yuan": 1}, "project.entry_outside_construction"),
    ],
)
async def test_entry_is_refused_when_it_cannot_be(
    office: Office, entries: str, body: dict[str, object], code: str
) -> None:
    path = await office.started()
    await office.refused("POST", f"{path}/{entries}", body, status=409, code=code)


@pytest.mark.parametrize("body", [{"amount_yuan": "12.5"}, {"amount_yuan": -1}, {"amount_yuan": "NaN"}, {}])
async def test_money_is_whole_yuan(office: Office, body: dict[str, object]) -> None:
    path = await office.started()
    await office.refused(
        "POST",
        f"{path}/investment-entries",
        {"month": "2026-08-01", **body},
        status=422,
        code="request.malformed",
    )


async def test_amendment_needs_the_version_and_keeps_what_a_stage_requires(office: Office) -> None:
    path = await office.signed()
    await office.refused("PATCH", path, {"name": "x"}, status=428, code="precondition.required")
    await office.refused(
        "PATCH", path, {"name": "x"}, status=412, code="precondition.failed", headers={"If-Match": '"1"'}
    )
    current = {"If-Match": '"2"'}
    problem = await office.refused(
        "PATCH", path, {"investor": None}, status=409, code="project.missing_facts", headers=current
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/investor"]
    ghost = {"responsible_person_id": str(uuid4()), "responsible_unit_id": str(uuid4())}
    problem = await office.refused(
        "PATCH", path, ghost, status=409, code="project.unknown_reference", headers=current
    )
    assert len(problem["errors"]) == 2
    changed = await office.done("PATCH", path, {"investor": "another", "sector_code": "3140"}, headers=current)
    assert (changed["investor"], changed["version"]) == ("another", 3)
    event = (await office.events("projects.project.v1"))[-1]
    assert event.type == "projects.project.amended.v1"
    assert set(json.loads(event.payload or b"")["fields"]) == {"investor", "sector_code"}
    unchanged = await office.done("PATCH", path, {"investor": "another"}, headers={"If-Match": '"3"'})
    assert unchanged["version"] == 3


async def test_project_is_amended_although_its_officer_has_left(office: Office) -> None:
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "office", "region_code": "421224"})
    chen = {"name": "chen (demo)", "unit_id": unit["unit_id"], "region_code": "421224", "post": "officer"}
    person = await office.done("PUT", "/v1/persons/chen", chen)
    path = await office.register(responsible_person_id=person["person_id"])
    await office.done("DELETE", "/v1/persons/chen")
    changed = await office.done("PATCH", path, {"name": "renamed"}, headers={"If-Match": '"1"'})
    assert (changed["name"], changed["responsible_person_id"]) == ("renamed", person["person_id"])


async def test_of_two_simultaneous_steps_one_wins(office: Office) -> None:
    path = await office.register()
    answers = await asyncio.gather(*(office.call("POST", f"{path}/stage-changes", SIGNING) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await office.events("projects.project.v1")) == 2


async def test_repeated_request_with_its_key_is_carried_out_once(office: Office) -> None:
    path = await office.started()
    body = {"on": "2026-09-01", "percent": 40}
    key = {"Idempotency-Key": "entry-1"}
    first = await office.call("POST", f"{path}/progress-entries", body, headers=key)
    second = await office.call("POST", f"{path}/progress-entries", body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len((await office.done("GET", f"{path}/progress-entries"))["items"]) == 1
    other = body | {"percent": 41}
    await office.refused(
        "POST", f"{path}/progress-entries", other, status=422, code="idempotency.key_reused", headers=key
    )


async def test_code_is_unique(office: Office) -> None:
    await office.register("P-1")
    body = {"code": "P-1", "name": "again", "kind": "tourism", "region_code": "421224"}
    problem = await office.refused("POST", "/v1/projects", body, status=409, code="project.duplicate_code")
    assert problem["errors"][0]["pointer"] == "/code"


async def test_another_countys_project_does_not_exist(office: Office) -> None:
    await office.staff("jiayu", "officer", "421221")
    await office.staff("town", "officer", "421224101")
    path = await office.started()
    assert (await office.call("GET", path, by="town")).status_code == 200
    for method, address, body in (
        ("GET", path, None),
        ("GET", f"{path}/history", None),
        ("PATCH", path, {"name": "x"}),
        ("POST", f"{path}/progress-entries", {"on": "2026-09-01", "percent": 1}),
        ("POST", f"{path}/termination", {"on": "2026-09-01", "reason": "x"}),
    ):
        await office.refused(method, address, body, status=404, code="not_found", by="jiayu")
    assert (await office.done("GET", "/v1/projects", by="jiayu"))["items"] == []
    mine = {"code": "J-1", "name": "x", "kind": "new_build", "region_code": "421224"}
    await office.refused("POST", "/v1/projects", mine, status=404, code="not_found", by="jiayu")


async def test_enterprise_reports_on_its_own_project_only(office: Office) -> None:
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    mine = await office.started("P-1", enterprise_id=own["enterprise_id"])
    other = await office.started("P-2")
    entry = {"on": "2026-09-01", "percent": 50}
    await office.done("POST", f"{mine}/progress-entries", entry, by="plant")
    await office.refused("POST", f"{other}/progress-entries", entry, status=404, code="not_found", by="plant")
    await office.refused(
        "POST",
        f"{mine}/termination",
        {"on": "2026-09-01", "reason": "x"},
        status=403,
        code="forbidden",
        by="plant",
    )
    assert [row["code"] for row in (await office.done("GET", "/v1/projects", by="plant"))["items"]] == ["P-1"]


async def test_viewer_reads_and_writes_nothing(office: Office) -> None:
    await office.staff("watcher", "viewer", "421224")
    path = await office.started()
    assert (await office.call("GET", path, by="watcher")).status_code == 200
    await office.refused(
        "POST",
        f"{path}/reversals",
        {"reason": "x"},
        status=403,
        code="forbidden",
        by="watcher",
    )


async def test_list_is_filtered_by_what_offices_ask_for(office: Office) -> None:
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "office", "region_code": "421224"})
    await office.done("PUT", "/v1/parks/PARK-A", {"name": "park", "region_code": "421224", "level": "county"})
    await office.started("P-1", sector_code="3140", park_code="PARK-A")
    await office.signed("P-2", responsible_unit_id=unit["unit_id"], region_code="421221")
    await office.register("P-3", kind="tourism")

    async def codes(**filters: str) -> list[str]:
        params = {f"filter[{name.replace('__', '][')}]": value for name, value in filters.items()}
        page = await office.done("GET", "/v1/projects", params={**params, "sort": "code"})
        return [row["code"] for row in page["items"]]

    assert await codes(stage__eq="started") == ["P-1"]
    assert await codes(stage__in="signed,planned") == ["P-2", "P-3"]
    assert await codes(kind__eq="tourism") == ["P-3"]
    assert await codes(region_code__within="421224") == ["P-1", "P-3"]
    assert await codes(park_code__eq="PARK-A") == ["P-1"]
    assert await codes(sector_code__prefix="31") == ["P-1"]
    assert await codes(responsible_unit_id__eq=unit["unit_id"]) == ["P-2"]
    await office.refused(
        "GET", "/v1/projects", status=422, code="request.malformed", params={"filter[colour][eq]": "red"}
    )


async def test_address_with_a_word_for_an_id_is_malformed(office: Office) -> None:
    await office.refused("GET", "/v1/projects/abc", status=422, code="request.malformed")
    await office.refused("GET", f"/v1/projects/{uuid4()}", status=404, code="not_found")


async def test_planned_days_are_checked_at_registration(office: Office) -> None:
    body = {
        "code": "P-9",
        "name": "x",
        "kind": "new_build",
        "region_code": "421224",
        "planned_start_on": str(date(2026, 9, 1)),
        "planned_capacity_on": str(date(2026, 9, 1) - timedelta(days=1)),
    }
    await office.refused("POST", "/v1/projects", body, status=409, code="project.plan_out_of_order")
