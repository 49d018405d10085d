"""Cadences over REST: regimes adopted, checks made once, reports that write the ledger, missed ones told (S4)."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.conftest import SHANGHAI
from tests.integration.projects.duty_office import COUNTY, TOWN, check, conditions, person, told, types_of, unit

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

KIND, SCAN = "check_missed", "cadences.check"
MONTH = {
    "code": "month",
    "name": "月通报",
    "period": "month",
    "due_days": 3,
    "requires": ["progress", "investment"],
    "questions": [{"code": "workers", "text": "用工人数", "kind": "number", "required": True}],
}
REPORT = {
    "narrative": "four towers stand",
    "progress": {"percent": "52"},
    "investments": [{"month": "2026-09-01", "amount_yuan": "3200000"}],
    "answers": {"workers": 40},
}


async def move_to(office: Office, day: str) -> None:
    """Half past eight on a day."""
    morning = datetime.combine(date.fromisoformat(day), time(8, 30), SHANGHAI)
    office.clock.advance(morning - office.clock.now())


async def scan(office: Office) -> dict[str, Any]:
    return dict(await office.done("POST", "/v1/check-scans"))


async def checks(office: Office, *, by: str = "admin", **filters: str) -> list[dict[str, Any]]:
    params = {f"filter[{name}][eq]": value for name, value in filters.items()} | {"sort": "due_on,project_code"}
    return list((await office.done("GET", "/v1/checks", by=by, params=params))["items"])


async def monthly(office: Office, region_code: str = COUNTY, **facts: Any) -> dict[str, Any]:
    """A regime of a month's report alone."""
    body = {"code": "own", "name": "月调度", "region_code": region_code, "levels": [MONTH]} | facts
    return dict(await office.done("PUT", "/v1/cadence-regimes", body))


async def owed(office: Office, **facts: Any) -> tuple[str, dict[str, Any]]:
    """A started project and its check of September, on 1 October."""
    path = await office.started(**facts)
    await monthly(office)
    await move_to(office, "2026-10-01")
    await scan(office)
    (found,) = await checks(office, project_code=facts.get("code", "P-1"))
    return path, found


async def test_county_adopts_its_regime_and_each_period_asks_each_project_once(office: Office) -> None:
    params = {"filter[template][null]": "false"}
    templates = (await office.done("GET", "/v1/cadence-regimes", params=params))["items"]
    rhythms = {one["template"]: [level["name"] for level in one["levels"]] for one in templates}
    assert rhythms == {
        "county": ["旬过问", "月通报", "季检查", "半年一小结", "年终结硬账"],
        "town": ["周监测", "月总结", "季考评", "半年小结", "全年综合评定"],
        "contest": ["月监测", "季考评"],
    }
    owner, lead = await person(office, "li"), await person(office, "zhang", "leader")
    responsible = await unit(office, "FGJ")
    path = await office.started(responsible_person_id=owner, responsible_unit_id=responsible)
    await office.done("POST", f"{path}/lead-officials", {"person_id": lead, "on": "2026-09-15", "reason": "named"})
    await office.signed("P-2")
    await office.signed("P-3", region_code="421221")
    await office.register("P-4")
    suspended = await office.started("P-5")
    await office.done("POST", f"{suspended}/suspensions", {"on": "2026-09-15", "reason": "flood"})
    adoption = {"template": "county", "region_code": COUNTY}
    (regime,) = (await office.done("POST", "/v1/cadence-regimes/adoption", adoption))["items"]
    assert (regime["region_code"], regime["valid_from"], regime["template"]) == (COUNTY, "2026-09-15", None)
    assert (await scan(office))["checks"] == 0

    # The service was away for two weeks: every period that ended meanwhile is asked for.
    await move_to(office, "2026-10-01")
    first, second = await asyncio.gather(scan(office), scan(office))
    assert sorted([first["checks"], second["checks"]]) == [0, 8]
    assert (await scan(office))["rounds"] == 0
    found = await checks(office)
    assert {(one["project_code"], one["period"]) for one in found} == {
        (code, period) for code in ("P-1", "P-2") for period in ("2026-09-X2", "2026-09-X3", "2026-09", "2026-Q3")
    }
    mine = {one["level_code"]: one for one in found if one["project_code"] == "P-1"}
    assert mine["ten-days"]["owner_person_id"] == owner
    assert (mine["month"]["owner_person_id"], mine["month"]["owner_unit_id"]) == (None, responsible)
    assert mine["quarter"]["owner_person_id"] == lead
    # 1-7 October are a holiday, Saturday the 10th is worked in return.
    assert (mine["month"]["due_on"], mine["quarter"]["due_on"]) == ("2026-10-10", "2026-10-13")
    assert [one["due_on"] for one in found if one["period"] == "2026-09-X2"] == ["2026-09-22"] * 2
    rounds = (await office.done("GET", "/v1/cadence-rounds"))["items"]
    assert sorted((one["period"], one["checks"]) for one in rounds) == [
        *(("2026-09", 2), ("2026-09-X2", 2), ("2026-09-X3", 2), ("2026-Q3", 2)),
    ]
    assert await types_of(office, "projects.check.v1", mine["month"]["id"]) == ["due"]


async def test_report_writes_the_ledger_and_is_returned_and_handed_in_again(office: Office) -> None:
    await office.staff("clerk", "officer", COUNTY)
    path, owe = await owed(office, responsible_unit_id=await unit(office, "FGJ"))
    address = f"/v1/checks/{owe['id']}"
    refusal = await office.refused(
        "POST", f"{address}/submissions", {"answers": {"workers": "many"}}, status=409, code="check.incomplete"
    )
    pointers = {fault["pointer"] for fault in refusal["errors"]}
    assert pointers == {"/progress", "/investments", "/answers/workers"}
    problem = {"title": "land", "description": "12 mu are missing", "category": "land"}
    body = REPORT | {"problems": [problem]}
    told_of = await office.done("POST", f"{address}/submissions", body, by="clerk")
    assert (told_of["number"], told_of["late"], told_of["progress"]["on"]) == (1, False, "2026-09-30")
    assert told_of["answers"] == {"workers": "40"}
    project = await office.done("GET", path)
    assert (project["percent"], project["invested_yuan"]) == ("52.00", "3200000")
    (raised,) = (await office.done("GET", "/v1/problems"))["items"]
    assert [raised["id"]] == told_of["problem_ids"]
    await office.refused("POST", f"{address}/submissions", REPORT, status=409, code="check.step_refused")

    giving_back = {"reason": "figures differ"}
    await office.refused("POST", f"{address}/return", giving_back, status=403, code="forbidden", by="clerk")
    stale = {"If-Match": '"1"'}
    await office.refused(
        "POST", f"{address}/return", giving_back, status=412, code="precondition.failed", headers=stale
    )
    returned = await office.done("POST", f"{address}/return", giving_back)
    # Two working days from 1 October would end before the check's own day.
    assert (returned["status"], returned["due_on"], returned["reason"]) == (
        *("returned", "2026-10-10", "figures differ"),
    )
    lower = REPORT | {"investments": [{"month": "2026-09-01", "amount_yuan": "3000000"}]}
    refusal = await office.refused(
        "POST", f"{address}/submissions", lower, status=409, code="project.investment_correction_needs_note"
    )
    assert refusal["errors"][0]["pointer"] == "/investments/0/note"
    higher = REPORT | {"investments": [{"month": "2026-09-01", "amount_yuan": "3300000"}]}
    assert (await office.done("POST", f"{address}/submissions", higher))["number"] == 2
    assert (await office.done("GET", path))["invested_yuan"] == "3300000"
    reports = (await office.done("GET", f"{address}/submissions"))["items"]
    assert [one["investments"][0]["amount_yuan"] for one in reports] == ["3200000", "3300000"]
    assert reports[1]["investments"][0]["note"] == "月通报 2026-09"
    steps = (await office.done("GET", f"{address}/steps"))["items"]
    assert [step["action"] for step in steps] == ["due", "submitted", "returned", "submitted"]
    tenses = ["due", "submitted", "returned", "submitted"]
    assert await types_of(office, "projects.check.v1", owe["id"]) == tenses


async def test_report_is_all_or_nothing_when_a_part_is_refused(office: Office) -> None:
    path, owe = await owed(office, responsible_unit_id=await unit(office, "FGJ"))
    future = {"title": "a", "description": "b", "category": "land", "raised_on": "2026-12-01"}
    refusal = await office.refused(
        "POST",
        f"/v1/checks/{owe['id']}/submissions",
        REPORT | {"problems": [future]},
        status=409,
        code="problem.raised_in_future",
    )
    assert refusal["errors"][0]["pointer"] == "/problems/0/raised_on"
    assert (await office.done("GET", path))["percent"] is None
    assert (await office.done("GET", f"/v1/checks/{owe['id']}"))["status"] == "due"
    outside = REPORT | {"progress": {"percent": 50, "on": "2026-10-01"}}
    # The day after the period is past as well, so this report would be of another month only by its figures.
    assert (await office.call("POST", f"/v1/checks/{owe['id']}/submissions", outside)).status_code == 201


async def test_one_of_two_reports_at_once_is_taken(office: Office) -> None:
    _, owe = await owed(office)
    send = [office.call("POST", f"/v1/checks/{owe['id']}/submissions", REPORT) for _ in range(2)]
    answers = await asyncio.gather(*send)
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_missed_check_is_told_once_turns_grave_and_is_cleared_by_the_late_report(office: Office) -> None:
    _, owe = await owed(office)
    await move_to(office, "2026-10-10")
    assert (await scan(office))["opened"] == 0
    await check(office, SCAN)
    (missed,) = await conditions(office, KIND)
    assert (missed["level"], missed["reference_on"], missed["subject_type"]) == (1, "2026-10-10", "check")
    assert missed["explanation_zh"] == "“月通报”（2026年9月）应于 2026-10-10 前报送，已逾期 1 天"
    await check(office, SCAN, days=6)
    (missed,) = await conditions(office, KIND)
    assert missed["level"] == 2
    assert (await office.done("GET", f"/v1/checks/{owe['id']}"))["missed"] is True
    late = await office.done("POST", f"/v1/checks/{owe['id']}/submissions", REPORT)
    assert late["late"] is True
    assert await conditions(office, KIND) == []
    (cleared,) = await conditions(office, KIND, open_only=False)
    assert cleared["cleared_reason"] == "submitted"
    await check(office, SCAN)
    # Opened, amended once when it turned grave, cleared.
    assert await told(office, KIND) == {"opened": 2, "cleared": 1}


async def test_check_is_excused_by_a_supervisor_or_with_its_suspended_project(office: Office) -> None:
    await office.staff("clerk", "officer", COUNTY)
    await office.staff("inspector", "supervisor", COUNTY)
    resting = await office.started("P-2")
    _, owe = await owed(office)
    (other,) = await checks(office, project_code="P-2")
    excuse, address = {"reason": "flood"}, f"/v1/checks/{owe['id']}"
    await office.refused("POST", f"{address}/excuse", excuse, status=403, code="forbidden", by="clerk")
    await office.done("POST", f"{resting}/suspensions", {"on": "2026-10-01", "reason": "flood"})
    lapsed = await office.done("GET", f"/v1/checks/{other['id']}")
    assert (lapsed["status"], "停工" in lapsed["reason"]) == ("excused", True)
    await move_to(office, "2026-10-12")
    assert (await scan(office))["opened"] == 1
    excused = await office.done("POST", f"{address}/excuse", excuse, by="inspector")
    assert (excused["status"], excused["missed"]) == ("excused", False)
    assert await conditions(office, KIND) == []
    assert await types_of(office, "projects.check.v1", other["id"]) == ["due", "excused"]


async def test_suspension_clears_a_missed_check_and_the_resumption_tells_it_again(office: Office) -> None:
    path, owe = await owed(office)
    await move_to(office, "2026-10-12")
    await scan(office)
    await office.done("POST", f"{path}/suspensions", {"on": "2026-10-12", "reason": "flood"})
    assert await conditions(office, KIND) == []
    # What was missed before stays missed: a suspension excuses only what was not due yet.
    assert (await office.done("GET", f"/v1/checks/{owe['id']}"))["missed"] is True
    await office.refused(
        "POST", f"/v1/checks/{owe['id']}/submissions", REPORT, status=409, code="check.project_interrupted"
    )
    await office.done("POST", f"{path}/resumptions", {"on": "2026-10-12", "note": "dry"})
    await scan(office)
    assert len(await conditions(office, KIND)) == 1


async def test_only_those_who_see_the_project_see_its_checks(office: Office) -> None:
    enterprise = {"name": "plant (demo)", "region_code": TOWN, "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", TOWN, enterprise_id=own["enterprise_id"])
    await office.staff("neighbour", "officer", "421221")
    await office.started("P-2")
    _, owe = await owed(office, enterprise_id=own["enterprise_id"])
    assert [one["project_code"] for one in await checks(office, by="plant")] == ["P-1"]
    assert await checks(office, by="neighbour") == []
    (other,) = await checks(office, project_code="P-2")
    for address in (f"/v1/checks/{other['id']}", f"/v1/checks/{other['id']}/steps"):
        await office.refused("GET", address, status=404, code="not_found", by="plant")
    await office.refused(
        "POST", f"/v1/checks/{other['id']}/submissions", REPORT, status=404, code="not_found", by="plant"
    )
    assert (await office.done("POST", f"/v1/checks/{owe['id']}/submissions", REPORT, by="plant"))["number"] == 1
    foreign = {"template": "county", "region_code": COUNTY}
    await office.staff("boss", "supervisor", "421221")
    await office.refused("POST", "/v1/cadence-regimes/adoption", foreign, status=404, code="not_found", by="boss")
    everywhere = {"code": "own", "name": "n", "levels": []}
    answer = await office.call("PUT", "/v1/cadence-regimes", everywhere, by="boss")
    assert answer.status_code == 403


async def test_town_with_an_entry_of_its_own_leaves_the_county_and_a_change_leaves_checks(office: Office) -> None:
    await office.started("P-1")
    await office.started("P-2", region_code=COUNTY)
    await monthly(office, key_only=False)
    await monthly(office, TOWN, levels=[])
    await move_to(office, "2026-10-01")
    assert (await scan(office))["checks"] == 1
    (owe,) = await checks(office)
    assert owe["project_code"] == "P-2"
    # A question more and fewer days count for the next period alone.
    stricter = MONTH | {"due_days": 1, "questions": []}
    await monthly(office, levels=[stricter], valid_from="2026-10-15")
    kept = await office.done("GET", f"/v1/checks/{owe['id']}")
    assert (kept["due_on"], len(kept["questions"])) == ("2026-10-10", 1)
    await move_to(office, "2026-11-01")
    await scan(office)
    (october,) = await checks(office, period="2026-10")
    assert (october["due_on"], october["questions"]) == ("2026-11-02", [])


async def test_round_waits_for_the_calendar_of_its_year_and_follows_its_changes(office: Office) -> None:
    await office.started(due_in=400)
    await monthly(office)
    await move_to(office, "2027-01-04")
    assert (await scan(office))["rounds"] == 3
    assert await checks(office, period="2026-12") == []
    await office.done("PUT", "/v1/calendar-days/2027-01-01", {"working": False, "note": "New Year's Day"})
    assert (await scan(office))["rounds"] == 1
    (december,) = await checks(office, period="2026-12")
    assert december["due_on"] == "2027-01-06"
    await office.done("PUT", "/v1/calendar-days/2027-01-06", {"working": False, "note": "snow"})
    await scan(office)
    moved = await office.done("GET", f"/v1/checks/{december['id']}")
    assert (moved["due_on"], moved["original_due_on"]) == ("2027-01-07", "2027-01-07")
    assert await types_of(office, "projects.check.v1", december["id"]) == ["due", "rescheduled"]


async def test_owner_is_whoever_holds_the_post_nearest_to_the_project_and_may_change(office: Office) -> None:
    chief, other = await person(office, "chen", "leader"), await person(office, "wang")
    await office.started()
    post = MONTH | {"owner": "post_in_region", "post": "leader"}
    await monthly(office, levels=[post])
    await move_to(office, "2026-10-01")
    await scan(office)
    (owe,) = await checks(office, owner_person_id=chief)
    address, change = f"/v1/checks/{owe['id']}", {"owner_person_id": other}
    await office.refused("PATCH", address, change, status=428, code="precondition.required")
    changed = await office.done("PATCH", address, change, headers={"If-Match": '"1"'})
    assert (changed["owner_person_id"], changed["version"]) == (other, 2)
    stranger = {"owner_person_id": owe["id"]}
    headers = {"If-Match": '"2"'}
    await office.refused("PATCH", address, stranger, status=409, code="registry.entry_unknown", headers=headers)
    assert await types_of(office, "projects.check.v1", owe["id"]) == ["due", "reassigned"]


async def test_statistics_and_summaries_name_what_is_behind_each_number(office: Office) -> None:
    responsible = await unit(office, "FGJ")
    paths = [await office.started(f"P-{number}", responsible_unit_id=responsible) for number in (1, 2, 3)]
    await office.done("POST", f"{paths[0]}/progress-entries", {"on": "2026-08-20", "percent": 40})
    curve = {"points": [{"month": "2026-09-01", "percent": 60}, {"month": "2026-12-01", "percent": 100}]}
    await office.done("PUT", f"{paths[0]}/plan-curve", curve)
    await monthly(office)
    await move_to(office, "2026-10-01")
    await scan(office)
    first, second, third = await checks(office)
    await office.done("POST", f"/v1/checks/{first['id']}/submissions", REPORT)
    await move_to(office, "2026-10-12")
    await office.done("POST", f"/v1/checks/{second['id']}/submissions", REPORT | {"narrative": ""})
    await scan(office)
    params = {"from": "2026-10-01", "to": "2026-10-31", "by": "unit"}
    (line,) = (await office.done("GET", "/v1/check-statistics", params=params))["items"]
    assert (line["key"], line["due"], line["on_time_rate"]) == (responsible, 3, 1 / 3)
    assert (line["on_time_ids"], line["late_ids"], line["missed_ids"]) == (
        *([first["id"]], [second["id"]], [third["id"]]),
    )
    backwards = {"from": "2026-10-31", "to": "2026-10-01"}
    await office.refused(
        "GET", "/v1/check-statistics", status=409, code="check.period_not_ordered", params=backwards
    )

    params = {"period": "2026-09", "sort": "code"}
    one, two, three = (await office.done("GET", "/v1/cadence-summaries", params=params))["items"]
    assert (one["percent_before"], one["percent"], one["advance"]) == ("40.00", "52.00", "12.00")
    assert (one["planned_percent"], one["points_behind"]) == ("60.00", "8.00")
    assert (one["investment_yuan"], one["narrative"]) == ("3200000", "four towers stand")
    assert (two["checks"]["late_ids"], two["narrative"]) == ([second["id"]], None)
    # Nothing was told of the third: that is not zero.
    assert (three["percent"], three["investment_yuan"]) == (None, None)
    assert three["checks"]["missed_ids"] == [third["id"]]
    summed = await office.done("GET", "/v1/cadence-summaries/totals", params={"period": "2026-09"})
    assert [line["region_code"] for line in summed["items"]] == [None, TOWN]
    everything = summed["items"][0]
    assert (everything["projects"], everything["investment_yuan"]) == (3, "6400000")
    assert (everything["checks_due"], everything["checks_on_time"], everything["checks_missed"]) == (3, 1, 1)
    assert len(everything["missed_project_ids"]) == 1
    refused = {"period": "2026-13"}
    await office.refused("GET", "/v1/cadence-summaries", status=409, code="cadence.unknown_period", params=refused)


async def test_regime_is_refused_when_it_contradicts_itself(office: Office) -> None:
    body = {"code": "own", "name": "n", "region_code": COUNTY, "levels": [MONTH, MONTH]}
    refusal = await office.refused(
        "PUT", "/v1/cadence-regimes", body, status=409, code="cadence.regime_not_ordered"
    )
    assert refusal["errors"][0]["pointer"] == "/levels/1/code"
    unknown = {"template": "moon", "region_code": COUNTY}
    await office.refused(
        "POST", "/v1/cadence-regimes/adoption", unknown, status=409, code="cadence.unknown_template"
    )


async def test_key_projects_alone_report_when_the_adoption_says_so(office: Office) -> None:
    await office.started("P-1")
    adoption = {"template": "contest", "region_code": COUNTY, "key_only": True}
    await office.done("POST", "/v1/cadence-regimes/adoption", adoption)
    office.clock.advance(timedelta(days=16))
    found = await scan(office)
    assert (found["rounds"], found["checks"]) == (2, 0)
