"""A meter as the rules see it (计量点, 电能表)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.energy.metering.domain.periods import Period, factor_at
from services.energy.metering.domain.slots import INTERVALS, day_number, slots_a_day

METER_NO_PATTERN: Final = r"^[^\s/\x00-\x1f]{1,64}$"
_METER_NO: Final = re.compile(METER_NO_PATTERN)


def is_meter_no(text: str) -> bool:
    """Whether the text can be a meter's number: no blank, no slash, nothing that cannot be printed."""
    return _METER_NO.fullmatch(text) is not None and text.isprintable()


class Quantity(StrEnum):
    """What a meter measures; stored in curves and blocks as its number.

    Active power has a direction (正向/反向有功), reactive power too (正向/反向无功); ``ACTIVE_POWER_KW`` is
    the signed power of a meter that counts both ways, ``APPARENT_KVA`` the apparent power (视在功率).
    """

    ACTIVE_IMPORT_KW = "active_import_kw"
    ACTIVE_EXPORT_KW = "active_export_kw"
    REACTIVE_IMPORT_KVAR = "reactive_import_kvar"
    REACTIVE_EXPORT_KVAR = "reactive_export_kvar"
    ACTIVE_POWER_KW = "active_power_kw"
    APPARENT_KVA = "apparent_kva"

    @property
    def number(self) -> int:
        return _NUMBERS[self]

    @property
    def unit(self) -> str:
        """kW, kvar or kVA: the unit of a curve's values; with an h, that of energy."""
        return _UNITS[self]


_NUMBERS = {quantity: number for number, quantity in enumerate(Quantity, 1)}
_UNITS = {
    quantity: {"kw": "kW", "kvar": "kvar", "kva": "kVA"}[quantity.value.rpartition("_")[2]]
    for quantity in Quantity
}
BY_NUMBER: Final = {quantity.number: quantity for quantity in Quantity}


class Kind(StrEnum):
    """How a meter's values come.

    ``INTERVAL``: power or energy of each interval; ``PULSE``: pulses of each interval; ``REGISTER``: a cumulative
    register (表码, 示数); ``COUNTER``: a cumulative counter of pulses; ``VIRTUAL``: computed from other meters
    (虚拟计量点), nothing is sent for it.
    """

    INTERVAL = "interval"
    REGISTER = "register"
    PULSE = "pulse"
    COUNTER = "counter"
    VIRTUAL = "virtual"

    @property
    def is_cumulative(self) -> bool:
        return self in {Kind.REGISTER, Kind.COUNTER}

    @property
    def counts_pulses(self) -> bool:
        return self in {Kind.PULSE, Kind.COUNTER}

    @property
    def number(self) -> int:
        return _KINDS[self]


_KINDS = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Sort:
    """What says how a unit is turned into the meter's own; see feeds/domain/units.py."""

    kind: Kind
    quantity: Quantity
    interval_minutes: int


SORTS: Final = tuple(
    Sort(kind, quantity, minutes) for kind in Kind for quantity in Quantity for minutes in INTERVALS
)
_SORT_NUMBERS: Final = {sort: number for number, sort in enumerate(SORTS)}


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
    """``offset_minutes``: standard time east of UTC. ``low_kw``/``high_kw`` bound what the meter can register.

    ``multiplier`` is what a value received is multiplied with today: its constant × CT × PT. Facts that changed
    in the meter's life stand in ``periods``, which is empty while there was one state only. ``valid_to`` is the
    last day of a meter that was closed.
    """

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
    kind: Kind = Kind.INTERVAL
    valid_to: date | None = None
    register_digits: int | None = None
    pulses_per_kwh: float | None = None
    periods: tuple[Period, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def slots(self) -> int:
        return slots_a_day(self.interval_minutes)

    @property
    def sort(self) -> int:
        """The place of its sort among ``SORTS``."""
        return _SORT_NUMBERS[Sort(self.kind, self.quantity, self.interval_minutes)]

    @property
    def first_day(self) -> int:
        """The day number from which readings are taken."""
        return day_number(self.valid_from)

    @property
    def last_day(self) -> int:
        """The day number up to which readings are taken."""
        return NEVER if self.valid_to is None else day_number(self.valid_to)

    def factor_at(self, minute: int) -> float:
        """The multiplier at a minute of standard time since 1970."""
        return factor_at(self.periods, minute) if self.periods else self.multiplier


# Later than every day of a calendar date.
NEVER: Final = 1 << 30
