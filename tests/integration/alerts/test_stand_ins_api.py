"""Stand-ins and office hours over REST."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.alerts.rosters import service
from services.alerts.worktime import service as worktime
from tests.support.alerts import CITY, COUNTY, MORNING, OTHER_COUNTY, World
from tests.support.duty import get, local, post, send, shown, staff, stand_in

DAY = timedelta(days=1)
SUMMER = [["08:00", "12:00"], ["15:00", "18:00"]]


async def answers(world: World, person: Any, **params: Any) -> str | None:
    found = await get(world, "/v1/stand-ins/in-force", person_id=str(person), **params)
    name: str | None = found["name"]
    return name


async def test_person_hands_over_for_a_time_and_comes_back_earlier(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    named = await stand_in(world, wang, li, by=wang)
    assert (named["when"], named["scope"], named["region_code"]) == ("away", "everything", COUNTY)
    assert await answers(world, wang) == "李"
    await stand_in(world, li, zhao)
    assert await answers(world, wang) == "赵"
    path = f"/v1/stand-ins/{named['id']}"
    ends = {"ends_at": (MORNING + timedelta(hours=2)).isoformat()}
    assert (await send(world, "PATCH", path, ends, by=wang)).status_code == 428
    changed = await send(world, "PATCH", path, ends, by=wang, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert await answers(world, wang, at=(MORNING + timedelta(hours=2)).isoformat()) is None
    assert await answers(world, wang) == "赵"


async def test_stand_in_is_asked_by_other_slices_when_somebody_is_gone(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    partner = await stand_in(world, wang, li, when="unreachable", ends_at=None)
    async with world.edge() as ctx:
        found = await service.stand_in_of(ctx, wang, ctx.now)
        assert found is not None
        assert found.person_id == li
        assert await service.stand_in_of(ctx, li, ctx.now) is None
        assert await service.stand_in_of(ctx, uuid4(), ctx.now) is None
        assert not await service.is_away(ctx, wang, ctx.now)
    await post(world, f"/v1/stand-ins/{partner['id']}/revocations", {"reason": "调动"})
    again = await post(world, f"/v1/stand-ins/{partner['id']}/revocations", {"reason": "调动"}, expect=409)
    assert again["code"] == "stand_in.revoked"
    assert await answers(world, wang) is None


async def test_circle_is_refused_and_named(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await stand_in(world, wang, li)
    await stand_in(world, li, zhao)
    async with world.client("supervisor") as client:
        body = {
            "person_id": str(zhao),
            "stand_in_id": str(wang),
            "ends_at": (MORNING + DAY).isoformat(),
            "reason": "年休假",
        }
        answer = await client.post("/v1/stand-ins", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "stand_in.cycle")
    assert "赵 → 王 → 李 → 赵" in answer.json()["detail"]


async def test_circle_cannot_be_closed_from_two_sides_at_once(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    ends = (MORNING + DAY).isoformat()
    bodies = [
        {"person_id": str(one), "stand_in_id": str(other), "ends_at": ends, "reason": "年休假"}
        for one, other in ((wang, li), (li, wang))
    ]
    answers = await asyncio.gather(*(send(world, "POST", "/v1/stand-ins", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


SENSELESS: list[Any] = [
    ({"ends_at": None}, "stand_in.without_end"),
    ({"ends_at": (MORNING + 400 * DAY).isoformat()}, "stand_in.without_end"),
    ({"starts_at": (MORNING + 2 * DAY).isoformat()}, "duty.span_not_ordered"),
    (
        {"starts_at": (MORNING - 2 * DAY).isoformat(), "ends_at": (MORNING - DAY).isoformat()},
        "duty.span_past",
    ),
    ({"stand_in_id": str(uuid4())}, "duty.unknown_person"),
]


async def test_stand_in_is_refused_when_it_makes_no_sense(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    body = {
        "person_id": str(wang),
        "stand_in_id": str(li),
        "ends_at": (MORNING + DAY).isoformat(),
        "reason": "年休假",
    }
    for changes, code in SENSELESS:
        refused = await post(world, "/v1/stand-ins", {**body, **changes}, expect=409)
        assert refused["code"] == code


async def test_stand_in_is_named_by_the_person_or_who_leads(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    body = {
        "person_id": str(wang),
        "stand_in_id": str(li),
        "ends_at": (MORNING + DAY).isoformat(),
        "reason": "年休假",
    }
    refused = await post(world, "/v1/stand-ins", body, by=li, expect=409)
    assert refused["code"] == "stand_in.not_yours"
    await post(world, "/v1/stand-ins", body, by="stranger", expect=404)
    own = {**body, "stand_in_id": str(wang)}
    assert (await post(world, "/v1/stand-ins", own, expect=409))["code"] == "stand_in.self"
    named = await post(world, "/v1/stand-ins", body, by=wang)
    await get(world, f"/v1/stand-ins/{named['id']}", by="stranger", expect=404)
    listed = await get(world, "/v1/stand-ins", **{"filter[person_id]": str(wang), "filter[when]": "away"})
    assert [row["id"] for row in listed["items"]] == [named["id"]]


async def test_working_time_follows_the_hours_of_the_region(world: World) -> None:
    hours = {"region_code": CITY, "valid_from": "2026-05-01", "segments": SUMMER, "reason": "夏季作息（演示）"}
    made = await post(world, "/v1/office-hours", {**hours, "valid_to": "2026-10-01"}, by="admin")
    known = await post(world, "/v1/office-hours", hours, by="admin", expect=409)
    assert known["code"] == "office_hours.known"
    await post(world, "/v1/office-hours", hours, by="supervisor", expect=404)
    async with world.edge() as ctx:
        county = await worktime.calendar_of(ctx, COUNTY)
        # Half past eight: three and a half hours to noon, the fourth from three on.
        assert shown(county.add_working_minutes(MORNING, 4 * 60)) == "09-15 15:30"
        # After the 30th the common hours count again; this day of summer ends at 18:00 as well.
        assert shown(county.add_working_minutes(local(2026, 9, 30, 17), 90)) == "10-08 09:00"
    asked = await get(
        world,
        "/v1/office-hours/working-time",
        region_code=COUNTY,
        minutes=240,
        starts_at=MORNING.isoformat(),
    )
    assert (shown(asked["due_at"]), asked["is_working_time"]) == ("09-15 15:30", True)
    path = f"/v1/office-hours/{made['id']}"
    changed = await send(
        world, "PATCH", path, {"segments": [["09:00", "12:00"]]}, by="admin", **{"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json()["segments"]) == (200, [["09:00", "12:00"]])
    async with world.edge() as ctx:
        county = await worktime.calendar_of(ctx, COUNTY)
        assert shown(county.add_working_minutes(MORNING, 4 * 60)) == "09-16 10:00"
        other = await worktime.calendar_of(ctx, "420100")
        assert shown(other.add_working_minutes(MORNING, 4 * 60)) == "09-15 15:00"
    assert (await get(world, "/v1/office-hours", by="stranger"))["items"] == []


MALFORMED_HOURS: list[Any] = [
    {"segments": []},
    {"segments": [["12:00", "08:00"]]},
    {"segments": [["08:00", "12:00"], ["11:00", "13:00"]]},
    {"segments": [["08:00:30", "12:00"]]},
    {"region_code": "42"},
]


async def test_office_hours_are_refused_when_they_are_malformed(world: World) -> None:
    body = {"region_code": OTHER_COUNTY, "valid_from": "2026-05-01", "segments": SUMMER, "reason": "演示"}
    for changes in MALFORMED_HOURS:
        await post(world, "/v1/office-hours", {**body, **changes}, by="admin", expect=422)
    late = {**body, "valid_to": "2026-04-01"}
    assert (await post(world, "/v1/office-hours", late, by="admin", expect=409))["code"] == (
        "office_hours.period_not_ordered"
    )
