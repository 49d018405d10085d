"""Quiet days and inspections over REST: filed, refused, exempted, joined, carried out, and not filed at all."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.integration.projects.environment_world import World, settled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.integration.projects.conftest import Office

GIVEN_UP = {"reason": "joins another"}
QUIET = {
    "name": "quiet days of Tongshan",
    "kind": "quiet_days",
    "region_code": "421224",
    "days_of_month": list(range(1, 26)),
    "basis": "order 7",
}


@pytest.fixture
async def world(template_database: Callable[..., str]) -> AsyncIterator[World]:
    async with settled(template_database) as world:
        yield world


@pytest.fixture
def office(world: World) -> Office:
    return world.office


async def test_inspection_is_refused_on_quiet_days_and_approved_on_others(office: Office, world: World) -> None:
    await office.done("PUT", "/v1/visit-rules/QD-1", QUIET)
    refused = await world.inspection(planned="2026-09-24", by="market")
    assert (refused["status"], refused["decided_by"]) == ("refused", None)
    (why,) = refused["refusals"]
    assert (why["reason"], why["on"], why["rule_code"]) == ("quiet_day", "2026-09-24", "QD-1")
    assert "每月 24 日" in why["explanation_zh"]

    approved = await world.inspection(planned="2026-09-28")
    assert (approved["status"], approved["refusals"], approved["code"]) == ("approved", [], "JC-2026-00002")
    preview = await office.done(
        "GET", "/v1/quiet-days", params={"enterprise_id": world.plant, "from": "2026-09-24", "to": "2026-09-26"},
        by="plant",
    )  # fmt: skip
    assert [(day["on"], day["visits_allowed"], day["reason"]) for day in preview["items"]] == [
        ("2026-09-24", False, "day_of_month"),
        ("2026-09-25", False, "day_of_month"),
        ("2026-09-26", True, "not_named"),
    ]

    report = {"on": "2026-09-28", "duration_minutes": 90, "result": "rectification", "findings": "two lifts"}
    path = f"/v1/inspections/{approved['id']}"
    await office.refused("POST", f"{path}/report", report, status=409, code="inspection.in_future", by="market")
    office.clock.advance(timedelta(days=14))
    await office.refused(
        "POST", f"{path}/report", report, status=409, code="inspection.rectification", by="market"
    )
    outside = report | {"on": "2026-09-27", "rectify_by": "2026-10-15"}
    problem = await office.refused(
        "POST", f"{path}/report", outside, status=409, code="inspection.outside_filed_days", by="market"
    )
    assert problem["errors"][0]["pointer"] == "/on"
    done = await office.done("POST", f"{path}/report", report | {"rectify_by": "2026-10-15"}, by="market")
    assert (done["status"], done["carried_out_on"], done["version"]) == ("carried_out", "2026-09-28", 2)
    types = [event.type for event in await office.events("projects.inspection.v1", approved["id"])]
    assert types == ["projects.inspection.filed.v1", "projects.inspection.carried_out.v1"]
    trail = await office.done("GET", f"{path}/trail", by="plant")
    assert [step["action"] for step in trail["items"]] == ["filed", "carried_out"]

    # An enterprise sees its own, and nobody sees those of another county.
    listed = (await office.done("GET", "/v1/inspections", by="plant"))["items"]
    assert {item["id"] for item in listed} == {refused["id"], approved["id"]}
    for stranger in ("other", "jiayu"):
        assert (await office.done("GET", "/v1/inspections", by=stranger))["items"] == []
        await office.refused("GET", path, status=404, code="not_found", by=stranger)
    days = {"enterprise_id": world.plant, "from": "2026-09-24", "to": "2026-09-26"}
    await office.refused("GET", "/v1/quiet-days", params=days, status=404, code="not_found", by="other")


async def test_exempt_ground_needs_a_reason_and_another_person(office: Office, world: World) -> None:
    await office.done("PUT", "/v1/visit-rules/QD-1", QUIET)
    body = {
        "enterprise_id": world.plant, "kind": "special", "subject": "dust", "basis": "Work Safety Law, article 65",
        "planned_from": "2026-09-15", "planned_to": "2026-09-16", "parties": [world.party("fire")],
        "exempt_ground": "safety",
    }  # fmt: skip
    await office.refused(
        "POST", "/v1/inspections", body, status=409, code="inspection.exemption_needs_reason", by="fire"
    )
    filed = await office.done("POST", "/v1/inspections", body | {"exempt_reason": "smoke was seen"}, by="leader")
    assert (filed["status"], len(filed["refusals"])) == ("awaiting_approval", 2)
    path = f"/v1/inspections/{filed['id']}/decisions"
    decision = {"approve": True, "note": "go at once"}
    await office.refused("POST", path, decision, status=409, code="environment.same_person", by="leader")
    await office.refused("POST", path, decision, status=403, code="forbidden", by="fire")
    await office.refused(
        "POST", path, decision, status=412, code="precondition.failed", by="centre", headers={"If-Match": '"9"'}
    )
    decided = await office.done("POST", path, decision, by="centre")
    assert (decided["status"], decided["is_exempted"]) == ("approved", True)
    await office.refused("POST", path, decision, status=409, code="inspection.status", by="centre")
    # The ground alone asks for nobody when nothing stands against the day.
    free = await world.inspection(planned="2026-09-28", exempt_ground="safety", exempt_reason="yearly check")
    assert (free["status"], free["is_exempted"]) == ("approved", False)


async def test_closed_park_is_closed_for_the_enterprise_that_builds_there(office: Office, world: World) -> None:
    park = {"name": "metallurgy park", "region_code": "421224101", "level": "county"}
    await office.done("PUT", "/v1/parks/YJ", park)
    closed = {"name": "closed", "kind": "closed_park", "region_code": "421224", "park_code": "YJ"}
    await office.done("PUT", "/v1/visit-rules/CP-1", closed | {"except_on": ["2026-09-29"]})
    assert (await world.inspection(planned="2026-09-22", kind="random"))["status"] == "approved"
    await office.register(park_code="YJ", enterprise_id=world.plant)
    refused = await world.inspection(planned="2026-09-28")
    assert [why["reason"] for why in refused["refusals"]] == ["closed_park"]
    assert (await world.inspection(planned="2026-09-29"))["status"] == "approved"
    visit = {"enterprise_id": world.plant, "purpose": "how far is the line", "planned_on": "2026-09-28"}
    problem = await office.refused("POST", "/v1/supervision-visits", visit, status=409, code="visit.refused")
    assert "CP-1" in problem["detail"]
    await office.done("POST", "/v1/supervision-visits", visit | {"planned_on": "2026-09-29"})
    await office.done("POST", "/v1/supervision-visits", visit | {"enterprise_id": world.other})


async def test_park_is_closed_for_its_tenants_from_the_day_its_entry_says(office: Office, world: World) -> None:
    park = {"name": "stone park", "region_code": "421224101", "level": "county"}
    await office.done("PUT", "/v1/parks/SC", park | {"closed_managed_since": "2026-09-20"})
    stay = {"park_code": "SC", "enterprise_id": world.plant, "from_on": "2026-03-01", "to_on": "2026-09-22"}
    await office.done("POST", "/v1/tenants", stay)
    days = {"enterprise_id": world.plant, "from": "2026-09-19", "to": "2026-09-23"}
    preview = await office.done("GET", "/v1/quiet-days", params=days)
    assert [day["visits_allowed"] for day in preview["items"]] == [True, False, False, False, True]
    assert {(day["rule_code"], day["rule_name"]) for day in preview["items"]} == {
        (None, None),
        ("SC", "stone park"),
    }
    # A rule on the park knows its exceptions.
    closed = {"name": "closed", "kind": "closed_park", "region_code": "421224", "park_code": "SC"}
    await office.done("PUT", "/v1/visit-rules/CP-2", closed | {"except_on": ["2026-09-21"]})
    preview = await office.done("GET", "/v1/quiet-days", params=days)
    assert [day["reason"] for day in preview["items"]][1:4] == ["closed_park", "excepted", "closed_park"]
    unknown = closed | {"park_code": "NONE"}
    await office.refused("PUT", "/v1/visit-rules/CP-3", unknown, status=409, code="environment.unknown_reference")


async def test_second_inspection_of_the_year_is_refused_but_may_join(office: Office, world: World) -> None:
    limit = {"basis": "unit", "kind": "routine", "max_count": 1, "region_code": "421224"}
    await office.done("PUT", "/v1/inspection-limits", limit)
    await office.done("PUT", "/v1/inspection-limits", {"basis": "enterprise", "max_count": 2})
    first = await world.inspection(planned="2026-09-22")
    again = await world.inspection(planned="2026-11-20")
    assert [why["reason"] for why in again["refusals"]] == ["frequency"]
    assert again["refusals"][0]["inspection_ids"] == [first["id"]]
    second = await world.inspection("fire", planned="2026-09-23", kind="special")
    third = await world.inspection("centre", planned="2026-09-24", kind="random")
    assert third["status"] == "refused"
    path = f"/v1/inspections/{second['id']}/parties"
    await office.refused(
        "POST", path, world.party("centre", 1), status=409, code="inspection.too_few_inspectors", by="centre"
    )
    joined = await office.done("POST", path, world.party("centre"), by="centre")
    assert [party["unit_id"] for party in joined["parties"]] == [world.units["fire"], world.units["centre"]]
    await office.refused(
        "POST", path, world.party("centre"), status=409, code="inspection.already_takes_part", by="centre"
    )
    found = await office.done("GET", "/v1/inspections", params={"filter[participant]": world.units["centre"]})
    assert {item["id"] for item in found["items"]} == {second["id"], third["id"]}
    # A cancelled one frees its place.
    await office.done(
        "POST", f"/v1/inspections/{first['id']}/cancellation", {"reason": "joins another"}, by="market"
    )
    assert (await world.inspection(planned="2026-11-20"))["status"] == "approved"


async def test_one_of_two_filings_at_once_is_refused_when_the_limit_is_one(office: Office, world: World) -> None:
    await office.done("PUT", "/v1/inspection-limits", {"basis": "enterprise", "max_count": 1})
    filed = await asyncio.gather(
        world.inspection(planned="2026-09-22"), world.inspection("fire", planned="2026-09-23")
    )
    assert sorted(one["status"] for one in filed) == ["approved", "refused"]
    assert len({one["code"] for one in filed}) == 2


async def test_filing_is_refused_when_its_form_is_wrong(office: Office, world: World) -> None:
    good: dict[str, Any] = {
        "enterprise_id": world.plant, "kind": "routine", "subject": "x", "basis": "y",
        "planned_from": "2026-09-17", "planned_to": "2026-09-18", "parties": [world.party("market")],
    }  # fmt: skip
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"planned_from": "2026-09-15"}, "inspection.not_beforehand"),
        ({"planned_to": "2026-09-16"}, "inspection.days_invalid"),
        ({"planned_to": "2026-10-16"}, "inspection.days_invalid"),
        ({"parties": [world.party("market", 1)]}, "inspection.too_few_inspectors"),
        ({"parties": [world.party("market"), world.party("market")]}, "inspection.too_few_inspectors"),
        ({"enterprise_id": str(uuid4())}, "environment.unknown_reference"),
        ({"planned_from": "2028-03-01", "planned_to": "2028-03-01"}, None),
    ]
    for change, code in cases:
        answer = await office.call("POST", "/v1/inspections", good | change, by="market")
        assert answer.json().get("code") == code or code is None, answer.text
        assert answer.status_code < 500
    other = good | {"parties": [world.party("fire")]}
    await office.refused("POST", "/v1/inspections", other, status=403, code="environment.other_unit", by="market")
    await office.refused("POST", "/v1/inspections", good, status=404, code="not_found", by="jiayu")
    await office.refused("POST", "/v1/inspections", good, status=403, code="forbidden", by="plant")
    year = {"enterprise_id": world.plant, "from": "2026-01-01", "to": "2027-06-01"}
    await office.refused("GET", "/v1/quiet-days", params=year, status=422, code="environment.period")


async def test_unfiled_inspection_warns_until_somebody_looked_into_it(office: Office, world: World) -> None:
    filed = await world.inspection("market", planned="2026-09-16")
    office.clock.advance(timedelta(days=1))
    await office.done("PUT", "/v1/visit-rules/QD-1", QUIET | {"valid_from": "2026-01-01"})
    body = {
        "enterprise_id": world.plant, "unit_id": world.units["market"], "came_on": "2026-09-16",
        "description": "two people, no number",
    }  # fmt: skip
    problem = await office.refused(
        "POST", "/v1/unfiled-inspections", body, status=409, code="unfiled_inspection.was_filed", by="plant"
    )
    assert filed["code"] in problem["detail"]
    body["unit_id"] = world.units["fire"]
    report = await office.done("POST", "/v1/unfiled-inspections", body, by="plant")
    await office.refused(
        "POST", "/v1/unfiled-inspections", body, status=409, code="unfiled_inspection.reported_already", by="plant"
    )
    (condition,) = await world.conditions("inspection_unfiled", by="plant")
    assert (condition["level"], condition["subject_code"], condition["cleared_on"]) == (2, report["code"], None)
    assert condition["responsible_unit_id"] is None
    assert "fire bureau" in condition["explanation_en"]

    path = f"/v1/unfiled-inspections/{report['id']}/resolution"
    verdict = {"status": "confirmed", "resolution": "admonished"}
    await office.refused("POST", path, verdict, status=403, code="forbidden", by="fire")
    resolved = await office.done("POST", path, verdict, by="centre")
    assert resolved["status"] == "confirmed"
    await office.refused("POST", path, verdict, status=409, code="unfiled_inspection.settled", by="centre")
    (condition,) = await world.conditions("inspection_unfiled")
    assert (condition["cleared_reason"], condition["version"]) == ("confirmed", 2)
    told = [event.type for event in await office.events("projects.unfiled_inspection.v1", report["id"])]
    assert told == ["projects.unfiled_inspection.reported.v1", "projects.unfiled_inspection.resolved.v1"]
    assert json.loads((await office.events("projects.unfiled_inspection.v1"))[0].payload or b"")["unit_name"] == (
        "fire bureau"
    )


async def test_rules_are_put_in_force_by_those_who_may(office: Office, world: World) -> None:
    await office.refused("PUT", "/v1/visit-rules/QD", QUIET, status=403, code="forbidden", by="market")
    everywhere = QUIET | {"region_code": None}
    await office.refused(
        "PUT", "/v1/visit-rules/QD", everywhere, status=403, code="validity.everywhere_forbidden", by="centre"
    )
    await office.done("PUT", "/v1/visit-rules/QD", QUIET | {"valid_from": "2026-01-01"}, by="centre")
    later = QUIET | {"days_of_month": [], "weekdays": [1, 2, 3], "valid_from": "2026-10-01"}
    await office.done("PUT", "/v1/visit-rules/QD", later, by="centre")
    rules = (await office.done("GET", "/v1/visit-rules"))["items"]
    assert [(rule["valid_from"], rule["valid_to"]) for rule in rules] == [
        ("2026-01-01", "2026-10-01"),
        ("2026-10-01", None),
    ]
    elsewhere = QUIET | {"region_code": "421221"}
    await office.refused("PUT", "/v1/visit-rules/QD", elsewhere, status=409, code="visit_rule.code_taken")
    for change, field in (
        ({"days_of_month": []}, "/days_of_month"),
        ({"park_code": "P", "enterprise_ids": [world.plant]}, "/enterprise_ids"),
        ({"kind": "closed_park"}, "/park_code"),
        ({"kind": "closed_park", "park_code": "P"}, "/days_of_month"),
    ):
        problem = await office.refused(
            "PUT", "/v1/visit-rules/BAD", QUIET | change, status=409, code="visit_rule.incomplete"
        )
        assert [error["pointer"] for error in problem["errors"]] == [field]
    rule = {"kind": "inspection_notice", "value": 3, "region_code": "421224", "level2_value": 2}
    await office.refused("PUT", "/v1/environment-rules", rule, status=409, code="validity.not_ordered")
    await office.done("PUT", "/v1/environment-rules", rule | {"level2_value": None})
    body = {
        "enterprise_id": world.plant, "kind": "routine", "subject": "x", "basis": "y",
        "planned_from": "2026-09-17", "planned_to": "2026-09-17", "parties": [world.party("market")],
    }  # fmt: skip
    problem = await office.refused(
        "POST", "/v1/inspections", body, status=409, code="inspection.not_beforehand", by="market"
    )
    assert "2026-09-18" in problem["detail"]
