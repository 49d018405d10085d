"""Conditions that wait, fall silent, hold no longer or share a key: the rules' own clocks, exact after a kill."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from libs.common.contracts import energy
from libs.common.contracts.alerts_conditions import ServiceConditionKind
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.ids import new_id
from services.alerts.warnings import intake, repository
from services.alerts.warnings.jobs import ConditionAuditor, ConditionRunner, forget_events
from services.alerts.warnings.wording import words
from tests.support.alerts import CITY, MORNING, World, shortage, shortage_over, spike, spike_over, stalled


class Killed(BaseException):
    """The process dies before it commits."""


async def wake_and_die(world: World) -> None:
    async with world.edge() as ctx:
        condition = await repository.lock_due_condition(ctx.session, ctx.now)
        assert condition is not None
        assert await intake.wake(ctx, condition) is not None
        raise Killed


async def change_rule(world: World, code: str = "energy.spike", **changes: Any) -> None:
    async with world.client("admin") as client:
        rule = (await client.get(f"/v1/alert-rules/{code}")).json()["definition"]
        saved = await client.put(f"/v1/alert-rules/{code}", json={"definition": {**rule, **changes}})
        assert saved.status_code == 200, saved.text


async def statuses(world: World) -> list[str]:
    return [row.status for row in await world.rows("SELECT status FROM alert ORDER BY number")]


async def test_every_kind_of_condition_has_a_shipped_rule_and_words_in_both_languages(world: World) -> None:
    kinds = {f"projects.{kind.value}" for kind in ProjectConditionKind}
    kinds |= {f"energy.{kind.value}" for kind in (*energy.ConditionKind, *energy.SituationKind)}
    kinds |= {f"alerts.{kind.value}" for kind in ServiceConditionKind}
    kinds |= {"energy.feed_silent"}
    shipped = {row.code for row in await world.rows("SELECT code FROM alert_rule WHERE changed_by = 'shipped'")}
    assert shipped == kinds
    for language in ("zh-CN", "en"):
        assert {f"kind.{code.partition('.')[2]}" for code in kinds} <= set(words(language))


# The balance holds a level by its hysteresis and knows the edges of the region: the gap itself decides nothing.
_LEVELS = (
    (1, 4.9, "blue"),
    (2, 5.1, "yellow"),
    (3, 10.0, "orange"),
    (3, 4.0, "orange"),
    (4, 20.0, "red"),
    (4, None, "red"),
)


async def test_shortage_is_weighed_by_its_level_and_chased_around_the_clock(world: World) -> None:
    for level, gap, _ in _LEVELS:
        await world.handle(shortage(level=level, gap_percent=gap))
    rows = await world.rows("SELECT severity, clock, rule_code, labels FROM alert ORDER BY number")
    assert [row.severity for row in rows] == [severity for _, _, severity in _LEVELS]
    assert {(row.clock, row.rule_code) for row in rows} == {("around_the_clock", "energy.supply_shortage")}
    assert {row.labels["subject_type"] for row in rows} == {"substation"}


_LATE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"kind": "start_overdue", "days": 12, "level": 1}, "yellow"),
    ({"kind": "start_overdue", "days": 95, "level": 1}, "red"),
    ({"kind": "behind_plan", "planned_percent": 60.0, "actual_percent": 45.0}, "yellow"),
    ({"kind": "behind_plan", "planned_percent": 60.0, "actual_percent": 25.0}, "red"),
    ({"kind": "target_behind_pace", "planned_percent": 50.0, "actual_percent": 40.0}, "yellow"),
    ({"kind": "target_behind_pace", "planned_percent": 50.0, "actual_percent": 10.0}, "red"),
    # Figures that are absent are no reason to stay silent: the level decides.
    ({"kind": "behind_plan", "level": 2}, "red"),
)


async def test_severity_is_that_of_practice_when_projects_and_targets_are_late(world: World) -> None:
    for facts, _ in _LATE:
        await world.handle(stalled(**facts))
    rows = await world.rows("SELECT severity FROM alert ORDER BY number")
    assert [row.severity for row in rows] == [severity for _, severity in _LATE]


async def test_alert_opens_when_the_condition_has_lasted_and_not_before(world: World) -> None:
    await change_rule(world, min_duration_minutes=30)
    short, long = spike(uuid4()), spike(uuid4(), level=2)
    await world.handle(short, 1)
    await world.handle(long, 1)
    world.clock.advance(timedelta(minutes=10))
    await world.handle(spike_over(short), 2)
    # Stated anew while it waits: it is the last word that opens.
    await world.handle(long.model_copy(update={"level": 3, "value_kw": 3333.0}), 2)
    world.clock.advance(timedelta(minutes=19, seconds=59))
    assert await world.wake() == 0
    assert await statuses(world) == []
    world.clock.advance(timedelta(seconds=1))
    assert await world.wake() == 1
    assert await world.wake() == 0
    (alert,) = await world.rows("SELECT severity, text_en, occurred_at, received_at FROM alert")
    assert alert.severity == "red"
    assert "3,333 kW" in alert.text_en
    # It began when it began; that it lasted was known half an hour later.
    assert (alert.occurred_at, alert.received_at) == (MORNING, MORNING + timedelta(minutes=30))
    (entry,) = await world.rows("SELECT facts FROM alert_trail WHERE kind = 'opened'")
    assert MORNING.isoformat() in entry.facts


async def test_alert_opens_at_once_when_it_has_lasted_before_it_came(world: World) -> None:
    await change_rule(world, min_duration_minutes=30)
    await world.handle(spike(uuid4()), time=world.clock.now() - timedelta(minutes=31))
    assert await statuses(world) == ["open"]


async def test_nothing_opens_when_the_rule_was_switched_off_while_the_condition_waited(world: World) -> None:
    await change_rule(world, min_duration_minutes=30)
    await world.handle(spike(uuid4()))
    await change_rule(world, enabled=False)
    world.clock.advance(timedelta(minutes=30))
    assert await world.wake() == 1
    assert await statuses(world) == []
    assert await world.scalar("SELECT count(*) FROM alert_condition WHERE opens_at IS NOT NULL") == 0


async def test_each_condition_opens_once_when_runners_die_and_many_wake(world: World) -> None:
    await change_rule(world, min_duration_minutes=5)
    for _ in range(6):
        await world.handle(spike(uuid4()))
    world.clock.advance(timedelta(minutes=5))

    # A process that dies between the opening and its commit leaves the condition as it was.
    for _ in range(2):
        with pytest.raises(Killed):
            await wake_and_die(world)
    assert await statuses(world) == []
    runners = [ConditionRunner(world.database, world.clock, new_id) for _ in range(4)]
    assert sum(await asyncio.gather(*(runner.wake_due() for runner in runners))) == 6
    assert await statuses(world) == ["open"] * 6
    assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'opened'") == 6


async def test_alert_ends_by_silence_when_the_rule_says_how_long(world: World) -> None:
    await change_rule(world, clear_after_minutes=60)
    first = spike(uuid4())
    await world.handle(first, 1)
    world.clock.advance(timedelta(minutes=45))
    await world.handle(first.model_copy(update={"value_kw": 2500.0}), 2)
    world.clock.advance(timedelta(minutes=59))
    assert await world.wake() == 0
    world.clock.advance(timedelta(minutes=1))
    assert await world.wake() == 1
    (alert,) = await world.rows("SELECT status, resolution, verified_by, cleared_at FROM alert")
    assert (alert.status, alert.resolution, alert.verified_by) == ("resolved", "timed_out", "system")
    assert alert.cleared_at == MORNING + timedelta(minutes=105)
    # Heard of again it is another one.
    await world.handle(first, 3)
    assert await statuses(world) == ["resolved", "open"]


async def test_alert_ends_when_a_later_event_says_it_no_longer_holds(world: World) -> None:
    await change_rule(
        world, condition='kind == "spike" and deviation_percent >= 30', holds_while="deviation_percent >= 20"
    )
    first = spike(uuid4(), deviation_percent=40.0)
    await world.handle(first, 1)
    await world.handle(first.model_copy(update={"deviation_percent": 25.0}), 2)
    assert await statuses(world) == ["open"]
    # Not to know is no reason to end it.
    await world.handle(first.model_copy(update={"deviation_percent": None}), 3)
    assert await statuses(world) == ["open"]
    await world.handle(first.model_copy(update={"deviation_percent": 19.0}), 4)
    (alert,) = await world.rows("SELECT status, resolution FROM alert")
    assert tuple(alert) == ("resolved", "no_longer_holds")


async def test_conditions_of_one_enterprise_are_one_alert_when_the_key_says_so(world: World) -> None:
    await change_rule(
        world, dedup_key="enterprise/{enterprise_id}", labels={"enterprise": "{enterprise_name}", "team": "energy"}
    )
    enterprise = uuid4()
    first, second = (spike(uuid4(), enterprise_id=enterprise, enterprise_name="甲厂（演示）") for _ in range(2))
    await world.handle(first)
    await world.handle(second)
    await world.handle(spike(uuid4(), enterprise_id=uuid4()))
    rows = await world.rows("SELECT dedup_key, labels FROM alert ORDER BY number")
    assert len(rows) == 2
    assert rows[0].dedup_key == f"enterprise/{enterprise}"
    assert rows[0].labels["enterprise"] == "甲厂（演示）"
    assert "enterprise" not in rows[1].labels
    await world.handle(spike_over(first), 2)
    assert await statuses(world) == ["open", "open"]
    await world.handle(spike_over(second), 2)
    assert await statuses(world) == ["resolved", "open"]
    async with world.client() as client:
        for wanted, expected in (
            ("team=energy", 2),
            ("enterprise", 1),
            ("enterprise=甲厂（演示）,team", 1),
            ("team=other", 0),
        ):
            answer = await client.get("/v1/alerts", params={"filter[labels][has]": wanted})
            assert len(answer.json()["items"]) == expected, wanted


async def test_one_alert_stays_when_a_correction_ends_it_and_another_brings_it_back(world: World) -> None:
    began = MORNING - timedelta(minutes=30)
    first = spike(uuid4(), level=2)
    await world.handle(first, 1, time=began)
    await world.handle(spike_over(first, "corrected"), 2)
    # The cause comes back as a condition of its own, with the time at which it began.
    again = spike(first.meter_id, level=2, value_kw=2100.0)
    await world.handle(again, 1, time=began)
    (alert,) = await world.rows("SELECT status, reopened, text_en FROM alert")
    assert (alert.status, alert.reopened) == ("open", 1)
    assert "2,100 kW" in alert.text_en
    kinds = [row.kind for row in await world.rows("SELECT kind FROM alert_trail ORDER BY seq")]
    assert [kind for kind in kinds if kind != "notified"] == ["opened", "resolved", "reopened", "revised"]
    await world.handle(spike_over(again), 2)
    assert await statuses(world) == ["resolved"]
    # Another occurrence is another alert.
    await world.handle(spike(first.meter_id))
    assert await statuses(world) == ["resolved", "open"]


async def test_other_conditions_wake_when_one_cannot_and_the_auditor_tells(world: World) -> None:
    await change_rule(world, min_duration_minutes=5)
    await world.handle(spike(uuid4()))
    await world.handle(spike(uuid4()))
    async with world.database.transaction() as session:
        await session.execute(
            text(
                "UPDATE alert_condition SET event = jsonb_set(event, '{payload,kind}', '\"nonsense\"')"
                " WHERE condition_id = (SELECT min(condition_id) FROM alert_condition)"
            )
        )
    world.clock.advance(timedelta(minutes=15))
    assert await world.wake() == 1
    assert await statuses(world) == ["open"]
    (broken,) = await world.rows("SELECT failures, last_error FROM alert_condition WHERE failures > 0")
    assert "nonsense" in broken.last_error
    auditor = ConditionAuditor(late_after_seconds=300)
    async with world.edge() as ctx:
        await auditor.check_conditions(ctx, ctx.now)
    (finding,) = await world.rows("SELECT kind FROM finding WHERE cleared_at IS NULL")
    assert finding.kind == "condition_late"
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE alert_condition SET opens_at = NULL WHERE failures > 0"))
    async with world.edge() as ctx:
        await auditor.check_conditions(ctx, ctx.now)
    assert await world.rows("SELECT 1 FROM finding WHERE cleared_at IS NULL") == []


async def test_events_are_kept_for_their_days_when_time_passes(world: World) -> None:
    opened = shortage()
    await world.handle(opened, 1)
    await world.handle(shortage_over(opened), 2)
    await world.handle(spike(uuid4()))
    async with world.client("admin") as client:
        path = "/v1/rule-event-retention"
        assert (await client.get(path)).json()["items"][0]["event_type"] == "*"
        assert (await client.put(f"{path}/nothing.v1", json={"days": 5})).status_code == 404
        answer = await client.put(f"{path}/{opened.event_type}", json={"days": 10})
        assert answer.status_code == 200, answer.text
        assert (await client.put(f"{path}/*", json={"days": 30})).json()["days"] == 30
    for days, left in ((9, 3), (2, 2), (20, 0)):
        world.clock.advance(timedelta(days=days))
        async with world.edge() as ctx:
            await forget_events(ctx, ctx.now)
        assert await world.scalar("SELECT count(*) FROM rule_event") == left


async def test_kept_events_are_those_of_the_callers_region(world: World) -> None:
    await world.handle(spike(uuid4()))
    async with world.client("officer") as client:
        (item,) = (await client.get("/v1/rule-events")).json()["items"]
        assert item["payload"]["kind"] == "spike"
        assert (await client.get("/v1/rule-events", params={"filter[region_code][within]": CITY})).json()["items"]
        types = (await client.get("/v1/rule-event-types")).json()["items"]
    assert {"energy.situation.opened.v1", "projects.condition.opened.v1"} <= {it["opened_type"] for it in types}
    async with world.client("stranger") as client:
        assert (await client.get("/v1/rule-events")).json()["items"] == []
