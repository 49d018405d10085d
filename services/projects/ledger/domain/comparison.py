"""What differs between a project's state on one day and on another (基线比对)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.history import FieldChange, changes_between
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import PATHS, Milestone, milestones_of
from services.projects.ledger.errors import ComparisonOutOfOrder, DateInFuture


class Standing(StrEnum):
    """新增 new, 终止 gone, 变动 changed, 未变 unchanged."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Span:
    """Two local days; what was recorded until the end of each is known on it."""

    from_on: date
    to_on: date

    def cuts(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The first instants after the two days."""
        return end_of(self.from_on, zone), end_of(self.to_on, zone)


@dataclass(frozen=True, slots=True)
class Slip:
    """A planned day that moved: ``days`` later, earlier where they are negative."""

    milestone: Milestone
    from_on: date
    to_on: date

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days


@dataclass(frozen=True, slots=True)
class Comparison:
    """A project on both days; ``before`` is None when it was not in the ledger yet.

    ``steps`` counts stages of the path gone forwards, backwards where it is negative; None without a stage before.
    """

    before: Project | None
    after: Project
    standing: Standing
    steps: int | None
    slips: tuple[Slip, ...]
    reached: tuple[tuple[Milestone, date], ...]
    changes: tuple[FieldChange, ...]

    @property
    def invested_difference_yuan(self) -> int:
        return self.after.invested_yuan - (self.before.invested_yuan if self.before else 0)

    @property
    def percent_difference(self) -> Decimal | None:
        """Points of progress gained; None unless both days know a figure."""
        if self.before is None or self.before.percent is None or self.after.percent is None:
            return None
        return self.after.percent - self.before.percent


def end_of(day: date, zone: tzinfo) -> datetime:
    """The first instant after a local day."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def span_between(from_on: date, to_on: date, today: date) -> Span:
    """Raises ComparisonOutOfOrder, DateInFuture."""
    if to_on > today:
        raise DateInFuture(on=to_on, today=today, errors=[FieldError("date.in_future", parameter="to")])
    if from_on >= to_on:
        fault = FieldError("comparison.from_not_before_to", parameter="from")
        raise ComparisonOutOfOrder(from_on=from_on, to_on=to_on, errors=[fault])
    return Span(from_on, to_on)


def compare(before: Project | None, after: Project) -> Comparison:
    """Everything that differs between two states of one project."""
    changes = changes_between(before, after)
    return Comparison(
        before=before,
        after=after,
        standing=_standing(before, after, is_changed=bool(changes)),
        steps=None if before is None else _place(after) - _place(before),
        slips=() if before is None else tuple(_slips(before, after)),
        reached=tuple(_reached(before, after)),
        changes=changes,
    )


def _standing(before: Project | None, after: Project, *, is_changed: bool) -> Standing:
    if before is None:
        return Standing.NEW
    if after.stage is Stage.TERMINATED and before.stage is not Stage.TERMINATED:
        return Standing.GONE
    return Standing.CHANGED if is_changed else Standing.UNCHANGED


def _place(project: Project) -> int:
    return PATHS[project.kind].index(project.path_stage)


def _slips(before: Project, after: Project) -> list[Slip]:
    found = []
    for milestone in milestones_of(after.kind):
        was, is_now = before.planned(milestone).current_on, after.planned(milestone).current_on
        if was is not None and is_now is not None and was != is_now:
            found.append(Slip(milestone, was, is_now))
    return found


def _reached(before: Project | None, after: Project) -> list[tuple[Milestone, date]]:
    found = []
    for milestone in milestones_of(after.kind):
        actual_on = after.planned(milestone).actual_on
        was = before.planned(milestone).actual_on if before is not None else None
        if actual_on is not None and was is None:
            found.append((milestone, actual_on))
    return found
