"""Roll-ups over columns equal numpy over the raw values; comparison and ranking know what is missing."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.curves.domain import rollup
from services.energy.curves.domain.asked import AskedMeter, MeterColumns
from services.energy.curves.domain.comparison import Against, change_of, compare, reference_days
from services.energy.curves.domain.ranking import changes, rank
from services.energy.curves.domain.rollup import Grid, Group, Interval, RegionLevel
from services.energy.metering.domain.completeness import span_of
from services.energy.metering.domain.day_columns import DayColumns, DayTotals, joined, no_days
from services.energy.metering.domain.expected import expected_on
from services.energy.metering.domain.meter import NEVER, Meter, Profile, Quantity
from services.energy.metering.domain.slots import day_number

UUID_ZERO = UUID(int=0)
FIRST = date(2026, 1, 30)
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def asked(index: int, **facts: Any) -> AskedMeter:
    meter = AskedMeter(
        index, f"M{index}", "421224101", None, "active_import_kw", 15, 480, date(2020, 1, 1), None, False
    )
    return meter._replace(**facts)


def columns_of(values: Any, quality: Any, meters: list[int], first: date = FIRST) -> DayColumns:
    """(meters, days, slots) as the rows that exist: days without a value have none."""
    line, day = np.nonzero((quality != 0).any(axis=2))
    chosen, marks = values[line, day].astype(np.float32), quality[line, day].astype(np.uint8)
    chosen[marks == 0] = np.nan
    known = np.where(marks != 0, chosen, 0)
    zero = np.zeros(len(line), np.int64)
    return DayColumns(
        meter_index=np.array(meters, np.int64)[line],
        day=day + day_number(first),
        values=chosen,
        quality=marks,
        energy_kwh=known.sum(axis=1, dtype=np.float64) * 24 / values.shape[2],
        peak_kw=np.where(marks != 0, chosen, -np.inf).max(axis=1).astype(np.float32),
        present=np.count_nonzero(marks, axis=1),
        revision=zero,
        rank=zero,
    )


def totals_of(days: DayColumns) -> DayTotals:
    return DayTotals(
        days.meter_index,
        days.day,
        np.full(len(days), days.slots),
        days.present,
        np.count_nonzero(days.quality == 2, axis=1),
        np.count_nonzero(days.quality == 3, axis=1),
        days.energy_kwh,
        days.peak_kw,
        days.revision,
    )


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_every_interval_equals_numpy_over_the_raw_values(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    meters, days, slots = 3, 8, 96
    values = np.round(random.normal(50, 40, (meters, days, slots)), 2).astype(np.float32)
    quality = random.choice(
        [0, 1, 2, 3], (meters, days, slots), p=[share, (1 - share) * 0.6, *[(1 - share) * 0.2] * 2]
    )
    quality[random.random((meters, days)) < 0.2] = 0
    own = [asked(index) for index in (7, 3, 9)]
    block = columns_of(values, quality, [7, 3, 9])
    order = np.lexsort((block.day, block.meter_index))
    block = block.take(order)
    last = FIRST + timedelta(days=days - 1)
    facts = MeterColumns.of(own)
    for interval in Interval:
        edges = rollup.edges_of(interval, FIRST, last)
        expected = rollup.expected_grid(facts, edges, NOW)
        if interval is Interval.HOUR:
            grid = rollup.of_hours([block, no_days(24)], facts, edges, expected)
        else:
            grid = rollup.of_totals(totals_of(block), facts, edges, expected)
        starts = (edges - edges[0]) // 15
        flat, marks = values.reshape(meters, -1).astype(np.float64), quality.reshape(meters, -1)
        for period, (start, end) in enumerate(pairwise(starts.tolist())):
            part, told = flat[:, start:end], marks[:, start:end]
            there = told != 0
            assert (grid.present[:, period] == there.sum(axis=1)).all()
            assert (grid.estimated[:, period] == (told == 2).sum(axis=1)).all()
            assert (grid.edited[:, period] == (told == 3).sum(axis=1)).all()
            assert (grid.expected[:, period] == end - start).all()
            energy = np.where(there.any(axis=1), np.where(there, part, 0).sum(axis=1) / 4, np.nan)
            np.testing.assert_allclose(grid.energy_kwh[:, period], energy, rtol=1e-9, atol=1e-9)
            peak = np.where(there.any(axis=1), np.where(there, part, -np.inf).max(axis=1), np.nan)
            np.testing.assert_allclose(grid.peak_kw[:, period], peak, rtol=1e-6)
        total = grid.total()
        assert (total.present[:, 0] == grid.present.sum(axis=1)).all()
        together = Grid.empty(1, len(edges) - 1)
        together.energy_kwh[:] = 0
        together.add(np.zeros(3, np.int64), grid)
        together.blank()
        np.testing.assert_allclose(
            np.nan_to_num(together.energy_kwh[0]), np.nansum(grid.energy_kwh, axis=0), rtol=1e-9, atol=1e-9
        )
        assert (np.isnan(together.energy_kwh[0]) == (grid.present.sum(axis=0) == 0)).all()


@given(
    st.dates(date(2025, 12, 1), date(2026, 2, 1)),
    st.integers(0, 60 * 24 * 90),
    st.sampled_from([5, 15, 30, 60]),
    st.sampled_from([-300, 0, 345, 480]),
)
def test_what_is_expected_is_the_same_for_one_meter_and_for_many(
    valid_from: date, minutes: int, interval: int, offset: int
) -> None:
    now = datetime(2025, 12, 15, tzinfo=UTC) + timedelta(minutes=minutes)
    meter = Meter(
        meter_id=UUID_ZERO,
        meter_no="M",
        meter_index=0,
        name="",
        quantity=Quantity.ACTIVE_IMPORT_KW,
        profile=Profile.CONSUMPTION,
        interval_minutes=interval,
        offset_minutes=offset,
        capacity_kw=None,
        low_kw=None,
        high_kw=None,
        multiplier=1.0,
        region_code="420000",
        enterprise_id=None,
        valid_from=valid_from,
        version=1,
    )
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    day = np.arange(day_number(first), day_number(last) + 1)
    many = expected_on(day, (np.array(day_number(valid_from)), np.array(NEVER)), interval, offset, now)
    span = span_of(meter, first, last, now)
    assert many.tolist() == [span.expected_on(first + timedelta(days=place)) for place in range(31)]
    assert many.sum() == span.expected


def test_periods_have_their_names_and_parts_of_months_their_edges() -> None:
    edges = rollup.edges_of(Interval.MONTH, date(2026, 1, 30), date(2026, 3, 2))
    assert rollup.names_of(Interval.MONTH, edges) == ["2026-01", "2026-02", "2026-03"]
    assert np.diff(edges).tolist() == [2 * 1440, 28 * 1440, 2 * 1440]
    hours = rollup.edges_of(Interval.HOUR, FIRST, FIRST)
    assert rollup.names_of(Interval.HOUR, hours)[7] == "2026-01-30T07:00"
    assert rollup.is_whole_months(date(2026, 2, 1), date(2026, 3, 31))
    assert not rollup.is_whole_months(date(2026, 2, 1), date(2026, 3, 30))


@pytest.mark.parametrize(
    ("level", "code", "key"),
    [
        (RegionLevel.PROVINCE, "421224101", "420000"),
        (RegionLevel.CITY, "421224101", "421200"),
        (RegionLevel.COUNTY, "421224101", "421224"),
        (RegionLevel.TOWNSHIP, "421224101", "421224101"),
        (RegionLevel.COUNTY, "421200", "421200"),
        (RegionLevel.TOWNSHIP, "429004", "429004"),
    ],
)
def test_meter_counts_under_its_region_at_the_level(level: RegionLevel, code: str, key: str) -> None:
    assert rollup.group_key(Group.REGION, level, asked(1, region_code=code)) == key


def test_comparison_lays_days_beside_each_other_and_counts_what_both_have() -> None:
    days = np.array([day_number(date(2028, 2, 29)), day_number(date(2026, 3, 1))])
    beside = [day_number(date(2027, 2, 28)), day_number(date(2025, 3, 1))]
    assert reference_days(days, Against.PREVIOUS_YEAR, date(2028, 2, 29)).tolist() == beside
    values = np.full((1, 10, 96), 10.0)
    values[0, 7:] = 12.0
    quality = np.ones((1, 10, 96), int)
    quality[0, 8, 50:] = 0
    quality[0, 2] = 0
    found = compare(
        columns_of(values, quality, [4]),
        FIRST + timedelta(days=7),
        FIRST + timedelta(days=9),
        Against.PREVIOUS_WEEK,
    )
    assert found.compared.tolist() == [96, 50, 0]
    energy, reference = found.energy()
    assert energy.tolist()[:2] == [12 * 24, 12 * 12.5]
    assert reference.tolist()[:2] == [10 * 24, 10 * 12.5]
    assert np.isnan(energy[2])
    assert change_of(energy[1], reference[1]) == 0.2
    assert change_of(energy[2], reference[2]) is None
    assert change_of(1.0, 0.0) is None


def grid_of(energy: list[float], present: list[int], expected: int = 96) -> Grid:
    grid = Grid.empty(len(energy), 1)
    grid.energy_kwh[:, 0], grid.present[:, 0], grid.expected[:, 0] = energy, present, expected
    return grid


def test_ranking_compares_mean_powers_of_meters_with_enough_data() -> None:
    # The second meter used half as much because half is missing; the third has too little; the fourth nothing.
    now = grid_of([240, 120, 30, np.nan], [96, 48, 10, 0])
    then = grid_of([200, 240, 200, 100], [96, 96, 96, 96])
    interval = np.full(4, 15)
    measure = changes(now, then, interval)
    np.testing.assert_allclose(measure[:3], [0.2, 0.0, 0.44], atol=1e-9)
    ranked = rank(measure, [now, then], 0.5, 10, ascending=False)
    assert (ranked.place.tolist(), ranked.fitting) == ([0, 1], 2)
    assert rank(measure, [now, then], 0.5, 10, ascending=True).place.tolist() == [1, 0]


def test_pieces_of_columns_come_together_in_order() -> None:
    quality = np.ones((1, 2, 96), int)
    early = columns_of(np.zeros((1, 2, 96)), quality, [5], FIRST)
    late = columns_of(np.ones((1, 2, 96)), quality, [5], FIRST + timedelta(days=2))
    whole = joined([late, early])
    assert whole.day.tolist() == list(range(day_number(FIRST), day_number(FIRST) + 4))
    assert whole.values[:, 0].tolist() == [0, 0, 1, 1]
