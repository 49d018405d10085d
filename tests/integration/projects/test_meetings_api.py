"""Meetings over REST: agenda, attendance, minutes, decisions that become action items; visits (S5, S6)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.integration.projects.duty_office import check, conditions, person, told, types_of, unit

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

KIND, SCAN = "action_overdue", "action_items.check"


async def planned(office: Office, kind: str = "joint", *, items: list[dict[str, Any]] | None = None) -> str:
    """A planned meeting's address."""
    body = {"kind": kind, "title": "joint meeting", "region_code": "421224", "planned_on": "2026-09-15"}
    created = await office.done("POST", "/v1/meetings", body | {"items": items or []})
    return f"/v1/meetings/{created['id']}"


async def held(
    office: Office, kind: str = "joint", *, items: list[dict[str, Any]] | None = None, on: str = "2026-09-15"
) -> str:
    address = await planned(office, kind, items=items)
    await office.done("POST", f"{address}/holding", {"on": on})
    return address


async def decided(office: Office, address: str, **facts: Any) -> str:
    """An action item's address, decided at a held meeting."""
    action = {"title": "hand in the land papers", "owner_unit_id": await unit(office, "ZRZY"), **facts}
    decision = await office.done("POST", f"{address}/decisions", {"text": "land first", "actions": [action]})
    return f"/v1/action-items/{decision['action_item_ids'][0]}"


async def test_joint_meeting_ends_in_action_items_that_are_followed_to_their_closing(office: Office) -> None:
    chen, wang = await person(office, "chen", "leader"), await person(office, "wang")
    await office.staff("clerk", "officer", "421224101")
    path = await office.started()
    project_id = path.rpartition("/")[2]
    owner = await unit(office, "ZRZY")
    problem = await office.done(
        "POST",
        f"{path}/problems",
        {"title": "land", "description": "x", "category": "land", "owner_unit_id": owner},
    )
    address = await planned(office, items=[{"topic": "land of P-1", "problem_id": problem["id"]}])
    meeting = await office.done("GET", address)
    assert meeting["items"][0]["project_id"] == project_id
    too_early = {"text": "agreed"}
    await office.refused("POST", f"{address}/minutes", too_early, status=409, code="meeting.step_refused")
    await office.refused("POST", f"{address}/holding", {"on": "2026-09-16"}, status=409, code="meeting.in_future")
    attendance = [
        {"person_id": chen, "status": "present"},
        {"person_id": wang, "status": "excused", "note": "in the city"},
    ]
    whole = await office.done("POST", f"{address}/holding", {"on": "2026-09-15", "attendance": attendance})
    assert {row["person_id"]: row["status"] for row in whole["attendance"]} == {chen: "present", wang: "excused"}
    swapped = [{"person_id": wang, "status": "present"}]
    whole = await office.done("PUT", f"{address}/attendance", {"attendance": swapped})
    assert [row["status"] for row in whole["attendance"]] == ["present"]
    await office.refused("PUT", f"{address}/agenda", {"items": []}, status=409, code="meeting.step_refused")

    await office.done("POST", f"{address}/minutes", {"text": "agreed: one", "document_no": "纪要 12"})
    again = {"text": "agreed: one and two"}
    await office.refused("POST", f"{address}/minutes", again, status=409, code="minutes.edition_needs_reason")
    await office.done("POST", f"{address}/minutes", again | {"reason": "two was left out"})
    editions = (await office.done("GET", f"{address}/minutes"))["items"]
    assert [(row["edition"], row["text"]) for row in editions] == [(1, "agreed: one"), (2, "agreed: one and two")]

    actions = [{"title": "land papers", "owner_unit_id": owner}, {"title": "road", "owner_person_id": wang}]
    decision = await office.done(
        "POST",
        f"{address}/decisions",
        {"text": "land first", "item_id": meeting["items"][0]["id"], "actions": actions},
    )
    assert len(decision["action_item_ids"]) == 2
    item = f"/v1/action-items/{decision['action_item_ids'][0]}"
    seen = await office.done("GET", item, by="clerk")
    assert (seen["code"], seen["project_id"], seen["problem_id"], seen["region_code"]) == (
        "2026-09-15#1",
        project_id,
        problem["id"],
        "421224101",
    )
    # Ten working days by the rule: two worked weekend days, the mid-autumn and the national holiday.
    assert seen["due_on"] == "2026-09-29"
    await office.done("POST", f"{item}/notes", {"note": "surveyed"}, by="clerk")
    await office.done("POST", f"{item}/resolution", {"resolution": "handed in"}, by="clerk")
    await office.refused(
        "POST", f"{item}/closing", {"note": "ok"}, status=409, code="duty.verifier_is_resolver", by="clerk"
    )
    closed = await office.done("POST", f"{item}/closing", {"note": "seen"})
    assert closed["status"] == "closed"
    assert await types_of(office, "projects.action_item.v1", closed["id"]) == [
        "assigned",
        "amended",
        "resolved",
        "closed",
    ]
    assert [step["action"] for step in (await office.done("GET", f"{item}/steps"))["items"]] == [
        "assigned",
        "taken_up",
        "resolved",
        "closed",
    ]
    assert await types_of(office, "projects.meeting.v1", meeting["id"]) == [
        "planned",
        "held",
        "amended",
        "minutes_recorded",
        "minutes_recorded",
        "decided",
    ]
    listed = (await office.done("GET", f"{address}/decisions"))["items"]
    assert listed[0]["action_item_ids"] == decision["action_item_ids"]


async def test_overdue_action_item_is_told_once_and_cleared_at_once(office: Office) -> None:
    item = await decided(office, await held(office), working_days=2)
    await check(office, SCAN, days=2)
    assert await conditions(office, KIND) == []
    await check(office, SCAN)
    await check(office, SCAN)
    (condition,) = await conditions(office, KIND)
    assert (condition["level"], condition["reference_on"]) == (1, "2026-09-17")
    assert (
        "会议（joint meeting）议定事项“hand in the land papers”应于 2026-09-17 前办结"
        in condition["explanation_zh"]
    )
    await check(office, SCAN, days=15)
    assert (await conditions(office, KIND))[0]["level"] == 2
    assert await told(office, KIND) == {"opened": 2}
    await office.done("POST", f"{item}/extensions", {"until": "2026-10-30", "reason": "holiday"})
    assert await conditions(office, KIND) == []
    assert await told(office, KIND) == {"opened": 2, "cleared": 1}


async def test_meeting_is_amended_with_its_version_and_cancelled_for_good(office: Office) -> None:
    address = await planned(office)
    await office.refused("PATCH", address, {"place": "x"}, status=428, code="precondition.required")
    moved = await office.done("PATCH", address, {"planned_on": "2026-09-20"}, headers={"If-Match": '"1"'})
    assert (moved["planned_on"], moved["version"]) == ("2026-09-20", 2)
    stale = {"If-Match": '"1"'}
    reason = {"reason": "storm"}
    await office.refused(
        "POST", f"{address}/cancellation", reason, status=412, code="precondition.failed", headers=stale
    )
    await office.done("POST", f"{address}/cancellation", reason)
    await office.refused(
        "POST", f"{address}/holding", {"on": "2026-09-15"}, status=409, code="meeting.step_refused"
    )


async def test_agenda_and_attendance_are_refused_when_they_do_not_fit(office: Office) -> None:
    chen = await person(office, "chen")
    first, second = await office.started("P-1"), await office.started("P-2")
    owner = await unit(office, "ZRZY")
    body = {"title": "x", "description": "x", "category": "land", "owner_unit_id": owner}
    problem = await office.done("POST", f"{first}/problems", body)
    items = [{"topic": "x", "problem_id": problem["id"], "project_id": second.rpartition("/")[2]}]
    address = await planned(office)
    await office.refused("PUT", f"{address}/agenda", {"items": items}, status=409, code="meeting.agenda_mismatch")
    twice = {"attendance": [{"person_id": chen, "status": "present"}, {"person_id": chen, "status": "absent"}]}
    await office.refused("PUT", f"{address}/attendance", twice, status=409, code="meeting.attendee_twice")
    changed = await office.done(
        "PUT", f"{address}/agenda", {"items": [{"topic": "y", "project_id": second.rpartition("/")[2]}]}
    )
    assert [(row["position"], row["topic"]) for row in changed["items"]] == [(1, "y")]
    nobody = {"text": "x", "actions": [{"title": "x"}]}
    await office.done("POST", f"{address}/holding", {"on": "2026-09-15"})
    await office.refused("POST", f"{address}/decisions", nobody, status=409, code="duty.no_owner")


async def test_action_item_has_its_days_from_the_meeting_when_it_is_entered_later(office: Office) -> None:
    address = await held(office, on="2026-09-01")
    item = await office.done("GET", await decided(office, address, working_days=2))
    assert (item["due_on"], item["original_due_on"]) == ("2026-09-03", "2026-09-03")
    await office.done("GET", await decided(office, address, due_on="2026-09-01"))
    early = {"title": "x", "owner_unit_id": await unit(office, "ZRZY"), "due_on": "2026-08-31"}
    body = {"text": "x", "actions": [early]}
    await office.refused("POST", f"{address}/decisions", body, status=409, code="duty.due_in_past")


async def test_decisions_at_once_are_numbered_without_gaps(office: Office) -> None:
    address = await held(office)
    items = await asyncio.gather(*(decided(office, address) for _ in range(3)))
    codes = [(await office.done("GET", item))["code"] for item in items]
    assert sorted(codes) == ["2026-09-15#1", "2026-09-15#2", "2026-09-15#3"]


async def test_meeting_of_the_county_is_seen_where_it_concerns_a_project(office: Office) -> None:
    await office.staff("town", "officer", "421224101")
    await office.staff("jiayu", "officer", "421221")
    path = await office.started()
    address = await held(office, items=[{"topic": "x", "project_id": path.rpartition("/")[2]}])
    general = await held(office)
    item = await decided(office, general)
    assert (await office.call("GET", address, by="town")).status_code == 200
    await office.refused("GET", general, status=404, code="not_found", by="town")
    await office.refused("GET", item, status=404, code="not_found", by="town")
    await office.refused("GET", address, status=404, code="not_found", by="jiayu")
    late = {"text": "x"}
    await office.refused("POST", f"{address}/minutes", late, status=404, code="not_found", by="town")
    seen = {"filter[project_id][eq]": path.rpartition("/")[2]}
    assert len((await office.done("GET", "/v1/meetings", params=seen, by="town"))["items"]) == 1
    assert (await office.done("GET", "/v1/meetings", by="jiayu"))["items"] == []
    assert (await office.done("GET", "/v1/action-items", by="town"))["items"] == []


async def _enterprise(office: Office) -> str:
    body = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    return str((await office.done("PUT", "/v1/enterprises/91350100M000100Y43", body))["enterprise_id"])


async def test_visit_is_planned_moved_and_made(office: Office) -> None:
    enterprise = await _enterprise(office)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=enterprise)
    await office.staff("jiayu", "officer", "421221")
    body = {"enterprise_id": enterprise, "purpose": "how far is the line", "planned_on": "2026-09-16"}
    early = body | {"planned_on": "2026-09-14"}
    await office.refused("POST", "/v1/supervision-visits", early, status=409, code="visit.day_unfit")
    visit = await office.done("POST", "/v1/supervision-visits", body)
    address = f"/v1/supervision-visits/{visit['id']}"
    await office.done("POST", f"{address}/moves", {"planned_on": "2026-09-15", "reason": "sooner"})
    report = {"on": "2026-09-15", "findings": "the line stands"}
    made = await office.done("POST", f"{address}/report", report)
    assert (made["status"], made["made_on"]) == ("made", "2026-09-15")
    await office.refused("POST", f"{address}/cancellation", {"reason": "x"}, status=409, code="visit.step_refused")
    assert await types_of(office, "projects.visit.v1", visit["id"]) == ["planned", "moved", "made"]
    assert (await office.done("GET", address, by="plant"))["findings"] == "the line stands"
    await office.refused("GET", address, status=404, code="not_found", by="jiayu")
    await office.refused("POST", "/v1/supervision-visits", body, status=404, code="not_found", by="jiayu")
    await office.refused("POST", "/v1/supervision-visits", body, status=403, code="forbidden", by="plant")
    other = await office.started()
    mismatch = body | {"project_id": other.rpartition("/")[2]}
    await office.refused("POST", "/v1/supervision-visits", mismatch, status=409, code="visit.project_mismatch")


async def test_visit_on_a_quiet_day_is_refused_unless_exempt(office: Office) -> None:
    enterprise, chen = await _enterprise(office), await person(office, "chen", "leader")
    quiet = {
        "name": "quiet days",
        "kind": "quiet_days",
        "region_code": "421224",
        "days_of_month": [*range(16, 26)],
    }
    await office.done("PUT", "/v1/visit-rules/QD-1", quiet)
    body: dict[str, Any] = {"enterprise_id": enterprise, "purpose": "x", "planned_on": "2026-09-18"}
    await office.refused("POST", "/v1/supervision-visits", body, status=409, code="visit.refused")
    for halved in ({"ground": "emergency"}, {"ground": "hunger", "reason": "x", "approver_person_id": chen}):
        bad = body | {"exemption": halved}
        await office.refused("POST", "/v1/supervision-visits", bad, status=422, code="request.malformed")
    exempt = {"ground": "emergency", "reason": "leak", "approver_person_id": chen}
    visit = await office.done("POST", "/v1/supervision-visits", body | {"exemption": exempt})
    assert (visit["exemption"], visit["approver_person_id"]) == ("emergency", chen)
    usual = await office.done("POST", "/v1/supervision-visits", body | {"planned_on": "2026-09-28"})
    address = f"/v1/supervision-visits/{usual['id']}"
    move = {"planned_on": "2026-09-18", "reason": "sooner"}
    await office.refused("POST", f"{address}/moves", move, status=409, code="visit.refused")
    await office.done("POST", f"/v1/supervision-visits/{visit['id']}/moves", move | {"planned_on": "2026-09-20"})
