"""The block between door and worker: what goes in comes out, in parts that fit, and nothing else is read."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from services.energy.feeds.domain.block import (
    MAX_BYTES,
    CurveRows,
    MalformedBlock,
    PointRows,
    RegisterRows,
    Section,
    decode,
    encode,
    split,
)

INDEXES = st.integers(0, 5_000)
DAYS = st.integers(-20_000, 60_000)
VALUES = st.one_of(st.just(float("nan")), st.floats(-1e8, 1e8, width=32))


@st.composite
def sections(draw: st.DrawFn) -> Section:
    rows = draw(st.integers(0, 6))
    slots = draw(st.sampled_from((24, 48, 96, 288)))
    is_curve = draw(st.booleans())
    shape = (rows, slots) if is_curve else (rows,)
    quality = draw(st.none() | npst.arrays(np.uint8, shape, elements=st.integers(0, 3)))
    common: dict[str, Any] = {
        "quantity": draw(st.integers(1, 2)),
        "slots": slots,
        "rank": draw(st.integers(0, (1 << 56) - 1)),
        "meter_index": draw(npst.arrays(np.int32, rows, elements=INDEXES)),
        "day": draw(npst.arrays(np.int32, rows, elements=DAYS)),
        "values": draw(npst.arrays(np.float32, shape, elements=VALUES, fill=st.just(1.5))),
        "quality": quality,
    }
    if is_curve:
        return CurveRows(**common)
    return PointRows(slot=draw(npst.arrays(np.uint16, rows, elements=st.integers(0, slots - 1))), **common)


def assert_same(left: Section, right: Section) -> None:
    assert type(left) is type(right)
    assert (left.quantity, left.slots, left.rank) == (right.quantity, right.slots, right.rank)
    names = ["meter_index", "day", "values"] + (["slot"] if isinstance(left, PointRows) else [])
    for name in names:
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    if left.quality is None or right.quality is None:
        assert left.quality is right.quality
    else:
        np.testing.assert_array_equal(left.quality, right.quality)


@given(st.lists(sections(), max_size=4))
def test_sections_come_back_when_encoded_and_decoded(written: list[Section]) -> None:
    read = decode(encode(written))
    assert len(read) == len(written)
    for left, right in zip(written, read, strict=True):
        assert_same(left, right)


def cells(parts: list[Section]) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for section in parts:
        for row in range(len(section.meter_index)):
            value = section.values[row].tobytes()
            quality = b"" if section.quality is None else section.quality[row].tobytes()
            slot = int(section.slot[row]) if isinstance(section, PointRows) else -1
            found.append((section.slots, section.rank, int(section.meter_index[row]), slot, value, quality))
    return found


@given(st.lists(sections(), max_size=4), st.integers(1_600, 5_000))
def test_parts_hold_every_row_once_and_one_shard_when_a_body_is_split(written: list[Section], limit: int) -> None:
    parts = split(written, limit)
    for part in parts:
        assert len(encode(part.sections)) <= limit
        for section in part.sections:
            assert set((section.meter_index // 1000).tolist()) == {part.shard}
    assert sorted(map(repr, cells([section for part in parts for section in part.sections]))) == sorted(
        map(repr, cells(written))
    )


def test_large_body_is_cut_into_parts_below_the_limit() -> None:
    rows = 12_000
    section = CurveRows(
        1, 96, 7, np.arange(rows, dtype=np.int32), np.zeros(rows, np.int32), np.ones((rows, 96), np.float32)
    )
    parts = split([section])
    assert {part.shard for part in parts} == set(range(12))
    assert max(len(encode(part.sections)) for part in parts) <= MAX_BYTES
    assert sum(part.readings for part in parts) == rows * 96


@given(st.binary(max_size=200))
def test_noise_is_refused_and_never_breaks_the_reader(noise: bytes) -> None:
    try:
        decode(noise)
    except MalformedBlock:
        return
    # Two bytes may happen to be an empty block of this version.
    assert noise == b"\x01\x00"


@given(sections(), st.data())
def test_cut_or_lengthened_block_is_refused(section: Section, data: st.DataObject) -> None:
    record = encode([section])
    cut = data.draw(st.integers(0, len(record) - 1))
    for broken in (record[:cut], record + b"\x00"):
        with pytest.raises(MalformedBlock):
            decode(broken)


def test_other_version_is_refused() -> None:
    with pytest.raises(MalformedBlock, match="version 9"):
        decode(b"\x09" + encode([])[1:])


def test_registers_travel_as_float64_to_the_last_bit() -> None:
    rows = RegisterRows(
        quantity=1,
        slots=96,
        rank=7,
        meter_index=np.array([0, 1500, 3], np.int32),
        minute=np.array([29_000_000, 0, 29_000_001], np.int32),
        values=np.array([99_999_999.123456, 0.1, 1e12]),
        quality=np.array([1, 2, 3], np.uint8),
    )
    parts = split([rows])
    assert [part.shard for part in parts] == [0, 1]
    (first,), (second,) = (decode(encode(part.sections)) for part in parts)
    assert isinstance(first, RegisterRows)
    assert isinstance(second, RegisterRows)
    assert first.values.tolist() == [99_999_999.123456, 1e12]
    assert (second.minute.tolist(), second.values.tolist()) == ([0], [0.1])
    assert second.quality is not None
    assert second.quality.tolist() == [2]
    broken = RegisterRows(1, 96, 7, rows.meter_index, rows.minute, np.array([1, np.nan, 3]))
    with pytest.raises(MalformedBlock, match="without a state"):
        decode(encode([broken]))
