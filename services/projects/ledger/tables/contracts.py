"""The contract and its terms."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable


class ContractRow(ProjectsTable, table=True):
    """A project's contract; its amount and the day of signing stand in the project. ``parties``: name, role,
    credit_code.
    """

    __tablename__ = "project_contract"

    project_id: UUID = Field(primary_key=True, foreign_key="project.id")
    number: str = Field(index=True)
    parties: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    file_reference: str | None = None
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class ContractActRow(ProjectsTable, table=True):
    """One term of the contract. ``done_on`` of funds and start is kept in line with what the ledger knows."""

    __tablename__ = "contract_act"
    __table_args__ = (
        CheckConstraint("(kind = 'funds') = (amount_yuan IS NOT NULL)", name="funds_have_an_amount"),
        CheckConstraint("amount_yuan > 0", name="amount_positive"),
    )

    id: UUID = Field(primary_key=True)
    project_id: UUID = Field(foreign_key="project_contract.project_id", index=True)
    kind: str
    title: str
    original_due_on: date
    due_on: date
    amount_yuan: int | None = Field(default=None, sa_type=BigInteger)
    done_on: date | None = None
    evidence: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
