"""From events to alerts, in whatever order and number the events come."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from libs.common.contracts.catalogue import example
from libs.common.contracts.energy import FeedRecoveredV1, FeedSilentV1
from libs.common.database import COMMON_METADATA, Database, pending_differences
from services.alerts.database import METADATA
from services.alerts.warnings.domain.conditions import OPENING
from services.alerts.warnings.domain.rules import Rule, faults
from services.alerts.warnings.errors import EventWithoutRegion
from services.alerts.warnings.wording import words
from tests.support.alerts import TOWN, World, breached, spike, spike_over, stalled, stalled_over


async def test_alert_opens_with_explanation_when_spike_is_reported(world: World) -> None:
    event_id = uuid4()
    await world.handle(spike(uuid4(), level=1), event_id=event_id)
    (alert,) = await world.rows("SELECT * FROM alert")
    assert (alert.status, alert.severity, alert.rule_code, alert.region_code) == (
        "open",
        "yellow",
        "energy.spike",
        "421224",
    )
    assert alert.text_en == "11:15 2,340 kW; usual for this slot on working days 1,410–1,690; +38 %"
    assert alert.text_zh == "11:15 为 2,340 千瓦；工作日该时段通常为 1,410–1,690 千瓦；偏离 +38 %"
    assert alert.source_event_id == event_id
    trail = await world.rows("SELECT kind, actor FROM alert_trail ORDER BY seq")
    assert [tuple(entry) for entry in trail] == [("opened", "system"), ("notified", "system")]
    events = await world.rows("SELECT type, subject, aggregate_version, region_code FROM outbox ORDER BY sequence")
    assert [tuple(event) for event in events] == [("alerts.alert.opened.v1", str(alert.id), 1, "421224")]
    (delivery,) = await world.rows("SELECT kind, target, status, subject FROM delivery")
    assert tuple(delivery)[:3] == ("mail", "officer@example.test", "pending")
    assert delivery.subject.startswith("【黄色预警】")


@pytest.mark.parametrize(("level", "severity"), [(1, "yellow"), (2, "orange"), (3, "red"), (7, "red")])
async def test_severity_follows_level_when_spike_is_reported(world: World, level: int, severity: str) -> None:
    await world.handle(spike(uuid4(), level=level))
    assert await world.scalar("SELECT severity FROM alert") == severity


async def test_one_alert_stays_when_condition_grows_worse(world: World) -> None:
    first = spike(uuid4(), level=1)
    await world.handle(first, 1)
    await world.handle(first.model_copy(update={"level": 3, "value_kw": 3100.0}), 2)
    # The same again says nothing.
    await world.handle(first.model_copy(update={"level": 3, "value_kw": 3100.0}), 3)
    (alert,) = await world.rows("SELECT severity, version, text_en FROM alert")
    assert (alert.severity, alert.version) == ("red", 2)
    assert "3,100 kW" in alert.text_en
    kinds = [row.kind for row in await world.rows("SELECT kind FROM alert_trail ORDER BY seq")]
    assert kinds == ["opened", "notified", "amended", "notified"]


async def test_nobody_is_paged_again_when_figures_are_corrected_down_and_up(world: World) -> None:
    first = spike(uuid4(), level=3)
    await world.handle(first, 1)
    told = await world.scalar("SELECT count(*) FROM notification")
    await world.handle(first.model_copy(update={"value_kw": 1900.0}), 2)
    (alert,) = await world.rows("SELECT severity, text_en, labels FROM alert")
    assert "1,900 kW" in alert.text_en
    await world.handle(first.model_copy(update={"level": 1, "value_kw": 1800.0}), 3)
    (alert,) = await world.rows("SELECT severity, judged_severity, status, labels FROM alert")
    assert (alert.severity, alert.judged_severity, alert.labels["severity"]) == ("yellow", "yellow", "yellow")
    # The clock of the milder severity counts from now: 120 working minutes instead of 15.
    (timer,) = await world.rows("SELECT due_at FROM escalation_timer WHERE state = 'pending'")
    assert timer.due_at == world.clock.now() + timedelta(minutes=120)
    await world.handle(first, 4)
    assert await world.scalar("SELECT severity FROM alert") == "red"
    assert await world.scalar("SELECT count(*) FROM notification") == told
    kinds = [row.kind for row in await world.rows("SELECT kind FROM alert_trail ORDER BY seq")]
    assert kinds == ["opened", "notified", "revised", "revised", "revised"]
    types = [row.type for row in await world.rows("SELECT type FROM outbox ORDER BY sequence")]
    assert types == ["alerts.alert.opened.v1", *["alerts.alert.amended.v1"] * 3]


async def test_what_is_left_decides_when_the_graver_of_two_conditions_ends(world: World) -> None:
    meter = uuid4()
    grave, mild = spike(meter, level=3), spike(meter, level=1)
    await world.handle(mild)
    await world.handle(grave)
    assert await world.scalar("SELECT severity FROM alert") == "red"
    await world.handle(spike_over(grave, "corrected"), 2)
    (alert,) = await world.rows("SELECT severity, status FROM alert")
    assert tuple(alert) == ("yellow", "open")
    assert await world.scalar("SELECT count(*) FROM notification WHERE reason = 'amended'") == 1


async def test_alert_resolves_with_reason_when_condition_clears(world: World) -> None:
    opened = spike(uuid4())
    await world.handle(opened, 1)
    await world.handle(spike_over(opened, "corrected"), 2)
    (alert,) = await world.rows("SELECT status, resolution, resolved_by FROM alert")
    assert tuple(alert) == ("resolved", "corrected", "system")
    assert await world.scalar("SELECT count(*) FROM escalation_timer WHERE state = 'pending'") == 0
    # Whoever was told of it is told that it is over.
    reasons = [row.reason for row in await world.rows("SELECT reason FROM notification ORDER BY id")]
    assert reasons == ["opened", "resolved"]


async def test_no_alert_opens_when_the_clearing_came_first(world: World) -> None:
    opened = spike(uuid4())
    await world.handle(spike_over(opened), 2)
    await world.handle(opened, 1)
    assert await world.scalar("SELECT count(*) FROM alert") == 0


async def test_old_version_changes_nothing_when_it_comes_late(world: World) -> None:
    opened = spike(uuid4(), level=1)
    await world.handle(opened, 3)
    await world.handle(opened.model_copy(update={"level": 3}), 2)
    await world.handle(spike_over(opened), 1)
    (alert,) = await world.rows("SELECT severity, status FROM alert")
    assert tuple(alert) == ("yellow", "open")


async def test_second_condition_joins_when_the_object_has_a_live_alert(world: World) -> None:
    meter = uuid4()
    first, second = spike(meter), spike(meter)
    await world.handle(first)
    await world.handle(second)
    assert await world.scalar("SELECT count(*) FROM alert") == 1
    await world.handle(spike_over(first), 2)
    assert await world.scalar("SELECT status FROM alert") == "open"
    await world.handle(spike_over(second), 2)
    assert await world.scalar("SELECT status FROM alert") == "resolved"


async def test_new_alert_opens_when_the_condition_returns_after_resolution(world: World) -> None:
    meter = uuid4()
    first = spike(meter)
    await world.handle(first)
    await world.handle(spike_over(first), 2)
    await world.handle(spike(meter))
    numbers = [tuple(row) for row in await world.rows("SELECT number, status FROM alert ORDER BY number")]
    assert [status for _, status in numbers] == ["resolved", "open"]
    assert numbers[0][0] < numbers[1][0]


async def test_one_alert_opens_when_two_consumers_see_the_same_condition_at_once(world: World) -> None:
    meters = [uuid4() for _ in range(10)]
    await asyncio.gather(*(world.handle(spike(meter)) for meter in meters for _ in range(4)))
    counts = await world.rows("SELECT object_id, count(*) AS alerts FROM alert GROUP BY object_id")
    assert {row.object_id: row.alerts for row in counts} == {str(meter): 1 for meter in meters}
    # The other three conditions of each meter hang on the one alert.
    held = await world.scalar("SELECT count(*) FROM alert_condition WHERE alert_id IS NOT NULL")
    assert held == 40


async def test_condition_is_counted_only_when_it_is_too_old(world: World) -> None:
    await world.handle(spike(uuid4()), time=world.clock.now() - timedelta(hours=73))
    assert await world.scalar("SELECT count(*) FROM alert") == 0
    assert await world.scalar("SELECT count(*) FROM alert_condition") == 1


async def test_project_alert_reaches_the_responsible_person_when_one_is_named(world: World) -> None:
    person = await world.add_person("leader", name="李某（演示）", email="li@example.test")
    opened = stalled(level=2, responsible_person_id=person)
    await world.handle(opened)
    (alert,) = await world.rows("SELECT severity, object_label, text_en FROM alert")
    assert (alert.severity, alert.object_label) == ("red", "2026-421224-01")
    assert alert.text_en.startswith("No progress and no investment since 2026-06-01: 106 days (limit 90)")
    assert [row.recipient_name for row in await world.rows("SELECT * FROM notification")] == ["李某（演示）"]
    await world.handle(stalled_over(opened), 2)
    assert await world.scalar("SELECT status FROM alert") == "resolved"


async def test_default_post_is_told_when_the_person_is_unknown(world: World) -> None:
    await world.handle(stalled(responsible_person_id=uuid4(), responsible_unit_id=uuid4()), region_code=TOWN)
    # The town has nobody: the county's officer answers for it.
    assert [row.recipient_name for row in await world.rows("SELECT * FROM notification")] == ["officer（演示）"]


async def test_event_is_refused_when_nobody_could_be_found_for_it(world: World) -> None:
    with pytest.raises(EventWithoutRegion):
        await world.handle(spike(uuid4()), region_code=None)


async def test_alert_gives_the_explanation_when_the_condition_is_not_of_a_project(world: World) -> None:
    await world.handle(breached())
    async with world.client() as http:
        (alert,) = (await http.get("/v1/alerts")).json()["items"]
    assert (alert["object_type"], alert["object_label"]) == ("approval_case", "SP-2026-0007")
    assert (alert["severity"], alert["condition_kind"]) == ("yellow", "approval_breached")
    assert alert["title_en"] == "排污许可（演示） (SP-2026-0007): approval promise broken"
    assert alert["text_en"] == "promised in 5 working days, 6 used"


async def test_alert_opens_and_resolves_when_a_feed_falls_silent_and_is_heard(world: World) -> None:
    silent = FeedSilentV1.model_validate(example(FeedSilentV1.event_type)["body"])
    heard = FeedRecoveredV1.model_validate(example(FeedRecoveredV1.event_type)["body"])
    await world.handle(silent, 1)
    (alert,) = await world.rows("SELECT severity, object_type, title_zh, text_en, status FROM alert")
    assert (alert.severity, alert.object_type, alert.status) == ("yellow", "feed", "open")
    assert alert.title_zh == "数据源 营销系统日冻结（yx-system）中断"
    assert alert.text_en == "Data due at 09-15 08:00 are 151 minutes late; last at 09-14 08:04"
    await world.handle(heard, 2)
    (alert,) = await world.rows("SELECT status, resolution FROM alert")
    assert tuple(alert) == ("resolved", "heard")
    # The next silence is another one.
    await world.handle(silent.model_copy(update={"condition_id": uuid4()}), 1)
    assert await world.scalar("SELECT count(*) FROM alert WHERE status = 'open'") == 1


async def test_every_shipped_rule_can_work_when_the_database_is_new(world: World) -> None:
    rows = await world.rows("SELECT code, definition FROM alert_rule")
    assert len(rows) > 20
    wrong = {row.code: faults(Rule.model_validate(row.definition), OPENING) for row in rows}
    assert {code: found for code, found in wrong.items() if found} == {}
    named = {row.code.removeprefix("projects.") for row in rows if row.code.startswith("projects.")}
    for language in ("zh-CN", "en"):
        assert {f"kind.{kind}" for kind in named} <= set(words(language))


async def test_trail_refuses_changes_when_somebody_tries(world: World, database: Database) -> None:
    await world.handle(spike(uuid4()))
    for statement in ("UPDATE alert_trail SET kind = 'x'", "DELETE FROM alert_trail", "TRUNCATE alert_trail"):
        with pytest.raises(Exception, match="append-only"):
            await world.rows(statement)


async def test_models_and_migrations_agree_when_the_database_is_new(database: Database) -> None:
    assert await pending_differences(database.dsn, [METADATA, COMMON_METADATA]) == []
