"""Tables of situations."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class SituationRow(EnergyTable, table=True):
    """A situation from its opening to its clearing; the database allows one open of a kind for a subject.

    Its figures and names are those told in the last event; ``version`` is that event's aggregate version.
    ``highest_level`` is the gravest it ever had.
    """

    __tablename__ = "situation"
    __table_args__ = (
        Index("uq_situation_open", "subject_id", "kind", unique=True, postgresql_where=text("cleared_at IS NULL")),
        Index("ix_situation_subject", "subject_id", "opened_at"),
        Index("ix_situation_opened_at", "opened_at"),
        Index("ix_situation_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("level BETWEEN 1 AND 4 AND highest_level BETWEEN level AND 4", name="level"),
        CheckConstraint("(cleared_at IS NULL) = (cleared_reason IS NULL)", name="cleared"),
        CheckConstraint("cleared_at IS NULL OR cleared_at >= opened_at", name="order"),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    subject_type: str
    subject_id: UUID
    subject_code: str
    subject_name: str
    region_code: str
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    opened_at: datetime = Field(sa_type=UtcDateTime)
    level: int = Field(sa_type=SmallInteger)
    highest_level: int = Field(sa_type=SmallInteger)
    expected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    gap_percent: float | None = None
    gap_kw: float | None = None
    reference_on: date | None = None
    days: int | None = None
    planned: float | None = None
    actual: float | None = None
    explanation_zh: str
    explanation_en: str
    cleared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cleared_reason: str | None = None
    version: int
    updated_at: datetime = Field(sa_type=UtcDateTime)
