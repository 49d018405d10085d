"""The clock of a case in working days (限时办结).

The day of acceptance is not counted: a period of days begins on the day after (民法典第二百零一条; that working
days count says 行政许可法第八十二条), and its last day ends when the offices close (民法典第二百零三条). A pause
takes out the working days from the day it begins up to the day before work is taken up again, so one that ends
on its own first day takes out none. Beyond the days its ground allows, a pause counts again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from libs.common.workdays import WorkCalendar
from services.projects.registry.domain.validity import Dated

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PauseGround(Dated):
    """A lawful reason to stop the clock (行政许可法 第四十五条), as data.

    听证 hearing, 招标拍卖 tender, 检验检测检疫 inspection, 鉴定 appraisal, 专家评审 expert review, 补正材料
    supplement.
    """

    code: str
    name_zh: str
    name_en: str
    legal_basis: str = ""
    max_working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands from ``from_on`` to the day before ``to_on``; None: it stands still.

    ``notice`` is the paper by which the applicant was told (行政许可法第四十五条), ``expected_to_on`` the end it
    named.
    """

    ground: str
    from_on: date
    notice: str
    to_on: date | None = None
    limit_days: int | None = None
    expected_to_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or day < self.to_on)


@dataclass(frozen=True, slots=True)
class Clock:
    """What the days of a case follow from; days are working days."""

    accepted_on: date
    promised_days: int
    statutory_days: int
    due_soon_days: int = 1
    pauses: tuple[Pause, ...] = ()


class DayKind(StrEnum):
    """受理日 acceptance, 计入 counted, 暂停 paused, 休息日 rest."""

    ACCEPTANCE = "acceptance"
    COUNTED = "counted"
    PAUSED = "paused"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class ClockDay:
    """One day of the clock; ``used`` are the days counted up to its end, ``pause`` the one that covers it."""

    on: date
    kind: DayKind
    used: int
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The days a case is due on; None while a pause without an end stands before them."""

    due_on: date | None
    statutory_due_on: date | None
    due_soon_on: date | None


def days_of(clock: Clock, calendar: WorkCalendar) -> Iterator[ClockDay]:
    """Every day from the acceptance on, without end. Raises UnknownCalendarYear when it comes to such a year."""
    spent = [0] * len(clock.pauses)
    used, day = 0, clock.accepted_on
    yield ClockDay(day, DayKind.ACCEPTANCE, 0, _covering(clock, day)[1])
    while True:
        day += _DAY
        number, pause = _covering(clock, day)
        if not calendar.is_working_day(day):
            yield ClockDay(day, DayKind.REST, used, pause)
        elif pause is not None and (pause.limit_days is None or spent[number] < pause.limit_days):
            spent[number] += 1
            yield ClockDay(day, DayKind.PAUSED, used, pause)
        else:
            used += 1
            yield ClockDay(day, DayKind.COUNTED, used, pause)


def _covering(clock: Clock, day: date) -> tuple[int, Pause | None]:
    for number, pause in enumerate(clock.pauses):
        if pause.covers(day):
            return number, pause
    return -1, None


def reckon(clock: Clock, calendar: WorkCalendar) -> Reckoning:
    """When the case is due. Raises UnknownCalendarYear rather than guessing a day of an unannounced year."""
    longest = max(clock.promised_days, clock.statutory_days)
    reached: dict[int, date] = {0: clock.accepted_on}
    for day in days_of(clock, calendar):
        if day.kind is DayKind.PAUSED and day.pause is not None and _is_endless(day.pause):
            break
        reached.setdefault(day.used, day.on)
        if day.used >= longest:
            break
    return Reckoning(
        due_on=reached.get(clock.promised_days),
        statutory_due_on=reached.get(clock.statutory_days),
        due_soon_on=reached.get(max(clock.promised_days - clock.due_soon_days, 0)),
    )


def _is_endless(pause: Pause) -> bool:
    return pause.to_on is None and pause.limit_days is None


def used_days(clock: Clock, calendar: WorkCalendar, on: date) -> int:
    """Days counted up to the end of ``on``; 0 on the day of acceptance and before it."""
    used = 0
    for day in days_of(clock, calendar):
        if day.on > on:
            return used
        used = day.used
    raise AssertionError("the days of a clock have no end")


def is_past(due_on: date | None, now: datetime, calendar: WorkCalendar) -> bool:
    """Whether the offices have closed on the due day; the last minute still counts."""
    if due_on is None:
        return False
    *_, (_, closes) = calendar.hours.of(due_on)
    return now >= closes
