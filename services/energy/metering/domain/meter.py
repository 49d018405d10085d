"""A meter as the rules see it (计量点, 电能表)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.energy.metering.domain.slots import day_number, slots_a_day

METER_NO_PATTERN: Final = r"^[^\s/\x00-\x1f]{1,64}$"
_METER_NO: Final = re.compile(METER_NO_PATTERN)


def is_meter_no(text: str) -> bool:
    """Whether the text can be a meter's number: no blank, no slash, nothing that cannot be printed."""
    return _METER_NO.fullmatch(text) is not None and text.isprintable()


class Quantity(StrEnum):
    """What a meter measures; stored in curves and blocks as its number."""

    ACTIVE_IMPORT_KW = "active_import_kw"
    ACTIVE_EXPORT_KW = "active_export_kw"

    @property
    def number(self) -> int:
        return _NUMBERS[self]


_NUMBERS = {Quantity.ACTIVE_IMPORT_KW: 1, Quantity.ACTIVE_EXPORT_KW: 2}


class Profile(StrEnum):
    """What drives the load. Weather does for all but consumption, so a baseline by calendar says nothing there."""

    CONSUMPTION = "consumption"
    HYDRO = "hydro"
    WIND = "wind"
    NET = "net"

    @property
    def has_calendar_baseline(self) -> bool:
        return self is Profile.CONSUMPTION


@dataclass(frozen=True, slots=True)
class Meter:
    """``offset_minutes``: standard time east of UTC. ``low_kw``/``high_kw`` bound what the meter can register."""

    meter_id: UUID
    meter_no: str
    meter_index: int
    name: str
    quantity: Quantity
    profile: Profile
    interval_minutes: int
    offset_minutes: int
    capacity_kw: float | None
    low_kw: float | None
    high_kw: float | None
    multiplier: float
    region_code: str
    enterprise_id: UUID | None
    valid_from: date
    version: int

    @property
    def slots(self) -> int:
        return slots_a_day(self.interval_minutes)

    @property
    def first_day(self) -> int:
        """The day number from which readings are taken."""
        return day_number(self.valid_from)
