"""Who missed what, by the trail alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.alerts.accountability.domain.misses import Miss, MissKind, Party, TrailEntry, misses_of, party_of

START = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
ANN, BOB, EVA = "01926f4e-7f00-7000-8000-00000000000a", "01926f4e-7f00-7000-8000-00000000000b", "stand-in"
OFFICER, LEADER = Party(ANN, None, "officer"), Party(BOB, None, "leader")
PROMISER = Party(ANN)


class Trail:
    """Entries at minutes after the opening."""

    def __init__(self) -> None:
        self.entries: list[TrailEntry] = []

    def add(self, minute: int, kind: str, actor: str = "system", **facts: Any) -> "Trail":
        at = START + timedelta(minutes=minute)
        self.entries.append(TrailEntry(len(self.entries) + 1, kind, at, actor, facts))
        return self

    def told(
        self, minute: int, person: str, post: str, step: int, reason: str = "opened", ways: int = 1
    ) -> "Trail":
        recipients = [{"person_id": person, "name": "x", "post": post, "ways": ["mail"] * ways}]
        return self.add(minute, "notified", reason=reason, step=step, recipients=recipients)

    def promised(self, minute: int, until: int, person: str = ANN) -> "Trail":
        promised_at = (START + timedelta(minutes=until)).isoformat()
        return self.add(minute, "acknowledged", f"person:{person}", promised_at=promised_at)

    def short(self) -> list[tuple[str, str | None, int, int]]:
        return [
            (miss.kind.value, miss.party.person_id, miss.seq, miss.basis_seq) for miss in misses_of(self.entries)
        ]


def test_nothing_is_missed_when_the_alert_is_taken_up_and_closed_in_time() -> None:
    trail = (
        Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 100).add(90, "resolved", f"person:{ANN}")
    )
    assert trail.add(95, "verified", f"person:{BOB}").short() == []


def test_acknowledgement_is_missed_once_and_each_further_rung_goes_beyond() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0)
    trail.add(120, "escalated", post="leader", rung=1, reason="escalated").told(120, BOB, "leader", 1, "escalated")
    trail.add(360, "escalated", post="supervision_group", rung=2, reason="escalated")
    assert trail.short() == [
        ("missed_acknowledgement", ANN, 3, 2),
        ("escalated_beyond", ANN, 3, 2),
        ("missed_acknowledgement", BOB, 5, 4),
        ("escalated_beyond", BOB, 5, 4),
        ("escalated_beyond", ANN, 5, 2),
    ]
    first = misses_of(trail.entries)[0]
    assert first == Miss(MissKind.ACKNOWLEDGEMENT, OFFICER, 3, 2, START + timedelta(minutes=120), 120)


def test_acknowledgement_counts_from_the_digest_when_a_storm_held_the_message_back() -> None:
    recipients = [{"person_id": ANN, "name": "x", "post": "officer", "ways": []}]
    trail = Trail().add(0, "opened").add(0, "held_for_digest", reason="opened", step=0, recipients=recipients)
    trail.add(1, "told_in_digest", digest_id="d", person_id=ANN, recipient="x", ways=["mail"])
    trail.add(121, "escalated", post="leader", rung=1, reason="escalated")
    assert trail.short() == [("missed_acknowledgement", ANN, 4, 3), ("escalated_beyond", ANN, 4, 3)]
    assert misses_of(trail.entries)[0].late_minutes == 120


def test_promise_that_is_broken_counts_for_who_gave_it() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 60)
    trail.add(61, "promise_broken", promised_at="", acknowledged_by=f"person:{ANN}")
    trail.add(61, "escalated", post="leader", rung=1, reason="promise_broken").told(61, BOB, "leader", 1)
    trail.add(200, "resolved", f"person:{ANN}")
    before = trail.short()
    assert before == [("broken_promise", ANN, 4, 3), ("escalated_beyond", ANN, 5, 3)]
    # The end counts when it is verified, by when it was done and against what was promised first.
    trail.add(900, "verified", f"person:{BOB}")
    assert trail.short() == [*before, ("late_closing", ANN, 8, 3)]
    assert misses_of(trail.entries)[-1].late_minutes == 140


def test_end_of_the_condition_needs_no_verification_and_counts_by_its_own_time() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 60)
    ended = (START + timedelta(minutes=59)).isoformat()
    assert trail.add(75, "resolved", ended_at=ended).short() == []
    late = Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 60).add(75, "resolved")
    assert late.short() == [("late_closing", ANN, 4, 3)]


def test_refused_verification_keeps_the_first_promise_alive_and_reopening_does_not() -> None:
    def ended(kind: str) -> list[tuple[str, str | None, int, int]]:
        trail = Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 60)
        trail.add(50, "resolved", f"person:{ANN}").add(70, kind, f"person:{BOB}").promised(80, 300)
        return trail.add(200, "resolved", f"person:{ANN}").add(210, "verified", f"person:{BOB}").short()

    assert ended("rejected") == [("late_closing", ANN, 8, 3)]
    assert ended("reopened") == []


@pytest.mark.parametrize(("begins", "ends"), [("muted", "unmuted"), ("chase_held", "chase_resumed")])
def test_what_happens_while_muted_is_nobodys_miss(begins: str, ends: str) -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0).add(30, begins)
    trail.add(120, "escalated", post="leader", rung=1, reason="escalated")
    assert trail.short() == []
    trail.add(500, ends).add(620, "escalated", post="leader", rung=1, reason="escalated")
    assert trail.short() == [("missed_acknowledgement", ANN, 6, 2), ("escalated_beyond", ANN, 6, 2)]
    # The clock began anew when the silence ended.
    assert misses_of(trail.entries)[0].late_minutes == 120


def test_stand_in_who_was_told_is_accounted_and_who_could_not_be_told_is_not() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0, ways=0).told(0, EVA, "officer", 0)
    trail.add(60, "escalated", post="leader", rung=1, reason="escalated")
    assert trail.short() == [("missed_acknowledgement", EVA, 4, 3), ("escalated_beyond", EVA, 4, 3)]


def test_who_turned_out_to_be_unreachable_has_missed_nothing_and_the_stand_in_has() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0)
    trail.add(5, "unreachable", person_id=ANN, stand_in={"person_id": EVA}).told(5, EVA, "officer", 0, "stand_in")
    trail.add(60, "escalated", post="leader", rung=1, reason="escalated")
    assert trail.short() == [("missed_acknowledgement", EVA, 5, 4), ("escalated_beyond", EVA, 5, 4)]


def test_post_that_was_told_in_its_own_channel_is_accounted_where_no_person_was() -> None:
    told = [{"person_id": None, "name": "值班群（演示）", "post": "officer", "ways": ["webhook"]}]
    trail = Trail().add(0, "opened").add(0, "notified", reason="opened", step=0, recipients=told)
    trail.add(60, "escalated", post="leader", rung=1, reason="escalated")
    assert [miss.party for miss in misses_of(trail.entries)] == [Party(post="officer")] * 2


@pytest.mark.parametrize("kind", ["nobody_to_notify", "nobody_on_duty"])
def test_vacant_post_falls_on_nobody_by_name(kind: str) -> None:
    trail = Trail().add(0, "opened").add(0, kind, post="officer", rung=0, names=[])
    (miss,) = misses_of(trail.entries)
    assert (miss.kind, miss.party) == (MissKind.VACANCY, Party(post="officer"))


def test_reminder_at_the_top_counts_once_and_goes_beyond_nobody() -> None:
    trail = Trail().add(0, "opened").told(0, BOB, "leading_group", 3)
    trail.told(60, BOB, "leading_group", 3, "reminded").told(120, BOB, "leading_group", 3, "reminded")
    assert trail.short() == [("missed_acknowledgement", BOB, 3, 2)]


@pytest.mark.parametrize("kind", ["amended", "severity_changed"])
def test_acknowledgement_for_less_is_void_when_the_alert_becomes_graver(kind: str) -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0).promised(10, 60)
    trail.add(20, kind, from_severity="yellow", severity="red").add(70, "promise_broken")
    assert trail.short() == []


def test_longer_trail_only_adds_misses() -> None:
    trail = Trail().add(0, "opened").told(0, ANN, "officer", 0)
    trail.add(120, "escalated", post="leader", rung=1, reason="escalated").told(120, BOB, "leader", 1, "escalated")
    trail.promised(130, 200, BOB).add(200, "promise_broken").add(200, "escalated", rung=2, reason="promise_broken")
    trail.add(300, "resolved")
    for length in range(len(trail.entries)):
        shorter = misses_of(trail.entries[:length])
        assert misses_of(trail.entries)[: len(shorter)] == shorter


def test_actor_is_a_person_or_an_account() -> None:
    assert party_of(f"person:{ANN}") == PROMISER
    assert party_of("officer") == Party(name="officer")
