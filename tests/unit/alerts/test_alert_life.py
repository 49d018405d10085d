"""The life of an alert: every step is in the table, and no way through it skips one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import services.alerts
from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity
from services.alerts.trail.domain.life import (
    LIVE_STAGES,
    STATUS,
    TRANSITIONS,
    Act,
    after,
    gravest,
    is_live,
    possible,
    stage_of,
)

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
_BY_PEOPLE = (Act.ACKNOWLEDGE, Act.HANDLE, Act.RESOLVE, Act.VERIFY)


def test_every_stage_can_be_reached_and_left() -> None:
    reached = {AlertStage.OPEN} | set(TRANSITIONS.values())
    assert reached == set(AlertStage)
    assert {stage for stage, _ in TRANSITIONS} == set(AlertStage)


def test_people_come_to_the_end_by_every_step_in_its_order_when_nothing_else_happens() -> None:
    stage, seen = AlertStage.OPEN, [AlertStage.OPEN]
    for act in _BY_PEOPLE:
        follows = after(stage, act)
        assert follows is not None
        stage = follows
        seen.append(stage)
    assert seen == [
        AlertStage.OPEN,
        AlertStage.ACKNOWLEDGED,
        AlertStage.HANDLING,
        AlertStage.RESOLVED,
        AlertStage.CLOSED,
    ]


@pytest.mark.parametrize(
    ("stage", "act"),
    [
        (AlertStage.OPEN, Act.RESOLVE),
        (AlertStage.OPEN, Act.HANDLE),
        (AlertStage.OPEN, Act.VERIFY),
        (AlertStage.ACKNOWLEDGED, Act.VERIFY),
        (AlertStage.CLOSED, Act.RESOLVE),
        (AlertStage.CLOSED, Act.VERIFY),
        (AlertStage.MERGED, Act.ACKNOWLEDGE),
        (AlertStage.MERGED, Act.CLEAR),
        (AlertStage.RESOLVED, Act.ACKNOWLEDGE),
        (AlertStage.RESOLVED, Act.MERGE),
    ],
)
def test_step_is_refused_when_it_would_skip_another(stage: AlertStage, act: Act) -> None:
    assert after(stage, act) is None
    assert act not in possible(stage)


def test_status_says_live_exactly_of_what_still_asks_for_work() -> None:
    assert {stage for stage in AlertStage if is_live(STATUS[stage])} == LIVE_STAGES
    assert {AlertStage.OPEN, AlertStage.ACKNOWLEDGED, AlertStage.HANDLING} == LIVE_STAGES


def test_gravest_is_the_gravest_when_there_is_one() -> None:
    assert gravest([Severity.BLUE, Severity.ORANGE, Severity.YELLOW]) is Severity.ORANGE
    assert gravest([]) is None


class Life(RuleBasedStateMachine):
    """An alert's record driven by any acts in any order; what the record says is what the table allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.status = AlertStatus.OPEN
        self.handling_at: datetime | None = None
        self.verified_at: datetime | None = None
        self.merged = False
        self.path: list[Act] = []

    @property
    def stage(self) -> AlertStage:
        return stage_of(
            self.status.value,
            handling_at=self.handling_at,
            verified_at=self.verified_at,
            merged_into=uuid4() if self.merged else None,
        )

    @rule(act=st.sampled_from(Act))
    def do(self, act: Act) -> None:
        before = self.stage
        follows = after(before, act)
        if follows is None:
            return
        self.status = STATUS[follows]
        if follows is AlertStage.OPEN:
            self.handling_at = self.verified_at = None
            self.merged = False
            self.path = []
        elif act is Act.HANDLE:
            self.handling_at = NOON
        elif follows is AlertStage.CLOSED:
            self.verified_at = NOON
        elif follows is AlertStage.MERGED:
            self.merged = True
        self.path.append(act)
        assert self.stage is follows

    @invariant()
    def nothing_is_skipped(self) -> None:
        if self.stage is AlertStage.CLOSED and Act.CLEAR not in self.path:
            # Closed by people: somebody took it up, somebody resolved it, somebody verified it, in this order.
            order = [self.path.index(act) for act in (Act.ACKNOWLEDGE, Act.RESOLVE, Act.VERIFY)]
            assert order == sorted(order)
        if self.stage is AlertStage.HANDLING:
            assert self.path.index(Act.ACKNOWLEDGE) < self.path.index(Act.HANDLE)
        assert is_live(self.status) == (self.stage in LIVE_STAGES)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_stages_acts_and_severities_have_words(language: str) -> None:
    path = Path(services.alerts.__file__).parent / f"messages/{language}.json"
    known = set(json.loads(path.read_text(encoding="utf-8")))
    assert {f"term.{type(one).__name__}.{one.value}" for one in (*AlertStage, *Act, *Severity)} <= known
