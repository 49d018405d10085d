"""Who reported in time: by owner, unit, region or level, with the checks behind every number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.cadences.domain.check import PENDING, CheckStatus


class Grouping(StrEnum):
    """按责任人 by person, 按单位 by unit, 按地区 by region, 按层级 by level, 合计 all together."""

    PERSON = "person"
    UNIT = "unit"
    REGION = "region"
    LEVEL = "level"
    ALL = "all"


class Outcome(StrEnum):
    """按时 on time, 迟报 late, 漏报 missed, 未到期 not due yet, 免报 excused."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSED = "missed"
    OPEN = "open"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Counted:
    """A check as it is counted; ``key`` is its group, None where it has none."""

    check_id: UUID
    key: str | None
    status: CheckStatus
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """The checks of a group by outcome. Due are those on time, late and missed; the rate of none is None."""

    key: str | None
    on_time_ids: tuple[UUID, ...] = ()
    late_ids: tuple[UUID, ...] = ()
    missed_ids: tuple[UUID, ...] = ()
    open_ids: tuple[UUID, ...] = ()
    excused_ids: tuple[UUID, ...] = ()

    @property
    def due_ids(self) -> tuple[UUID, ...]:
        return (*self.on_time_ids, *self.late_ids, *self.missed_ids)

    @property
    def rate(self) -> float | None:
        return len(self.on_time_ids) / len(self.due_ids) if self.due_ids else None


def outcome_of(check: Counted, today: date) -> Outcome:
    """A report that was returned and is owed again counts as open, then as missed."""
    if check.status is CheckStatus.EXCUSED:
        return Outcome.EXCUSED
    if check.status in PENDING:
        return Outcome.MISSED if check.due_on < today else Outcome.OPEN
    return Outcome.LATE if check.late else Outcome.ON_TIME


def tally(checks: Iterable[Counted], today: date) -> tuple[Tally, ...]:
    """One tally a group, by key; those without one come last."""
    groups: dict[str | None, dict[Outcome, list[UUID]]] = {}
    for check in checks:
        ids = groups.setdefault(check.key, {outcome: [] for outcome in Outcome})
        ids[outcome_of(check, today)].append(check.check_id)
    ordered = sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or ""))
    return tuple(
        Tally(key, **{f"{outcome.value}_ids": tuple(found) for outcome, found in ids.items()})
        for key, ids in ordered
    )
