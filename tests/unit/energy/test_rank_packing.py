"""Ranks by slot come back as they were, whatever shape they rest in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.energy.metering.rank_packing import PackedGaps, read_gaps, read_ranks

SLOTS = 24
# A correction of this morning, a body of last year, the precedence of another source.
GAP = st.sampled_from((0, 7, 525_600, 1 << 33, 1 << 52))


@settings(max_examples=200)
@given(arrays(np.int64, st.tuples(st.integers(0, 6), st.just(SLOTS)), elements=GAP))
def test_gaps_come_back_when_they_were_packed_row_by_row_or_by_width(gaps: np.ndarray) -> None:
    packed = PackedGaps(gaps)
    sent = packed.each()
    assert [len(one) for one in sent] == packed.width.tolist()
    for width in np.unique(packed.width).tolist():
        rows = np.flatnonzero(packed.width == width)
        assert [bytes(one) for one in packed.of_width(rows, width)] == [sent[row] for row in rows]
    # Rows that are even say nothing.
    told = [part for one in sent for part in (None, one)]
    found = read_gaps(told, SLOTS)
    assert found.rows.tolist() == list(range(1, 2 * len(gaps), 2))
    np.testing.assert_array_equal(found.gaps, gaps)
    top = np.arange(len(told)) + (1 << 53)
    ranks = read_ranks(top, told, SLOTS)
    np.testing.assert_array_equal(top[1::2, None] - ranks[1::2], gaps)
    assert (ranks[::2] == top[::2, None]).all()


def test_one_corrected_slot_takes_few_bytes() -> None:
    gaps = np.full((2, 96), 525_600)
    gaps[0, 17] = 0
    gaps[1] = np.arange(96)
    assert PackedGaps(gaps).width.tolist() == [19, 384]
