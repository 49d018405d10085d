"""A meter's life in periods: what is changed from when on, and what that does to its multiplier."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.energy.metering.domain.periods import Facts, Period, period_at, rescalings, with_change

BASE = Facts("421224")


def life(*changes: tuple[int, float]) -> tuple[Period, ...]:
    """Ratios of the current transformer from these minutes on."""
    periods: tuple[Period, ...] = (Period(0, BASE),)
    for minute, ratio in changes:
        periods = with_change(periods, minute, {"ct_ratio": ratio})
    return periods


def ratios(periods: tuple[Period, ...]) -> list[tuple[int, float]]:
    return [(item.from_minute, item.facts.ct_ratio) for item in periods]


def test_change_of_the_past_ends_where_a_later_one_is_on_record() -> None:
    periods = with_change(life((100, 40)), 50, {"ct_ratio": 30})
    assert ratios(periods) == [(0, 1), (50, 30), (100, 40)]


def test_change_of_one_fact_runs_on_through_changes_of_others() -> None:
    periods = with_change(life((100, 40)), 50, {"feeder_code": "F7"})
    assert [(item.from_minute, item.facts.feeder_code) for item in periods] == [(0, None), (50, "F7"), (100, "F7")]


def test_periods_become_one_when_nothing_tells_them_apart() -> None:
    assert with_change(life((100, 40)), 100, {"ct_ratio": 1.0}) == (Period(0, BASE),)


def test_change_before_the_beginning_holds_from_the_beginning() -> None:
    periods = with_change((Period(500, BASE),), 10, {"pt_ratio": 100})
    assert periods == (Period(500, replace(BASE, pt_ratio=100)),)


def test_only_the_span_with_another_multiplier_is_computed_anew() -> None:
    before = life((100, 40), (200, 50))
    after = with_change(before, 100, {"ct_ratio": 45})
    (span,) = rescalings(before, after)
    assert (span.from_minute, span.end_minute, span.before, span.after) == (100, 200, 40, 45)
    assert rescalings(before, with_change(before, 100, {"capacity_kw": 9})) == []
    counter = (Period(0, replace(BASE, pulses_per_kwh=1000.0)),)
    (constant,) = rescalings(counter, with_change(counter, 50, {"pulses_per_kwh": 500.0}))
    assert (constant.end_minute, constant.after / constant.before) == (None, 2)


steps = st.tuples(
    st.integers(0, 30),
    st.dictionaries(st.sampled_from(["ct_ratio", "pt_ratio"]), st.sampled_from([1.0, 2.0, 4.0])),
)


@given(st.lists(steps, max_size=8), steps)
def test_every_minute_holds_what_a_minute_by_minute_life_would(
    earlier: list[tuple[int, dict[str, float]]], change: tuple[int, dict[str, float]]
) -> None:
    periods: tuple[Period, ...] = (Period(0, BASE),)
    for minute, facts in earlier:
        periods = with_change(periods, minute, facts)
    at, facts = change
    slow = [period_at(periods, minute).facts for minute in range(32)]
    for name, value in facts.items():
        replaced = getattr(slow[at], name)
        for minute in range(at, 32):
            if getattr(slow[minute], name) != replaced:
                break
            slow[minute] = Facts(**slow[minute].values() | {name: value})
    after = with_change(periods, at, facts)
    assert [period_at(after, minute).facts for minute in range(32)] == slow
    assert [item.from_minute for item in after] == sorted({item.from_minute for item in after})
    assert all(one.facts != other.facts for one, other in itertools.pairwise(after))
    spans = rescalings(periods, after)
    different = {minute for minute in range(32) if period_at(periods, minute).facts.factor != slow[minute].factor}
    told = {
        m for span in spans for m in range(span.from_minute, 32 if span.end_minute is None else span.end_minute)
    }
    assert told == different
