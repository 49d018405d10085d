"""One change for many projects: facts, planned dates, a stage; and what it would do to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.projects.ledger.domain.history import FieldChange
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone


class EditOutcome(StrEnum):
    """What an edit does to a project: changed (or would), unchanged, refused with a reason."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class OnError(StrEnum):
    """What happens to the others when one project refuses: nothing at all, or they are changed without it."""

    REFUSE = "refuse"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class PlanChange:
    """New planned days by milestone, and moves by days of what is planned already."""

    planned: Mapping[Milestone, date] = field(default_factory=dict)
    shifts: Mapping[Milestone, int] = field(default_factory=dict)

    def of(self, project: Project) -> dict[Milestone, date]:
        """The days this project would have; a milestone that nobody planned cannot be moved and stays so."""
        days = dict(self.planned)
        for milestone, by in self.shifts.items():
            current = project.planned(milestone)
            if current.current_on is not None and current.actual_on is None:
                days[milestone] = current.current_on + timedelta(days=by)
        return {milestone: on for milestone, on in days.items() if project.planned(milestone).current_on != on}


@dataclass(frozen=True, slots=True)
class Edited:
    """One project's part of an edit. ``problem`` is set when it refuses."""

    project_id: UUID
    code: str
    name: str
    version: int
    outcome: EditOutcome
    changes: Sequence[FieldChange] = ()
    problem: Any = None
