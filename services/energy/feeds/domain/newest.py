"""How far the readings of a body reach: what tells whether a feed keeps up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from services.energy.feeds.domain.block import CurveRows, PointRows, Section
from services.energy.metering.domain.slots import MINUTES_A_DAY


def newest_minute(sections: Iterable[Section], offset_of: Callable[[int], int]) -> int | None:
    """Minutes since 1970, UTC, at which the latest interval or state of all sections ends; None without any.

    ``offset_of``: minutes east of UTC of a meter's standard time, by its index.
    """
    ends = [found for section in sections if (found := _newest(section)) is not None]
    return max((minute - offset_of(index) for minute, index in ends), default=None)


def _newest(section: Section) -> tuple[int, int] | None:
    """The end in standard time and the meter it is of."""
    if not len(section.meter_index):
        return None
    interval = MINUTES_A_DAY // section.slots
    if isinstance(section, PointRows):
        end = section.day.astype(np.int64) * MINUTES_A_DAY + (section.slot.astype(np.int64) + 1) * interval
        place = int(end.argmax())
        return int(end[place]), int(section.meter_index[place])
    if isinstance(section, CurveRows):
        return _newest_slot(section, interval)
    place = int(section.minute.argmax())
    return int(section.minute[place]), int(section.meter_index[place])


def _newest_slot(section: CurveRows, interval: int) -> tuple[int, int]:
    rows = np.flatnonzero(section.day == section.day.max())
    values = section.values[rows]
    midnight = int(section.day[rows[0]]) * MINUTES_A_DAY
    # Most curves are whole: the last column alone tells.
    whole = np.flatnonzero(~np.isnan(values[:, -1]))
    if len(whole):
        return midnight + MINUTES_A_DAY, int(section.meter_index[rows[whole[0]]])
    count = section.slots - np.argmax(~np.isnan(values[:, ::-1]), axis=1)
    place = int(count.argmax())
    return midnight + int(count[place]) * interval, int(section.meter_index[rows[place]])
