"""Escalation policies as data: created, revised, read back, and played through before they are needed."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, spike
from tests.support.duty import get, local, post, roster, rotate, send, staff, stand_in

POLICIES = "/v1/escalation-policies"
EVERY = dict.fromkeys(("blue", "yellow", "orange", "red"), "0m")


def definition(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name_zh": "专项督办（演示）",
        "name_en": "Special (demo)",
        "rungs": [
            {"post": "officer", "after": EVERY},
            {"post": "leader", "after": {"yellow": "4h", "red": "15m"}},
        ],
        "clocks": {
            "blue": "working",
            "yellow": "working",
            "orange": "around_the_clock",
            "red": "around_the_clock",
        },
        "promise": dict.fromkeys(EVERY, "1d"),
    }
    return {**values, **changes}


async def simulate(world: World, *, expect: int = 200, **changes: Any) -> Any:
    body = {"code": "energy", "severity": "red", "region_code": COUNTY, "starts_at": MORNING.isoformat()}
    return await post(world, f"{POLICIES}/simulate", {**body, **changes}, expect=expect)


def steps(played: Any) -> list[tuple[float, str, list[str]]]:
    return [
        (step["after_minutes"], step["kind"], [each["name"].removesuffix("（演示）") for each in step["people"]])
        for step in played["steps"]
    ]


async def test_policy_is_created_revised_and_its_history_read(world: World) -> None:
    body = {"code": "special", "definition": definition(), "reason": "专项行动"}
    made = await post(world, POLICIES, body, by="admin")
    assert (made["revision"], made["reason"], made["definition"]["rungs"][1]["after"]["yellow"]) == (
        1,
        "专项行动",
        "4h",
    )
    assert (await post(world, POLICIES, body, by="admin", expect=409))["code"] == "policy.known"
    await post(world, POLICIES, {**body, "code": "other"}, by="supervisor", expect=403)
    path = f"{POLICIES}/special"
    revised = {"definition": definition(name_en="Stricter"), "reason": "加严"}
    stale = await send(world, "PUT", path, revised, by="admin", **{"If-Match": '"7"'})
    assert stale.status_code == 412
    saved = await send(world, "PUT", path, revised, by="admin", **{"If-Match": '"1"'})
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"2"')
    history = (await get(world, f"{path}/revisions"))["items"]
    assert [(row["revision"], row["reason"]) for row in history] == [(2, "加严"), (1, "专项行动")]
    assert (await get(world, f"{path}/revisions/1"))["definition"]["name_en"] == "Special (demo)"
    assert (await get(world, f"{path}/revisions/9", expect=404))["code"] == "policy.revision_not_found"
    listed = (await get(world, POLICIES, **{"filter[code][prefix]": "s"}))["items"]
    assert [(row["code"], row["revision"]) for row in listed] == [("special", 2)]
    past = {"definition": definition(), "valid_from": (MORNING - timedelta(days=1)).isoformat()}
    assert (await send(world, "PUT", path, past, by="admin")).json()["code"] == "policy.starts_in_past"


async def test_one_revision_wins_when_two_are_saved_at_once(world: World) -> None:
    answers = await asyncio.gather(
        *(
            send(
                world,
                "PUT",
                f"{POLICIES}/energy",
                {"definition": definition(name_en=name)},
                by="admin",
                **{"If-Match": '"2"'},
            )
            for name in ("A", "B")
        )
    )
    # The other has seen a revision that is not the newest any more, before or while it was saved.
    first, second = sorted(answer.status_code for answer in answers)
    assert first == 200
    assert second in {409, 412}


NOWHERE: list[Any] = [
    {"rungs": [{"after": EVERY}]},
    {"rungs": [{"post": "officer", "after": {"red": "5m"}}]},
    {"rungs": [{"post": "officer", "after": {**EVERY, "red": "5 minutes"}}]},
    {"rungs": [{"post": "Chief!", "after": EVERY}]},
    {"promise": {}},
    {"clocks": {"red": "sometimes"}},
    {"late_after_seconds": 0},
    {"surplus": True},
]


async def test_policy_is_refused_when_it_would_lead_nowhere(world: World) -> None:
    for changes in NOWHERE:
        body = {"code": "special", "definition": definition(**changes)}
        await post(world, POLICIES, body, by="admin", expect=422)


async def test_simulation_tells_who_is_told_when_on_the_rosters_as_they_are(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await roster(world)
    await rotate(world, [(wang, li), (li, wang)])
    await stand_in(
        world, wang, zhao, starts_at=local(2026, 9, 17).isoformat(), ends_at=local(2026, 9, 18).isoformat()
    )
    night = await simulate(world, starts_at=local(2026, 9, 17, 22).isoformat())
    assert steps(night)[:3] == [(0, "told", ["赵"]), (15, "told", ["leader"]), (45, "told", ["supervision_group"])]
    assert night["steps"][0]["roster_code"] == "tongshan_24h"
    assert night["steps"][0]["people"][0]["instead_of"] == str(wang)
    # The leading group has nobody: said so, and the supervision group is reminded every eight hours.
    assert steps(night)[3:] == [
        (105, "nobody", []),
        (585, "nobody", []),
        (1065, "nobody", []),
    ]
    assert await world.rows("SELECT id FROM alert") == []


async def test_simulation_shows_promises_reminders_and_gaps(world: World) -> None:
    taken = await simulate(
        world,
        acknowledged_at=(MORNING + timedelta(minutes=10)).isoformat(),
        promised_at=(MORNING + timedelta(minutes=100)).isoformat(),
    )
    assert steps(taken)[:4] == [
        (0, "told", ["officer"]),
        (10, "acknowledged", []),
        (70, "promise_reminder", []),
        (100, "promise_broken", []),
    ]
    assert steps(taken)[4] == (100, "told", ["leader"])
    await roster(world)
    gap = await simulate(world)
    assert steps(gap)[:2] == [(0, "nobody", []), (0, "told", ["leader"])]
    unsaved = await simulate(
        world,
        code=None,
        severity="yellow",
        definition=definition(rungs=[{"post": "leader", "after": dict.fromkeys(EVERY, "2h")}]),
    )
    assert steps(unsaved) == [(120, "told", ["leader"])]
    unknown = await simulate(world, severity="yellow", starts_at="2031-03-03T09:00:00+08:00")
    assert unknown["steps"][1]["year_unknown"] == 2031


async def test_simulation_keeps_to_the_callers_region_and_to_what_makes_sense(world: World) -> None:
    await simulate(world, region_code=OTHER_COUNTY, expect=404)
    await simulate(world, code="nowhere", expect=404)
    await simulate(world, code=None, expect=422)
    await simulate(world, definition=definition(), expect=422)
    await simulate(world, promised_at=MORNING.isoformat(), expect=422)


async def test_alert_keeps_its_policy_when_a_revision_comes(world: World) -> None:
    await world.handle(spike(uuid4(), level=3))
    saved = await send(world, "PUT", f"{POLICIES}/energy", {"definition": definition()}, by="admin")
    assert saved.status_code == 200
    policies = await world.rows("SELECT policy -> 'name_en' AS name FROM alert")
    assert [row.name for row in policies] == ["Energy"]
