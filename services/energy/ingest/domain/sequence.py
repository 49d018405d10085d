"""The readings of a batch as the detector takes them: rows of a meter and day, in the order of the log."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import CurvePatches, Incoming, Int, PointPatches, Values


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """``values``: (rows, width) kW from slot ``start`` of the row's day on.

    Rows of one meter stand in the order of the log.
    """

    slots: int
    meter_index: Int
    day: Int
    values: Values
    start: Int
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
    begins. So the detector meets them in exactly the order of the log, at a fraction of the rows. A row is no
    wider than the batch needs: mostly a batch holds a few slots of the day.
    """
    curves, points = incoming.curves, incoming.points
    if not wanted[curves.meter_index].all():
        curves = curves.take(wanted[curves.meter_index])
    if not wanted[points.meter_index].all():
        points = points.take(wanted[points.meter_index])
    if len(points) and len(curves.day):
        # A meter that sends both in one batch is taken apart, so that its readings keep their order.
        mixed = np.isin(curves.meter_index, points.meter_index)
        if mixed.any():
            points = curves.take(mixed).cells().joined(points)
            curves = curves.take(~mixed)
    if not len(points):
        return _of_curves(curves, incoming.slots)
    if not len(curves.day):
        return _of_points(points, incoming.slots)
    return _together(_of_curves(curves, incoming.slots), _of_points(points, incoming.slots))


def _of_curves(curves: CurvePatches, slots: int) -> Sequence:
    none = np.zeros(0, np.int64)
    start = np.zeros(len(curves.day), np.int64)
    return Sequence(slots, curves.meter_index, curves.day, curves.values, start, curves.order, none, none)


def _of_points(points: PointPatches, slots: int) -> Sequence:
    meter, values, order = points.meter_index, points.values, points.order
    minute = points.day * slots + points.slot
    if (meter[1:] < meter[:-1]).any():
        # Stable: within a meter the order of the log stays.
        by_meter = np.argsort(meter, kind="stable")
        meter, minute, values, order = meter[by_meter], minute[by_meter], values[by_meter], order[by_meter]
    day = minute // slots
    continues = (meter[1:] == meter[:-1]) & (minute[1:] > minute[:-1]) & (day[1:] == day[:-1])
    is_first = np.concatenate(([True], ~continues))
    row, firsts = np.cumsum(is_first) - 1, np.flatnonzero(is_first)
    start = minute[firsts] - day[firsts] * slots
    place = minute - minute[firsts][row]
    gathered = np.full((len(firsts), int(place.max()) + 1), np.nan, np.float32)
    gathered[row, place] = values
    return Sequence(
        slots=slots,
        meter_index=meter[firsts],
        day=day[firsts],
        values=gathered,
        start=start,
        row_order=np.full(len(firsts), -1, np.int64),
        cell_key=row * slots + start[row] + place,
        cell_order=order,
    )


def _together(curves: Sequence, points: Sequence) -> Sequence:
    """Rows of curves, then rows of points moved to their place in a whole day."""
    rows, width = points.values.shape
    whole = np.full((rows, curves.slots), np.nan, np.float32)
    place = points.start[:, None] + np.arange(width)
    inside = place < curves.slots
    whole[np.arange(rows)[:, None].repeat(width, axis=1)[inside], place[inside]] = points.values[inside]
    return Sequence(
        slots=curves.slots,
        meter_index=np.concatenate((curves.meter_index, points.meter_index)),
        day=np.concatenate((curves.day, points.day)),
        values=np.concatenate((curves.values, whole)),
        start=np.zeros(len(curves.day) + rows, np.int64),
        row_order=np.concatenate((curves.row_order, points.row_order)),
        cell_key=points.cell_key + len(curves.day) * curves.slots,
        cell_order=points.cell_order,
    )
