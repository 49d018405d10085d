"""Approvals over REST (S11): promises, first contact, agent, green channel, lawful pauses, warnings."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.approvals.service.scanning import scan_cases
from services.projects.conditions.domain.condition import Outcome

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

CASES = "/v1/approval-cases"
FILING: dict[str, Any] = {
    "code": "filing",
    "name": "企业投资项目备案",
    "authority_level": "county",
    "region_code": "421224",
    "statutory_days": 20,
    "promised_days": 5,
    "green_percent": 50,
    "valid_from": "2026-01-01",
    "documents": [{"code": "form", "name": "备案信息表"}, {"code": "photo", "name": "照片", "required": False}],
}


async def unit_of(office: Office, code: str = "U-1", region: str = "421224") -> str:
    unit = await office.done("PUT", f"/v1/units/{code}", {"name": f"unit {code}", "region_code": region})
    return str(unit["unit_id"])


async def person_of(office: Office, code: str, unit_id: str, post: str = "officer", region: str = "421224") -> str:
    body = {"name": f"person {code}", "unit_id": unit_id, "region_code": region, "post": post}
    return str((await office.done("PUT", f"/v1/persons/{code}", body))["person_id"])


async def clerk(office: Office) -> str:
    """The county's counter: a matter with its unit, and who receives there; answers that person's id."""
    unit_id = await unit_of(office)
    person_id = await person_of(office, "O-1", unit_id)
    await office.done("PUT", "/v1/approval-matters", FILING | {"unit_id": unit_id})
    return person_id


async def filed(office: Office, code: str = "P-1", *, by: str = "admin", **facts: Any) -> str:
    """A case of a new project, its form in; answers its address."""
    project = (await office.register(code)).rpartition("/")[2]
    owner = {} if by != "admin" else {"owner_person_id": (await office.done("GET", "/v1/persons/O-1"))["id"]}
    body = {"matter_code": "filing", "project_id": project, "applied_on": "2026-09-14", **owner, **facts}
    path = f"{CASES}/{(await office.done('POST', CASES, body, by=by))['id']}"
    await office.done("PUT", f"{path}/documents/form", {"received_on": "2026-09-14"})
    return path


async def accepted(office: Office, code: str = "P-1", **facts: Any) -> str:
    path = await filed(office, code, **facts)
    await office.done("POST", f"{path}/acceptance", {"on": "2026-09-15"})
    return path


async def scan(office: Office) -> Outcome:
    async with office.database.transaction() as session:
        return await scan_cases(Context(session, office.clock.now(), new_id, SYSTEM))


async def told(office: Office) -> list[tuple[str, int, str, str | None]]:
    """Conditions' events: opened or cleared, version, kind, reason."""
    events = await office.events("projects.condition.v1")
    bodies = [(event, json.loads(event.payload or b"")) for event in events]
    return [
        (event.type.split(".")[2], event.aggregate_version, body["kind"], body.get("reason"))
        for event, body in bodies
    ]


def to(office: Office, local: str) -> None:
    """Move the clock to a local time of September 2026."""
    day, hour = local.split("T")
    present = office.clock.now()
    morning = present.replace(year=2026, month=9, day=15, hour=0, minute=0)
    target = morning.replace(day=int(day)) + timedelta(hours=int(hour[:2]) - 8, minutes=int(hour[3:]))
    office.clock.advance(target - present)


async def test_case_is_decided_within_five_working_days_and_each_day_is_explained(office: Office) -> None:
    person_id = await clerk(office)
    await office.staff("counter", "officer", "421224", person_id=person_id)
    path = await accepted(office, by="counter")
    case = await office.done("GET", path)
    assert (case["code"], case["status"]) == ("SP-421224101-2026-00001", "accepted")
    assert (case["first_contact_person_id"], case["owner_person_id"]) == (person_id, person_id)
    # The 15th is not counted; the 19th rests, Sunday the 20th is worked for the holiday.
    assert (case["due_on"], case["statutory_due_on"]) == ("2026-09-21", "2026-10-19")
    assert (case["used_days"], case["remaining_days"]) == (0, 5)

    to(office, "17T09:00")
    stop = {"ground": "expert_review", "from_on": "2026-09-17", "notice": "告知书〔2026〕12号"}
    paused = await office.done("POST", f"{path}/pauses", stop)
    assert (paused["status"], paused["due_on"], paused["used_days"]) == ("paused", None, 1)
    to(office, "21T09:00")
    resumed = await office.done("POST", f"{path}/resumption", {"on": "2026-09-21"})
    # Out come the 17th, the 18th and the worked 20th.
    assert (resumed["due_on"], resumed["remaining_days"]) == ("2026-09-24", 3)

    clock = await office.done("GET", f"{path}/clock")
    assert [(day["on"][-2:], day["kind"], day["used_days"]) for day in clock["days"]] == [
        ("15", "acceptance", 0),
        ("16", "counted", 1),
        ("17", "paused", 1),
        ("18", "paused", 1),
        ("19", "rest", 1),
        ("20", "paused", 1),
        ("21", "counted", 2),
        ("22", "counted", 3),
        ("23", "counted", 4),
        ("24", "counted", 5),
    ]
    assert clock["days"][2]["reason"] == "clock paused: expert review"
    assert [day["is_forecast"] for day in clock["days"]][5:8] == [False, False, True]
    chinese = await office.done("GET", f"{path}/clock", headers={"Accept-Language": "zh-CN"})
    assert chinese["days"][5]["reason"] == "暂停计时：专家评审"

    to(office, "23T16:00")
    decision = {"outcome": "granted", "on": "2026-09-23", "document": "通发改备〔2026〕31号"}
    decided = await office.done("POST", f"{path}/decision", decision)
    assert (decided["status"], decided["outcome"], decided["used_days"]) == ("decided", "granted", 4)

    events = await office.events("projects.approval.v1", case["id"])
    assert [event.type.split(".")[2] for event in events] == [
        "filed",
        "amended",
        "accepted",
        "paused",
        "resumed",
        "decided",
    ]
    assert [event.aggregate_version for event in events] == [1, 2, 3, 4, 5, 6]
    last = json.loads(events[-1].payload or b"")
    assert (last["due_on"], last["is_on_time"], last["used_days"]) == ("2026-09-24", True, 4)
    history = (await office.done("GET", f"{path}/history"))["items"]
    assert {"field": "pauses.1.to_on", "before": None, "after": "2026-09-21"} in history[4]["changes"]
    feed = await office.done("GET", f"{CASES}/changes")
    assert set(feed) >= {"items"}


async def test_due_soon_and_breach_open_to_the_minute_and_are_cleared_by_the_decision(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)
    assert await scan(office) == Outcome(subjects=1)
    to(office, "20T07:30")
    assert (await scan(office)).opened == 1
    assert await scan(office) == Outcome(subjects=1)
    to(office, "21T17:59")
    assert await scan(office) == Outcome(subjects=1)
    to(office, "21T18:00")
    assert await scan(office) == Outcome(subjects=1, opened=1, cleared=1)
    office.clock.advance(timedelta(days=29))
    assert await scan(office) == Outcome(subjects=1, amended=1)
    page = await office.done("GET", "/v1/conditions", params={"filter[open][eq]": "true"})
    (condition,) = page["items"]
    assert (condition["kind"], condition["level"], condition["subject_type"]) == (
        "approval_breached",
        2,
        "approval_case",
    )
    assert (condition["project_code"], condition["reference_on"]) == ("P-1", "2026-10-19")
    assert "法定期限 20 个工作日" in condition["explanation_zh"]

    refusal = {"outcome": "refused", "on": "2026-10-20", "reason": "the plot is farmland"}
    await office.done("POST", f"{path}/decision", refusal)
    assert await told(office) == [
        ("opened", 1, "approval_due_soon", None),
        ("cleared", 2, "approval_due_soon", "breached"),
        ("opened", 1, "approval_breached", None),
        ("opened", 2, "approval_breached", None),
        ("cleared", 3, "approval_breached", "refused"),
    ]
    assert await scan(office) == Outcome()


async def test_pause_clears_the_warning_at_once_and_a_broken_promise_is_not_paused_away(office: Office) -> None:
    await clerk(office)
    early, late = await accepted(office, "P-1"), await accepted(office, "P-2")
    to(office, "20T09:00")
    assert (await scan(office)).opened == 2
    stop = {"ground": "hearing", "from_on": "2026-09-20", "notice": "n"}
    await office.done("POST", f"{early}/pauses", stop)
    assert (await told(office))[-1] == ("cleared", 2, "approval_due_soon", "paused")
    to(office, "22T09:00")
    await scan(office)
    await office.done("POST", f"{late}/pauses", stop | {"from_on": "2026-09-22"})
    page = await office.done("GET", "/v1/conditions", params={"filter[open][eq]": "true"})
    assert [condition["kind"] for condition in page["items"]] == ["approval_breached"]


async def test_unlawful_pause_and_bad_steps_are_refused(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)

    async def refused(act: str, body: dict[str, Any], code: str) -> dict[str, Any]:
        return await office.refused("POST", f"{path}/{act}", body, status=409, code=code)

    stop = {"ground": "lunch", "from_on": "2026-09-15", "notice": "n"}
    await refused("pauses", stop, "approval.unknown_pause_ground")
    await refused("pauses", stop | {"ground": "hearing", "from_on": "2026-09-14"}, "approval.dates_out_of_order")
    await refused("pauses", stop | {"ground": "hearing", "from_on": "2026-09-16"}, "approval.date_in_future")
    await refused("resumption", {"on": "2026-09-15"}, "approval.illegal_change")
    await refused("decision", {"outcome": "refused", "on": "2026-09-15"}, "approval.reason_required")
    await refused("decision", {"outcome": "not_accepted", "on": "2026-09-15"}, "approval.illegal_change")
    await refused("acceptance", {"on": "2026-09-15"}, "approval.illegal_change")
    blank = {"ground": "hearing", "from_on": "2026-09-15", "notice": " "}
    await office.refused("POST", f"{path}/pauses", blank, status=422, code="request.malformed")
    assert (await office.done("GET", path))["version"] == 3


async def test_first_contact_is_bound_and_handovers_are_recorded(office: Office) -> None:
    first = await clerk(office)
    second = await person_of(office, "O-2", await unit_of(office))
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    case = await office.done("POST", CASES, {"matter_code": "filing"}, by="plant")
    path = f"{CASES}/{case['id']}"
    assert (case["enterprise_id"], case["owner_person_id"]) == (own["enterprise_id"], None)
    await office.done("PUT", f"{path}/documents/form", {"received_on": "2026-09-15"}, by="plant")
    await office.refused(
        "POST", f"{path}/acceptance", {"on": "2026-09-15"}, by="plant", status=403, code="forbidden"
    )
    await office.refused(
        "POST", f"{path}/acceptance", {"on": "2026-09-15"}, status=409, code="approval.owner_required"
    )
    await office.done("POST", f"{path}/reception", {"person_id": first})
    await office.refused(
        "POST", f"{path}/reception", {"person_id": second}, status=409, code="approval.already_received"
    )
    handed = await office.done("POST", f"{path}/handovers", {"to_person_id": second, "reason": "on leave"})
    assert (handed["first_contact_person_id"], handed["owner_person_id"]) == (first, second)
    (step,) = [
        one for one in (await office.done("GET", f"{path}/history"))["items"] if one["action"] == "handed_over"
    ]
    assert (step["reason"], step["changes"]) == (
        "on leave",
        [{"field": "owner_person_id", "before": first, "after": second}],
    )
    tag = {"If-Match": f'"{handed["version"]}"'}
    agent = await office.done("PATCH", path, {"agent_person_id": first}, headers=tag)
    assert agent["agent_person_id"] == first
    gone = await office.done("POST", f"{path}/withdrawal", {"on": "2026-09-15", "reason": "sold"}, by="plant")
    assert (gone["outcome"], gone["decision_reason"]) == ("withdrawn", "sold")


async def test_missing_documents_are_named_and_may_follow_with_a_reason(office: Office) -> None:
    owner = await clerk(office)
    project = (await office.register()).rpartition("/")[2]
    body = {"matter_code": "filing", "project_id": project, "code": "SP-7", "owner_person_id": owner}
    path = f"{CASES}/{(await office.done('POST', CASES, body))['id']}"
    await office.refused("POST", CASES, body, status=409, code="approval.duplicate_code")
    step = {"on": "2026-09-15"}
    problem = await office.refused(
        "POST", f"{path}/acceptance", step, status=409, code="approval.documents_missing"
    )
    assert [error["message"] for error in problem["errors"]] == ["备案信息表 (form) is missing."]
    taken = await office.done("POST", f"{path}/acceptance", step | {"lacking_reason": "the form is at the notary"})
    assert taken["lacking_reason"] == "the form is at the notary"
    grant = {"outcome": "granted", "on": "2026-09-15"}
    await office.refused("POST", f"{path}/decision", grant, status=409, code="approval.documents_missing")
    await office.done("PUT", f"{path}/documents/form", {"received_on": "2026-09-15"})
    await office.done("POST", f"{path}/decision", grant)


async def test_green_channel_halves_the_promise_with_a_reason(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)
    hurried = await office.done("POST", f"{path}/green-channel", {"reason": "provincial key project"})
    assert (hurried["promised_days"], hurried["due_on"]) == (3, "2026-09-18")
    (event,) = [one for one in await office.events("projects.approval.v1") if one.type.endswith("rescheduled.v1")]
    assert json.loads(event.payload or b"")["cause"] == "green_channel"
    await office.refused(
        "POST", f"{path}/green-channel", {"reason": "x"}, status=409, code="approval.illegal_change"
    )


async def test_the_five_day_template_is_in_force_where_it_is_adopted_and_only_there(office: Office) -> None:
    await clerk(office)
    city = await office.done("GET", "/v1/approval-matters", params={"filter[template][eq]": "city-5-days"})
    days = {one["code"]: (one["statutory_days"], one["promised_days"]) for one in city["items"]}
    # A filing is made when the authority has the facts: there is nothing to promise.
    assert days == {
        "project-approval": (20, 5),
        "project-filing": (1, 1),
        "land-preview": (20, 5),
        "land-planning": (20, 5),
        "works-planning": (20, 5),
        "works-permit": (7, 5),
        "soil-conservation": (10, 5),
    }
    assert all(one["authority_level"] == "city" and one["source"] for one in city["items"])
    project = (await office.register()).rpartition("/")[2]
    body = {"matter_code": "project-approval", "project_id": project}
    await office.refused("POST", CASES, body, status=409, code="approval.unknown_matter")
    await office.refused(
        "POST",
        "/v1/approval-matters/adoption",
        {"template": "none", "region_code": "421224"},
        status=409,
        code="approval.unknown_template",
    )
    survey = FILING | {"code": "survey", "authority_level": "city", "promised_days": 15}
    await office.done("PUT", "/v1/approval-matters", survey)
    adoption = {"template": "city-5-days", "region_code": "421224", "valid_from": "2026-09-15"}
    adopted = (await office.done("POST", "/v1/approval-matters/adoption", adoption))["items"]
    assert len(adopted) == len(city["items"]) + 1
    assert {(one["promised_days"], one["region_code"], one["template"]) for one in adopted} == {
        (5, "421224", None),
        (1, "421224", None),
    }
    (old,) = (
        await office.done(
            "GET",
            "/v1/approval-matters",
            params={"filter[code][eq]": "survey", "filter[valid_to][null]": "false"},
        )
    )["items"]
    assert (old["promised_days"], old["valid_to"]) == (15, "2026-09-15")
    case = await office.done("POST", CASES, body)
    assert [paper["code"] for paper in case["documents"]] == ["report", "plan-opinion", "land-opinion"]
    elsewhere = (await office.register("P-2", region_code="421221")).rpartition("/")[2]
    await office.refused(
        "POST", CASES, body | {"project_id": elsewhere}, status=409, code="approval.unknown_matter"
    )


async def test_matter_of_everywhere_is_not_a_countys_to_set(office: Office) -> None:
    await office.staff("keeper", "supervisor", "421224")
    for path, body in (
        ("/v1/approval-matters", FILING | {"region_code": None}),
        ("/v1/approval-pause-grounds", {"code": "rest", "name_zh": "休", "name_en": "rest"}),
    ):
        await office.refused("PUT", path, body, by="keeper", status=403, code="validity.everywhere_forbidden")
    bad = FILING | {"promised_days": 30}
    await office.refused("PUT", "/v1/approval-matters", bad, status=409, code="approval.matter_not_ordered")
    own = {"code": "flood", "name_zh": "汛情", "name_en": "flood", "region_code": "421224", "max_working_days": 3}
    assert (await office.done("PUT", "/v1/approval-pause-grounds", own, by="keeper"))["version"] == 1
    grounds = await office.done("GET", "/v1/approval-pause-grounds", by="keeper")
    assert {one["code"] for one in grounds["items"]} >= {"hearing", "expert_review", "supplement", "flood"}


async def test_cases_of_others_do_not_exist_for_a_caller(office: Office) -> None:
    await clerk(office)
    path = await filed(office)
    await office.staff("neighbour", "officer", "421221")
    await office.refused("GET", path, by="neighbour", status=404, code="not_found")
    await office.refused("GET", f"{path}/clock", by="neighbour", status=404, code="not_found")
    await office.refused(
        "POST", f"{path}/acceptance", {"on": "2026-09-15"}, by="neighbour", status=404, code="not_found"
    )
    assert (await office.done("GET", CASES, by="neighbour"))["items"] == []
    project = (await office.done("GET", path))["project_id"]
    body = {"matter_code": "filing", "project_id": project}
    problem = await office.refused(
        "POST", CASES, body, by="neighbour", status=409, code="approval.unknown_reference"
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/project_id"]
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    await office.refused("GET", path, by="plant", status=404, code="not_found")
    assert (await office.done("GET", CASES, by="plant"))["items"] == []
    await office.refused("POST", CASES, {"matter_code": "filing"}, status=409, code="approval.applicant_required")


async def test_two_at_once_decide_one_case_once_and_never_share_a_number(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)
    grant = {"outcome": "granted", "on": "2026-09-15"}
    refuse = {"outcome": "refused", "on": "2026-09-15", "reason": "x"}
    answers = await asyncio.gather(*(office.call("POST", f"{path}/decision", body) for body in (grant, refuse)))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    project = (await office.done("GET", path))["project_id"]
    body = {"matter_code": "filing", "project_id": project}
    filed_at_once = await asyncio.gather(*(office.done("POST", CASES, body) for _ in range(3)))
    assert len({case["code"] for case in filed_at_once}) == 3


async def test_stale_writer_is_refused_and_loses_nothing(office: Office) -> None:
    await clerk(office)
    path = await filed(office)
    await office.refused("PATCH", path, {"summary": "x"}, status=428, code="precondition.required")
    stale = {"If-Match": '"1"'}
    await office.refused("PATCH", path, {"summary": "x"}, headers=stale, status=412, code="precondition.failed")
    await office.refused(
        "POST", f"{path}/acceptance", {"on": "2026-09-15"}, headers=stale, status=412, code="precondition.failed"
    )
    fresh = {"If-Match": '"2"'}
    assert (await office.done("PATCH", path, {"summary": "kiln"}, headers=fresh))["summary"] == "kiln"
    same = {"If-Match": '"3"'}
    assert (await office.done("PATCH", path, {"summary": "kiln"}, headers=same))["version"] == 3


async def test_last_step_is_taken_back_on_the_record(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)
    await office.done("POST", f"{path}/decision", {"outcome": "granted", "on": "2026-09-15"})
    back = await office.done("POST", f"{path}/reversals", {"reason": "the wrong case"})
    assert (back["status"], back["outcome"], back["due_on"]) == ("accepted", None, "2026-09-21")
    drafted = await office.done("POST", f"{path}/reversals", {"reason": "papers were false"})
    assert (drafted["status"], drafted["due_on"], drafted["used_days"]) == ("draft", None, None)
    await office.refused(
        "POST", f"{path}/reversals", {"reason": "x"}, status=409, code="approval.nothing_to_reverse"
    )
    events = await office.events("projects.approval.v1")
    assert [json.loads(event.payload or b"")["reason"] for event in events[-2:]] == [
        "the wrong case",
        "papers were false",
    ]


async def test_year_without_a_notice_is_named_and_a_changed_calendar_moves_the_due_day(office: Office) -> None:
    await clerk(office)
    path = await accepted(office)
    await office.done("PUT", "/v1/calendar-days/2026-09-17", {"working": False, "note": "flood"})
    assert await scan(office) == Outcome(subjects=1)
    moved = await office.done("GET", path)
    assert (moved["due_on"], moved["version"]) == ("2026-09-22", 4)
    assert await scan(office) == Outcome(subjects=1)

    office.clock.advance(timedelta(days=90))
    late = await filed(office, "P-2", applied_on="2026-12-10")
    step = {"on": "2026-12-14"}
    problem = await office.refused("POST", f"{late}/acceptance", step, status=409, code="calendar.unknown_year")
    assert "2027" in problem["detail"]
    await office.done("PUT", "/v1/calendar-days/2027-01-01", {"working": False, "note": "New Year's Day"})
    taken = await office.done("POST", f"{late}/acceptance", step)
    assert (taken["due_on"], taken["statutory_due_on"]) == ("2026-12-21", "2027-01-12")


async def test_rates_carry_the_cases_behind_them(office: Office) -> None:
    await clerk(office)
    paths = [await accepted(office, f"P-{number}") for number in range(3)]
    ids = [path.rpartition("/")[2] for path in paths]
    to(office, "22T12:00")
    for path, day in ((paths[0], "2026-09-21"), (paths[1], "2026-09-22")):
        await office.done("POST", f"{path}/decision", {"outcome": "granted", "on": day})
    period = {"from": "2026-09-01", "to": "2026-09-22", "by": "unit_and_matter"}
    (figure,) = (await office.done("GET", "/v1/approval-statistics", params=period))["items"]
    assert (figure["on_time"], figure["counted"], figure["matter_code"]) == (1, 3, "filing")
    assert figure["rate"] == pytest.approx(1 / 3)
    assert (figure["on_time_ids"], sorted(figure["counted_ids"])) == ([ids[0]], sorted(ids))
    assert figure["overdue_undecided_ids"] == [ids[2]]
    none = {"from": "2025-01-01", "to": "2025-12-31"}
    assert (await office.done("GET", "/v1/approval-statistics", params=none))["items"] == []
    backwards = {"from": "2026-09-22", "to": "2026-09-01"}
    await office.refused(
        "GET", "/v1/approval-statistics", params=backwards, status=409, code="approval.period_not_ordered"
    )
    region = period | {"filter[region_code][within]": "421221"}
    assert (await office.done("GET", "/v1/approval-statistics", params=region))["items"] == []
