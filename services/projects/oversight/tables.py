"""Tables of oversight."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import VersionedTable


class ProjectRuleRow(VersionedTable, table=True):
    """See the domain's Rule; one row a kind, region and first day of validity."""

    __tablename__ = "project_rule"
    __table_args__ = (
        Index(
            "uq_project_rule_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("threshold_days >= 1", name="threshold_positive"),
        CheckConstraint("level2_days > threshold_days", name="level2_later"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    region_code: str | None = None
    threshold_days: int
    level2_days: int | None = None
    valid_from: date
    valid_to: date | None = None


class ProjectConditionRow(VersionedTable, table=True):
    """A condition from its opening to its clearing; the database allows one open of a kind for a project.

    ``days`` and ``level`` are those told in the last event; ``version`` is that event's aggregate version.
    """

    __tablename__ = "project_condition"
    __table_args__ = (
        Index(
            "uq_project_condition_open",
            "project_id",
            "kind",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index(
            "ix_project_condition_region_prefix",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    project_id: UUID = Field(foreign_key="project.id", index=True)
    region_code: str = Field(sa_type=Text)
    opened_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    reference_on: date
    days: int
    threshold_days: int
    level: int
    cleared_on: date | None = None
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cleared_reason: str | None = None
