"""Tables of problems."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.projects.duties.tables import DutyTable, TrailTable


class ProblemRow(DutyTable, table=True):
    """Region and enterprise are the project's: who sees the project sees its problems."""

    __tablename__ = "problem"
    __table_args__ = (
        Index("uq_problem_project_number", "project_id", "number", unique=True),
        CheckConstraint("level BETWEEN 1 AND 3", name="level_known"),
        CheckConstraint("status <> 'closed' OR closed_by <> resolved_by", name="closed_by_another"),
    )

    project_id: UUID = Field(foreign_key="project.id")
    number: int
    title: str
    description: str
    category: str
    level: int
    raised_on: date
    raised_by_person_id: UUID | None = None


class ProblemStepRow(TrailTable, table=True):
    __tablename__ = "problem_step"

    problem_id: UUID = Field(primary_key=True, foreign_key="problem.id")
