"""What the receiver of heartbeats says of beats that come, say that something is wrong, and stay away."""

from __future__ import annotations

from typing import Any

from deploy.local.heartbeat_watch import Watch

SICK: dict[str, Any] = {"state": "degraded", "services": {"readings": "not round"}}


def beats(watch: Watch, states: dict[int, dict[str, Any]], until: int) -> list[tuple[int, str]]:
    """What it told, looked at each second; a beat has the second as its sequence."""
    told = []
    for second in range(until):
        if second in states:
            assert watch.hear(second, second, {"sequence": second} | states[second])
        if (event := watch.change(second)) is not None:
            told.append((second, event))
    return told


def test_beats_that_say_degraded_for_long_are_an_alarm_and_short_ones_are_none() -> None:
    states = {
        second: SICK if 20 <= second < 30 or 60 <= second < 90 else {"state": "ok"} for second in range(0, 120, 5)
    }
    watch = Watch(silent_after=8, degraded_after=15, began=0)
    assert beats(watch, states, 120) == [(76, "degraded"), (90, "recovered")]


def test_who_was_not_well_and_is_silent_is_told_as_silent_and_then_as_before() -> None:
    states = {0: SICK, 5: SICK, 10: SICK, 15: SICK, 40: SICK, 45: {"state": "ok"}}
    watch = Watch(silent_after=8, degraded_after=12, began=0)
    told = beats(watch, states, 50)
    assert told == [(13, "degraded"), (24, "alarm"), (40, "degraded"), (45, "recovered")]
    assert watch.told(50, "quiet")["last_services"] is None


def test_a_beat_of_a_version_without_a_state_is_well() -> None:
    watch = Watch(silent_after=100, degraded_after=1, began=0)
    assert beats(watch, {0: {}, 5: {}}, 20) == []
