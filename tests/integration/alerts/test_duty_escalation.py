"""The chase meets the duty roster: nights, holidays, gaps, stand-ins, repeats; and a chase that rests."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from libs.common.contracts.alerts import Severity
from libs.common.contracts.energy import EnergySituationOpenedV1
from services.alerts.escalation import resting
from services.alerts.escalation import service as escalation
from services.alerts.trail import repository as alerts
from services.alerts.trail import service as trail
from tests.support.alerts import COUNTY, MORNING, World, shortage, shortage_over, spike, spike_over, stalled
from tests.support.duty import (
    ROSTER,
    get,
    heard,
    local,
    play,
    post,
    roster,
    rotate,
    send,
    staff,
    stand_in,
    trail_of,
)

FESTIVAL = local(2026, 2, 17, 2)


async def spiked(world: World, *, level: int = 3) -> Any:
    """A red alert of the county; answers the event."""
    opened = spike(uuid4(), level=level, opened_at=world.clock.now())
    await world.handle(opened)
    return opened


def red_shortage(world: World) -> EnergySituationOpenedV1:
    """A substation that is a quarter short."""
    return shortage(level=4, gap_percent=25.0, opened_at=world.clock.now())


async def the_alert(world: World) -> UUID:
    found: UUID = await world.scalar("SELECT id FROM alert ORDER BY number DESC LIMIT 1")
    return found


async def acknowledge(world: World, by: UUID, **body: Any) -> Any:
    path = f"/v1/alerts/{await the_alert(world)}/acknowledgements"
    return await post(world, path, body, by=by)


async def festival_list(world: World, *people: UUID) -> None:
    """Spring Festival 2026: one of the people a day from the 16th on, from eight to eight."""
    start = local(2026, 2, 16, 8)
    shifts = [
        {
            "starts_at": (start + timedelta(days=day)).isoformat(),
            "ends_at": (start + timedelta(days=day + 1)).isoformat(),
            "primary": str(person),
        }
        for day, person in enumerate(people)
    ]
    body = {
        "name_zh": "春节值班（演示）",
        "name_en": "Spring Festival (demo)",
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=8)).isoformat(),
        "shifts": shifts,
    }
    await post(world, f"/v1/duty-rosters/{ROSTER}/holiday-lists", body)


async def test_red_shortage_at_two_in_spring_festival_stops_when_the_duty_officer_answers_in_time(
    world: World,
) -> None:
    world.clock.set(local(2026, 2, 10, 9))
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, None)])
    await festival_list(world, li, wang)
    world.clock.set(FESTIVAL)
    opened = red_shortage(world)
    await world.handle(opened)
    # The holiday's list names Li; the responsible officer sleeps.
    assert await heard(world) == [("02-17 02:00", "opened", "李")]
    await play(world, FESTIVAL + timedelta(minutes=14, seconds=59))
    await acknowledge(world, li)
    await play(world, FESTIVAL + timedelta(minutes=90))
    assert [row[2] for row in await heard(world)] == ["李"]
    await world.handle(shortage_over(opened), 2)
    await play(world, FESTIVAL + timedelta(days=3))
    assert [row[:2] for row in await heard(world)] == [("02-17 02:00", "opened"), ("02-17 03:30", "resolved")]


async def test_red_shortage_at_two_in_spring_festival_climbs_to_the_minute_when_nobody_answers(
    world: World,
) -> None:
    world.clock.set(local(2026, 2, 10, 9))
    (li,) = await staff(world, "李")
    await world.add_person("leading_group")
    await roster(world)
    await festival_list(world, li)
    world.clock.set(FESTIVAL)
    await world.handle(red_shortage(world))
    assert await world.scalar("SELECT rule_code || ' ' || severity FROM alert") == "energy.supply_shortage red"
    await play(world, FESTIVAL + timedelta(hours=12))
    # 15 minutes to the leader, 30 more to the supervision group, 60 more to the leading group, then every 8 hours.
    assert await heard(world) == [
        ("02-17 02:00", "opened", "李"),
        ("02-17 02:15", "escalated", "leader"),
        ("02-17 02:45", "escalated", "supervision_group"),
        ("02-17 03:45", "escalated", "leading_group"),
        ("02-17 11:45", "reminded", "leading_group"),
    ]


async def test_post_hears_beside_the_roster_in_working_time_only(world: World) -> None:
    (li,) = await staff(world, "李")
    await roster(world)
    await rotate(world, [(li, None)])
    await spiked(world)
    assert sorted(name for _, _, name in await heard(world)) == ["officer", "李"]
    world.clock.set(local(2026, 9, 15, 20))
    await spiked(world)
    assert [name for _, _, name in await heard(world)][2:] == ["李"]
    # What runs in working time is the post's alone.
    await spiked(world, level=1)
    assert [name for _, _, name in await heard(world)][3:] == ["officer"]


async def test_rung_above_hears_at_once_when_nobody_is_on_duty(world: World) -> None:
    (li,) = await staff(world, "李")
    await roster(world)
    await rotate(world, [(li, None)], valid_to="2026-09-16")
    world.clock.set(local(2026, 9, 17, 2))
    await spiked(world)
    assert await heard(world) == [("09-17 02:00", "escalated", "leader")]
    assert (await trail_of(world))[:3] == ["opened", "nobody_on_duty", "escalated"]
    (entry,) = await world.rows("SELECT facts FROM alert_trail WHERE kind = 'nobody_on_duty'")
    assert ROSTER in entry.facts


async def test_backup_is_asked_when_the_first_has_left(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, li)])
    world.clock.set(local(2026, 9, 15, 22))
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET active = false WHERE name = '王'"))
    await spiked(world)
    assert [name for _, _, name in await heard(world)] == ["李"]


async def test_stand_in_hears_instead_of_who_is_away_and_the_trail_says_so(world: World) -> None:
    wang, li, zhao = await staff(world, "王", "李", "赵")
    await stand_in(world, world.people["officer"], wang)
    await stand_in(world, wang, li)
    await spiked(world, level=1)
    assert [name for _, _, name in await heard(world)] == ["李"]
    (entry,) = await world.rows("SELECT facts FROM alert_trail WHERE kind = 'stood_in'")
    assert str(world.people["officer"]) in entry.facts
    assert '"because":"away"' in entry.facts
    # Of the next rung nobody is away, and the leader has no way but a partner.
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL WHERE post = 'leader'"))
    await stand_in(world, world.people["leader"], zhao, when="unreachable", ends_at=None)
    await play(world, MORNING + timedelta(minutes=120))
    assert [name for _, reason, name in await heard(world) if reason == "escalated"] == ["leader", "赵"]
    kinds = await trail_of(world)
    assert (kinds.count("stood_in"), kinds.count("unreachable")) == (1, 1)


async def test_responsible_person_who_has_left_is_answered_for_by_the_partner(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await stand_in(world, wang, li, when="unreachable", ends_at=None)
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET active = false WHERE name = '王'"))
    await responsible(world, wang)
    assert [name for _, _, name in await heard(world)] == ["李"]
    (entry,) = await world.rows("SELECT facts FROM alert_trail WHERE kind = 'stood_in'")
    assert '"because":"inactive"' in entry.facts


async def test_duty_officer_hears_when_a_yellow_alert_turns_red_at_night(world: World) -> None:
    (li,) = await staff(world, "李")
    await roster(world)
    await rotate(world, [(li, None)])
    opened = await spiked(world, level=1)
    world.clock.set(local(2026, 9, 15, 23))
    await world.fire()
    told = len(await heard(world))
    await world.handle(opened.model_copy(update={"level": 3}), 2)
    red = (await heard(world))[told:]
    # Those who knew hear that it became graver, and the supervision group's 30 minutes begin.
    assert {name for _, reason, name in red if reason == "amended"} == {"officer", "leader"}
    await play(world, local(2026, 9, 15, 23, 30))
    assert (await heard(world))[-1] == ("09-15 23:30", "escalated", "supervision_group")


async def test_duty_officer_hears_when_the_first_rung_turns_red_at_night(world: World) -> None:
    (li,) = await staff(world, "李")
    await roster(world)
    await rotate(world, [(li, None)])
    world.clock.set(local(2026, 9, 15, 19))
    opened = await spiked(world, level=1)
    await world.handle(opened.model_copy(update={"level": 3}), 2)
    assert [(reason, name) for _, reason, name in await heard(world)] == [
        ("opened", "officer"),
        ("amended", "officer"),
        ("opened", "李"),
    ]


async def test_less_grave_alert_is_counted_from_where_its_step_began(world: World) -> None:
    await spiked(world, level=3)
    # Ten of the leader's fifteen minutes are gone when it turns yellow: 120 working minutes from the opening.
    world.clock.set(MORNING + timedelta(minutes=10))
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        alert.severity = Severity.YELLOW.value
        await escalation.recompute(ctx, alert)
    await play(world, MORNING + timedelta(hours=3))
    assert (await heard(world))[-1] == ("09-15 10:30", "escalated", "leader")


async def test_rung_hears_again_within_its_step_with_the_backup(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await roster(world)
    await rotate(world, [(wang, li)])
    policy = (await get(world, "/v1/escalation-policies/energy"))["definition"]
    policy["rungs"][0] |= {"repeat": {"red": "5m"}, "repeat_times": 5, "post": None}
    saved = await send(world, "PUT", "/v1/escalation-policies/energy", {"definition": policy}, by="admin")
    assert saved.status_code == 200, saved.text
    await spiked(world)
    await play(world, MORNING + timedelta(minutes=20))
    # At 08:45 the leader's time has come: the step is over before its third repeat.
    assert [(at, reason) for at, reason, _ in await heard(world)] == [
        ("09-15 08:30", "opened"),
        *[("09-15 08:35", "reminded")] * 2,
        *[("09-15 08:40", "reminded")] * 2,
        ("09-15 08:45", "escalated"),
    ]
    assert [name for at, _, name in await heard(world) if at == "09-15 08:35"] == ["王", "李"]


async def test_steps_are_counted_from_when_the_timer_was_due(world: World) -> None:
    await spiked(world)
    # Fired forty seconds late: the next step is not.
    world.clock.set(MORNING + timedelta(minutes=15, seconds=40))
    await world.fire()
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == MORNING + timedelta(minutes=45)
    # After an outage of two hours the next rung has its whole time.
    world.clock.set(MORNING + timedelta(minutes=165))
    await world.fire()
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == MORNING + timedelta(minutes=225)


async def test_chase_rests_and_goes_on_with_a_fresh_clock(world: World) -> None:
    await spiked(world)
    world.clock.set(MORNING + timedelta(minutes=10))
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        for _ in range(2):
            await resting.hold(ctx, alert, MORNING + timedelta(minutes=13), {"kind": "silence"})
    await play(world, MORNING + timedelta(minutes=60))
    # Held until 08:43; then the leader's fifteen minutes begin anew.
    assert [(at, name) for at, _, name in await heard(world)][1:3] == [
        ("09-15 08:58", "leader"),
        ("09-15 09:28", "supervision_group"),
    ]
    kinds = await trail_of(world)
    assert (kinds.count("chase_held"), kinds.count("chase_resumed")) == (1, 1)


async def test_chase_begins_when_it_rested_from_the_opening(world: World) -> None:
    await spiked(world)
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        alert.escalation_level = -1
        await resting.hold(ctx, alert, None, {"kind": "inhibition"})
    # Without an end it is looked at every five minutes; nothing holds it any more.
    await play(world, MORNING + timedelta(minutes=5))
    assert (await heard(world))[-1] == ("09-15 08:35", "opened", "officer")


async def test_promise_that_passed_while_the_chase_rested_is_broken_at_its_end(world: World) -> None:
    (wang,) = await staff(world, "王")
    await spiked(world)
    await acknowledge(world, wang, promised_at=(MORNING + timedelta(minutes=20)).isoformat())
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        await resting.hold(ctx, alert, MORNING + timedelta(minutes=4), {"kind": "maintenance"})
        world.clock.set(MORNING + timedelta(minutes=30))
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        await escalation.resume(ctx, alert)
    assert (await heard(world))[-1] == ("09-15 09:00", "promise_broken", "leader")


async def test_reminder_of_a_promise_goes_to_who_gave_it_or_stands_in(world: World) -> None:
    wang, li = await staff(world, "王", "李")
    await spiked(world)
    await acknowledge(world, wang, promised_at=(MORNING + timedelta(hours=2)).isoformat())
    await stand_in(world, wang, li)
    await play(world, MORNING + timedelta(minutes=119))
    assert (await heard(world))[1:] == [("09-15 10:00", "promise_due", "李")]


async def test_chase_begins_anew_when_the_alert_is_open_again(world: World) -> None:
    opened = await spiked(world)
    await play(world, MORNING + timedelta(minutes=16))
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        await escalation.restart(ctx, alert, trail.state_of(alert))
    assert (await heard(world))[-1] == ("09-15 08:46", "reopened", "officer")
    await play(world, MORNING + timedelta(minutes=31))
    assert (await heard(world))[-1] == ("09-15 09:01", "escalated", "leader")
    async with world.edge() as ctx:
        alert = await alerts.lock(ctx.session, await the_alert(world))
        assert alert is not None
        await escalation.rewind(ctx, alert)
        assert alert.escalation_level == 0
    await play(world, MORNING + timedelta(minutes=46))
    assert (await heard(world))[-1] == ("09-15 09:16", "escalated", "leader")
    await world.handle(spike_over(opened), 2)


async def responsible(world: World, person: UUID) -> None:
    await world.handle(stalled(responsible_person_id=person), region_code=COUNTY)
