"""The four "one"s over REST: key projects, lead officials, task forces, and what is missing (S5)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.duty_office import check, conditions, person, told, types_of

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

KIND, SCAN = "leadership_gap", "leadership.check"


async def key_project(office: Office, *, days: int = 45) -> str:
    """A project that has been a key project of the county since 15 September, for some days."""
    path = await office.started()
    await office.done("POST", f"{path}/key-designations", {"level": "county", "reason": "key list 2026"})
    office.clock.advance(timedelta(days=days))
    return path


async def gaps(office: Office, **params: str) -> list[dict[str, Any]]:
    return list((await office.done("GET", "/v1/leadership-gaps", params=params))["items"])


async def hold_on_site(office: Office, path: str, on: str = "2026-09-10") -> str:
    """An on-site meeting about the project, held; answers its minutes' id."""
    meeting = {
        "kind": "on_site",
        "title": "on-site meeting",
        "region_code": "421224",
        "planned_on": on,
        "items": [{"topic": "land", "project_id": path.rpartition("/")[2]}],
    }
    created = await office.done("POST", "/v1/meetings", meeting)
    await office.done("POST", f"/v1/meetings/{created['id']}/holding", {"on": on})
    minutes = await office.done("POST", f"/v1/meetings/{created['id']}/minutes", {"text": "agreed: one, two"})
    return str(minutes["id"])


async def test_key_project_lacks_all_four_until_each_is_there(office: Office) -> None:
    chen, wang = await person(office, "chen", "leader"), await person(office, "wang")
    path = await key_project(office)
    (gap,) = await gaps(office)
    assert sorted(gap["missing"]) == ["governing_minutes", "lead_official", "on_site_meeting", "task_force"]
    assert (gap["key_since"], gap["days"]) == ("2026-09-15", 45)
    await check(office, SCAN)
    assert len(await conditions(office, KIND)) == 4
    await check(office, SCAN)
    assert await told(office, KIND) == {"opened": 4}

    lead = {"person_id": chen, "on": "2026-09-01", "reason": "plan of the county"}
    await office.done("POST", f"{path}/lead-officials", lead)
    assert len(await conditions(office, KIND)) == 3
    force = {
        "name": "task force",
        "on": "2026-09-01",
        "reason": "plan of the county",
        "members": [{"person_id": wang, "role": "head"}],
    }
    await office.done("POST", f"{path}/task-forces", force)
    minutes = await hold_on_site(office, path)
    assert [row["subject_code"] for row in await conditions(office, KIND)] == ["P-1/governing_minutes"]
    body = {"minutes_id": minutes, "on": "2026-09-10", "reason": "they lead from here on"}
    await office.done("POST", f"{path}/governing-minutes", body)
    assert await conditions(office, KIND) == []
    assert await told(office, KIND) == {"opened": 4, "cleared": 4}
    assert {row["cleared_reason"] for row in await conditions(office, KIND, open_only=False)} == {"filled"}
    assert await gaps(office) == []
    whole = await office.done("GET", f"{path}/leadership")
    assert (whole["on_site_meetings"], whole["governing_minutes_id"], whole["missing"]) == (1, minutes, [])
    assert await types_of(office, "projects.leadership.v1", path.rpartition("/")[2]) == [
        "lead_assigned",
        "task_force_changed",
        "meetings_counted",
        "meetings_counted",
    ]


async def test_gap_waits_for_its_days_of_grace_and_ends_with_the_designation(office: Office) -> None:
    path = await key_project(office, days=0)
    await check(office, SCAN)
    assert await conditions(office, KIND) == []
    rule = {"kind": KIND, "region_code": "421224101", "threshold_days": 3, "level2_days": 30}
    await office.done("PUT", "/v1/duty-rules", rule)
    await check(office, SCAN, days=2)
    opened = await conditions(office, KIND)
    assert [(row["level"], row["threshold_days"], row["project_code"]) for row in opened] == [(1, 3, "P-1")] * 4
    assert "重点项目自 2026-09-15 起缺" in opened[0]["explanation_zh"]
    raised = await office.done("POST", f"{path}/key-designations", {"level": "city", "reason": "now the city's"})
    assert (raised["key_level"], raised["key_since"]) == ("city", "2026-09-15")
    assert len(await conditions(office, KIND)) == 4
    await office.done("POST", f"{path}/key-designations", {"level": None, "reason": "off the list"})
    assert await conditions(office, KIND) == []
    assert {row["cleared_reason"] for row in await conditions(office, KIND, open_only=False)} == {"not_key"}
    assert await gaps(office) == []
    for on, key_since in (("2026-09-14", None), ("2026-09-17", "2026-09-15"), ("2026-09-18", None)):
        then = await office.done("GET", f"{path}/leadership", params={"on": on})
        assert (then["is_key"], then["key_since"]) == (key_since is not None, key_since)


async def test_gaps_end_when_the_project_is_terminated(office: Office) -> None:
    path = await key_project(office)
    await check(office, SCAN)
    assert len(await conditions(office, KIND)) == 4
    await office.done("POST", f"{path}/termination", {"on": "2026-09-15", "reason": "withdrawn"})
    assert await conditions(office, KIND) == []


async def test_handover_is_recorded_and_never_overwritten(office: Office) -> None:
    chen, li = await person(office, "chen", "leader"), await person(office, "li", "leading_group")
    path = await key_project(office)
    lead = {"person_id": chen, "on": "2026-08-01", "reason": "plan of the county"}
    await office.done("POST", f"{path}/lead-officials", lead)
    handover = {"person_id": li, "on": "2026-09-01", "reason": "chen moved to the city"}
    await office.done("POST", f"{path}/lead-officials", handover)
    terms = (await office.done("GET", "/v1/lead-officials", params={"sort": "valid_from"}))["items"]
    assert [(row["person_id"], row["valid_from"], row["valid_to"], row["end_reason"]) for row in terms] == [
        (chen, "2026-08-01", "2026-09-01", "chen moved to the city"),
        (li, "2026-09-01", None, None),
    ]
    asked = {"on": "2026-08-31"}
    then = await office.done("GET", f"{path}/leadership", params=asked)
    assert then["lead_official"]["person_id"] == chen
    await office.refused("POST", f"{path}/lead-officials", handover, status=409, code="leadership.same_person")
    early = handover | {"person_id": chen, "on": "2026-09-01"}
    await office.refused("POST", f"{path}/lead-officials", early, status=409, code="leadership.handover_too_early")
    await office.done("POST", f"{path}/lead-official-releases", {"on": "2026-10-10", "reason": "retired"})
    again = {"on": "2026-10-11", "reason": "x"}
    await office.refused(
        "POST", f"{path}/lead-official-releases", again, status=409, code="leadership.office_vacant"
    )
    (gap,) = await gaps(office, **{"filter[lacks_lead_official][eq]": "true"})
    assert gap["missing"]["lead_official"] == "2026-10-10"
    assert await gaps(office, **{"filter[lacks_lead_official][eq]": "false"}) == []


async def test_lead_official_is_a_leader_in_office(office: Office) -> None:
    wang = await person(office, "wang", "officer")
    path = await key_project(office)
    body = {"person_id": wang, "on": "2026-09-01", "reason": "x"}
    await office.refused("POST", f"{path}/lead-officials", body, status=409, code="leadership.not_a_leader")
    ghost = body | {"person_id": "01926f4e-7f00-7000-8000-000000000009"}
    await office.refused("POST", f"{path}/lead-officials", ghost, status=409, code="registry.entry_unknown")


async def test_task_force_keeps_one_head_and_its_past_members(office: Office) -> None:
    chen, wang, li = [await person(office, code, "leader") for code in ("chen", "wang", "li")]
    path = await office.started()
    form: dict[str, Any] = {"name": "task force", "on": "2026-08-01", "reason": "plan", "members": []}
    no_head = form | {"members": [{"person_id": wang, "role": "member"}]}
    await office.refused("POST", f"{path}/task-forces", no_head, status=409, code="leadership.head_not_one")
    members = [{"person_id": chen, "role": "head"}, {"person_id": wang, "role": "member", "duty": "land"}]
    force = await office.done("POST", f"{path}/task-forces", form | {"members": members})
    await office.refused(
        "POST", f"{path}/task-forces", form | {"members": members}, status=409, code="leadership.task_force_exists"
    )
    address = f"/v1/task-forces/{force['id']}"
    join = {"person_id": li, "role": "liaison", "on": "2026-08-10", "reason": "more hands"}
    await office.done("POST", f"{address}/members", join)
    await office.refused("POST", f"{address}/members", join, status=409, code="leadership.already_member")
    head, member = force["members"][0]["id"], force["members"][1]["id"]
    leave = {"on": "2026-09-01", "reason": "moved"}
    await office.refused(
        "POST", f"{address}/members/{head}/departure", leave, status=409, code="leadership.head_does_not_leave"
    )
    handed = await office.done(
        "POST", f"{address}/head-handovers", {"person_id": wang, "on": "2026-09-01", "reason": "chen moved"}
    )
    heads = [row for row in handed["members"] if row["role"] == "head"]
    assert [(row["person_id"], row["valid_to"]) for row in heads] == [(chen, "2026-09-01"), (wang, None)]
    ended = next(row for row in handed["members"] if row["id"] == member)
    assert (ended["valid_to"], ended["end_reason"]) == ("2026-09-01", "chen moved")
    gone = await office.done("POST", f"{address}/dissolution", {"on": "2026-09-12", "reason": "done"})
    assert all(row["valid_to"] for row in gone["members"])
    await office.refused("POST", f"{address}/members", join, status=409, code="leadership.task_force_dissolved")
    listed = (await office.done("GET", "/v1/task-forces", params={"filter[valid_to][null]": "false"}))["items"]
    assert [row["id"] for row in listed] == [force["id"]]


async def test_of_two_lead_officials_at_once_one_hands_over_to_the_other(office: Office) -> None:
    people = [await person(office, f"p{number}", "leader") for number in range(3)]
    path = await key_project(office)
    answers = await asyncio.gather(
        *(
            office.call(
                "POST",
                f"{path}/lead-officials",
                {"person_id": key, "on": "2026-09-01", "reason": "x"},
                headers={"If-Match": '"0"'},
            )
            for key in people
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    assert len((await office.done("GET", "/v1/lead-officials"))["items"]) == 1


async def test_leadership_of_another_county_does_not_exist(office: Office) -> None:
    await office.staff("jiayu", "supervisor", "421221")
    await office.staff("town", "officer", "421224101")
    path = await key_project(office)
    body = {"person_id": await person(office, "chen", "leader"), "on": "2026-09-01", "reason": "x"}
    await office.refused("GET", f"{path}/leadership", status=404, code="not_found", by="jiayu")
    await office.refused("POST", f"{path}/lead-officials", body, status=404, code="not_found", by="jiayu")
    await office.refused("POST", f"{path}/lead-officials", body, status=403, code="forbidden", by="town")
    for address in ("/v1/leadership-gaps", "/v1/lead-officials", "/v1/task-forces"):
        assert (await office.done("GET", address, by="jiayu"))["items"] == []
    assert [
        row["project_code"] for row in (await office.done("GET", "/v1/leadership-gaps", by="town"))["items"]
    ] == ["P-1"]


async def test_only_one_set_of_minutes_governs_and_what_it_supersedes_stays(office: Office) -> None:
    path = await key_project(office)
    first, second = await hold_on_site(office, path, "2026-08-10"), await hold_on_site(office, path, "2026-09-10")
    address = f"{path}/governing-minutes"
    early = {"minutes_id": first, "on": "2026-08-09", "reason": "x"}
    await office.refused("POST", address, early, status=409, code="minutes.govern_too_early")
    one = await office.done("POST", address, early | {"on": "2026-08-10"})
    await office.refused("POST", address, early | {"on": "2026-08-11"}, status=409, code="minutes.govern_already")
    two = await office.done("POST", address, {"minutes_id": second, "on": "2026-09-10", "reason": "new plan"})
    rows = (await office.done("GET", address, params={"sort": "valid_from"}))["items"]
    assert [(row["id"], row["valid_to"], row["superseded_by_id"], row["end_reason"]) for row in rows] == [
        (one["id"], "2026-09-10", two["id"], "new plan"),
        (two["id"], None, None, None),
    ]
    await office.done("POST", f"{address}/revocation", {"on": "2026-10-14", "reason": "the plan is void"})
    (gap,) = await gaps(office)
    assert gap["missing"]["governing_minutes"] == "2026-10-14"
    await office.refused(
        "POST",
        f"{address}/revocation",
        {"on": "2026-10-15", "reason": "x"},
        status=409,
        code="minutes.none_govern",
    )
    stranger = await office.started("P-2")
    body = {"minutes_id": second, "on": "2026-09-15", "reason": "x"}
    await office.refused("POST", f"{stranger}/governing-minutes", body, status=409, code="minutes.not_of_project")
