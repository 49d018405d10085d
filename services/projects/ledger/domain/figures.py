"""What of a project is compared over the whole list (基线比对), and from when until when it was known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone


@dataclass(frozen=True, slots=True)
class Figures:
    """Stage, money in yuan, since when it is a key project, and the planned day of each milestone."""

    stage: Stage
    invested_yuan: int
    total_investment_yuan: int | None
    contract_amount_yuan: int | None
    key_since: date | None
    planned_start_on: date | None
    planned_completion_on: date | None
    planned_production_on: date | None
    planned_capacity_on: date | None
    planned_opening_on: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """Figures from the instant on at which they were written, until others are."""

    known_from: datetime
    figures: Figures


MONEY = ("invested_yuan", "total_investment_yuan", "contract_amount_yuan")
PLANNED = {milestone: f"planned_{milestone.value}_on" for milestone in Milestone}
_AS_THEY_ARE = tuple(spec.name for spec in fields(Figures) if spec.name not in PLANNED.values())


def figures_of(project: Project) -> Figures:
    facts: dict[str, Any] = {name: getattr(project, name) for name in _AS_THEY_ARE}
    facts |= {name: project.planned(milestone).current_on for milestone, name in PLANNED.items()}
    return Figures(**facts)


def newly_known(before: Project | None, steps: Iterable[tuple[datetime, Project]]) -> Iterator[Known]:
    """The figures that writes brought, oldest first: none where a write changed none.

    Of several writes at one instant the last counts: no day ends between them.
    """
    told = None if before is None else figures_of(before)
    waiting: Known | None = None
    for at, project in steps:
        figures = figures_of(project)
        if waiting is not None and at > waiting.known_from:
            yield waiting
            told, waiting = waiting.figures, None
        if waiting is not None or figures != told:
            waiting = Known(at, figures)
    if waiting is not None:
        yield waiting
