"""What a bulletin (通报) needs of a period: each project's progress, investment, problems and missed reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from services.projects.cadences.domain.statistics import Tally

NO_CHECKS = Tally(None)


@dataclass(frozen=True, slots=True)
class Line:
    """One project in a period.

    ``percent`` is its progress at the period's end, ``percent_before`` at its beginning and ``planned_percent``
    what its plan wanted by the end; None: never told, or no plan. ``investment_yuan`` is that of the months the
    period touches, ``invested_yuan`` all until its end; None: no entry. Problems are those open now.
    """

    project_id: UUID
    region_code: str
    percent_before: Decimal | None = None
    percent: Decimal | None = None
    planned_percent: Decimal | None = None
    investment_yuan: int | None = None
    invested_yuan: int | None = None
    problem_ids: tuple[UUID, ...] = ()
    overdue_problem_ids: tuple[UUID, ...] = ()
    checks: Tally = NO_CHECKS
    narrative: str | None = None

    @property
    def advance(self) -> Decimal | None:
        """Percentage points gained in the period; None when nothing is known of its end."""
        return None if self.percent is None else self.percent - (self.percent_before or Decimal(0))

    @property
    def points_behind(self) -> Decimal | None:
        """Points below the plan, negative when ahead; without an entry the project stands at nothing."""
        return None if self.planned_percent is None else self.planned_percent - (self.percent or Decimal(0))


@dataclass(frozen=True, slots=True)
class Totals:
    """All projects of a region; ``region_code`` None is all together. ``investment_yuan`` None: nothing known."""

    region_code: str | None
    projects: int = 0
    invested_ids: tuple[UUID, ...] = ()
    advanced_ids: tuple[UUID, ...] = ()
    behind_ids: tuple[UUID, ...] = ()
    investment_yuan: int | None = None
    open_problems: int = 0
    overdue_problems: int = 0
    checks_due: int = 0
    checks_on_time: int = 0
    checks_late: int = 0
    checks_missed: int = 0
    missed_project_ids: tuple[UUID, ...] = ()

    def plus(self, line: Line) -> Totals:
        own = (line.project_id,)
        paid = line.investment_yuan
        return replace(
            self,
            projects=self.projects + 1,
            invested_ids=self.invested_ids + (own if paid else ()),
            advanced_ids=self.advanced_ids + (own if line.advance is not None and line.advance > 0 else ()),
            behind_ids=self.behind_ids + (own if (line.points_behind or 0) > 0 else ()),
            investment_yuan=self.investment_yuan if paid is None else (self.investment_yuan or 0) + paid,
            open_problems=self.open_problems + len(line.problem_ids),
            overdue_problems=self.overdue_problems + len(line.overdue_problem_ids),
            checks_due=self.checks_due + len(line.checks.due_ids),
            checks_on_time=self.checks_on_time + len(line.checks.on_time_ids),
            checks_late=self.checks_late + len(line.checks.late_ids),
            checks_missed=self.checks_missed + len(line.checks.missed_ids),
            missed_project_ids=self.missed_project_ids + (own if line.checks.missed_ids else ()),
        )


def totals(lines: Iterable[Line]) -> tuple[Totals, ...]:
    """All together first, then each region by its code."""
    regions: dict[str | None, list[Line]] = {None: []}
    for line in lines:
        regions[None].append(line)
        regions.setdefault(line.region_code, []).append(line)
    ordered = sorted(regions.items(), key=lambda item: item[0] or "")
    return tuple(_folded(code, own) for code, own in ordered)


def _folded(region_code: str | None, lines: list[Line]) -> Totals:
    folded = Totals(region_code)
    for line in lines:
        folded = folded.plus(line)
    return folded
