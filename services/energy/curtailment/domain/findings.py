"""What a check tells, and what it is told of the users (S21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import UUID

from services.energy.curtailment.domain.users import UserFacts


class Severity(StrEnum):
    """A fault keeps a plan from being submitted; a warning is for who approves it."""

    FAULT = "fault"
    WARNING = "warning"


class Weekday(IntEnum):
    """周一 to 周日."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """``entry_ids``: the rows it is about; ``params``: the figures of its text."""

    code: str
    severity: Severity = Severity.FAULT
    enterprise_id: UUID | None = None
    entry_ids: tuple[UUID, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """A meter as its record says now; ``enterprise_id`` None where it belongs to nobody, or is not known."""

    meter_no: str
    is_known: bool
    enterprise_id: UUID | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class CheckedUser:
    """A user with what the register of meters and the registry of enterprises say of it."""

    facts: UserFacts
    is_active: bool = True
    is_registered: bool = True
    meters: tuple[MeterFacts, ...] = ()
