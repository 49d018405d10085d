"""The merge equals a fold over single values, to the last bit and the last count."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.feeds.domain.block import CurveRows, PointRows, Section
from services.energy.ingest.domain.assembly import assemble
from services.energy.metering.domain.incoming import distinct_days
from services.energy.metering.domain.merge import Merged, StoredRows, merge

SLOTS = 24
Cell = tuple[int, int, int]


@dataclass
class Slot:
    value: float
    quality: int
    rank: int


Store = dict[Cell, Slot]


@st.composite
def record(draw: st.DrawFn) -> list[Section]:
    found: list[Section] = []
    for _ in range(draw(st.integers(1, 2))):
        rows, rank = draw(st.integers(1, 5)), draw(st.integers(1, 3))
        meter = np.array(draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows)), np.int32)
        day = np.array(draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows)), np.int32)
        few = st.sampled_from((1.0, 2.0, 0.1))
        if draw(st.booleans()):
            values = np.full((rows, SLOTS), np.nan, np.float32)
            for row in range(rows):
                for slot in draw(st.lists(st.integers(0, 3), max_size=4)):
                    values[row, slot] = draw(few)
            quality = None
            if draw(st.booleans()):
                quality = np.where(np.isnan(values), 0, draw(st.integers(1, 3))).astype(np.uint8)
            found.append(CurveRows(1, SLOTS, rank, meter, day, values, quality))
        else:
            slots = np.array(draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)), np.uint16)
            points = np.array(draw(st.lists(few, min_size=rows, max_size=rows)), np.float32)
            found.append(PointRows(1, SLOTS, rank, meter, day, slots, points))
    return found


def in_order(sections: Sequence[Section]) -> list[tuple[Cell, Slot]]:
    """A record's values in the order they count: curves row by row, then single readings by time."""
    cells: list[tuple[Cell, Slot]] = []
    for section in sections:
        if isinstance(section, CurveRows):
            for row in range(len(section.day)):
                for slot in range(SLOTS):
                    if not np.isnan(section.values[row, slot]):
                        quality = 1 if section.quality is None else int(section.quality[row, slot])
                        key = (int(section.meter_index[row]), int(section.day[row]), slot)
                        cells.append((key, Slot(float(section.values[row, slot]), quality, section.rank)))
    for section in sections:
        if isinstance(section, PointRows):
            rows = sorted(range(len(section.day)), key=lambda row: (section.day[row], section.slot[row]))
            for row in rows:
                key = (int(section.meter_index[row]), int(section.day[row]), int(section.slot[row]))
                cells.append((key, Slot(float(section.values[row]), 1, section.rank)))
    return cells


def fold(store: Store, records: Sequence[Sequence[Section]]) -> list[Counter[str]]:
    fates = []
    for sections in records:
        fate: Counter[str] = Counter()
        for key, new in in_order(sections):
            old = store.get(key)
            if old is None:
                fate["stored"] += 1
            elif new.rank < old.rank:
                fate["superseded"] += 1
                continue
            elif (new.value, new.quality) == (old.value, old.quality):
                fate["unchanged"] += 1
            else:
                fate["revised"] += 1
            store[key] = new
        fates.append(fate)
    return fates


def stored_rows(store: Store, meters: Sequence[int], days: Sequence[int]) -> StoredRows:
    keys = sorted({(meter, day) for meter, day, _ in store} & set(zip(meters, days, strict=True)))
    rows = StoredRows(
        np.array([key[0] for key in keys], np.int64),
        np.array([key[1] for key in keys], np.int64),
        np.full((len(keys), SLOTS), np.nan, np.float32),
        np.zeros((len(keys), SLOTS), np.uint8),
        np.zeros((len(keys), SLOTS), np.int64),
    )
    for row, (meter, day) in enumerate(keys):
        # Empty slots carry the row's rank at rest; it must not matter.
        rows.rank[row] = max(slot.rank for key, slot in store.items() if key[:2] == (meter, day))
        for slot in range(SLOTS):
            if (cell := store.get((meter, day, slot))) is not None:
                rows.values[row, slot], rows.quality[row, slot] = cell.value, cell.quality
                rows.rank[row, slot] = cell.rank
    return rows


def store_of(merged: Merged, before: Store) -> Store:
    after = dict(before)
    uneven = dict(zip(merged.uneven.rows.tolist(), merged.uneven.ranks, strict=True))
    for row in range(len(merged.day)):
        if not merged.changed[row]:
            continue
        meter, day = int(merged.meter_index[row]), int(merged.day[row])
        ranks = uneven.get(row)
        for slot in range(SLOTS):
            after.pop((meter, day, slot), None)
            if merged.quality[row, slot]:
                rank = int(merged.top_rank[row] if ranks is None else ranks[slot])
                after[meter, day, slot] = Slot(
                    float(merged.values[row, slot]), int(merged.quality[row, slot]), rank
                )
    return after


@settings(max_examples=300)
@given(st.lists(record(), max_size=2), st.lists(record(), min_size=1, max_size=5))
def test_merge_equals_the_fold_when_records_meet_rows_and_each_other(
    history: list[list[Section]], batch: list[list[Section]]
) -> None:
    before: Store = {}
    fold(before, history)
    expected = dict(before)
    fates = fold(expected, batch)

    (incoming,) = assemble(batch)
    meters, days = distinct_days(incoming)
    merged = merge(incoming, stored_rows(before, meters.tolist(), days.tolist()))

    assert store_of(merged, before) == expected
    counts = merged.counts
    for part, fate in enumerate(fates):
        for name in ("stored", "unchanged", "revised", "superseded"):
            assert getattr(counts, name)[part] == fate[name], name
    assert len(merged.revisions) == sum(fate["revised"] for fate in fates)
    assert (np.diff(merged.revisions.order) >= 0).all()


def curve(rank: int, value: float, slot: int = 3) -> list[Section]:
    values = np.full((1, SLOTS), np.nan, np.float32)
    values[0, slot] = value
    return [CurveRows(1, SLOTS, rank, np.zeros(1, np.int32), np.zeros(1, np.int32), values)]


def empty() -> StoredRows:
    none = np.zeros(0, np.int64)
    return StoredRows(
        none, none, np.zeros((0, SLOTS), np.float32), np.zeros((0, SLOTS), np.uint8), np.zeros((0, SLOTS), int)
    )


def test_old_body_changes_nothing_when_it_comes_again_after_a_correction() -> None:
    (incoming,) = assemble([curve(1, 10.0), curve(2, 12.0), curve(1, 10.0)])
    merged = merge(incoming, empty())
    assert merged.values[0, 3] == 12.0
    assert merged.counts.superseded.tolist() == [0, 0, 1]


def test_missing_value_takes_nothing_away_when_a_later_body_leaves_it_out() -> None:
    (incoming,) = assemble([curve(1, 10.0, slot=3), curve(2, 11.0, slot=4)])
    merged = merge(incoming, empty())
    assert merged.values[0, 3:5].tolist() == [10.0, 11.0]
    assert np.isnan(merged.values[0, 5])
    assert merged.uneven.ranks[0, 3:5].tolist() == [1, 2]


def test_values_are_unchanged_when_equal_after_rounding_to_float32() -> None:
    (incoming,) = assemble([curve(1, 0.1), curve(2, np.float32(0.1).item())])
    assert merge(incoming, empty()).counts.unchanged.tolist() == [0, 1]
