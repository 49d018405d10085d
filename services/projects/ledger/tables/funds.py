"""Funds that arrived."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class FundsArrivalRow(ProjectsTable, table=True):
    """One payment that reached a project, and who verified, rejected or withdrew it.

    ``decided_*`` tell of verification or rejection and stay when a verified one is withdrawn. The database itself
    refuses that somebody decides on what he recorded, and the same slip twice.
    """

    __tablename__ = "funds_arrival"
    __table_args__ = (
        Index("ix_funds_arrival_project_on", "project_id", "on"),
        Index("ix_funds_arrival_open", "recorded_at", postgresql_where=text("state = 'recorded'")),
        Index(
            "uq_funds_arrival_slip",
            "project_id",
            "on",
            "amount_yuan",
            "payer",
            "evidence",
            unique=True,
            postgresql_where=text("state IN ('recorded', 'verified')"),
        ),
        CheckConstraint("amount_yuan > 0", name="amount_positive"),
        CheckConstraint("decided_by <> recorded_by", name="four_eyes"),
        CheckConstraint(
            "(state = 'verified') <= (decided_by IS NOT NULL AND verified_on IS NOT NULL)",
            name="verified_by_somebody",
        ),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project.id")
    on: date = Field(sa_column=Column("on", Date, nullable=False))
    amount_yuan: int = Field(sa_type=BigInteger)
    source: str
    payer: str
    evidence: str
    note: str
    state: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    recorded_person_id: UUID | None = None
    verified_on: date | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    decision_note: str | None = None
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str | None = None
    withdrawal_reason: str | None = None
