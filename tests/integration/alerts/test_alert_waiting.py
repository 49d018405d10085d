"""What waits is not forgotten: resolved alerts for their verification, swaps of duty for an answer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from libs.common.security.principal import Role
from services.alerts.escalation.swap_notices import tell_of_swaps
from services.alerts.warnings.jobs import remind_verifiers
from tests.support.alerts import COUNTY, OTHER_COUNTY, TOWN, World, caller, spike
from tests.support.duty import ROSTER, local, post, roster, rotate, staff

DAY = timedelta(days=1)


async def look(world: World) -> None:
    async with world.edge() as ctx:
        await remind_verifiers(ctx, ctx.now)


async def reminded(world: World) -> list[str | None]:
    """The posts that were reminded so far, oldest first."""
    rows = await world.rows("SELECT post FROM notification WHERE reason = 'verification_due' ORDER BY id")
    return [row.post for row in rows]


async def resolved(world: World, by: str = "officer") -> str:
    await world.handle(spike(uuid4()))
    alert_id = str((await world.rows("SELECT id FROM alert ORDER BY number DESC LIMIT 1"))[0].id)
    await post(world, f"/v1/alerts/{alert_id}/resolutions", {"note": "换了保险"}, by=by)
    return alert_id


async def test_leader_is_reminded_when_nobody_verifies_for_three_working_days(world: World) -> None:
    # Tuesday morning; the third working day after it is Friday.
    alert_id = await resolved(world)
    world.clock.advance(3 * DAY - timedelta(minutes=1))
    await look(world)
    assert await reminded(world) == []
    world.clock.advance(timedelta(minutes=1))
    await look(world)
    await look(world)
    assert await reminded(world) == ["leader"]
    (row,) = await world.rows(
        "SELECT subject, body FROM delivery JOIN notification ON notification.id = notification_id"
        " WHERE notification.reason = 'verification_due'"
    )
    assert "未销号" in row.body
    # Again two working days later: on Monday, as the Sunday between is worked for a holiday (调休).
    world.clock.advance(3 * DAY - timedelta(minutes=1))
    await look(world)
    assert await reminded(world) == ["leader"]
    world.clock.advance(timedelta(minutes=1))
    await look(world)
    assert await reminded(world) == ["leader", "leader"]
    trail = (await get_trail(world, alert_id))["items"]
    assert [entry["facts"]["reason"] for entry in trail if entry["kind"] == "notified"][-2:] == [
        "verification_due",
        "verification_due",
    ]
    await post(world, f"/v1/alerts/{alert_id}/verifications", {}, by="leader")
    world.clock.advance(30 * DAY)
    await look(world)
    assert len(await reminded(world)) == 2


async def get_trail(world: World, alert_id: str) -> Any:
    async with world.client() as client:
        answer = await client.get(f"/v1/alerts/{alert_id}/trail")
    assert answer.json()["intact"]
    return answer.json()


async def test_who_resolved_it_is_not_asked_to_verify_it(world: World) -> None:
    leader = world.people["leader"]
    world.callers.known["zhang"] = caller("zhang", Role.LEADER, COUNTY, person_id=leader)
    await resolved(world, by="zhang")
    world.clock.advance(3 * DAY)
    await look(world)
    assert await reminded(world) == ["supervision_group"]


async def test_days_of_the_narrowest_region_hold(world: World) -> None:
    async with world.client("supervisor") as client:
        answer = await client.put(f"/v1/verification-limits/{COUNTY}", json={"days": 1, "repeat_days": 5})
        assert answer.status_code == 200, answer.text
        assert (
            await client.put("/v1/verification-limits/all", json={"days": 1, "repeat_days": 1})
        ).status_code == 404
        refused = await client.put(f"/v1/verification-limits/{OTHER_COUNTY}", json={"days": 1, "repeat_days": 1})
        assert refused.status_code == 404
        assert (await client.put(f"/v1/verification-limits/{TOWN}", json={"days": 0})).status_code == 422
        listed = (await client.get("/v1/verification-limits")).json()["items"]
    assert [(row["region_code"], row["days"]) for row in listed] == [("", 3), (COUNTY, 1)]
    async with world.client("officer") as client:
        answer = await client.put(f"/v1/verification-limits/{COUNTY}", json={"days": 9, "repeat_days": 9})
        assert answer.status_code == 403
    await resolved(world)
    world.clock.advance(DAY)
    await look(world)
    assert await reminded(world) == ["leader"]


async def test_false_alarms_are_resolved_together(world: World) -> None:
    await world.handle_all([spike(uuid4()), spike(uuid4())])
    ids = [str(row.id) for row in await world.rows("SELECT id FROM alert")]
    action = {"act": "resolve", "note": "计划检修", "is_true_alarm": False}
    async with world.client() as client:
        answer = await client.post("/v1/alerts/bulk-actions", json={"alert_ids": ids, "action": action})
        assert answer.json()["done"] == 2, answer.text
    rows = await world.rows("SELECT DISTINCT is_true_alarm FROM alert")
    assert [tuple(row) for row in rows] == [(False,)]
    events = await world.rows("SELECT payload FROM outbox WHERE type = 'alerts.alert.resolved.v1'")
    assert [b'"is_true_alarm":false' in bytes(event.payload) for event in events] == [True, True]


async def told_of_swaps(world: World) -> list[tuple[str, str]]:
    """Who was told, and the subject; oldest first."""
    async with world.edge() as ctx:
        await tell_of_swaps(ctx, ctx.now)
    rows = await world.rows(
        "SELECT recipient_name, subject FROM notification JOIN delivery ON notification.id = notification_id"
        " WHERE notification.reason = 'duty_swap' ORDER BY delivery.id"
    )
    return [(row.recipient_name, row.subject.split("】")[0].strip("【")) for row in rows]


async def test_both_sides_of_a_swap_hear_of_what_the_other_does(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None), (li, None)])
    path = f"/v1/duty-rosters/{ROSTER}/swaps"

    def offer(day: int) -> dict[str, Any]:
        start = local(2026, 9, day, 8)
        return {
            "role": "primary",
            "giver_id": str(wang),
            "taker_id": str(li),
            "gives": {"starts_at": start.isoformat(), "ends_at": (start + DAY).isoformat()},
            "reason": "家中有事",
        }

    first = await post(world, path, offer(17), by=wang)
    assert await told_of_swaps(world) == [("李", "换班请求")]
    assert await told_of_swaps(world) == [("李", "换班请求")]
    body = await world.scalar("SELECT body FROM delivery JOIN notification n ON n.id = notification_id"
                              " WHERE n.reason = 'duty_swap'")  # fmt: skip
    assert "王" in body
    assert "家中有事" in body
    await post(world, f"/v1/duty-swaps/{first['id']}/acceptances", {}, by=li)
    assert (await told_of_swaps(world))[1:] == [("王", "换班已同意")]
    # A keeper of the roster refuses another one: both hear of it.
    second = await post(world, path, offer(19), by=wang)
    await post(world, f"/v1/duty-swaps/{second['id']}/refusals", {"note": "人手不足"}, by="supervisor")
    assert sorted((await told_of_swaps(world))[2:]) == [("李", "换班未同意"), ("王", "换班未同意")]
