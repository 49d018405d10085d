"""Orders as events of OpenADR 3.1: levels, priorities, durations, intervals."""

from datetime import UTC, datetime, timedelta

import pytest

from services.energy.openadr.domain.mapping import (
    duration,
    priority,
    program_id,
    region_of,
    simple_level,
    stretches,
)

START = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("level", "simple", "first"), [(None, 1, None), (1, 1, 3), (2, 1, 2), (3, 2, 1), (4, 3, 0)]
)
def test_graver_is_higher_and_comes_first(level: int | None, simple: int, first: int | None) -> None:
    assert simple_level(level) == simple
    assert priority(level) == first


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "PT0S"), (15, "PT15M"), (60, "PT1H"), (150, "PT2H30M"), (26 * 60, "PT26H")]
)
def test_duration_as_the_standard_writes_it(minutes: int, text: str) -> None:
    assert duration(timedelta(minutes=minutes)) == text


def test_intervals_are_the_steps_without_their_pauses() -> None:
    steps = ((START, 200.0), (START + HOUR, 0.0), (START + 2 * HOUR, 300.0))
    assert stretches(steps, START + 3 * HOUR) == ((START, HOUR, 200.0), (START + 2 * HOUR, HOUR, 300.0))
    assert stretches(((START, 200.0),), START) == ()


def test_programs_are_regions() -> None:
    assert region_of(program_id("421224")) == "421224"
    assert region_of("ResTOU") is None
