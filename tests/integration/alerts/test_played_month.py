"""A played month over National Day 2026 with its worked weekend days: every step of every chase to the minute.

September and October 2026 in this county: Sunday 20 September is worked, Friday 25 to Sunday 27 September rest
(Mid-Autumn), Thursday 1 to Wednesday 7 October rest, Saturday 10 October is worked. The office works from 8:30 to
12:00 and from 14:30 to 17:30 in September, to 17:00 from October on: 390 and 360 minutes a day. The tables below
were worked out by hand from this and from the policies.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.alerts import COUNTY, World, breached, spike, stalled
from tests.support.duty import ROSTER, get, heard, local, play, post, roster, rotate, send, staff

BEGIN, END = local(2026, 9, 18, 8), local(2026, 10, 19, 8)


async def prepare(world: World) -> dict[str, Any]:
    """Hours, a leading group, a roster of two with a list for the holiday, a policy in working days."""
    world.clock.set(BEGIN)
    for begins, ends, closes in (("2026-09-01", "2026-10-01", "17:30"), ("2026-10-01", None, "17:00")):
        hours = {
            "region_code": COUNTY,
            "valid_from": begins,
            "valid_to": ends,
            "segments": [["08:30", "12:00"], ["14:30", closes]],
            "reason": "作息（演示）",
        }
        await post(world, "/v1/office-hours", hours)
    await world.add_person("leading_group")
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await roster(world)
    await rotate(world, [(wang, li), (li, wang)])
    start = local(2026, 10, 1, 8)
    shifts = [
        {
            "starts_at": (start + timedelta(days=day)).isoformat(),
            "ends_at": (start + timedelta(days=day + 1)).isoformat(),
            "primary": str(zhao if day % 2 else li),
        }
        for day in range(7)
    ]
    body = {
        "name_zh": "国庆值班（演示）",
        "name_en": "National Day (demo)",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=7)).isoformat(),
        "shifts": shifts,
    }
    await post(world, f"/v1/duty-rosters/{ROSTER}/holiday-lists", body)
    policy = (await get(world, "/v1/escalation-policies/projects"))["definition"]
    policy["rungs"][1]["after"]["yellow"] = "2d"
    policy["rungs"][2]["after"]["yellow"] = "3d"
    policy["rungs"][3]["after"] = {}
    policy["remind"]["yellow"] = "5d"
    saved = await send(world, "PUT", "/v1/escalation-policies/projects", {"definition": policy}, by="admin")
    assert saved.status_code == 200, saved.text
    return {"wang": wang}


async def at(world: World, instant: datetime, event: Any, version: int = 1) -> int:
    """Play until then and give the service an event; answers the alert's number."""
    await play(world, instant)
    await world.handle(event, version)
    number: int = await world.scalar("SELECT max(number) FROM alert")
    return number


async def of(world: World, number: int) -> list[tuple[str, str, str]]:
    """What was heard of one alert."""
    rows = await world.rows(
        "SELECT n.id, a.number FROM notification n JOIN alert a ON a.id = n.alert_id ORDER BY n.id"
    )
    everything = await heard(world)
    return [told for told, row in zip(everything, rows, strict=True) if row.number == number]


async def test_played_month_over_national_day_comes_out_to_the_minute(world: World) -> None:
    await prepare(world)
    # 1. Yellow energy, Friday 18 September 17:00; working minutes 120, 240, 840, then every 840.
    spiked = await at(world, local(2026, 9, 18, 17), spike(uuid4(), level=1))
    # 2. Red energy in the night to Saturday, around the clock.
    red = await at(world, local(2026, 9, 19, 3, 20), spike(uuid4(), level=3))
    # 3. A project stands still from Thursday 24 September 16:40; working days 2, 3, then every 5.
    project = await at(world, local(2026, 9, 24, 16, 40), stalled())
    # 4. A case breached on Wednesday 30 September 17:10, twenty minutes before the close.
    case = await at(world, local(2026, 9, 30, 17, 10), breached())
    # 5. Orange energy on National Day at 21:05, to the holiday's list.
    orange = await at(world, local(2026, 10, 1, 21, 5), spike(uuid4(), level=2))
    # 6. Blue energy on the worked Saturday 10 October 16:00; 420 and 840 working minutes.
    blue = await at(world, local(2026, 10, 10, 16), spike(uuid4(), level=1, kind="shift"))
    await play(world, END)

    assert await of(world, spiked) == [
        ("09-18 17:00", "opened", "officer"),
        # 30 minutes of Friday, then the worked Sunday: 90 from 8:30.
        ("09-20 10:00", "escalated", "leader"),
        # 240: 120 until noon, 120 from 14:30.
        ("09-20 16:30", "escalated", "supervision_group"),
        # 840: Sunday 60, Monday 390, Tuesday 390.
        ("09-22 17:30", "escalated", "leading_group"),
        # 840: Wednesday 390, Thursday 390, then Mid-Autumn; Monday the 28th 60.
        ("09-28 09:30", "reminded", "leading_group"),
        # 840: Monday 330, Tuesday 390, Wednesday 120.
        ("09-30 10:30", "reminded", "leading_group"),
        # 840: Wednesday 270; Thursday 8 October 360, Friday 210 until noon.
        ("10-09 12:00", "reminded", "leading_group"),
        # 840: Friday 150, the worked Saturday 360, Monday 330: noon is 210, 120 from 14:30.
        ("10-12 16:30", "reminded", "leading_group"),
        # 840: Monday 30, Tuesday 360, Wednesday 360, Thursday 90.
        ("10-15 10:00", "reminded", "leading_group"),
    ]
    nights = [
        ("09-19 03:20", "opened", "王"),
        ("09-19 03:35", "escalated", "leader"),
        ("09-19 04:05", "escalated", "supervision_group"),
        ("09-19 05:05", "escalated", "leading_group"),
    ]
    told = await of(world, red)
    assert told[:4] == nights
    # Every eight hours from then on, the holiday included: thirty days make 90 reminders, the last at 05:05.
    assert [row[:2] for row in told[4:6]] == [("09-19 13:05", "reminded"), ("09-19 21:05", "reminded")]
    assert (len(told), told[-1][0]) == (4 + 90, "10-19 05:05")
    assert await of(world, project) == [
        ("09-24 16:40", "opened", "officer"),
        # Two working days: Monday 28, Tuesday 29.
        ("09-29 16:40", "escalated", "leader"),
        # Three: Wednesday 30, Thursday 8, Friday 9 October.
        ("10-09 16:40", "escalated", "supervision_group"),
        # Five: Saturday 10, Monday 12, Tuesday, Wednesday, Thursday 15.
        ("10-15 16:40", "reminded", "supervision_group"),
    ]
    # Two working days after Wednesday 17:10: Thursday 8, Friday 9 October, which ends at 17:00 by then.
    assert await of(world, case) == [
        ("09-30 17:10", "opened", "officer"),
        ("10-09 17:00", "escalated", "leader"),
        # Three after that: at the close the day is over, so from Saturday 8:30: Monday, Tuesday, Wednesday.
        ("10-14 08:30", "escalated", "supervision_group"),
    ]
    holiday = await of(world, orange)
    assert holiday[:5] == [
        ("10-01 21:05", "opened", "李"),
        ("10-01 21:35", "escalated", "leader"),
        ("10-01 22:35", "escalated", "supervision_group"),
        ("10-02 02:35", "escalated", "leading_group"),
        ("10-02 14:35", "reminded", "leading_group"),
    ]
    assert await of(world, blue) == [
        ("10-10 16:00", "opened", "officer"),
        # 420: Saturday 60, Monday 360.
        ("10-12 17:00", "escalated", "leader"),
        # 840: Tuesday 360, Wednesday 360, Thursday 120.
        ("10-15 10:30", "escalated", "supervision_group"),
    ]
    # Nothing waits that should have come, and the trail is whole.
    assert (
        await world.rows("SELECT id FROM escalation_timer WHERE state = 'pending' AND due_at <= :end", end=END)
        == []
    )
    late = await world.rows("SELECT id FROM escalation_timer WHERE state = 'fired' AND ended_at <> due_at")
    assert late == []


async def test_simulation_says_beforehand_what_the_chase_does(world: World) -> None:
    await prepare(world)
    body = {
        "code": "energy",
        "severity": "yellow",
        "region_code": COUNTY,
        "starts_at": local(2026, 9, 18, 17).isoformat(),
    }
    played = await post(world, "/v1/escalation-policies/simulate", body, expect=200)
    await at(world, local(2026, 9, 18, 17), spike(uuid4(), level=1))
    await play(world, local(2026, 9, 30, 12))
    names = {"told": ("opened", "escalated"), "reminded": ("reminded",)}
    happened = await heard(world)
    assert len(happened) == len(played["steps"]) == 6
    for step, (when, reason, name) in zip(played["steps"], happened, strict=True):
        assert step["local_at"][5:] == when
        assert reason in names[step["kind"]]
        assert [each["name"].removesuffix("（演示）") for each in step["people"]] == [name]
    assert played["clock"] == "working"
