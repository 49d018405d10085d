"""Responsibility letters (责任书), their revisions and signatures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable


class TargetLetterRow(VersionedTable, table=True):
    """What a unit and a person answer for in a year towards who set it. ``terms`` are the targets as they were
    when the revision was drawn up; a supplement names the letter that it belongs to."""

    __tablename__ = "target_letter"
    __table_args__ = (
        Index("ix_target_letter_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("uq_target_letter_sequence", "region_code", "year", "sequence", unique=True),
        Index(
            "uq_target_letter_draft",
            "year",
            "issuer_unit_id",
            "unit_id",
            "person_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'draft'"),
        ),
        CheckConstraint("state IN ('draft', 'signed', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'signed') = (signed_on IS NOT NULL)", name="signed_on_a_day"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)", name="withdrawn_with_reason"),
        CheckConstraint("(main_id IS NULL) = (supplement = 0)", name="supplement_of_a_letter"),
    )

    id: UUID = Field(primary_key=True)
    number: str = Field(unique=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    year: int = Field(sa_type=SmallInteger)
    sequence: int
    main_id: UUID | None = Field(default=None, foreign_key="target_letter.id", index=True)
    supplement: int
    issuer_unit_id: UUID = Field(foreign_key="unit.unit_id")
    issuer_unit_name: str
    unit_id: UUID = Field(foreign_key="unit.unit_id", index=True)
    unit_name: str
    person_id: UUID | None = Field(default=None, foreign_key="person.person_id", index=True)
    person_name: str
    state: str
    revision: int
    terms: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    duties: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    drawn_up_on: date
    drawn_up_by: str
    signed_on: date | None = None
    withdrawn_reason: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class TargetLetterRevisionRow(ProjectsTable, table=True):
    """A letter as it was drawn up. Never changed."""

    __tablename__ = "target_letter_revision"

    letter_id: UUID = Field(primary_key=True, foreign_key="target_letter.id")
    revision: int = Field(primary_key=True)
    terms: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    duties: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    drawn_up_at: datetime = Field(sa_type=UtcDateTime)
    drawn_up_by: str


class TargetSignatureRow(ProjectsTable, table=True):
    """Who signed a revision, when, for which side; the scan is a document of the letter."""

    __tablename__ = "target_signature"
    __table_args__ = (
        Index("uq_target_signature_side", "letter_id", "revision", "side", unique=True),
        CheckConstraint("side IN ('issuer', 'responsible')", name="side"),
    )

    id: UUID = Field(primary_key=True)
    letter_id: UUID = Field(foreign_key="target_letter.id")
    revision: int
    side: str
    person_id: UUID = Field(foreign_key="person.person_id")
    person_name: str
    signed_on: date
    document_id: UUID | None = Field(default=None, foreign_key="document.id")
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class TargetLetterCounterRow(ProjectsTable, table=True):
    """The last number of a region and year; its row lock makes the numbers gapless."""

    __tablename__ = "target_letter_counter"

    region_code: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int
