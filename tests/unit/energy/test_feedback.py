"""Verdicts and what they do to a meter's limits; which rules hold for whom, looked up fast and slowly."""

from datetime import date
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.parameters import CLASSES, SpikeParameters, StuckParameters
from services.energy.detection.domain.rules import Rule, RuleBook
from services.energy.detection.journal import Adoptions
from services.energy.feedback.domain.factor import Verdict, counted, factor_of, is_adaptable
from services.energy.metering.domain.slots import day_number

SPIKE = SpikeParameters()


def test_false_alarms_widen_true_ones_narrow_a_little() -> None:
    assert factor_of([False], SPIKE) == 1.2
    assert factor_of([False, True], SPIKE) == round(1.2 / 1.05, 4)
    assert factor_of([True], SPIKE) == round(1 / 1.05, 4)


@given(st.lists(st.booleans(), max_size=200))
def test_factor_stays_within_the_bounds_of_the_rule(verdicts: list[bool]) -> None:
    assert SPIKE.least <= factor_of(verdicts, SPIKE) <= SPIKE.most


def test_later_verdict_takes_the_place_of_an_earlier_one() -> None:
    one, two = UUID(int=1), UUID(int=2)
    verdicts = [Verdict(one, False), Verdict(two, False), Verdict(one, True)]
    assert counted(verdicts) == [False, True]


def test_contract_and_standard_are_nobodys_habit() -> None:
    fixed = {kind for kind, one in CLASSES.items() if not is_adaptable(one())}
    assert fixed == {ConditionKind.UNIT, ConditionKind.OVERLOAD, ConditionKind.POWER_FACTOR}


@pytest.mark.parametrize("kind", list(CLASSES))
@pytest.mark.parametrize("factor", [0.5, 0.8, 1.3, 4.0])
def test_adapted_parameters_are_parameters_of_their_kind(kind: ConditionKind, factor: float) -> None:
    adapted = CLASSES[kind]().adapted(factor)
    assert CLASSES[kind].model_validate(adapted.model_dump()) == adapted


def test_wider_limits_stop_where_the_field_does() -> None:
    assert StuckParameters(minutes=90_000).adapted(2.0).minutes == 100_000


METERS = [("A", "421224101"), ("B", "421224102"), ("C", "429004"), ("D", "421224101")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([SpikeParameters(margin=2), StuckParameters(times=3), SpikeParameters(margin=3)]),
            st.integers(1, 28),
            st.integers(0, 28),
            st.sampled_from([None, "421224", "421224101"]),
            st.sampled_from([None, "A", "C"]),
        ),
        max_size=5,
    ),
    st.dictionaries(st.sampled_from("ABCD"), st.floats(0.8, 2.0), max_size=3),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 28)), min_size=1, max_size=20),
)
def test_remembered_rules_are_those_that_are_picked(
    given_rules: list[tuple[SpikeParameters | StuckParameters, int, int, str | None, str | None]],
    factors: dict[str, float],
    asked: list[tuple[int, int]],
) -> None:
    rules = [
        Rule(one, date(2026, 2, first), date(2026, 3, after) if after else None, None if no else prefix, no)
        for one, first, after, prefix, no in given_rules
    ]
    book = RuleBook(rules, {no: {ConditionKind.SPIKE: factor} for no, factor in factors.items()})
    index = np.array([meter for meter, _ in asked])
    days = np.array([day_number(date(2026, 2, 1)) + 2 * day for _, day in asked])
    once = book.numbers(index, days, METERS.__getitem__)
    again = book.numbers(index, days, METERS.__getitem__)
    slowly = book.pick([METERS[meter] for meter in index.tolist()], days)
    assert once.tolist() == again.tolist() == slowly.tolist()
    for number in set(once.tolist()):
        assert book.table[number]["spike_margin"] == book.parameters(number, ConditionKind.SPIKE).margin  # type: ignore[union-attr]


def test_records_are_judged_by_what_was_known_when_they_were_met() -> None:
    adoptions = Adoptions((3, 10), (5, 8))
    assert [adoptions.at(offset) for offset in (0, 3, 9, 10, 99)] == [5, 5, 5, 8, 8]
    assert adoptions.stretches([1, 2, 3, 9, 10, 12]) == [(0, 2, 5), (2, 4, 5), (4, 6, 8)]
    assert adoptions.stretches([20, 21]) == [(0, 2, 8)]
    assert Adoptions((), ()).at(4) is None
