"""Misses, what was decided about them, and the editions of a year's ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class MissColumns(AlertsTable):
    """What a miss says, in the ledger that is kept and in an edition that was frozen."""

    __abstract__ = True

    year: int
    kind: str
    status: str
    person_id: UUID | None = None
    person_name: str | None = None
    post: str | None = None
    unit_id: UUID | None = None
    unit_name: str | None = None
    region_code: str
    # Of an alert: which, and the entries behind it.
    alert_id: UUID | None = None
    alert_number: int | None = Field(default=None, sa_type=BigInteger)
    severity: str | None = None
    title_zh: str
    title_en: str
    trail_seq: int | None = None
    basis_seq: int | None = None
    # Of a missed target: its figures and what was decided, as ``domain/target_misses.py`` writes them.
    target: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    at: datetime = Field(sa_type=UtcDateTime)
    late_minutes: int | None = None


class MissRow(MissColumns, table=True):
    """One miss as it counts now; corrections change whom it counts for, or that it counts at all.

    ``found`` is whom the trail names, which no correction changes; ``person_id`` of it alone tells one miss of an
    entry from another. ``source_id`` is a missed target of the projects service, at ``source_version``.
    """

    __tablename__ = "accountability_miss"
    __table_args__ = (
        Index("uq_accountability_miss_entry", "alert_id", "trail_seq", "kind", "found_key", unique=True),
        Index("uq_accountability_miss_source", "source_id", unique=True),
        Index("ix_accountability_miss_year_person", "year", "person_id"),
        Index("ix_accountability_miss_year_unit", "year", "unit_id"),
        Index(
            "ix_accountability_miss_region",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
        CheckConstraint("status IN ('counted', 'excluded', 'reassigned', 'lifted')", name="status_known"),
        CheckConstraint(
            "CASE WHEN source_id IS NULL"
            " THEN num_nulls(alert_id, alert_number, severity, trail_seq, basis_seq) = 0"
            " ELSE alert_id IS NULL AND num_nulls(source_version, target) = 0 END",
            name="one_source",
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    found_key: str
    source_id: UUID | None = None
    source_version: int | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class StepRow(AlertsTable, table=True):
    """What the projects service said of a missed target: append-only; ``version`` is that of its event."""

    __tablename__ = "accountability_step"

    miss_id: UUID = Field(sa_column=Column(ForeignKey("accountability_miss.id"), primary_key=True))
    version: int = Field(primary_key=True)
    step: str
    text: str
    target: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)


class CorrectionRow(AlertsTable, table=True):
    """A decision about a miss: append-only, the newest counts."""

    __tablename__ = "accountability_correction"
    __table_args__ = (CheckConstraint("act IN ('exclude', 'reassign', 'restore')", name="act_known"),)

    id: UUID = Field(primary_key=True)
    miss_id: UUID = Field(sa_column=Column(ForeignKey("accountability_miss.id"), nullable=False, index=True))
    act: str
    person_id: UUID | None = None
    reason: str
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_by: str
    decided_at: datetime = Field(sa_type=UtcDateTime)


class EditionRow(AlertsTable, table=True):
    """A year's ledger as it was frozen: append-only. ``seal`` is the last seal of the trail it rests on."""

    __tablename__ = "accountability_edition"

    year: int = Field(primary_key=True)
    edition: int = Field(primary_key=True)
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by: str
    reason: str
    seal: int = Field(sa_type=BigInteger)
    misses: int
    digest: str


class EditionMissRow(MissColumns, table=True):
    """A miss as an edition holds it: append-only."""

    __tablename__ = "accountability_edition_miss"
    __table_args__ = (
        ForeignKeyConstraint(
            ["year", "edition"], ["accountability_edition.year", "accountability_edition.edition"]
        ),
    )

    year: int = Field(primary_key=True)
    edition: int = Field(primary_key=True)
    id: UUID = Field(primary_key=True)


class LedgerPlaceRow(AlertsTable, table=True):
    """How far the ledger has followed the seals; one row."""

    __tablename__ = "accountability_place"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True)
    seal: int = Field(sa_type=BigInteger)
