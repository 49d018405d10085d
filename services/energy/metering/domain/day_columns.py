"""Day rows as columns of numpy: what every question about curves is answered from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int, Qualities, Values

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """Rows ordered by meter and day (since 1970); one entry a row in every column."""

    meter_index: Int
    day: Int

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: NDArray[Any]) -> Self:
        return type(self)(*(getattr(self, item.name)[rows] for item in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class DayTotals(_Columns):
    """Day rows without their values.

    ``present`` counts all values of the day, ``estimated`` and ``edited`` those among them; ``energy_kwh`` is of
    the values present, ``peak_kw`` the highest.
    """

    slots: Int
    present: Int
    estimated: Int
    edited: Int
    energy_kwh: Floats
    peak_kw: Values
    revision: Int


@dataclass(frozen=True, slots=True, eq=False)
class DayColumns(_Columns):
    """Day rows of one quantity and interval.

    ``values``: (rows, slots) kW, NaN where missing; ``quality``: same shape, 0 there.
    """

    values: Values
    quality: Qualities
    energy_kwh: Floats
    peak_kw: Values
    present: Int
    revision: Int
    rank: Int

    @property
    def slots(self) -> int:
        return int(self.values.shape[1])


ColumnsT = TypeVar("ColumnsT", bound=_Columns)


def joined(pieces: Sequence[ColumnsT]) -> ColumnsT:
    """All rows of the pieces, of which there is at least one, in order of meter and day."""
    kind = type(pieces[0])
    whole = pieces[0]
    if len(pieces) > 1:
        names = [item.name for item in fields(kind)]
        whole = kind(*(np.concatenate([getattr(piece, name) for piece in pieces]) for name in names))
    keys = whole.meter_index * (1 << 32) + whole.day
    if len(keys) < 2 or (keys[1:] > keys[:-1]).all():
        return whole
    return whole.take(np.argsort(keys, kind="stable"))


def no_days(slots: int) -> DayColumns:
    """Columns without a row."""
    none, floats = np.zeros(0, np.int64), np.zeros(0, np.float64)
    empty = np.zeros((0, slots), np.float32)
    single = floats.astype(np.float32)
    return DayColumns(none, none, empty, empty.astype(np.uint8), floats, single, none, none, none)


def no_totals() -> DayTotals:
    """Columns without a row."""
    none, floats = np.zeros(0, np.int64), np.zeros(0, np.float64)
    return DayTotals(none, none, none, none, none, none, floats, floats.astype(np.float32), none)
