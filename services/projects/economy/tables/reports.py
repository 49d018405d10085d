"""Tables of reports: what was said, when and by whom; the figures that count; bases and published figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import ProjectsTable, VersionedTable
from services.projects.duties.tables import TrailTable
from services.projects.economy.tables.rules import amount


class ReportRow(VersionedTable, table=True):
    """See the domain's Report; one of an enterprise, month and edition.

    Region and sector are those of the standing at the month: they follow it when it is corrected. ``revision`` is
    what was said last, ``accepted_revision`` what counts.
    """

    __tablename__ = "economy_report"
    __table_args__ = (
        UniqueConstraint("enterprise_id", "month", "edition", name="uq_economy_report_once"),
        Index(
            "ix_economy_report_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
        Index("ix_economy_report_month", "month", "edition", "status"),
        Index(
            "ix_economy_report_pending",
            "due_on",
            postgresql_where=text("status IN ('due', 'draft', 'returned')"),
        ),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("(status = 'due') = (revision = 0)", name="said_once_begun"),
        CheckConstraint("accepted_revision <= revision", name="accepted_was_said"),
        CheckConstraint("status <> 'accepted' OR accepted_revision IS NOT NULL", name="accepted_counts"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id")
    month: date
    edition: str
    region_code: str = Field(sa_type=Text)
    sector_code: str
    status: str
    revision: int
    accepted_revision: int | None = None
    due_on: date
    submitted_on: date | None = None
    late: bool
    warnings: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    reason: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReportRevisionRow(ProjectsTable, table=True):
    """What was said at once: ``lines`` by indicator, each ``[month, cumulative]`` as decimal texts or null.

    Never changed, never deleted: the history of every value is here.
    """

    __tablename__ = "economy_report_revision"

    report_id: UUID = Field(primary_key=True, foreign_key="economy_report.id")
    number: int = Field(primary_key=True)
    lines: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    is_correction: bool
    reason: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    actor_role: str


class ReportStepRow(TrailTable, table=True):
    __tablename__ = "economy_report_step"

    report_id: UUID = Field(primary_key=True, foreign_key="economy_report.id")


class FigureRow(ProjectsTable, table=True):
    """What counts of an accepted report: one indicator with the month's and the year's value, said or derived.

    A value that is not there has its reason. ``is_latest``: of flash and final, the one that counts now.
    """

    __tablename__ = "economy_figure"
    __table_args__ = (
        Index(
            "uq_economy_figure_latest",
            "indicator",
            "month",
            "enterprise_id",
            unique=True,
            postgresql_where=text("is_latest"),
            postgresql_include=["month_value", "cumulative_value"],
        ),
        Index("ix_economy_figure_enterprise_month", "enterprise_id", "month"),
        CheckConstraint("(month_value IS NULL) = (month_reason IS NOT NULL)", name="month_or_reason"),
        CheckConstraint(
            "(cumulative_value IS NULL) = (cumulative_reason IS NOT NULL)", name="cumulative_or_reason"
        ),
    )

    indicator: str = Field(primary_key=True, foreign_key="economy_indicator.code")
    month: date = Field(primary_key=True)
    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprise.enterprise_id")
    edition: str = Field(primary_key=True)
    is_latest: bool
    month_value: Decimal | None = Field(default=None, sa_column=amount())
    cumulative_value: Decimal | None = Field(default=None, sa_column=amount())
    month_reason: str | None = None
    cumulative_reason: str | None = None
    month_derived: bool
    cumulative_derived: bool
    # The year's value that the months before and this one make, where the report says another.
    disagreement: Decimal | None = Field(default=None, sa_column=amount())
    report_id: UUID
    revision: int


class RestatementRow(ProjectsTable, table=True):
    """A base as somebody restated it, beside what was reported; a later word is a new revision."""

    __tablename__ = "economy_restatement"
    __table_args__ = (
        Index(
            "uq_economy_restatement_current",
            "indicator",
            "month",
            "enterprise_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("num_nonnulls(month_value, cumulative_value) >= 1", name="says_something"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id")
    indicator: str = Field(foreign_key="economy_indicator.code")
    month: date
    revision: int
    is_current: bool
    month_value: Decimal | None = Field(default=None, sa_column=amount())
    cumulative_value: Decimal | None = Field(default=None, sa_column=amount())
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class PublishedFigureRow(ProjectsTable, table=True):
    """What the statistics office published of a region or a sector in it; a later word is a new revision."""

    __tablename__ = "economy_published_figure"
    __table_args__ = (
        Index(
            "uq_economy_published_figure_current",
            "region_code",
            "sector",
            "indicator",
            "month",
            unique=True,
            postgresql_where=text("is_current"),
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
        CheckConstraint(
            "num_nonnulls(month_value, cumulative_value, month_growth_percent, cumulative_growth_percent) >= 1",
            name="says_something",
        ),
    )

    id: UUID = Field(primary_key=True)
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    sector: str | None = None
    indicator: str = Field(foreign_key="economy_indicator.code")
    month: date
    revision: int
    is_current: bool
    month_value: Decimal | None = Field(default=None, sa_column=amount())
    cumulative_value: Decimal | None = Field(default=None, sa_column=amount())
    month_growth_percent: Decimal | None = Field(default=None, sa_column=amount())
    cumulative_growth_percent: Decimal | None = Field(default=None, sa_column=amount())
    price_basis: str | None = None
    source: str
    published_on: date
    note: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
