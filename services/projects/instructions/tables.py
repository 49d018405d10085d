"""Tables of instructions."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, Text, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable
from services.projects.duties.tables import DutyTable, TrailTable


class InstructionRow(DutyTable, table=True):
    """``owner_unit_id`` is the lead unit. ``issuer_region_code`` counts the numbers, ``region_code`` is where the
    matter is handled and seen. A subject of another service is known by its id and the name given with it."""

    __tablename__ = "instruction"
    __table_args__ = (
        Index("ix_instruction_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("uq_instruction_sequence", "issuer_region_code", "year", "sequence", unique=True),
        Index("ix_instruction_subject", "subject_type", "subject_id"),
        CheckConstraint("owner_unit_id IS NOT NULL", name="lead_unit_known"),
        CheckConstraint("(subject_type = 'figure') = (subject_id IS NULL)", name="subject_or_figure"),
        CheckConstraint(
            "(subject_type = 'figure') = (num_nonnulls(figure_name, figure_value, figure_as_of) = 3)",
            name="figure_complete",
        ),
    )

    number: str = Field(unique=True)
    issuer_region_code: str
    year: int
    sequence: int
    region_code: str = Field(sa_type=Text)
    subject_type: str
    subject_id: UUID | None = None
    subject_name: str
    project_id: UUID | None = Field(default=None, foreign_key="project.id", index=True)
    figure_name: str | None = None
    figure_value: Decimal | None = Field(default=None, sa_column=Column(Numeric(24, 6)))
    figure_unit: str | None = None
    figure_as_of: date | None = None
    figure_link: str | None = None
    text: str = Field(sa_type=Text)
    issued_on: date
    instructed_by_person_id: UUID | None = Field(default=None, index=True)


class InstructionUnitRow(ProjectsTable, table=True):
    """An assisting unit (协办单位)."""

    __tablename__ = "instruction_unit"

    instruction_id: UUID = Field(primary_key=True, foreign_key="instruction.id")
    unit_id: UUID = Field(primary_key=True, foreign_key="unit.unit_id", index=True)
    position: int


class InstructionDeputyRow(ProjectsTable, table=True):
    """Who may decide in the place of who instructed, authorised by whom and why."""

    __tablename__ = "instruction_deputy"

    instruction_id: UUID = Field(primary_key=True, foreign_key="instruction.id")
    person_id: UUID = Field(primary_key=True, foreign_key="person.person_id")
    reason: str
    authorised_at: datetime = Field(sa_type=UtcDateTime)
    authorised_by: str


class InstructionExtensionRow(ProjectsTable, table=True):
    __tablename__ = "instruction_extension"
    __table_args__ = (
        Index(
            "uq_instruction_extension_pending",
            "instruction_id",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    instruction_id: UUID = Field(foreign_key="instruction.id", index=True)
    until: date
    reason: str
    status: str
    requested_at: datetime = Field(sa_type=UtcDateTime)
    requested_by: str
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = None
    decision_note: str | None = None


class InstructionStepRow(TrailTable, table=True):
    __tablename__ = "instruction_step"

    instruction_id: UUID = Field(primary_key=True, foreign_key="instruction.id")


class InstructionCounterRow(ProjectsTable, table=True):
    """The last number of a region and year. Its row lock makes the numbers gapless: who fails gives it back."""

    __tablename__ = "instruction_counter"

    region_code: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int
