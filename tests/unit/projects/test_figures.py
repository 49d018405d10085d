"""The compared figures: whatever was written and however it was bundled, a day finds what the history says."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from libs.common.web.problems import DomainError
from services.projects.ledger.domain.figures import Figures, figures_of, newly_known
from services.projects.ledger.domain.history import changes_between, project_from, rewind, state_of
from services.projects.ledger.domain.project import Project
from tests.unit.projects.test_history import carry_out, operations, project

START = datetime(2026, 9, 15, tzinfo=UTC)

# What is done, how much later than the write before, and whether it is stored on its own or with the next.
lives = st.lists(st.tuples(operations(), st.integers(0, 2), st.booleans()), max_size=25)


def lived(steps: Sequence[tuple[Any, int, bool]]) -> list[tuple[datetime, Project, bool]]:
    now, at = project(), START
    states = [(at, now, True)]
    for operation, hours, alone in steps:
        with suppress(DomainError):
            now = carry_out(now, operation)
            at += timedelta(hours=hours)
            states.append((at, now, alone))
    return states


def stored(states: Sequence[tuple[datetime, Project, bool]]) -> dict[datetime, Figures]:
    """The table's rows: a later write of the same instant takes the place of the one before."""
    kept: dict[datetime, Figures] = {}
    before: Project | None = None
    waiting: list[tuple[datetime, Project]] = []
    for number, (at, state, alone) in enumerate(states):
        waiting.append((at, state))
        if alone or number == len(states) - 1:
            kept |= {known.known_from: known.figures for known in newly_known(before, waiting)}
            before, waiting = state, []
    return kept


def by_history(states: Sequence[tuple[datetime, Project, bool]], cut: datetime) -> Project | None:
    """Back from the present, change by change."""
    state = state_of(states[-1][1])
    for number in reversed(range(len(states))):
        at, after, _ = states[number]
        if at < cut:
            return project_from(state)
        before = states[number - 1][1] if number else None
        state = rewind(state, changes_between(before, after))
    return None


@given(lives)
def test_figures_of_an_instant_are_those_the_history_rebuilds(steps: list[tuple[Any, int, bool]]) -> None:
    states = lived(steps)
    kept = stored(states)
    for cut in {at + timedelta(minutes=minutes) for at, _, _ in states for minutes in (0, 1)}:
        known = [figures for known_from, figures in sorted(kept.items()) if known_from < cut]
        past = by_history(states, cut)
        assert (known[-1] if known else None) == (None if past is None else figures_of(past))


@given(lives)
def test_nothing_becomes_known_where_no_figure_changed(steps: list[tuple[Any, int, bool]]) -> None:
    now = lived(steps)[-1][1]
    assert list(newly_known(now, [(START, now), (START + timedelta(days=1), now)])) == []
    assert [known.known_from for known in newly_known(None, [(START, now)])] == [START]
