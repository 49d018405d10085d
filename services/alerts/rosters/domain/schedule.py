"""The duty schedule of a roster: rotations, then holiday lists, entered shifts and swaps, each above the last.

A holiday list (节假日值班表) of Spring Festival or National Day stands for its whole period: what it leaves empty
is a gap, for the rotation does not reach into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from services.alerts.rosters.domain.rotation import IsWorkingDay, Rotation, turns


class DutyRole(StrEnum):
    """主班 primary: asked first. 副班 backup: asked when the first does not answer."""

    PRIMARY = "primary"
    BACKUP = "backup"


class Layer(StrEnum):
    """Where a shift comes from, the weakest first."""

    ROTATION = "rotation"
    HOLIDAY = "holiday"
    ENTERED = "entered"
    SWAP = "swap"


_RANK = {layer: rank for rank, layer in enumerate(Layer)}


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody has a role for a time; of those of one layer the one made last counts."""

    id: UUID
    layer: Layer
    role: DutyRole
    person: UUID
    starts_at: datetime
    ends_at: datetime
    made: int


@dataclass(frozen=True, slots=True)
class Holiday:
    """A period in which the rotation rests."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """Who has a role in a shift, and by what; without a person the place is empty."""

    person: UUID | None = None
    layer: Layer | None = None
    source_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which nothing changes; neighbours differ."""

    starts_at: datetime
    ends_at: datetime
    primary: Slot
    backup: Slot


@dataclass(frozen=True, slots=True)
class _Span:
    starts_at: datetime
    ends_at: datetime
    role: DutyRole
    slot: Slot
    rank: tuple[int, int]


def schedule(
    rotations: Sequence[Rotation],
    holidays: Sequence[Holiday],
    assignments: Sequence[Assignment],
    is_working_day: IsWorkingDay,
    start: datetime,
    end: datetime,
) -> list[Shift]:
    """The whole of [start, end) as shifts in order of time, empty ones included."""
    spans = [*_rotation_spans(rotations, is_working_day, start, end), *_assignment_spans(assignments)]
    resting = [(holiday.starts_at, holiday.ends_at) for holiday in holidays]
    edges = {start, end}
    for begins, ends in [*((span.starts_at, span.ends_at) for span in spans), *resting]:
        edges |= {edge for edge in (begins, ends) if start < edge < end}
    ordered = sorted(edges)
    found: list[Shift] = []
    for begins, ends in pairwise(ordered):
        in_holiday = any(opens <= begins < closes for opens, closes in resting)
        covering = [
            span
            for span in spans
            if span.starts_at <= begins < span.ends_at and not (in_holiday and span.slot.layer is Layer.ROTATION)
        ]
        primary, backup = (_chosen(covering, role) for role in (DutyRole.PRIMARY, DutyRole.BACKUP))
        if found and (found[-1].primary, found[-1].backup) == (primary, backup):
            found[-1] = Shift(found[-1].starts_at, ends, primary, backup)
        else:
            found.append(Shift(begins, ends, primary, backup))
    return found


def gaps(shifts: Iterable[Shift], present: Iterable[UUID]) -> list[tuple[datetime, datetime]]:
    """Stretches in which neither place is held by somebody of `present`; those that touch are one."""
    there = set(present)
    found: list[tuple[datetime, datetime]] = []
    for shift in shifts:
        if shift.primary.person in there or shift.backup.person in there:
            continue
        if found and found[-1][1] == shift.starts_at:
            found[-1] = (found[-1][0], shift.ends_at)
        else:
            found.append((shift.starts_at, shift.ends_at))
    return found


def holds(shifts: Sequence[Shift], person: UUID, role: DutyRole) -> bool:
    """Whether the person has the role throughout these shifts."""
    return bool(shifts) and all(
        (shift.primary if role is DutyRole.PRIMARY else shift.backup).person == person for shift in shifts
    )


def _chosen(covering: Sequence[_Span], role: DutyRole) -> Slot:
    best = max((span for span in covering if span.role is role), key=lambda span: span.rank, default=None)
    return Slot() if best is None else best.slot


def _rotation_spans(
    rotations: Sequence[Rotation], is_working_day: IsWorkingDay, start: datetime, end: datetime
) -> Iterable[_Span]:
    rank = _RANK[Layer.ROTATION]
    for made, rotation in enumerate(rotations):
        for turn in turns(rotation, is_working_day, start, end):
            slot = Slot(turn.primary, Layer.ROTATION, rotation.id)
            yield _Span(turn.starts_at, turn.ends_at, DutyRole.PRIMARY, slot, (rank, made))
            if turn.backup is not None:
                slot = Slot(turn.backup, Layer.ROTATION, rotation.id)
                yield _Span(turn.starts_at, turn.ends_at, DutyRole.BACKUP, slot, (rank, made))


def _assignment_spans(assignments: Iterable[Assignment]) -> Iterable[_Span]:
    for each in assignments:
        slot = Slot(each.person, each.layer, each.id)
        yield _Span(each.starts_at, each.ends_at, each.role, slot, (_RANK[each.layer], each.made))
