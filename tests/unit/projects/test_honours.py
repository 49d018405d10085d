"""Honours and innovation: points from figures, criteria that must sum, records that must be whole."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.innovation.domain.honours import Criterion, demand_sound, score
from services.projects.innovation.domain.records import Grade, Record, RecordKind, claim_of, demand_whole
from services.projects.innovation.errors import RecordDay, RecordIncomplete, RoundMalformed
from services.projects.lists.domain.facts import Fact

CRITERIA = (Criterion(measure="tax", weight=Decimal(60)), Criterion(measure="patents", weight=Decimal(40)))
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 9, 15)


def _facts(tax: int | None, patents: int) -> dict[str, Fact]:
    value = Fact(None, "not_reported") if tax is None else Fact(Decimal(tax))
    return {"tax": value, "patents": Fact(patents)}


def test_points_go_by_range_and_a_missing_figure_gives_no_place() -> None:
    found = score(CRITERIA, {A: _facts(300, 2), B: _facts(100, 6), C: _facts(None, 4)})
    assert (found[A].points, found[A].place) == (Decimal(60), 1)
    assert (found[B].points, found[B].place) == (Decimal(40), 2)
    assert (found[C].points, found[C].place) == (None, None)
    assert [part.reason for part in found[C].parts] == ["not_reported", None]
    assert found[C].parts[1].points == Decimal(20)


def test_equal_figures_share_the_points_and_the_place() -> None:
    found = score(CRITERIA, {A: _facts(100, 2), B: _facts(100, 2)})
    assert [(one.points, one.place) for one in found.values()] == [(Decimal(100), 1), (Decimal(100), 1)]
    assert score((), {A: {}})[A].points is None


@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 50)), min_size=2, max_size=8))
def test_points_lie_between_none_and_a_hundred_and_places_follow_them(rows: list[tuple[int, int]]) -> None:
    found = score(CRITERIA, {UUID(int=number): _facts(*row) for number, row in enumerate(rows)})
    ranked = sorted(found.values(), key=lambda one: one.place or 0)
    points = [one.points for one in ranked if one.points is not None]
    assert len(points) == len(rows)
    assert all(0 <= one <= 100 for one in points)
    assert points == sorted(points, reverse=True)
    assert ranked[0].place == 1


@pytest.mark.parametrize(
    ("criteria", "codes"),
    [
        ((("tax", 60), ("patents", 30)), ["honour.weights_not_whole"]),
        ((("sails", 100),), ["honour.measure_unknown"]),
        ((("tax", 50), ("tax", 50)), ["honour.measure_twice"]),
    ],
)
def test_criteria_name_known_measures_once_and_sum_to_a_hundred(
    criteria: tuple[tuple[str, int], ...], codes: list[str]
) -> None:
    said = tuple(Criterion(measure=measure, weight=Decimal(weight)) for measure, weight in criteria)
    with pytest.raises(RoundMalformed) as refused:
        demand_sound(said, opens_on=TODAY, closes_on=TODAY)
    assert [fault.code for fault in refused.value.errors] == codes
    with pytest.raises(RoundMalformed):
        demand_sound((), opens_on=TODAY, closes_on=date(2026, 9, 14))


def _record(kind: RecordKind, **facts: Any) -> Record:
    plain: dict[str, Any] = {
        "enterprise_id": A,
        "title": "x",
        "valid_from": date(2026, 3, 6),
        "evidence": "certificate",
        "note": "",
        **dict.fromkeys(("valid_to", "number", "grade", "partner", "year", "amount_yuan")),
    }
    return Record(kind=kind, **plain | facts)


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (_record(RecordKind.PATENT), {"/number", "/grade"}),
        (_record(RecordKind.PATENT, number="7", grade=Grade.NATIONAL), {"/grade"}),
        (_record(RecordKind.RD_SPEND, year=2026, grade=Grade.INVENTION), {"/amount_yuan", "/grade"}),
        (_record(RecordKind.AGREEMENT), {"/partner"}),
    ],
)
def test_record_lacking_or_misplacing_a_fact_is_refused(record: Record, fields: set[str]) -> None:
    with pytest.raises(RecordIncomplete) as refused:
        demand_whole(record, TODAY)
    assert {fault.pointer for fault in refused.value.errors} == fields


def test_record_holds_for_days_in_order_and_is_claimed_once() -> None:
    patent = _record(RecordKind.PATENT, number="7", grade=Grade.DESIGN)
    demand_whole(patent, TODAY)
    with pytest.raises(RecordDay):
        demand_whole(
            _record(RecordKind.PATENT, number="7", grade=Grade.DESIGN, valid_from=date(2026, 9, 16)), TODAY
        )
    with pytest.raises(RecordDay):
        demand_whole(_record(RecordKind.PATENT, number="7", grade=Grade.DESIGN, valid_to=date(2026, 3, 6)), TODAY)
    spend = _record(RecordKind.RD_SPEND, year=2025, amount_yuan=3)
    assert claim_of(patent) == "patent/7"
    assert claim_of(spend) != claim_of(_record(RecordKind.RD_SPEND, year=2026, amount_yuan=3))
    assert claim_of(_record(RecordKind.AGREEMENT, partner="y")) is None
