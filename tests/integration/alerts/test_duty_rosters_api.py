"""Rosters over REST: who is on duty, gaps, swaps, holiday lists; and the alert when nobody will be there."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.alerts.rosters import service
from services.alerts.rosters.jobs import RosterAuditor
from services.alerts.warnings import intake
from services.alerts.watch.conditions import OwnConditions
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, TOWN, World
from tests.support.duty import (
    ROSTER,
    get,
    heard,
    local,
    on_duty,
    post,
    roster,
    rotate,
    send,
    shown,
    staff,
    stand_in,
)

SHIFTS = f"/v1/duty-rosters/{ROSTER}/shifts"
DAY = timedelta(days=1)


async def check_rosters(world: World) -> None:
    async with world.edge() as ctx:
        await RosterAuditor(OwnConditions(intake.take_opened, intake.take_cleared)).check_rosters(ctx, ctx.now)


async def test_duty_goes_round_and_is_answered_for_the_regions_below(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await roster(world)
    await rotate(world, [(wang, li), (li, zhao), (zhao, None)])
    assert await on_duty(world) == ["王", "李"]
    assert await on_duty(world, MORNING + DAY) == ["李", "赵"]
    # A township has none of its own: the county's answers; a matter without its own roster falls to it as well.
    duty = await get(world, "/v1/duty", region_code=TOWN, kind="grid")
    assert (duty["roster_code"], [each["role"] for each in duty["people"]]) == (ROSTER, ["primary", "backup"])
    async with world.edge() as ctx:
        for place in (ROSTER, COUNTY, TOWN):
            assert [person.name for person in await service.on_duty(ctx, place, ctx.now)] == ["王", "李"]
        assert await service.on_duty(ctx, OTHER_COUNTY, ctx.now) == []


async def test_own_roster_of_a_matter_goes_before_the_general_one(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    await roster(world, "tongshan_grid", kind="grid")
    await rotate(world, [(li, None)], "tongshan_grid")
    assert (await on_duty(world), await on_duty(world, kind="grid")) == (["王"], ["李"])


async def test_schedule_shows_shifts_names_and_gaps(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None), (li, None)], valid_to="2026-09-17")
    schedule = await get(world, SHIFTS, **{"from": MORNING.isoformat(), "to": (MORNING + 3 * DAY).isoformat()})
    assert [(shown(row["starts_at"]), row["primary"]["name"]) for row in schedule["shifts"]] == [
        ("09-15 08:30", "王"),
        ("09-16 08:00", "李"),
        ("09-17 08:00", None),
    ]
    assert [shown(gap["starts_at"]) for gap in schedule["gaps"]] == ["09-17 08:00"]
    await get(world, SHIFTS, expect=409, to=(MORNING + 500 * DAY).isoformat())
    await get(world, SHIFTS, expect=409, to=(MORNING - DAY).isoformat())


async def test_new_rotation_ends_the_one_before_it(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    await rotate(world, [(li, None)], valid_from="2026-09-16")
    rotations = (await get(world, f"/v1/duty-rosters/{ROSTER}/rotations"))["items"]
    assert [row["valid_to"] for row in rotations] == ["2026-09-16", None]
    assert (await on_duty(world), await on_duty(world, MORNING + DAY)) == (["王"], ["李"])
    path = f"/v1/duty-rosters/{ROSTER}/rotations/{rotations[1]['id']}/ends"
    await post(world, path, {"ends_on": "2026-09-14"}, expect=409)
    await post(world, path, {"ends_on": "2026-09-18"})
    assert await on_duty(world, MORNING + 3 * DAY) == []


async def test_holiday_list_overrides_the_rotation_and_tells_what_it_leaves_empty(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    start = local(2026, 10, 1)
    body = {
        "name_zh": "国庆值班（演示）",
        "name_en": "National Day (demo)",
        "starts_at": start.isoformat(),
        "ends_at": (start + 2 * DAY).isoformat(),
        "shifts": [shift(start, start + DAY, li)],
    }
    listed = await post(world, f"/v1/duty-rosters/{ROSTER}/holiday-lists", body)
    assert [shown(gap["starts_at"]) for gap in listed["gaps"]] == ["10-02 00:00"]
    assert await on_duty(world, start) == ["李"]
    assert await on_duty(world, start + DAY) == []
    assert await on_duty(world, start + 2 * DAY) == ["王"]
    path = f"/v1/duty-rosters/{ROSTER}/holiday-lists/{listed['id']}"
    full = {"shifts": [shift(start, start + DAY, li), shift(start + DAY, start + 2 * DAY, wang)], "reason": "补齐"}
    filled = await send(world, "PUT", f"{path}/shifts", full)
    assert (filled.status_code, filled.json()["gaps"], filled.json()["version"]) == (200, [], 2)
    again = await post(world, f"/v1/duty-rosters/{ROSTER}/holiday-lists", body, expect=409)
    assert again["code"] == "duty.holiday_overlap"
    outside = {"shifts": [shift(start, start + 3 * DAY, li)], "reason": "x"}
    assert (await send(world, "PUT", f"{path}/shifts", outside)).json()["code"] == "duty.outside_holiday"
    await post(world, f"{path}/withdrawals", {"reason": "取消"})
    assert await on_duty(world, start) == ["王"]


async def test_swap_changes_hands_when_the_other_side_agrees(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None), (li, None)])
    # Wang gives the 17th for Li's 18th.
    gives, takes = local(2026, 9, 17, 8), local(2026, 9, 18, 8)
    body = swap(wang, li, span(gives), span(takes))
    await post(world, f"/v1/duty-rosters/{ROSTER}/swaps", body, by=li, expect=409)
    offered = await post(world, f"/v1/duty-rosters/{ROSTER}/swaps", body, by=wang)
    assert await on_duty(world, gives) == ["王"]
    path = f"/v1/duty-swaps/{offered['id']}"
    mine = await post(world, f"{path}/acceptances", {}, by=wang, expect=409)
    assert mine["code"] == "duty.swap_not_yours"
    accepted = await post(world, f"{path}/acceptances", {"note": "可以"}, by=li)
    assert (accepted["state"], accepted["roster_code"]) == ("accepted", ROSTER)
    assert (await on_duty(world, gives), await on_duty(world, takes)) == (["李"], ["王"])
    settled = await post(world, f"{path}/refusals", {}, by=li, expect=409)
    assert settled["code"] == "duty.swap_settled"
    assert [
        row["id"] for row in (await get(world, "/v1/duty-swaps", **{"filter[state]": "accepted"}))["items"]
    ] == [offered["id"]]


async def test_swap_is_refused_when_the_time_is_not_ones_own(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await roster(world)
    await rotate(world, [(wang, zhao), (li, zhao)])
    path = f"/v1/duty-rosters/{ROSTER}/swaps"
    for body, code in (
        (swap(wang, li, span(local(2026, 9, 18, 8))), "duty.not_on_duty"),
        (swap(wang, wang, span(local(2026, 9, 17, 8))), "duty.swap_with_self"),
        (swap(wang, zhao, span(local(2026, 9, 17, 8))), "duty.both_roles"),
        (swap(wang, li, span(local(2026, 9, 13, 8))), "duty.span_past"),
        (
            swap(wang, li, {"starts_at": MORNING.isoformat(), "ends_at": MORNING.isoformat()}),
            "duty.span_not_ordered",
        ),
    ):
        assert (await post(world, path, body, expect=409))["code"] == code


async def test_one_swap_wins_when_two_give_the_same_day(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await roster(world)
    await rotate(world, [(wang, None)])
    day = span(local(2026, 9, 17, 8))
    offers = [
        await post(world, f"/v1/duty-rosters/{ROSTER}/swaps", swap(wang, taker, day)) for taker in (li, zhao)
    ]
    answers = await asyncio.gather(
        *(send(world, "POST", f"/v1/duty-swaps/{offer['id']}/acceptances", {}) for offer in offers)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    # The day that changed hands is not the giver's any more.
    (lost,) = [answer for answer in answers if answer.status_code == 409]
    assert lost.json()["code"] == "duty.not_on_duty"


async def test_entered_shift_lies_above_and_can_be_taken_back(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    body = {**shift(MORNING, MORNING + DAY, li), "reason": "顶班"}
    (entered,) = (await post(world, SHIFTS, body))["items"]
    assert await on_duty(world) == ["李"]
    assert (await post(world, SHIFTS, body, expect=409))["code"] == "duty.assignment_overlap"
    await post(world, f"{SHIFTS}/{entered['id']}/withdrawals", {"reason": "回来了"})
    assert await on_duty(world) == ["王"]
    await post(world, f"{SHIFTS}/{entered['id']}/withdrawals", {"reason": "再次"}, expect=404)


async def test_roster_keeps_to_its_region_and_version(world: World) -> None:
    made = await roster(world)
    path = f"/v1/duty-rosters/{ROSTER}"
    await get(world, path, by="stranger", expect=404)
    await post(world, f"{path}/rotations", rotation_body(), by="stranger", expect=404)
    await post(world, f"{path}/rotations", rotation_body(), by="viewer", expect=403)
    assert (await get(world, "/v1/duty-rosters", by="stranger"))["items"] == []
    assert (await send(world, "PATCH", path, {"warn_ahead_hours": 24})).status_code == 428
    changed = await send(world, "PATCH", path, {"warn_ahead_hours": 24}, **{"If-Match": f'"{made["version"]}"'})
    assert (changed.status_code, changed.json()["warn_ahead_hours"]) == (200, 24)
    stale = await send(world, "PATCH", path, {"warn_ahead_hours": 1}, **{"If-Match": f'"{made["version"]}"'})
    assert stale.status_code == 412
    twice = await send(world, "POST", "/v1/duty-rosters", {**made_body(), "code": ROSTER})
    assert twice.json()["code"] == "duty.roster_known"


MALFORMED: list[Any] = [
    {"handovers": []},
    {"handovers": ["20:00", "08:00"]},
    {"handovers": ["08:00:30"]},
    {"members": []},
    {"period": "yearly"},
    {"valid_from": "never"},
    {"surplus": 1},
]


async def test_rotation_is_refused_when_it_is_malformed(world: World) -> None:
    await roster(world)
    for changes in MALFORMED:
        await post(world, f"/v1/duty-rosters/{ROSTER}/rotations", {**rotation_body(), **changes}, expect=422)


async def test_gap_is_an_alert_in_time_and_gone_when_it_is_covered(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    # Nobody from Friday the 18th on: seen three days ahead.
    await rotate(world, [(wang, None)], valid_to="2026-09-18")
    await check_rosters(world)
    (alert,) = await world.rows("SELECT severity, object_type, region_code, text_zh, status FROM alert")
    assert tuple(alert) == (
        "yellow",
        "duty_roster",
        COUNTY,
        "2026-09-18 08:00 至 2026-09-18 08:30 无人值班",
        "open",
    )
    await check_rosters(world)
    world.clock.set(local(2026, 9, 17, 12))
    await check_rosters(world)
    world.clock.set(local(2026, 9, 18, 9))
    await check_rosters(world)
    assert await world.scalar("SELECT severity FROM alert") == "red"
    versions = await world.rows(
        "SELECT type, aggregate_version FROM outbox WHERE topic = 'alerts.condition.v1' ORDER BY sequence"
    )
    assert [row.aggregate_version for row in versions] == [1, 2, 3]
    now = world.clock.now()
    await post(world, SHIFTS, {**shift(now, now + 30 * DAY, li), "reason": "顶班"})
    await check_rosters(world)
    (alert,) = await world.rows("SELECT status, resolution FROM alert")
    assert tuple(alert) == ("resolved", "covered")
    assert [reason for _, reason, _ in await heard(world)] == ["opened", "amended", "amended", "resolved"]


async def test_gap_is_seen_when_who_stands_in_the_roster_has_left_and_nobody_stands_in(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    await check_rosters(world)
    assert await world.rows("SELECT id FROM alert") == []
    # An absence in the middle of a shift, with somebody who stands in: no gap.
    await stand_in(world, wang, li, scope="duty")
    assert await on_duty(world) == ["李"]
    await check_rosters(world)
    assert await world.rows("SELECT id FROM alert") == []
    async with world.database.transaction() as session:
        await session.execute(deactivate("李"))
    await check_rosters(world)
    (alert,) = await world.rows("SELECT severity, text_en FROM alert")
    assert tuple(alert) == ("red", "nobody on duty from 2026-09-15 08:30 to 2026-09-16 08:30")
    duty = await get(world, "/v1/duty", region_code=COUNTY)
    assert (duty["people"], duty["missing"]) == ([], [str(wang)])


def shift(start: Any, end: Any, primary: Any, backup: Any = None) -> dict[str, Any]:
    return {
        "starts_at": start.isoformat(),
        "ends_at": end.isoformat(),
        "primary": str(primary),
        "backup": None if backup is None else str(backup),
    }


def span(start: Any) -> dict[str, str]:
    return {"starts_at": start.isoformat(), "ends_at": (start + DAY).isoformat()}


def swap(giver: Any, taker: Any, gives: dict[str, str], takes: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "giver_id": str(giver),
        "taker_id": str(taker),
        "gives": gives,
        "takes": takes,
        "reason": "家中有事（演示）",
    }


def rotation_body() -> dict[str, Any]:
    return {
        "valid_from": "2026-09-15",
        "period": "daily",
        "handovers": ["08:00"],
        "members": [{"primary": "01926f4e-7f00-7000-8000-000000000301"}],
        "reason": "演示",
    }


def made_body() -> dict[str, Any]:
    return {
        "code": "x",
        "name_zh": "值班",
        "name_en": "Duty",
        "kind": "around_the_clock",
        "region_code": COUNTY,
        "valid_from": "2026-01-01",
    }


def deactivate(name: str) -> Any:
    return text("UPDATE person_replica SET active = false WHERE name = :name").bindparams(name=name)
