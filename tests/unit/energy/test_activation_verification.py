"""Verification against figures worked by hand, and what missing quarters leave of a verdict."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.activations.domain.tracking import Course, Patience, judge
from services.energy.activations.domain.verification import Standard, Verdict, verify

NAN = np.nan


def one(
    baseline: list[float], load: list[float], ordered: list[float], standard: Standard | None = None
) -> dict[str, Any]:
    found = verify(
        np.array([baseline], float), np.array([load], float), np.array([ordered], float), standard or Standard()
    )
    names = (
        "mean_kw",
        "peak_kw",
        "energy_kwh",
        "ordered_kwh",
        "shortfall_kwh",
        "shortfall_peak_kw",
        "rate",
        "covered",
    )
    return {name: float(getattr(found, name)[0]) for name in names} | {
        "verdict": found.verdict[0],
        "known": int(found.known[0]),
    }


def test_response_worked_by_hand() -> None:
    # One hour, 200 kW ordered of 1000: achieved 210, 190, 150, 250 kW.
    found = one([1000] * 4, [790, 810, 850, 750], [200] * 4)
    assert found["mean_kw"] == pytest.approx(200)
    assert found["peak_kw"] == pytest.approx(250)
    assert found["energy_kwh"] == pytest.approx(200)  # 800 kW × 0.25 h
    assert found["ordered_kwh"] == pytest.approx(200)
    assert found["shortfall_kwh"] == pytest.approx(15)  # (10 + 50) kW × 0.25 h
    assert found["shortfall_peak_kw"] == pytest.approx(50)
    assert found["rate"] == pytest.approx(1.0)
    # More in one quarter makes up for none: 185 of 200.
    assert found["covered"] == pytest.approx(0.925)
    assert found["verdict"] is Verdict.MET


@pytest.mark.parametrize(
    ("load", "verdict"),
    [
        ([820] * 4, Verdict.MET),  # 180 of 200: exactly nine tenths
        ([821] * 4, Verdict.NOT_MET),
        ([1100] * 4, Verdict.NOT_MET),  # more than usual
        ([0] * 4, Verdict.MET),
        ([NAN] * 4, Verdict.CANNOT_TELL),
        ([800, 800, NAN, NAN], Verdict.CANNOT_TELL),  # half is missing and the rest would do
        ([950, 950, NAN, NAN], Verdict.NOT_MET),  # 75 of 100 kWh at the best
    ],
)
def test_verdict_when_load_is(load: list[float], verdict: Verdict) -> None:
    assert one([1000] * 4, load, [200] * 4)["verdict"] is verdict


def test_few_missing_quarters_are_passed_over_and_counted() -> None:
    found = one([1000] * 12, [NAN, *[800] * 11], [200] * 12)
    assert (found["verdict"], found["known"]) == (Verdict.MET, 11)
    assert found["energy_kwh"] == pytest.approx(550)
    assert found["ordered_kwh"] == pytest.approx(600)
    assert found["rate"] == pytest.approx(1.0)


def test_only_ordered_quarters_count() -> None:
    found = one([1000] * 4, [1000, 800, 800, 0], [0, 200, 200, 0])
    assert found["energy_kwh"] == pytest.approx(100)
    assert found["peak_kw"] == pytest.approx(200)


def test_raised_order_is_judged_by_its_steps() -> None:
    found = one([1000] * 4, [800] * 4, [200, 200, 400, 400])
    assert found["shortfall_kwh"] == pytest.approx(100)
    assert found["covered"] == pytest.approx(200 / 300)
    assert found["verdict"] is Verdict.NOT_MET


def test_nothing_known_has_no_figures() -> None:
    found = one([NAN] * 4, [800] * 4, [200] * 4)
    assert np.isnan([found["mean_kw"], found["energy_kwh"], found["rate"], found["shortfall_kwh"]]).all()


@given(
    baseline=st.lists(st.floats(0, 1e5), min_size=8, max_size=8),
    load=st.lists(st.one_of(st.just(NAN), st.floats(0, 1e5)), min_size=8, max_size=8),
    ordered=st.lists(st.floats(1, 1e4), min_size=8, max_size=8),
)
def test_verdict_never_turns_when_missing_values_come(
    baseline: list[float], load: list[float], ordered: list[float]
) -> None:
    """What was judged not met with half of it missing stays so, whatever the missing values turn out to be."""
    strict = Standard(missing_share=0.0)
    before = one(baseline, load, ordered, strict)
    full = [0.0 if np.isnan(value) else value for value in load]
    after = one(baseline, full, ordered, strict)
    if before["verdict"] is Verdict.NOT_MET:
        assert after["verdict"] is Verdict.NOT_MET
    if not np.isnan(load).any():
        assert before["verdict"] is after["verdict"]
        assert before["verdict"] is not Verdict.CANNOT_TELL


def course(load: list[float], over: int | None = None) -> Course:
    base = np.full(len(load), 1000.0)
    ordered = np.full(len(load), 200.0)
    return judge(base, np.array(load, float), ordered, len(load) if over is None else over, Patience()).course


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ([], Course.STARTING),
        ([1000], Course.STARTING),  # the first quarter is for ramping down
        ([1000, 800], Course.IN_LINE),
        ([1000, 820], Course.IN_LINE),  # within a tenth
        ([1000, 821, 821], Course.SHORT),
        ([1000, 800, 1000, 800], Course.IN_LINE),  # a single quarter is no shortfall
        ([1000, 800, 1000, 1000], Course.SHORT),
        ([1000, 1000, 1000, 800], Course.IN_LINE),
        ([1000, 1000, NAN, 1000], Course.SHORT),  # what is missing says nothing
        ([NAN, NAN, NAN, NAN], Course.UNKNOWN),
    ],
)
def test_course_when_loads_are(load: list[float], expected: Course) -> None:
    assert course(load) is expected


@given(st.lists(st.sampled_from([750.0, 800.0, 900.0, 1000.0, NAN]), max_size=16))
def test_shortfall_is_told_once_until_it_is_in_line_again(load: list[float]) -> None:
    """The quarter since which a course holds does not move while it holds: nobody is told twice."""
    base, ordered = np.full(len(load), 1000.0), np.full(len(load), 200.0)
    before = None
    for over in range(len(load) + 1):
        found = judge(base, np.array(load, float), ordered, over, Patience())
        if before is not None and before.course is Course.SHORT and found.course is Course.SHORT:
            assert found == before
        before = found
