"""The readings of a batch as the detector takes them: rows of a meter and day, in the order of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Incoming, Int, PointPatches, Values


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """``values``: (rows, slots) kW. Rows of one meter stand in the order of the log."""

    slots: int
    meter_index: Int
    day: Int
    values: Values
    # The place in the log of a row that is a curve; -1 for one gathered from single readings …
    row_order: Int
    # … whose readings are found by row * slots + slot.
    cell_key: Int
    cell_order: Int

    def order_of(self, row: int, slot: int) -> int:
        """The place in the log of one reading."""
        order = int(self.row_order[row])
        if order >= 0:
            return order
        return int(self.cell_order[np.searchsorted(self.cell_key, row * self.slots + slot)])


def sequence(incoming: Incoming, wanted: NDArray[np.bool_]) -> Sequence:
    """Readings of the meters with ``wanted[meter_index]``.

    Single readings of a meter are gathered into rows as long as their time rises; where it falls back a new row
    begins. So the detector meets them in exactly the order of the log, at a fraction of the rows.
    """
    curves, points = incoming.curves, incoming.points
    curves = curves.take(wanted[curves.meter_index])
    points = points.take(wanted[points.meter_index])
    if len(points):
        # A meter that sends both in one batch is taken apart, so that its readings keep their order.
        mixed = np.isin(curves.meter_index, points.meter_index)
        if mixed.any():
            points = curves.take(mixed).cells().joined(points)
            curves = curves.take(~mixed)
    meter_index, day, values, cell_key, cell_order = _rows_of_points(points, incoming.slots, len(curves.day))
    return Sequence(
        slots=incoming.slots,
        meter_index=np.concatenate((curves.meter_index, meter_index)),
        day=np.concatenate((curves.day, day)),
        values=np.concatenate((curves.values, values)),
        row_order=np.concatenate((curves.order, np.full(len(day), -1, np.int64))),
        cell_key=cell_key,
        cell_order=cell_order,
    )


def _rows_of_points(points: PointPatches, slots: int, first_row: int) -> tuple[Int, Int, Values, Int, Int]:
    if not len(points):
        none = np.zeros(0, np.int64)
        return none, none, np.zeros((0, slots), np.float32), none, none
    # Stable: within a meter the order of the log stays.
    points = points.take(np.argsort(points.meter_index, kind="stable"))
    minute = points.day * slots + points.slot
    same_meter = points.meter_index[1:] == points.meter_index[:-1]
    rises = same_meter & (minute[1:] > minute[:-1])
    continues = rises & (points.day[1:] == points.day[:-1])
    row = np.concatenate(([0], np.cumsum(~continues)))
    starts = np.flatnonzero(np.concatenate(([True], ~continues)))
    values = np.full((len(starts), slots), np.nan, np.float32)
    values[row, points.slot] = points.values
    return (
        points.meter_index[starts],
        points.day[starts],
        values,
        (row + first_row) * slots + points.slot,
        points.order,
    )
