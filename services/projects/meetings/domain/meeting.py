"""Meetings: 现场办公会 on-site, 联席办公会议 joint, 调度会 dispatch; planned, then held or cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.meetings.errors import (
    GoverningTooEarly,
    MeetingInFuture,
    MeetingStepRefused,
    VisitDayUnfit,
    VisitStepRefused,
)


class MeetingKind(StrEnum):
    ON_SITE = "on_site"
    JOINT = "joint"
    DISPATCH = "dispatch"


class MeetingStatus(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Attendance(StrEnum):
    """出席 present, 缺席 absent, 请假 excused."""

    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"


class VisitStatus(StrEnum):
    """A supervision visit (督导): planned, then made or cancelled."""

    PLANNED = "planned"
    MADE = "made"
    CANCELLED = "cancelled"


def demand_status(status: MeetingStatus, allowed: Iterable[MeetingStatus]) -> None:
    """Raises MeetingStepRefused."""
    known = frozenset(allowed)
    if status not in known:
        raise MeetingStepRefused(status=status, allowed=sorted(known))


def hold(status: MeetingStatus, on: date, today: date) -> MeetingStatus:
    """Raises MeetingStepRefused, MeetingInFuture."""
    demand_status(status, [MeetingStatus.PLANNED])
    if on > today:
        raise MeetingInFuture(on=on, today=today, errors=[FieldError("date.in_future", "/on")])
    return MeetingStatus.HELD


def cancel(status: MeetingStatus) -> MeetingStatus:
    """Raises MeetingStepRefused."""
    demand_status(status, [MeetingStatus.PLANNED])
    return MeetingStatus.CANCELLED


def check_governing_from(on: date, held_on: date, present_from: date | None, today: date) -> None:
    """Minutes govern from the meeting's day or later, not from a coming day, and after those they supersede.

    Raises GoverningTooEarly.
    """
    earliest = held_on
    too_early = on < held_on or on > today
    if present_from is not None and on <= present_from:
        earliest, too_early = max(held_on, present_from), True
    if too_early:
        fault = FieldError("minutes.govern_too_early", "/on")
        raise GoverningTooEarly(on=on, earliest=earliest, today=today, errors=[fault])


def demand_planned_visit(status: VisitStatus) -> None:
    """Raises VisitStepRefused."""
    if status is not VisitStatus.PLANNED:
        raise VisitStepRefused(status=status)


def check_visit_planned_on(on: date, today: date) -> None:
    """Raises VisitDayUnfit for a day that has passed."""
    if on < today:
        raise VisitDayUnfit(on=on, today=today, errors=[FieldError("due.in_past", "/planned_on")])


def check_visit_made_on(on: date, today: date) -> None:
    """Raises VisitDayUnfit for a day to come."""
    if on > today:
        raise VisitDayUnfit(on=on, today=today, errors=[FieldError("date.in_future", "/on")])
