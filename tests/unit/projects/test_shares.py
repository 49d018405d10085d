"""Sharing amounts exactly: parts sum to the whole, and the county counts once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.parks.domain.attribution import (
    Amount,
    Attribution,
    demand_attribution,
    shares_of,
    total_up,
)
from services.projects.parks.domain.shares import WHOLE, Part, Share, apportion, attribute, percent_of
from services.projects.parks.errors import AttributionMonth, ShareRepeated, SharesNotWhole
from services.projects.registry.domain.validity import succession

COUNTY = "421224"
TOWNS = [f"421224{number}" for number in range(100, 112)]
JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@st.composite
def whole_shares(draw: st.DrawFn) -> tuple[Share, ...]:
    towns = draw(st.lists(st.sampled_from(TOWNS), min_size=1, max_size=6, unique=True))
    size = len(towns) - 1
    cuts = sorted(draw(st.sets(st.integers(1, WHOLE - 1), min_size=size, max_size=size)))
    edges = [0, *cuts, WHOLE]
    return tuple(Share(town, edges[n + 1] - edges[n]) for n, town in enumerate(towns))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, (5000, 5000), (50, 50)),
        (101, (5000, 5000), (51, 50)),
        (100, (3333, 3333, 3334), (33, 33, 34)),
        (1, (3333, 3333, 3334), (0, 0, 1)),
        (2, (3333, 3333, 3334), (1, 0, 1)),
        (-101, (5000, 5000), (-51, -50)),
        (0, (1, 2), (0, 0)),
        (7, (0, 1), (0, 7)),
    ],
)
def test_whole_yuan_go_to_the_largest_remainders(
    amount: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert apportion(amount, weights) == parts


def test_weights_that_share_nothing_are_refused() -> None:
    for weights in ((0, 0), (-1, 2)):
        with pytest.raises(ValueError, match="share nothing out"):
            apportion(5, weights)


@given(st.integers(-(10**15), 10**15), whole_shares())
def test_parts_sum_to_the_whole_and_are_at_most_a_yuan_off(amount: int, shares: tuple[Share, ...]) -> None:
    parts = attribute(amount, shares)
    assert sum(part.amount_yuan for part in parts) == amount
    by_region = {part.region_code: part.amount_yuan for part in parts}
    for share in shares:
        assert abs(by_region[share.region_code] * WHOLE - amount * share.basis_points) < WHOLE


@given(st.integers(0, 10**9), whole_shares(), st.randoms())
def test_order_of_the_shares_changes_nothing(amount: int, shares: tuple[Share, ...], random: object) -> None:
    shuffled = list(shares)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    assert attribute(amount, shares) == attribute(amount, shuffled)


@pytest.mark.parametrize(
    ("basis_points", "sum_percent"), [((6000, 3999), "99.99"), ((6000, 4001), "100.01"), ((), "0")]
)
def test_shares_that_do_not_sum_are_refused_with_the_sum(basis_points: tuple[int, ...], sum_percent: str) -> None:
    shares = [Share(town, points) for town, points in zip(TOWNS, basis_points, strict=False)]
    with pytest.raises(SharesNotWhole) as refusal:
        attribute(100, shares)
    assert refusal.value.params["sum_percent"] == sum_percent


def test_region_twice_is_refused_although_it_sums() -> None:
    with pytest.raises(ShareRepeated):
        attribute(100, [Share(TOWNS[0], 5000), Share(TOWNS[0], 5000)])


def test_percent_is_written_for_people() -> None:
    assert [percent_of(points) for points in (WHOLE, 9850, 1, 0)] == ["100", "98.5", "0.01", "0"]


def _set(first: date, *shares: tuple[str, int], last: date | None = None) -> Attribution:
    pairs = tuple(Share(code, points) for code, points in shares)
    return Attribution(region_code=TOWNS[0], valid_from=first, valid_to=last, shares=pairs)


def test_shares_begin_and_end_with_months() -> None:
    demand_attribution(_set(JANUARY, (TOWNS[0], WHOLE), last=MARCH))
    with pytest.raises(AttributionMonth):
        demand_attribution(_set(date(2026, 1, 15), (TOWNS[0], WHOLE)))
    with pytest.raises(AttributionMonth):
        demand_attribution(_set(JANUARY, (TOWNS[0], WHOLE), last=date(2026, 3, 31)))


def test_month_is_shared_by_what_is_in_force_on_its_first_day() -> None:
    enterprise, project, tenant = UUID(int=1), UUID(int=2), UUID(int=3)
    known = succession([_set(JANUARY, (TOWNS[0], 4000), (TOWNS[1], 6000))], _set(JUNE, (TOWNS[1], WHOLE)))
    before = Amount((enterprise,), tenant, TOWNS[0], date(2025, 12, 1), 100)
    in_may = Amount((enterprise,), tenant, TOWNS[0], date(2026, 5, 1), 100)
    in_june = Amount((enterprise,), tenant, TOWNS[0], JUNE, 100)
    totals = total_up([before, in_may, in_june], {enterprise: known})
    assert [(total.region_code, total.amount_yuan) for total in totals.regions] == [
        (TOWNS[0], 140),
        (TOWNS[1], 160),
    ]
    # A project's own shares come before its enterprise's.
    own = {enterprise: known, project: [_set(JANUARY, (TOWNS[2], WHOLE))]}
    shares, shared = shares_of(Amount((project, enterprise), tenant, TOWNS[0], MARCH, 1), own)
    assert ([share.region_code for share in shares], shared) == ([TOWNS[2]], True)


@st.composite
def economies(draw: st.DrawFn) -> tuple[list[Amount], dict[UUID, tuple[Attribution, ...]]]:
    subjects = [UUID(int=number) for number in range(1, draw(st.integers(1, 5)) + 1)]
    months = st.integers(1, 12).map(lambda month: date(2026, month, 1))
    amounts = [
        Amount((subject,), subject, draw(st.sampled_from(TOWNS)), draw(months), draw(st.integers(-500, 10**9)))
        for subject in subjects
        for _ in range(draw(st.integers(0, 4)))
    ]
    attributions: dict[UUID, tuple[Attribution, ...]] = {}
    for subject in subjects:
        known: tuple[Attribution, ...] = ()
        for _ in range(draw(st.integers(0, 3))):
            new = Attribution(region_code=TOWNS[0], valid_from=draw(months), shares=draw(whole_shares()))
            known = succession(known, new)
        attributions[subject] = known
    return amounts, attributions


@given(economies())
def test_county_total_is_the_sum_of_unattributed_amounts(
    economy: tuple[list[Amount], dict[UUID, tuple[Attribution, ...]]],
) -> None:
    amounts, attributions = economy
    totals = total_up(amounts, attributions, COUNTY)
    assert totals.counted_yuan == totals.standing_yuan == sum(amount.amount_yuan for amount in amounts)
    for region in totals.regions:
        assert region.amount_yuan == sum(one.amount_yuan for one in region.contributions)


@given(economies())
def test_every_day_is_shared_to_a_hundred_percent(
    economy: tuple[list[Amount], dict[UUID, tuple[Attribution, ...]]],
) -> None:
    _, attributions = economy
    for known in attributions.values():
        for day in (date.fromordinal(JANUARY.toordinal() + 13 * step) for step in range(30)):
            holding = [one for one in known if one.holds_on(day)]
            assert len(holding) <= 1
            assert all(sum(share.basis_points for share in one.shares) == WHOLE for one in holding)


def test_neighbour_that_shares_in_is_counted_here_and_its_own_part_there() -> None:
    abroad = "421221"
    sets = {UUID(int=1): [_set(JANUARY, (abroad, 2500), (TOWNS[0], 7500))]}
    amount = Amount((UUID(int=1),), UUID(int=1), TOWNS[0], JANUARY, 1000)
    here, there = total_up([amount], sets, COUNTY), total_up([amount], sets, abroad)
    assert (here.standing_yuan, here.counted_yuan) == (1000, 750)
    assert (there.standing_yuan, there.counted_yuan) == (0, 250)
    assert attribute(1000, sets[UUID(int=1)][0].shares) == (Part(abroad, 250), Part(TOWNS[0], 750))
