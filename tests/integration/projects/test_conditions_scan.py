"""The scan: overdue and stalled projects, opened and cleared exactly once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.scheduler.runner import SchedulerRunner
from libs.common.security.principal import SYSTEM
from services.projects.conditions.domain.condition import Outcome
from services.projects.oversight.service import scan_projects
from services.projects.schedule import JOBS

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def scan(office: Office) -> Outcome:
    async with office.database.transaction() as session:
        return await scan_projects(Context(session, office.clock.now(), new_id, SYSTEM))


async def told(office: Office) -> list[tuple[str, int, dict[str, Any]]]:
    """Conditions' events as (opened or cleared, aggregate version, payload)."""
    events = await office.events("projects.condition.v1")
    return [
        (event.type.split(".")[2], event.aggregate_version, json.loads(event.payload or b"")) for event in events
    ]


async def open_kinds(office: Office, **more: Any) -> list[str]:
    page = await office.done("GET", "/v1/conditions", params={"filter[open][eq]": "true"}, **more)
    return sorted(condition["kind"] for condition in page["items"])


async def test_overdue_start_is_opened_once_raised_once_and_cleared_when_it_starts(office: Office) -> None:
    path = await office.signed(start_in=-5)
    assert await scan(office) == Outcome(subjects=1, opened=1)
    assert await scan(office) == Outcome(subjects=1)
    office.clock.advance(timedelta(days=84))
    assert await scan(office) == Outcome(subjects=1)
    office.clock.advance(timedelta(days=1))
    assert await scan(office) == Outcome(subjects=1, amended=1)
    step = {"stage": "started", "on": "2026-09-15", "evidence": "permit", "planned_capacity_on": "2027-06-30"}
    await office.done("POST", f"{path}/stage-changes", step)
    assert await scan(office) == Outcome(subjects=1, opened=1)

    events = [(what, version, body.get("kind"), body.get("level")) for what, version, body in await told(office)]
    assert events == [
        ("opened", 1, "start_overdue", 1),
        ("opened", 2, "start_overdue", 2),
        ("cleared", 3, "start_overdue", None),
        # Nobody entered anything since: by then the project has stalled.
        ("opened", 1, "stalled", 1),
    ]
    first = (await told(office))[0][2]
    assert (first["reference_on"], first["days"], first["threshold_days"]) == ("2026-09-10", 5, 1)
    assert first["project_code"] == "P-1"


async def test_overdue_capacity_is_cleared_when_it_is_replanned(office: Office) -> None:
    path = await office.started(days_ago=50, due_in=-3)
    assert (await scan(office)).opened == 1
    body = {"milestone": "capacity", "planned_on": "2026-12-31", "reason": "equipment is late"}
    await office.done("POST", f"{path}/replans", body)
    assert [(what, body.get("reason")) for what, _, body in await told(office)] == [
        ("opened", None),
        ("cleared", "replanned"),
    ]
    assert await open_kinds(office) == []


@pytest.mark.parametrize(
    ("entries", "body"),
    [
        ("progress-entries", {"on": "2026-09-15", "percent": 12}),
        ("investment-entries", {"month": "2026-09-01", "amount_yuan": 10_000}),
    ],
)
async def test_stall_is_cleared_at_once_by_a_sign_of_life(
    office: Office, entries: str, body: dict[str, object]
) -> None:
    path = await office.started(days_ago=60)
    assert (await scan(office)).opened == 1
    assert await open_kinds(office) == ["stalled"]
    await office.done("POST", f"{path}/{entries}", body)
    assert await open_kinds(office) == []
    assert (await told(office))[-1][2]["reason"] == "progressed"
    assert await scan(office) == Outcome(subjects=1)


async def test_entry_that_shows_no_progress_leaves_the_stall_open(office: Office) -> None:
    path = await office.started(days_ago=100)
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-06-20", "percent": 10})
    await scan(office)
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-09-15", "percent": 10})
    await office.done("POST", f"{path}/investment-entries", {"month": "2026-09-01", "amount_yuan": 0})
    assert await open_kinds(office) == ["stalled"]


@pytest.mark.parametrize(("act", "reason"), [("suspensions", "suspended"), ("termination", "terminated")])
async def test_interruption_clears_what_is_open(office: Office, act: str, reason: str) -> None:
    path = await office.started(days_ago=90, due_in=-3)
    assert (await scan(office)).opened == 2
    await office.done("POST", f"{path}/{act}", {"on": "2026-09-15", "reason": "withdrawn"})
    assert await open_kinds(office) == []
    assert {body["reason"] for what, _, body in await told(office) if what == "cleared"} == {reason}


async def test_papers_entered_late_raise_no_alarm_between_two_of_them(office: Office) -> None:
    await office.started(days_ago=100)
    assert await told(office) == []


async def test_scans_at_the_same_moment_open_once(office: Office) -> None:
    for number in range(6):
        await office.signed(f"P-{number}", start_in=-2)
    outcomes = await asyncio.gather(*(scan(office) for _ in range(4)))
    assert sum(outcome.opened for outcome in outcomes) == 6
    assert len(await told(office)) == 6


async def test_scan_and_entry_at_the_same_moment_agree(office: Office) -> None:
    paths = [await office.started(f"P-{number}", days_ago=70) for number in range(5)]
    await scan(office)
    office.clock.advance(timedelta(days=1))
    entry = {"on": "2026-09-15", "percent": 12}
    await asyncio.gather(
        scan(office), *(office.done("POST", f"{path}/progress-entries", entry) for path in paths), scan(office)
    )
    assert await open_kinds(office) == []
    assert [what for what, _, _ in await told(office)].count("cleared") == 5


async def test_daily_job_runs_at_half_past_seven_and_catches_up_once(office: Office) -> None:
    await office.signed(start_in=2)
    jobs = [job for job in JOBS if job.name == "projects.check"]
    runner = SchedulerRunner(office.database, office.clock, jobs)
    # 07:30 and 07:29 in Shanghai: the planned day itself, and the morning after just before the scan.
    for instant in (datetime(2026, 9, 16, 23, 30, tzinfo=UTC), datetime(2026, 9, 17, 23, 29, tzinfo=UTC)):
        await runner.run_due()
        office.clock.set(instant)
        await runner.run_due()
    assert await told(office) == []
    office.clock.set(datetime(2026, 9, 17, 23, 30, tzinfo=UTC))
    await runner.run_due()
    assert [(what, body["days"]) for what, _, body in await told(office)] == [("opened", 1)]
    # A week without any process: the present state counts, one scan is enough.
    office.clock.advance(timedelta(days=7))
    await runner.run_due()
    assert len(await told(office)) == 1


async def test_rule_of_a_county_changes_what_counts_from_its_day_on(office: Office) -> None:
    await office.started("P-1", days_ago=40)
    await office.started("P-2", days_ago=40, region_code="421221")
    rule = {"kind": "stalled", "region_code": "421224", "threshold_days": 30, "level2_days": 40}
    put = await office.done("PUT", "/v1/project-rules", rule)
    assert (put["valid_from"], put["valid_to"]) == ("2026-09-15", None)
    assert (await scan(office)).opened == 1
    assert (await told(office))[0][2]["level"] == 2
    await office.done("PUT", "/v1/project-rules", rule | {"threshold_days": 50, "level2_days": None})
    assert (await scan(office)).cleared == 1
    assert (await told(office))[-1][2]["reason"] == "rule_changed"
    rules = (await office.done("GET", "/v1/project-rules", params={"filter[kind][eq]": "stalled"}))["items"]
    assert [(row["region_code"], row["threshold_days"]) for row in rules] == [("421224", 50), (None, 60)]


async def test_coming_rule_ends_the_present_one(office: Office) -> None:
    rule = {"kind": "stalled", "threshold_days": 45, "valid_from": "2027-01-01"}
    await office.done("PUT", "/v1/project-rules", rule)
    rules = (await office.done("GET", "/v1/project-rules", params={"filter[kind][eq]": "stalled"}))["items"]
    assert [(row["valid_from"], row["valid_to"], row["threshold_days"]) for row in rules] == [
        ("2000-01-01", "2027-01-01", 60),
        ("2027-01-01", None, 45),
    ]


async def test_rule_is_refused_when_it_is_not_the_callers_to_set(office: Office) -> None:
    await office.staff("group", "supervisor", "421224")
    everywhere = {"kind": "stalled", "threshold_days": 30}
    await office.refused(
        "PUT", "/v1/project-rules", everywhere, status=403, code="project_rule.forbidden", by="group"
    )
    next_door = everywhere | {"region_code": "421221"}
    await office.refused("PUT", "/v1/project-rules", next_door, status=404, code="not_found", by="group")
    own = everywhere | {"region_code": "421224101"}
    await office.done("PUT", "/v1/project-rules", own, by="group")
    await office.done("PUT", "/v1/project-rules", everywhere | {"region_code": "421224"}, by="group")
    # A town goes by its county's rule, so it sees it; the county next door has nothing to see.
    for clerk, region, known in (("clerk", "421224101", ["421224", "421224101"]), ("next-door", "421221", [])):
        await office.staff(clerk, "officer", region)
        listed = await office.done("GET", "/v1/project-rules", by=clerk)
        assert [rule["region_code"] for rule in listed["items"] if rule["region_code"]] == known
    bad = everywhere | {"level2_days": 30}
    await office.refused("PUT", "/v1/project-rules", bad, status=409, code="project_rule.not_ordered")


async def test_conditions_stay_in_their_region(office: Office) -> None:
    await office.staff("jiayu", "officer", "421221")
    await office.signed(start_in=-5)
    scanned = await office.done("POST", "/v1/condition-scans")
    assert scanned == {"subjects": 1, "opened": 1, "amended": 0, "cleared": 0}
    assert await open_kinds(office) == ["start_overdue"]
    assert await open_kinds(office, by="jiayu") == []
    await office.refused("POST", "/v1/condition-scans", status=403, code="forbidden", by="jiayu")


async def test_project_behind_its_plan_is_told_with_both_figures_and_cleared_by_progress(office: Office) -> None:
    path = await office.started(days_ago=170)
    points = [{"month": f"2026-{month:02}-01", "percent": str(10 * (month - 2))} for month in range(3, 13)]
    await office.done("PUT", f"{path}/plan-curve", {"points": points})
    await office.done("POST", f"{path}/progress-entries", {"on": "2026-09-01", "percent": "40"})
    assert await scan(office) == Outcome(subjects=1, opened=1)
    assert await scan(office) == Outcome(subjects=1)
    (opened,) = await told(office)
    assert (opened[2]["kind"], opened[2]["level"], opened[2]["reference_on"]) == ("behind_plan", 1, "2026-06-30")
    assert (opened[2]["planned_percent"], opened[2]["actual_percent"]) == (65.0, 40.0)
    assert opened[2]["explanation_en"] == "25 points (77 days) behind plan; planned 65 %, actual 40 %"

    await office.done("POST", f"{path}/progress-entries", {"on": "2026-09-14", "percent": "62"})
    assert [(what, body.get("reason")) for what, _, body in await told(office)][1:] == [("cleared", "progressed")]
    assert await scan(office) == Outcome(subjects=1)


async def test_shortage_of_funds_is_told_when_the_contract_s_day_passed_and_cleared_when_money_is_verified(
    office: Office,
) -> None:
    path = await office.signed()
    await office.staff("qian", "supervisor", "421224")
    parties = [{"name": "county", "role": "government"}, {"name": "investor (demo)", "role": "investor"}]
    contract = {"number": "2026-7", "parties": parties, "amount_yuan": "140000000"}
    await office.done("PUT", f"{path}/contract", contract)
    act = {"kind": "funds", "title": "first part", "due_on": "2026-09-10", "amount_yuan": "20000000"}
    await office.done("POST", f"{path}/contract/acts", act)
    assert await scan(office) == Outcome(subjects=1, opened=1)
    (opened,) = await told(office)
    assert (opened[2]["kind"], opened[2]["level"], opened[2]["days"]) == ("funds_short", 1, 5)
    assert opened[2]["explanation_en"].startswith("¥20,000,000 due by 2026-09-10, ¥0 verified")

    arrival = {
        "on": "2026-09-12",
        "amount_yuan": "20000000",
        "source": "own",
        "payer": "investor",
        "evidence": "slip 3",
    }
    funds = await office.done("POST", f"{path}/funds-arrivals", arrival)
    assert len(await told(office)) == 1  # recorded is not verified
    await office.done("POST", f"{path}/funds-arrivals/{funds['id']}/verification", {"note": "seen"}, by="qian")
    assert [(what, body.get("reason")) for what, _, body in await told(office)][1:] == [
        ("cleared", "funds_arrived")
    ]
    assert await scan(office) == Outcome(subjects=1)


async def test_rule_for_slips_is_refused_when_it_names_no_points(office: Office) -> None:
    rule = {"kind": "behind_plan", "region_code": "421224", "threshold_days": 1}
    problem = await office.refused("PUT", "/v1/project-rules", rule, status=409, code="project_rule.not_ordered")
    assert problem["errors"][0]["pointer"] == "/threshold_percent"
    stricter = await office.done("PUT", "/v1/project-rules", rule | {"threshold_percent": 5, "level2_percent": 15})
    assert (stricter["threshold_percent"], stricter["level2_percent"]) == (5, 15)
