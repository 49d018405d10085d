"""Problems over REST: raised, handled, overdue and taken up a level, verified and closed by another (S6)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.duty_office import check, conditions, person, told, types_of, unit

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

KIND, SCAN = "problem_overdue", "problems.check"


async def raised(office: Office, path: str, *, by: str = "admin", **facts: Any) -> dict[str, Any]:
    """A problem of a project, due in five working days unless said otherwise."""
    body: dict[str, Any] = {"title": "land", "description": "12 mu of land are missing", "category": "land"}
    if not {"due_on", "working_days"} & set(facts):
        body["working_days"] = 5
    if "owner_unit_id" not in facts:
        body["owner_unit_id"] = await unit(office, "ZRZY")
    return dict(await office.done("POST", f"{path}/problems", body | facts, by=by))


async def test_problem_goes_its_whole_way(office: Office) -> None:
    await office.staff("clerk", "officer", "421224")
    owner = await person(office, "wang")
    path = await office.started()
    problem = await raised(office, path, owner_person_id=owner)
    assert (problem["code"], problem["status"], problem["level"]) == ("P-1#1", "open", 1)
    # Tuesday and five working days; the Sunday worked for the National Day holiday counts.
    assert (problem["due_on"], problem["raised_on"]) == ("2026-09-21", "2026-09-15")
    address = f"/v1/problems/{problem['id']}"
    noted = await office.done("POST", f"{address}/notes", {"note": "on site today"}, by="clerk")
    assert noted["status"] == "in_handling"
    extension = {"until": "2026-09-30", "reason": "the province decides"}
    extended = await office.done("POST", f"{address}/extensions", extension)
    assert (extended["due_on"], extended["original_due_on"]) == ("2026-09-30", "2026-09-21")
    early = {"note": "looks fine"}
    await office.refused("POST", f"{address}/closing", early, status=409, code="duty.step_refused")
    await office.done("POST", f"{address}/resolution", {"resolution": "land given"}, by="clerk")
    await office.refused(
        "POST", f"{address}/closing", early, status=409, code="duty.verifier_is_resolver", by="clerk"
    )
    closed = await office.done("POST", f"{address}/closing", {"note": "seen on site"})
    assert (closed["status"], closed["closing_note"]) == ("closed", "seen on site")
    reopening = {"reason": "fence still stands", "working_days": 3}
    reopened = await office.done("POST", f"{address}/reopening", reopening)
    assert (reopened["status"], reopened["reopenings"], reopened["resolution"]) == ("in_handling", 1, "")

    steps = (await office.done("GET", f"{address}/steps"))["items"]
    actions = ["raised", "taken_up", "extended", "resolved", "closed", "reopened"]
    assert [step["action"] for step in steps] == actions
    assert [step["version"] for step in steps] == [1, 2, 3, 4, 5, 6]
    assert steps[2]["facts"]["due_on"] == "2026-09-30"
    told_of = await types_of(office, "projects.problem.v1", problem["id"])
    assert told_of == ["raised", "amended", "amended", "resolved", "closed", "reopened"]


async def test_overdue_problem_goes_up_level_by_level_and_is_told_once(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path, working_days=1)
    assert problem["due_on"] == "2026-09-16"
    await check(office, SCAN)
    assert await conditions(office, KIND) == []
    await check(office, SCAN)
    seen = await office.done("GET", f"/v1/problems/{problem['id']}")
    assert (seen["level"], seen["overdue_since"], seen["due_on"]) == (2, "2026-09-16", "2026-10-08")
    (condition,) = await conditions(office, KIND)
    assert (condition["level"], condition["reference_on"], condition["subject_type"]) == (
        1,
        "2026-09-16",
        "problem",
    )
    assert "已逾期 1 天，现限期 2026-10-08" in condition["explanation_zh"]
    await check(office, SCAN, days=22)
    seen = await office.done("GET", f"/v1/problems/{problem['id']}")
    assert (seen["level"], seen["overdue_since"]) == (3, "2026-09-16")
    await check(office, SCAN, days=30)
    (condition,) = await conditions(office, KIND)
    assert condition["level"] == 2
    assert await told(office, KIND) == {"opened": 2}
    await office.done("POST", f"/v1/problems/{problem['id']}/resolution", {"resolution": "done"})
    assert await conditions(office, KIND) == []
    assert await told(office, KIND) == {"opened": 2, "cleared": 1}
    events = await office.events("projects.problem.v1", problem["id"])
    first = json.loads(events[1].payload or b"")
    assert (first["from_level"], first["level"], first["missed_on"]) == (1, 2, "2026-09-16")
    assert [event.type.split(".")[2] for event in events] == ["raised", "escalated", "escalated", "resolved"]


async def test_problem_raised_on_paper_has_its_days_from_then_and_is_told_at_once(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path, raised_on="2026-09-01", working_days=5)
    assert (problem["raised_on"], problem["due_on"]) == ("2026-09-01", "2026-09-08")
    await office.done("POST", "/v1/problem-scans")
    (condition,) = await conditions(office, KIND)
    assert condition["reference_on"] == "2026-09-08"
    early = {
        "title": "x",
        "description": "x",
        "category": "land",
        "owner_unit_id": problem["owner_unit_id"],
        "raised_on": "2026-09-01",
        "due_on": "2026-08-31",
    }
    await office.refused("POST", f"{path}/problems", early, status=409, code="duty.due_in_past")


async def test_extension_makes_a_missed_deadline_good(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path, working_days=1)
    address = f"/v1/problems/{problem['id']}"
    await check(office, SCAN, days=2)
    assert len(await conditions(office, KIND)) == 1
    body = {"until": "2026-10-30", "reason": "flood"}
    extended = await office.done("POST", f"{address}/extensions", body)
    assert (extended["overdue_since"], extended["level"]) == (None, 2)
    assert await conditions(office, KIND) == []
    (row,) = await conditions(office, KIND, open_only=False)
    assert row["cleared_reason"] == "extended"
    await office.refused("POST", f"{address}/extensions", body, status=409, code="duty.extension_not_later")


async def test_problem_is_told_although_the_next_levels_days_are_not_known(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path, due_on="2026-12-30")
    await check(office, SCAN, days=107)
    seen = await office.done("GET", f"/v1/problems/{problem['id']}")
    assert (seen["level"], seen["due_on"]) == (1, "2026-12-30")
    assert len(await conditions(office, KIND)) == 1
    body = {"reason": "no way forward"}
    refused = await office.refused(
        "POST", f"/v1/problems/{problem['id']}/escalations", body, status=409, code="calendar.unknown_year"
    )
    assert "2027" in refused["detail"]


async def test_problem_without_an_owner_is_the_projects_and_without_days_the_levels(office: Office) -> None:
    office_unit = await unit(office, "GJ")
    path = await office.started(responsible_unit_id=office_unit)
    rule = {"kind": "problem_term_county", "region_code": "421224", "threshold_days": 3}
    await office.done("PUT", "/v1/duty-rules", rule)
    body = {"title": "power", "description": "no line", "category": "power", "level": 2}
    problem = await office.done("POST", f"{path}/problems", body)
    assert (problem["owner_unit_id"], problem["due_on"]) == (office_unit, "2026-09-18")
    up = await office.done("POST", f"/v1/problems/{problem['id']}/escalations", {"reason": "needs the group"})
    assert (up["level"], up["due_on"], up["overdue_since"]) == (3, "2026-09-21", None)
    await office.refused(
        "POST",
        f"/v1/problems/{problem['id']}/escalations",
        {"reason": "x"},
        status=409,
        code="problem.highest_level",
    )
    bare = await office.started("P-2")
    await office.refused("POST", f"{bare}/problems", body, status=409, code="duty.no_owner")


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"due_on": "2026-09-14"}, 409, "duty.due_in_past"),
    ({"due_on": "2026-09-30", "working_days": 3}, 422, "request.malformed"),
    ({"raised_on": "2026-09-16"}, 409, "problem.raised_in_future"),
    ({"working_days": 300}, 409, "calendar.unknown_year"),
    ({"working_days": 0}, 422, "request.malformed"),
    ({"level": 4}, 422, "request.malformed"),
    ({"category": "weather"}, 422, "request.malformed"),
    ({"title": " "}, 422, "request.malformed"),
    ({"owner_person_id": "01926f4e-7f00-7000-8000-000000000009"}, 409, "registry.entry_unknown"),
]


async def test_problem_is_refused_when_it_cannot_be(office: Office) -> None:
    path = await office.started()
    owner = await unit(office, "ZRZY")
    for facts, status, code in REFUSED:
        body = {"title": "x", "description": "x", "category": "land", "owner_unit_id": owner, **facts}
        await office.refused("POST", f"{path}/problems", body, status=status, code=code)
    assert (await office.done("GET", "/v1/problems"))["items"] == []


async def test_amendment_needs_the_version_and_two_at_once_lose_nothing(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path)
    address = f"/v1/problems/{problem['id']}"
    await office.refused("PATCH", address, {"title": "x"}, status=428, code="precondition.required")
    answers = await asyncio.gather(
        *(office.call("PATCH", address, {"title": name}, headers={"If-Match": '"1"'}) for name in ("a", "b"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    stale = {"If-Match": '"1"'}
    await office.refused(
        "POST", f"{address}/notes", {"note": "x"}, status=412, code="precondition.failed", headers=stale
    )


async def test_problems_of_one_project_are_numbered_without_gaps_when_raised_at_once(office: Office) -> None:
    path = await office.started()
    await raised(office, path)
    problems = await asyncio.gather(*(raised(office, path) for _ in range(4)))
    assert sorted(problem["number"] for problem in problems) == [2, 3, 4, 5]


async def test_scans_at_once_escalate_once(office: Office) -> None:
    path = await office.started()
    problem = await raised(office, path, working_days=1)
    office.clock.advance(timedelta(days=3))
    await asyncio.gather(*(office.done("POST", "/v1/problem-scans") for _ in range(3)))
    assert (await office.done("GET", f"/v1/problems/{problem['id']}"))["level"] == 2
    assert await told(office, KIND) == {"opened": 1}


async def test_problem_is_seen_by_whoever_sees_the_project(office: Office) -> None:
    await office.staff("jiayu", "officer", "421221")
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    mine = await office.started("P-1", enterprise_id=own["enterprise_id"])
    other = await office.started("P-2")
    high = {"title": "x", "description": "x", "category": "land", "level": 3}
    await office.refused("POST", f"{mine}/problems", high, status=409, code="problem.level_reserved", by="plant")
    problem = await raised(office, mine, by="plant")
    spoken = await office.done("POST", f"/v1/problems/{problem['id']}/notes", {"note": "urgent"}, by="plant")
    assert spoken["status"] == "open"
    foreign = await raised(office, other)
    listed = (await office.done("GET", "/v1/problems", by="plant"))["items"]
    assert [row["code"] for row in listed] == ["P-1#1"]
    address = f"/v1/problems/{foreign['id']}"
    await office.refused("GET", address, status=404, code="not_found", by="plant")
    await office.refused("GET", address, status=404, code="not_found", by="jiayu")
    await office.refused("POST", f"{address}/notes", {"note": "x"}, status=404, code="not_found", by="jiayu")
    await office.refused(
        "POST",
        f"/v1/problems/{problem['id']}/closing",
        {"note": "x"},
        status=403,
        code="forbidden",
        by="plant",
    )
    assert (await office.done("GET", "/v1/problems", by="jiayu"))["items"] == []


async def test_list_is_filtered_by_what_offices_ask_for(office: Office) -> None:
    first, second = await office.started("P-1"), await office.started("P-2", region_code="421221")
    await raised(office, first, due_on="2026-09-20")
    late = await raised(office, first, category="power", level=2, due_on="2026-09-18")
    await raised(office, second)
    await office.done("POST", f"/v1/problems/{late['id']}/resolution", {"resolution": "done"})

    async def codes(**filters: str) -> list[str]:
        params = {f"filter[{name.replace('__', '][')}]": value for name, value in filters.items()}
        return [row["code"] for row in (await office.done("GET", "/v1/problems", params=params))["items"]]

    assert await codes(region_code__within="421224") == ["P-1#2", "P-1#1"]
    assert await codes(pending__eq="true", project_code__eq="P-1") == ["P-1#1"]
    assert await codes(category__eq="power") == ["P-1#2"]
    assert await codes(level__gte="2") == ["P-1#2"]
    assert await codes(due_on__lt="2026-09-19") == ["P-1#2"]
