"""Tables of conditions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import VersionedTable


class ConditionRow(VersionedTable, table=True):
    """A condition from its opening to its clearing; the database allows one open of a kind for a subject.

    Its figures and names are those told in the last event; ``version`` is that event's aggregate version.
    ``project_id`` has no foreign key: the ledger stands above this slice.
    """

    __tablename__ = "condition"
    __table_args__ = (
        Index(
            "uq_condition_open",
            "subject_id",
            "kind",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        Index(
            "ix_condition_region_prefix",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    subject_type: str
    subject_id: UUID = Field(index=True)
    subject_code: str
    subject_name: str
    project_id: UUID | None = Field(default=None, index=True)
    project_code: str | None = None
    project_name: str | None = None
    region_code: str = Field(sa_type=Text)
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    opened_on: date
    opened_at: datetime = Field(sa_type=UtcDateTime)
    reference_on: date
    days: int
    threshold_days: int
    level: int
    planned_percent: float | None = None
    actual_percent: float | None = None
    explanation_zh: str = ""
    explanation_en: str = ""
    cleared_on: date | None = None
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cleared_reason: str | None = None
