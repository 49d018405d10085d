"""Who is cut off when, as columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.energy.outages.domain.outage import Stretches

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(1, 20)), max_size=12)


def stretches(rows: list[tuple[int, int, int]]) -> Stretches:
    meter, start, length = np.array(rows, np.int64).reshape(len(rows), 3).T
    return Stretches(meter, start, start + length)


@given(ROWS)
def test_merged_stretches_cover_what_the_single_ones_do(rows: list[tuple[int, int, int]]) -> None:
    meter, minute = (axis.ravel() for axis in np.meshgrid(np.arange(5), np.arange(90), indexing="ij"))
    merged = stretches(rows).merged()
    wanted = [
        any(own == one and start <= at < start + length for own, start, length in rows)
        for one, at in zip(meter.tolist(), minute.tolist(), strict=True)
    ]
    assert merged.covers(meter, minute).tolist() == wanted
    same = merged.meter_index[1:] == merged.meter_index[:-1]
    assert np.all(merged.start[1:][same] > merged.end[:-1][same])


def test_end_of_an_outage_is_no_part_of_it() -> None:
    merged = stretches([(7, 100, 60)]).merged()
    assert merged.covers(np.array([7, 7, 7, 7, 6]), np.array([99, 100, 159, 160, 120])).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]
