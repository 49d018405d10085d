"""Sites, tenants and rankings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.parks.domain.sites import (
    LandUse,
    Occupation,
    SiteKind,
    SiteState,
    demand_measures,
    most_taken,
    standing,
)
from services.projects.parks.domain.tenants import (
    Candidate,
    Figures,
    Unranked,
    demand_month,
    demand_note,
    months_between,
    months_of,
    rank,
)
from services.projects.parks.errors import (
    DateAhead,
    FigureCorrectionNeedsNote,
    OutsideTenancy,
    PeriodNotOrdered,
    SiteMalformed,
)

TEN = Decimal(10)
JULY, AUGUST = date(2026, 7, 1), date(2026, 8, 1)


def _taken(size: int, first: int, last: int | None = None) -> Occupation:
    return Occupation(Decimal(size), date(2026, 1, first), None if last is None else date(2026, 1, last))


@pytest.mark.parametrize(
    ("occupations", "day", "state", "free", "idle_since"),
    [
        ([], 10, SiteState.IDLE, 10, None),
        ([_taken(4, 10)], 9, SiteState.IDLE, 10, None),
        ([_taken(4, 10)], 10, SiteState.OCCUPIED, 6, None),
        ([_taken(4, 10, 20)], 20, SiteState.OCCUPIED, 6, None),
        ([_taken(4, 10, 20)], 21, SiteState.IDLE, 10, 21),
        ([_taken(4, 1, 12), _taken(3, 5, 20)], 25, SiteState.IDLE, 10, 21),
        ([_taken(4, 1, 12), _taken(6, 5)], 25, SiteState.OCCUPIED, 4, None),
    ],
)
def test_site_stands_as_those_who_are_on_it(
    occupations: list[Occupation], day: int, state: SiteState, free: int, idle_since: int | None
) -> None:
    stands = standing(TEN, occupations, date(2026, 1, day))
    since = None if idle_since is None else date(2026, 1, idle_since)
    assert (stands.state, stands.free, stands.idle_since) == (state, Decimal(free), since)


def test_reservation_holds_until_its_last_day_and_never_over_a_tenant() -> None:
    def state(day: int, occupations: list[Occupation]) -> SiteState:
        until = date(2026, 1, 15)
        return standing(TEN, occupations, date(2026, 1, day), reserved=True, reserved_until=until).state

    assert [state(15, []), state(16, []), state(15, [_taken(1, 1)])] == [
        SiteState.RESERVED,
        SiteState.IDLE,
        SiteState.OCCUPIED,
    ]


def test_recorded_idle_day_counts_until_a_tenant_has_been_there() -> None:
    def since(occupations: list[Occupation]) -> date | None:
        return standing(TEN, occupations, date(2026, 1, 25), idle_since=date(2025, 3, 1)).idle_since

    assert since([]) == date(2025, 3, 1)
    assert since([_taken(1, 2, 9)]) == date(2026, 1, 10)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 28), st.integers(0, 20)), max_size=6),
    st.integers(1, 28),
    st.integers(0, 20),
)
def test_most_that_is_taken_is_what_a_look_at_every_day_finds(
    spans: list[tuple[int, int, int]], first: int, days: int
) -> None:
    base = date(2026, 1, 1).toordinal()
    occupations = [
        Occupation(Decimal(size), date.fromordinal(base + start), date.fromordinal(base + start + length))
        for size, start, length in spans
    ]
    every = [date.fromordinal(base + first + step) for step in range(days + 1)]
    looked = max(sum(one.size for one in occupations if one.covers(day)) for day in every)
    assert most_taken(occupations, every[0], every[-1]) == looked


def test_measures_belong_to_the_kind_of_site() -> None:
    demand_measures(SiteKind.PARCEL, TEN, None, LandUse.INDUSTRIAL)
    demand_measures(SiteKind.PLANT, None, TEN, None)
    with pytest.raises(SiteMalformed) as refusal:
        demand_measures(SiteKind.PARCEL, None, TEN, None)
    assert {(fault.code, fault.pointer) for fault in refusal.value.errors} == {
        ("fact.required", "/area_mu"),
        ("fact.required", "/land_use"),
        ("site.not_of_kind", "/floor_area_m2"),
    }


@pytest.mark.parametrize(
    ("month", "error"),
    [
        (date(2026, 3, 1), OutsideTenancy),
        (date(2026, 4, 1), None),
        (date(2026, 8, 1), None),
        (date(2026, 9, 1), OutsideTenancy),
        (date(2026, 10, 1), DateAhead),
    ],
)
def test_figures_are_of_months_the_tenant_was_there_for(month: date, error: type[Exception] | None) -> None:
    def check() -> None:
        demand_month(month, date(2026, 4, 20), date(2026, 8, 31), date(2026, 9, 15))

    if error is None:
        check()
    else:
        with pytest.raises(error):
            check()


def test_figure_that_was_missing_is_added_without_a_note_and_a_corrected_one_is_not() -> None:
    known = Figures(output_yuan=100)
    demand_note(known, Figures(output_yuan=100, tax_yuan=7), JULY, "")
    demand_note(None, Figures(output_yuan=1), JULY, "")
    demand_note(known, Figures(output_yuan=90), JULY, "counted twice")
    for figures in (Figures(output_yuan=90), Figures(tax_yuan=7)):
        with pytest.raises(FigureCorrectionNeedsNote) as refusal:
            demand_note(known, figures, JULY, " ")
        assert refusal.value.params["fields"] == ["output_yuan"]


def test_months_of_a_period_are_whole_and_bounded() -> None:
    assert months_between(date(2025, 11, 1), date(2026, 2, 1)) == (
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )
    for first, last in ((AUGUST, JULY), (date(2000, 1, 1), date(2026, 1, 1))):
        with pytest.raises(PeriodNotOrdered):
            months_between(first, last)
    assert months_of((JULY, AUGUST), date(2026, 8, 20), None) == (AUGUST,)
    assert months_of((JULY, AUGUST), date(2026, 1, 1), date(2026, 7, 2)) == (JULY,)


def _candidate(number: int, area: str | None, *values: int | None) -> Candidate:
    months = (JULY, AUGUST)
    by_month = dict(zip(months, values, strict=False))
    return Candidate(UUID(int=number), None if area is None else Decimal(area), months, by_month)


def test_tenants_rank_by_what_a_mu_brings_and_gaps_stand_apart() -> None:
    ranked, apart = rank(
        [
            _candidate(1, "10", 100, 200),
            _candidate(2, "5", 75, 75),
            _candidate(3, "2", 0, 0),
            _candidate(4, "1", 900, None),
            _candidate(5, None, 900, 900),
            _candidate(6, "3", None, None),
            _candidate(7, "3", 1, 0),
        ]
    )
    assert [(one.tenant_id.int, one.place, str(one.per_mu_yuan)) for one in ranked] == [
        (1, 1, "30.00"),
        (2, 1, "30.00"),
        (7, 3, "0.33"),
        (3, 4, "0.00"),
    ]
    assert [(one.tenant_id.int, one.reason, one.missing, one.total_yuan) for one in apart] == [
        (4, Unranked.FIGURES_MISSING, (AUGUST,), 900),
        (5, Unranked.AREA_MISSING, (), 1800),
        (6, Unranked.FIGURES_MISSING, (JULY, AUGUST), None),
    ]


def test_order_goes_by_the_exact_quotient_when_cents_are_equal() -> None:
    ranked, _ = rank([_candidate(1, "300.00", 50, 50), _candidate(2, "299.99", 50, 50)])
    assert [(one.tenant_id.int, one.place, str(one.per_mu_yuan)) for one in ranked] == [
        (2, 1, "0.33"),
        (1, 2, "0.33"),
    ]
