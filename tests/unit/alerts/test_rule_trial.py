"""A rule tried on events that were: the same clocks and words as for what happens."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from libs.common.contracts.alerts import Severity
from libs.common.contracts.base import Event, EventPayload
from services.alerts.warnings.domain.rules import Rule, RuleInForce
from services.alerts.warnings.domain.trial import Came, Outcome, try_rule
from tests.support.alerts import COUNTY, spike, spike_over
from tests.unit.alerts.test_alert_rules import rule

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
METER = UUID("01926f4e-7f00-7000-8000-000000000201")


def came(payload: EventPayload, minutes: float, *, version: int = 1, late: float = 0) -> Came:
    """An event that occurred `minutes` after noon and was received `late` minutes after that."""
    at = NOON + timedelta(minutes=minutes)
    identity = str(payload.condition_id)  # type: ignore[attr-defined]
    event: Event[Any] = Event(uuid4(), payload.event_type, "/energy", identity, at, version, COUNTY, payload)
    return Came(event, at + timedelta(minutes=late), identity, COUNTY, "通山县")


def trial(known: Rule, events: list[Came], *, others: tuple[RuleInForce, ...] = (), until: float = 600) -> Outcome:
    end = NOON + timedelta(minutes=until)
    return try_rule(RuleInForce("draft", 0, known), others, events, end, {"missing.value": "未知"}, {})


def steps(outcome: Outcome, place: int = 0) -> list[tuple[str, float]]:
    """(effect, minutes after noon) of an alert's steps."""
    return [(step.effect, (step.at - NOON).total_seconds() / 60) for step in outcome.alerts[place].steps]


GRADED = rule(severity={"by_level": {"1": "yellow", "2": "orange", "3": "red"}})


def test_alert_would_open_rise_and_end_when_its_events_say_so() -> None:
    first = spike(METER, level=1)
    outcome = trial(
        GRADED,
        [
            came(first, 0),
            came(first.model_copy(update={"level": 3}), 15, version=2),
            came(first.model_copy(update={"level": 2}), 30, version=3),
            came(spike_over(first), 60, version=4),
        ],
    )
    assert steps(outcome) == [("opened", 0), ("amended", 15), ("revised", 30), ("cleared", 60)]
    assert [step.severity for step in outcome.alerts[0].steps] == [
        Severity.YELLOW,
        Severity.RED,
        Severity.ORANGE,
        Severity.ORANGE,
    ]
    assert outcome.alerts[0].ended
    assert outcome.alerts[0].steps[0].texts["title_zh"] == "1号矿热炉（演示）"


def test_nothing_would_open_when_the_condition_ends_before_it_has_lasted() -> None:
    short, long = spike(METER), spike(uuid4())
    known = rule(min_duration_minutes=30)
    outcome = trial(
        known,
        [came(short, 0), came(long, 5), came(spike_over(short), 20, version=2)],
    )
    assert outcome.effects["passed"] == 1
    assert steps(outcome) == [("opened", 35)]
    assert outcome.effects["waiting"] == 0
    assert trial(known, [came(short, 0)], until=10).effects["waiting"] == 1


def test_alert_would_end_by_silence_when_the_rule_says_how_long() -> None:
    first = spike(METER)
    outcome = trial(rule(clear_after_minutes=60), [came(first, 0), came(first, 45, version=2)])
    assert steps(outcome) == [("opened", 0), ("revised", 45), ("cleared", 105)]
    assert outcome.alerts[0].steps[-1].reason == "timed_out"


def test_alert_would_end_when_a_later_event_says_it_no_longer_holds() -> None:
    first = spike(METER, deviation_percent=40.0)
    known = rule(condition="deviation_percent >= 30", holds_while="deviation_percent >= 20")
    outcome = trial(
        known,
        [
            came(first, 0),
            # Below the threshold, within the hysteresis.
            came(first.model_copy(update={"deviation_percent": 25.0}), 15, version=2),
            came(first.model_copy(update={"deviation_percent": 15.0}), 30, version=3),
        ],
    )
    assert steps(outcome) == [("opened", 0), ("cleared", 30)]
    assert outcome.alerts[0].steps[-1].reason == "no_longer_holds"


def test_conditions_would_be_one_alert_when_their_key_is_the_same() -> None:
    enterprise = uuid4()
    first, second = (spike(uuid4(), enterprise_id=enterprise) for _ in range(2))
    outcome = trial(
        rule(dedup_key="{enterprise_id}"),
        [
            came(first, 0),
            came(second, 5),
            came(spike_over(first), 10, version=2),
            came(spike_over(second), 20, version=2),
        ],
    )
    assert steps(outcome) == [("opened", 0), ("joined", 5), ("condition_cleared", 10), ("cleared", 20)]


def test_events_are_told_that_other_rules_decide_or_nobody_can() -> None:
    narrow = RuleInForce("county", 2, rule(region_code=COUNTY, condition="level >= 3"))
    unanswerable = spike(uuid4(), level=1, deviation_percent=None)
    outcome = trial(
        rule(condition="deviation_percent > 30"),
        [came(spike(uuid4(), level=3), 0), came(spike(uuid4(), level=1), 5), came(unanswerable, 10)],
        others=(narrow,),
    )
    assert outcome.decided_by_others == {"county": 1}
    assert [alert.severity for alert in outcome.alerts] == [Severity.YELLOW]
    (one,) = outcome.unanswered
    assert one.event_id != ""
    assert outcome.events == 3


def test_old_and_repeated_events_open_nothing_as_when_they_come() -> None:
    first = spike(METER)
    old = came(spike(uuid4()), 0, late=60 * 80)
    outcome = trial(rule(max_event_age_hours=72), [came(first, 0), came(first, 1), old], until=60 * 90)
    assert (outcome.effects["out_of_date"], outcome.effects["too_old"], len(outcome.alerts)) == (1, 1, 1)


def test_timers_fire_in_the_order_of_their_times_when_several_are_due() -> None:
    events = [came(spike(uuid4()), minutes) for minutes in (3, 1, 2)]
    outcome = trial(rule(min_duration_minutes=10), sorted(events, key=lambda it: it.received_at))
    assert [alert.steps[0].at for alert in outcome.alerts] == [NOON + timedelta(minutes=at) for at in (11, 12, 13)]
