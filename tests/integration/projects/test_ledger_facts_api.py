"""Contract, formalities, plans and output of a project over REST."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from services.projects.ledger import repository
from services.projects.ledger.domain.outputs import OutputTotal

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

CONTRACT: dict[str, Any] = {
    "number": "通招合〔2026〕7号",
    "parties": [
        {"name": "通山县人民政府", "role": "government"},
        {"name": "investor (demo)", "role": "investor"},
    ],
    "amount_yuan": 140_000_000,
}


async def test_contracts_terms_are_done_by_report_by_funds_and_by_the_start(office: Office) -> None:
    await office.staff("li", "leader", "421224")
    path = await office.signed(start_in=-20)
    acts = f"{path}/contract/acts"
    await office.refused("GET", f"{path}/contract", status=404, code="not_found")
    funds = {"kind": "funds", "title": "首期资金", "due_on": "2026-09-30", "amount_yuan": 20_000_000}
    await office.refused("POST", acts, funds, status=409, code="project.contract_missing")
    await office.done("PUT", f"{path}/contract", CONTRACT)
    made = {}
    for body in (
        {"kind": "registration", "due_on": "2026-06-30"},
        funds,
        {"kind": "start", "due_on": "2026-08-31"},
        {"kind": "custom", "title": "职工宿舍", "due_on": "2026-12-31"},
    ):
        made[body["kind"]] = (await office.done("POST", acts, body))["id"]
    told = {"done_on": "2026-06-12", "evidence": "licence 7"}
    for kind in ("funds", "start"):
        address = f"{acts}/{made[kind]}/completion"
        await office.refused("POST", address, told, status=409, code="project.act_derived")
    await office.done("POST", f"{acts}/{made['registration']}/completion", told)

    slip = {"on": "2026-09-01", "amount_yuan": 25_000_000, "source": "own", "payer": "x", "evidence": "slip"}
    arrival = await office.done("POST", f"{path}/funds-arrivals", slip, by="li")
    verified = f"{path}/funds-arrivals/{arrival['id']}"
    await office.done("POST", f"{verified}/verification", {})
    started = {"stage": "started", "on": "2026-09-10", "evidence": "x", "planned_capacity_on": "2027-06-30"}
    await office.done("POST", f"{path}/stage-changes", started)
    contract = await office.done("GET", f"{path}/contract")
    assert {act["kind"]: act["done_on"] for act in contract["acts"]} == {
        "registration": "2026-06-12",
        "start": "2026-09-10",
        "funds": "2026-09-01",
        "custom": None,
    }
    assert (contract["fulfilled_on"], contract["signed_on"]) == ("2026-06-12", "2026-02-27")
    overdue = {"filter[done_on][null]": "true", "filter[due_on][lte]": "2026-12-31"}
    assert [act["kind"] for act in (await office.done("GET", acts, params=overdue))["items"]] == ["custom"]

    # What the ledger does not know any more is not done any more.
    await office.done("POST", f"{verified}/withdrawal", {"reason": "booked for another project"})
    await office.done("POST", f"{path}/reversals", {"reason": "the permit was another's"})
    contract = await office.done("GET", f"{path}/contract")
    assert [act["done_on"] for act in contract["acts"] if act["derived"]] == [None, None]
    changes = (await office.done("GET", f"{path}/history"))["items"][-1]["changes"]
    start = f"contract_act.{made['start']}.done_on"
    assert {"field": start, "before": "2026-09-10", "after": None} in changes
    version = (await office.done("GET", path))["version"]
    events = await office.events("projects.project.v1")
    assert [event.aggregate_version for event in events] == list(range(1, version + 1))


async def test_contract_and_terms_change_with_a_reason(office: Office) -> None:
    path = await office.signed()
    await office.done("PUT", f"{path}/contract", CONTRACT)
    higher = CONTRACT | {"amount_yuan": 160_000_000}
    await office.refused("PUT", f"{path}/contract", higher, status=409, code="project.contract_needs_reason")
    slip = higher | {"amount_yuan": 16_000, "reason": "supplement 1"}
    await office.done("PATCH", path, {"total_investment_yuan": 150_000_000}, headers={"If-Match": '"3"'})
    await office.refused("PUT", f"{path}/contract", slip, status=409, code="project.amount_needs_confirmation")
    await office.done("PUT", f"{path}/contract", higher | {"reason": "supplement 1"})
    assert (await office.done("GET", path))["contract_amount_yuan"] == "160000000"
    act = await office.done("POST", f"{path}/contract/acts", {"kind": "registration", "due_on": "2026-06-30"})
    address, later = f"{path}/contract/acts/{act['id']}", {"due_on": "2026-07-31"}
    await office.refused("PATCH", address, later, status=428, code="precondition.required")
    current = {"If-Match": '"6"'}
    await office.refused("PATCH", address, later, status=409, code="project.act_needs_reason", headers=current)
    moved = await office.done("PATCH", address, later | {"reason": "supplement 2"}, headers=current)
    assert (moved["original_due_on"], moved["due_on"]) == ("2026-06-30", "2026-07-31")
    left = await office.done("POST", f"{address}/removal", {"reason": "supplement 3"})
    assert left["acts"] == []
    event = json.loads((await office.events("projects.project.v1"))[-1].payload or b"")
    assert (event["act_id"], event["removed"]) == (act["id"], True)


async def test_start_is_refused_without_the_formalities_that_a_region_requires(office: Office) -> None:
    path = await office.signed(start_in=-20)
    items = (await office.done("GET", f"{path}/formalities"))["items"]
    assert [(item["formality"], item["required_for_start"]) for item in items] == [
        (name, False) for name in ("filing", "land", "planning", "eia", "energy", "construction_permit")
    ]
    rule = {
        "kind": "new_build",
        "formalities": ["filing", "eia", "construction_permit"],
        "required": ["eia", "construction_permit"],
        "region_code": "421224",
        "valid_from": "2026-09-01",
    }
    await office.done("PUT", "/v1/formality-rules", rule)
    step = {"stage": "started", "on": "2026-09-10", "planned_capacity_on": "2027-06-30", "evidence": "photo 1"}
    problem = await office.refused(
        "POST", f"{path}/stage-changes", step, status=409, code="project.formalities_missing"
    )
    assert [error["pointer"] for error in problem["errors"]] == [
        "/formalities/eia",
        "/formalities/construction_permit",
    ]
    land = f"{path}/formalities/land"
    await office.refused("PUT", land, {}, status=409, code="project.formality_not_of_kind")
    await office.done("PUT", f"{path}/formalities/eia", {"planned_on": "2026-08-01", "actual_on": "2026-08-20"})
    permit = f"{path}/formalities/construction_permit"
    await office.done("PUT", permit, {"planned_on": "2026-09-01"})
    moved = {"planned_on": "2026-09-08", "actual_on": "2026-09-09", "number": "permit 7"}
    await office.refused("PUT", permit, moved, status=409, code="project.milestone_needs_reason")
    shown = await office.done("PUT", permit, moved | {"reason": "the survey was late"})
    assert (shown["original_on"], shown["planned_on"]) == ("2026-09-01", "2026-09-08")
    # The permit itself shows the start: nothing else is asked for.
    entered = await office.done("POST", f"{path}/stage-changes", step | {"evidence": None})
    assert (entered["stage"], entered["evidence"]) == ("started", "permit 7")
    # Before the rule was valid a start required nothing.
    early = await office.signed("P-2", start_in=-20)
    await office.done("POST", f"{early}/stage-changes", step | {"on": "2026-08-31"})
    bad = rule | {"required": ["land"]}
    await office.refused("PUT", "/v1/formality-rules", bad, status=409, code="formality_rule.incomplete")


async def test_projects_own_milestones_are_planned_moved_and_removed(office: Office) -> None:
    path = await office.signed()
    made = await office.done("POST", f"{path}/milestones", {"title": "升压站送电", "planned_on": "2026-11-30"})
    address = f"{path}/milestones/{made['id']}"
    later = {"planned_on": "2026-12-15"}
    await office.refused("PATCH", address, later, status=428, code="precondition.required")
    stale = {"If-Match": '"2"'}
    await office.refused("PATCH", address, later, status=412, code="precondition.failed", headers=stale)
    current = {"If-Match": '"3"'}
    await office.refused(
        "PATCH", address, later, status=409, code="project.milestone_needs_reason", headers=current
    )
    moved = await office.done("PATCH", address, later | {"reason": "parts are late"}, headers=current)
    assert (moved["original_on"], moved["planned_on"], moved["title"]) == (
        "2026-11-30",
        "2026-12-15",
        "升压站送电",
    )
    future = {"actual_on": "2026-09-16"}
    await office.refused(
        "PATCH", address, future, status=409, code="project.date_in_future", headers={"If-Match": '"4"'}
    )
    await office.done("POST", f"{address}/removal", {"reason": "the same as completion"})
    assert (await office.done("GET", f"{path}/milestones"))["items"] == []
    await office.refused("POST", f"{address}/removal", {"reason": "x"}, status=404, code="not_found")


async def test_planned_course_is_versioned_and_compared_with_the_works(office: Office) -> None:
    path = await office.started(days_ago=100)
    curve = f"{path}/plan-curve"
    await office.refused("GET", curve, status=404, code="not_found")
    points = [{"month": "2026-08-15", "percent": 40}, {"month": "2026-09-01", "percent": 70}]
    problem = await office.refused("PUT", curve, {"points": points}, status=409, code="project.curve_not_ordered")
    assert problem["errors"][0]["pointer"] == "/points/1/percent"
    points.append({"month": "2026-12-01", "percent": 100})
    first = await office.done("PUT", curve, {"points": points})
    assert (first["revision"], first["planned_percent"], first["actual_percent"]) == (1, "55.00", None)
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-09-01", "percent": 22})
    now = await office.done("GET", curve)
    assert (now["actual_percent"], now["behind_points"]) == ("22.00", "33.00")
    again = await office.done("PUT", curve, {"points": points})
    assert again["revision"] == 1
    slower = {"points": [{"month": "2026-12-01", "percent": 50}, {"month": "2027-06-01", "percent": 100}]}
    await office.refused("PUT", curve, slower, status=409, code="project.curve_needs_reason")
    await office.done("PUT", curve, slower | {"reason": "towers are late"})
    revisions = (await office.done("GET", f"{curve}/revisions"))["items"]
    assert [(row["revision"], row["reason"]) for row in revisions] == [(1, ""), (2, "towers are late")]
    later = await office.done("GET", curve, params={"on": "2026-12-31"})
    assert (later["revision"], later["planned_percent"]) == (2, "50.00")


async def test_years_plan_stands_beside_what_was_invested(office: Office) -> None:
    path = await office.started(days_ago=100)
    plan = f"{path}/annual-plans/2026"
    await office.done("PUT", plan, {"amount_yuan": 60_000_000})
    await office.refused("PUT", plan, {"amount_yuan": 80_000_000}, status=409, code="project.plan_needs_reason")
    slip = {"amount_yuan": 80_000_000_000, "reason": "adjusted"}
    await office.refused("PUT", plan, slip, status=409, code="project.amount_needs_confirmation")
    await office.done("PUT", plan, {"amount_yuan": 80_000_000, "reason": "adjusted"})
    await office.done("POST", f"{path}/investment-entries", {"month": "2026-08-01", "amount_yuan": 3_200_000})
    (year,) = (await office.done("GET", f"{path}/annual-plans"))["items"]
    assert (year["original_yuan"], year["amount_yuan"]) == ("60000000", "80000000")
    assert (year["invested_yuan"], year["difference_yuan"]) == ("3200000", -76_800_000)
    await office.refused("PUT", f"{path}/annual-plans/1900", {}, status=422, code="request.malformed")


async def test_output_is_recorded_from_production_on_and_corrected_with_a_note(office: Office) -> None:
    path = await office.started(days_ago=100)
    body = {"month": "2026-08-15", "output_value_yuan": 5_600_000, "tax_yuan": 420_000, "physical_output": "8.5"}
    output = f"{path}/output-entries"
    await office.refused("POST", output, body, status=409, code="project.outside_production")
    for step in (
        {"stage": "completed", "on": "2026-07-20"},
        {"stage": "in_production", "on": "2026-08-01", "first_output": "ferroalloy", "output_unit": "kt"},
    ):
        await office.done("POST", f"{path}/stage-changes", step)
    entry = await office.done("POST", output, body)
    assert (entry["month"], entry["physical_output"]) == ("2026-08-01", "8.500")
    await office.refused(
        "POST", output, body | {"tax_yuan": None}, status=409, code="project.output_correction_needs_note"
    )
    await office.done("POST", output, body | {"tax_yuan": None, "note": "tax is not filed yet"})
    await office.refused(
        "POST", output, body | {"output_value_yuan": 560}, status=409, code="project.output_correction_needs_note"
    )
    early = body | {"month": "2026-07-01"}
    await office.refused("POST", output, early, status=409, code="project.outside_production")
    (row,) = (await office.done("GET", output))["items"]
    assert (row["output_value_yuan"], row["tax_yuan"], row["note"]) == ("5600000", None, "tax is not filed yet")
    event = json.loads((await office.events("projects.project.v1"))[-1].payload or b"")
    assert (event["month"], event["tax_yuan"], event["output_unit"]) == ("2026-08-01", None, "kt")


async def test_facts_of_another_countys_project_do_not_exist(office: Office) -> None:
    await office.staff("jiayu", "officer", "421221")
    await office.staff("watcher", "viewer", "421224")
    path = await office.signed()
    writes: list[tuple[str, str, Any]] = [
        ("PUT", "contract", CONTRACT),
        ("POST", "contract/acts", {"kind": "registration", "due_on": "2026-06-30"}),
        ("PUT", "formalities/eia", {}),
        ("POST", "milestones", {"title": "x"}),
        ("PUT", "plan-curve", {"points": [{"month": "2026-12-01", "percent": 100}]}),
        ("PUT", "annual-plans/2026", {"amount_yuan": 5_000_000}),
        ("POST", "output-entries", {"month": "2026-08-01", "output_value_yuan": 5_000_000}),
        ("POST", "key-designations", {"level": "county", "reason": "x"}),
    ]
    for method, part, body in writes:
        if part != "key-designations":
            await office.refused(method, f"{path}/{part}", body, status=404, code="not_found", by="jiayu")
        await office.refused(method, f"{path}/{part}", body, status=403, code="forbidden", by="watcher")
    for part in ("contract", "contract/acts", "formalities", "milestones", "plan-curve", "annual-plans", "phases"):
        await office.refused("GET", f"{path}/{part}", status=404, code="not_found", by="jiayu")
    ghost = f"{path}/contract/acts/{uuid4()}/removal"
    await office.refused("POST", ghost, {"reason": "x"}, status=404, code="not_found")


async def test_two_plans_at_once_are_two_revisions_and_one_needs_a_reason(office: Office) -> None:
    path = await office.started(days_ago=100)
    bodies = [
        {"points": [{"month": "2026-12-01", "percent": first}, {"month": "2027-06-01", "percent": 100}]}
        for first in (40, 50)
    ]
    answers = await asyncio.gather(*(office.call("PUT", f"{path}/plan-curve", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("contract", CONTRACT | {"parties": CONTRACT["parties"][:1]}),
        ("contract", CONTRACT | {"amount_yuan": -1}),
        ("plan-curve", {"points": []}),
        ("plan-curve", {"points": [{"month": "2026-02-30", "percent": 100}]}),
        ("annual-plans/2026", {"amount_yuan": "12.5"}),
    ],
)
async def test_malformed_facts_are_refused(office: Office, part: str, body: Any) -> None:
    path = await office.signed()
    await office.refused("PUT", f"{path}/{part}", body, status=422, code="request.malformed")


async def test_other_slices_read_funds_acts_output_and_plans_of_many_projects_at_once(office: Office) -> None:
    """What rates and oversight are reckoned from: a project of which nothing is known is absent, not zero."""
    await office.staff("li", "leader", "421224")
    path, bare = await office.started("P-1", days_ago=150), await office.started("P-2")
    ids = [UUID(each.rsplit("/", 1)[1]) for each in (path, bare)]
    slip = {"source": "own", "payer": "x", "on": "2026-08-20", "amount_yuan": 20_000_000, "evidence": "a"}
    cases: tuple[dict[str, str], ...] = ({}, {"on": "2026-09-01", "evidence": "b"}, {"evidence": "c"})
    for number, facts in enumerate(cases):
        arrival = await office.done("POST", f"{path}/funds-arrivals", slip | facts)
        if number < 2:
            await office.done("POST", f"{path}/funds-arrivals/{arrival['id']}/verification", {}, by="li")
    await office.done("PUT", f"{path}/contract", CONTRACT | {"reason": ""})
    for body in ({"kind": "registration", "due_on": "2026-06-30"}, {"kind": "start", "due_on": "2026-04-30"}):
        await office.done("POST", f"{path}/contract/acts", body)
    for points in ([("2026-12-01", 100)], [("2026-06-01", 50), ("2026-12-01", 100)]):
        plan = {"points": [{"month": month, "percent": percent} for month, percent in points], "reason": "x"}
        await office.done("PUT", f"{path}/plan-curve", plan)
    for step in ({"stage": "completed"}, {"stage": "in_production", "first_output": "x"}):
        await office.done("POST", f"{path}/stage-changes", {"on": "2026-07-01", **step})
    for month, tax in (("2026-07-01", 100_000), ("2026-08-01", None), ("2026-09-01", 300_000)):
        entry = {"month": month, "output_value_yuan": 1_000_000, "tax_yuan": tax}
        await office.done("POST", f"{path}/output-entries", entry)

    async with office.database.session() as session:
        assert await repository.verified_funds(session, ids, date(2026, 8, 31)) == {ids[0]: 20_000_000}
        assert await repository.verified_funds(session, ids) == {ids[0]: 40_000_000}
        acts = await repository.contract_acts(session, ids)
        assert [(act.kind.value, act.done_on) for act in acts.pop(ids[0])] == [
            ("start", date(2026, 4, 18)),
            ("registration", None),
        ]
        assert acts == {}
        totals = await repository.output_totals(session, ids, date(2026, 7, 31), date(2026, 8, 31))
        assert totals == {ids[0]: OutputTotal(2_000_000, 100_000, months=2, tax_months=1)}
        curves = await repository.curves_of(session, ids)
        assert {key: len(curve.points) for key, curve in curves.items()} == {ids[0]: 2}
