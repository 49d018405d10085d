"""Rotations (轮班) of a duty roster (值班表): who takes which turn, for ever, by counting.

A rotation gives each day it covers to its members in turn. A day runs from its first handover to that of the next
day; with more handovers it has as many turns (day and night). ``daily`` moves on with every turn, ``weekly`` with
the week that begins on ``handover_weekday``. ``days`` narrows it to working days or to days of rest, whose turns
are counted by themselves, so that holidays do not always meet the same person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from libs.common.workdays import SHANGHAI, UnknownCalendarYear

_DAY = timedelta(days=1)

IsWorkingDay = Callable[[date], bool]


class Period(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class DaysCovered(StrEnum):
    """Which days a rotation covers."""

    EVERY = "every"
    WORKING = "working"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Member:
    """One place of a rotation: who is on duty (主班), and who if the first cannot (副班)."""

    primary: UUID
    backup: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """In force for the days from ``valid_from`` until the day before ``valid_to``."""

    id: UUID
    valid_from: date
    valid_to: date | None
    period: Period
    days: DaysCovered
    handovers: tuple[time, ...]
    handover_weekday: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time and who has it."""

    starts_at: datetime
    ends_at: datetime
    primary: UUID
    backup: UUID | None


def turns(rotation: Rotation, is_working_day: IsWorkingDay, start: datetime, end: datetime) -> Iterator[Turn]:
    """The turns that touch [start, end), in order of time."""
    first = max(start.astimezone(SHANGHAI).date() - _DAY, rotation.valid_from)
    last = end.astimezone(SHANGHAI).date()
    if rotation.valid_to is not None:
        last = min(last, rotation.valid_to - _DAY)
    passed = _passed(rotation, is_working_day, first)
    day = first
    while day <= last:
        if _covers(rotation.days, is_working_day, day):
            place = _week(rotation, day) if rotation.period is Period.WEEKLY else passed
            for turn in _of_day(rotation, day, place * len(rotation.handovers)):
                if turn.starts_at < end and start < turn.ends_at:
                    yield turn
            passed += 1
        day += _DAY


def _of_day(rotation: Rotation, day: date, place: int) -> Iterator[Turn]:
    begins = [_at(day, handover) for handover in rotation.handovers]
    ends = [*begins[1:], _at(day + _DAY, rotation.handovers[0])]
    for number, (starts_at, ends_at) in enumerate(zip(begins, ends, strict=True)):
        member = rotation.members[(place + number) % len(rotation.members)]
        yield Turn(starts_at, ends_at, member.primary, member.backup)


def _week(rotation: Rotation, day: date) -> int:
    """How many weeks of the rotation began before that of the day."""
    begun = rotation.valid_from - timedelta(days=(rotation.valid_from.weekday() - rotation.handover_weekday) % 7)
    return (day - begun).days // 7


def _passed(rotation: Rotation, is_working_day: IsWorkingDay, day: date) -> int:
    """How many days of the rotation came before the day."""
    length = (day - rotation.valid_from).days
    if rotation.days is DaysCovered.EVERY or rotation.period is Period.WEEKLY:
        return length
    before = (rotation.valid_from + timedelta(days=offset) for offset in range(length))
    return sum(_covers(rotation.days, is_working_day, each) for each in before)


def _covers(days: DaysCovered, is_working_day: IsWorkingDay, day: date) -> bool:
    if days is DaysCovered.EVERY:
        return True
    try:
        return is_working_day(day) == (days is DaysCovered.WORKING)
    except UnknownCalendarYear:
        # Nobody knows whether the day is worked: rather two on duty than nobody.
        return True


def _at(day: date, local: time) -> datetime:
    return datetime.combine(day, local, SHANGHAI).astimezone(UTC)


def people_of(members: Sequence[Member]) -> set[UUID]:
    return {person for each in members for person in (each.primary, each.backup) if person is not None}
