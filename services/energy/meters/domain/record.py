"""The record of a meter (计量点档案): what never changes, what is simply put right, and what has its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from services.energy.metering.domain.meter import Kind, Profile, Quantity
from services.energy.metering.domain.periods import DATED, Facts, Period, period_at
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number


@dataclass(frozen=True, slots=True)
class MeterRecord:
    """``facts`` are those of one time of the meter's life; the rest holds for all of it."""

    name: str
    kind: Kind
    quantity: Quantity
    profile: Profile
    interval_minutes: int
    offset_minutes: int
    valid_from: date
    facts: Facts

    def plain(self) -> dict[str, Any]:
        """All but the dated facts."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "facts"}


# Stored curves and registers are laid out by these: they stay as registered.
FIXED: Final = ("kind", "quantity", "interval_minutes", "offset_minutes")
CORRECTABLE: Final = ("name", "profile", "valid_from")


def missing_fact(kind: Kind, facts: Facts) -> str | None:
    """The fact without which a meter of this kind says nothing about energy."""
    return "pulses_per_kwh" if kind.counts_pulses and facts.pulses_per_kwh is None else None


def started(periods: Sequence[Period], valid_from: date) -> tuple[Period, ...]:
    """The periods of a meter whose first day is this one."""
    start = day_number(valid_from) * MINUTES_A_DAY
    first = replace(period_at(periods, start), from_minute=start)
    return (first, *(item for item in periods if item.from_minute > start))


def owned_from(periods: Sequence[Period], now_minute: int) -> date:
    """Since when the present owner is the owner: the first whole day of it."""
    owner = period_at(periods, now_minute).facts.enterprise_id
    since = periods[0].from_minute
    for before, after in pairwise(periods):
        if after.from_minute <= now_minute and before.facts.enterprise_id != owner == after.facts.enterprise_id:
            since = after.from_minute
    return date_of(-(-since // MINUTES_A_DAY))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, by name: before and after."""
    return {name: (before[name], value) for name, value in after.items() if before[name] != value}


def kept(facts: Facts) -> dict[str, Any]:
    """Facts as they are stored."""
    return {name: storable(getattr(facts, name)) for name in DATED}


def storable(value: Any) -> Any:
    """A fact as JSON keeps it."""
    if isinstance(value, UUID | date):
        return str(value)
    return value
