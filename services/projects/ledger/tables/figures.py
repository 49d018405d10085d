"""How the compared figures of a project stood, and when that was known."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class ProjectFiguresRow(ProjectsTable, table=True):
    """See the domain's Figures; known from an instant until the one before ``known_to`` (None: still).

    Written with the history, in the same transaction; rows of one project leave no gap and do not overlap.
    """

    __tablename__ = "project_figures"
    __table_args__ = (
        Index("uq_project_figures_now", "project_id", unique=True, postgresql_where=text("known_to IS NULL")),
        CheckConstraint("known_to > known_from", name="ends_after_it_begins"),
    )

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    known_from: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    known_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stage: str
    invested_yuan: int = Field(sa_type=BigInteger)
    total_investment_yuan: int | None = Field(default=None, sa_type=BigInteger)
    contract_amount_yuan: int | None = Field(default=None, sa_type=BigInteger)
    key_since: date | None = None
    planned_start_on: date | None = None
    planned_completion_on: date | None = None
    planned_production_on: date | None = None
    planned_capacity_on: date | None = None
    planned_opening_on: date | None = None
