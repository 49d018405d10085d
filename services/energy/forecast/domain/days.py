"""What kind of day each day is, for load: working days, days of rest, and the weeks of the great festivals.

Day types are the detector's (节假日, 调休). Around 春节 the load leaves its week for a month: people go home
before the holidays begin, and furnaces start up long after they end. Such a day is known by its distance from the
lunar new year, which moves by a month between years; the week of 国庆 by its distance from 1 October.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import Final

import holidays
import numpy as np

from services.energy.detection.domain.day_types import DayTypes
from services.energy.forecast.domain.series import Ints, Mask
from services.energy.metering.domain.slots import date_of, day_number

_NEW_YEAR: Final = "Chinese New Year (Spring Festival)"


class Kind(IntEnum):
    """Day types by number, the order of ``libs.common.workdays.DayType``."""

    WORKING = 0
    FIRST_AFTER_REST = 1
    ADJUSTED_WORKDAY = 2
    SATURDAY = 3
    SUNDAY = 4
    HOLIDAY = 5


class Festival(IntEnum):
    NONE = -1
    SPRING = 0
    NATIONAL = 1


# Days before and after the anchor on which the load is the festival's rather than the week's.
WINDOWS: Final = {Festival.SPRING: (-12, 18), Festival.NATIONAL: (-1, 7)}


@dataclass(frozen=True, slots=True)
class DayTable:
    """Facts of consecutive days from ``first_day`` on, (n,) each; ``offset``: days from the festival's anchor."""

    first_day: int
    kind: Ints
    weekday: Ints
    festival: Ints
    offset: Ints

    @property
    def is_rest(self) -> Mask:
        return self.kind >= Kind.SATURDAY

    @property
    def is_special(self) -> Mask:
        """Days on which people do otherwise than in other weeks."""
        special: Mask = (self.kind == Kind.HOLIDAY) | (self.kind == Kind.ADJUSTED_WORKDAY) | (self.festival >= 0)
        return special

    def __len__(self) -> int:
        return len(self.kind)

    def part(self, first: int, days: int) -> DayTable:
        """``days`` days from row ``first`` on."""
        rows = slice(first, first + days)
        return DayTable(
            self.first_day + first, self.kind[rows], self.weekday[rows], self.festival[rows], self.offset[rows]
        )


def day_table(day_types: DayTypes, first_day: int, days: int) -> DayTable:
    """The facts of ``days`` days; of a year without a calendar the weekends and 1 October are known."""
    numbers = range(first_day, first_day + days)
    festivals = [_festival(date_of(day)) for day in numbers]
    return DayTable(
        first_day,
        np.array([Kind[day_types.name(day).upper()] for day in numbers], np.int64),
        np.array([date_of(day).weekday() for day in numbers], np.int64),
        np.array([festival for festival, _ in festivals], np.int64),
        np.array([offset for _, offset in festivals], np.int64),
    )


def _festival(day: date) -> tuple[Festival, int]:
    for festival, anchor in (
        (Festival.SPRING, lunar_new_year(day.year)),
        (Festival.NATIONAL, day_number(date(day.year, 10, 1))),
    ):
        offset = day_number(day) - anchor
        begins, ends = WINDOWS[festival]
        if begins <= offset <= ends:
            return festival, offset
    return Festival.NONE, 0


@lru_cache(maxsize=64)
def lunar_new_year(year: int) -> int:
    """The first day of the lunar year (农历正月初一) that begins in this one, since 1970."""
    named = holidays.country_holidays("CN", years=year, expand=False, language="en_US")
    return day_number(min(day for day, name in named.items() if name == _NEW_YEAR))
