"""Facts that hold for a time: which one counts, and where a new one goes."""

from dataclasses import dataclass
from datetime import date

import pytest

from services.energy import dated


@dataclass(frozen=True)
class Fact:
    valid_from: date
    valid_to: date | None = None
    region_code: str | None = None


def on(day: int) -> date:
    return date(2026, 1, day)


def test_narrowest_region_counts_and_there_the_latest() -> None:
    everywhere, county = Fact(on(1)), Fact(on(2), None, "421224")
    town = Fact(on(3), on(5), "421224101")
    rules = [everywhere, county, town]
    assert dated.in_force(rules, "421221", on(4)) is everywhere
    assert dated.in_force(rules, "421224", on(4)) is county
    assert dated.in_force(rules, "421224101", on(4)) is town
    assert dated.in_force(rules, "421224101", on(5)) is county
    assert dated.in_force([county], "421221", on(4)) is None


def test_open_fact_ends_where_the_next_begins() -> None:
    first = Fact(on(1))
    assert dated.placed([first], on(10), None) == (first, None)
    # In front of one that is there: it lasts until that begins.
    assert dated.placed([Fact(on(10))], on(5), None) == (None, on(10))


@pytest.mark.parametrize(
    ("known", "valid_from", "valid_to"),
    [
        ([Fact(on(10))], on(5), on(12)),
        # In the middle of one that goes on after it: what would hold then is nobody's guess.
        ([Fact(on(1))], on(5), on(8)),
        ([Fact(on(1), on(20))], on(5), on(8)),
    ],
)
def test_fact_that_meets_another_is_refused(known: list[Fact], valid_from: date, valid_to: date) -> None:
    with pytest.raises(dated.Meets):
        dated.placed(known, valid_from, valid_to)


def test_fact_may_take_the_end_of_another() -> None:
    before = Fact(on(1), on(20))
    assert dated.placed([before], on(10), on(20)) == (before, on(20))
    assert dated.placed([before], on(10), on(25)) == (before, on(25))


def test_meeting_touching_ends_do_not_meet() -> None:
    fact = Fact(on(5), on(10))
    assert dated.meeting([fact], on(10), None) is None
    assert dated.meeting([fact], on(1), on(5)) is None
    assert dated.meeting([fact], on(9), None) is fact
