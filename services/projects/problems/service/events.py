"""A problem with its project, and the event of each of its steps."""

from dataclasses import dataclass
from typing import Any

from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    ProblemAmendedV1,
    ProblemClosedV1,
    ProblemEscalatedV1,
    ProblemRaisedV1,
    ProblemReopenedV1,
    ProblemResolvedV1,
)
from services.projects.ledger.tables import ProjectRow
from services.projects.problems.domain.problem import Problem
from services.projects.problems.tables import ProblemRow


@dataclass(frozen=True, slots=True)
class Opened:
    """A problem with its project; the problem's row is locked when it is to be written."""

    row: ProblemRow
    project: ProjectRow
    problem: Problem

    @property
    def version(self) -> int:
        return self.row.version


def code_of(project: ProjectRow, row: ProblemRow) -> str:
    """The problem's code: its project's with its number."""
    return f"{project.code}#{row.number}"


def payload_of(opened: Opened, after: Problem, action: str, note: str) -> EventPayload:
    """The event of a step; steps without one of their own are amendments."""
    row, project = opened.row, opened.project
    state: dict[str, Any] = {
        "problem_id": row.id,
        "code": code_of(project, row),
        "project_id": project.id,
        "project_code": project.code,
        "project_name": project.name,
        "title": row.title,
        "category": row.category,
        "level": row.level,
        "status": row.status,
        "owner_unit_id": row.owner_unit_id,
        "owner_person_id": row.owner_person_id,
        "due_on": row.due_on,
        "note": note,
    }
    match action:
        case "raised":
            return ProblemRaisedV1(**state)
        case "escalated":
            return ProblemEscalatedV1(**state, from_level=opened.problem.level, missed_on=after.duty.overdue_since)
        case "resolved":
            return ProblemResolvedV1(**state)
        case "closed":
            return ProblemClosedV1(**state)
        case "reopened":
            return ProblemReopenedV1(**state)
        case _:
            return ProblemAmendedV1(**state, action=action)
