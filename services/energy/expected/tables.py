"""Expected events as they were recorded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class ExpectedEventRow(EnergyTable, table=True):
    """``kinds``: conditions that are no news meanwhile. ``status``: planned or withdrawn.

    ``region_code`` and ``enterprise_id`` decide who sees it: a meter's or enterprise's own, else the region.
    ``system`` and ``external_id`` are the recording system's name for it.
    """

    __tablename__ = "expected_event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("scope IN ('meter', 'enterprise', 'region')", name="scope"),
        CheckConstraint("status IN ('planned', 'withdrawn')", name="status"),
        CheckConstraint("cardinality(kinds) > 0", name="kinds"),
        UniqueConstraint("system", "external_id", name="uq_expected_event_external"),
        Index("ix_expected_event_ends_at", "ends_at"),
        Index("ix_expected_event_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    scope: str
    code: str
    cause: str
    kinds: list[str] = Field(sa_column=Column(ARRAY(String()), nullable=False))
    region_code: str
    enterprise_id: UUID | None = None
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str
    status: str
    system: str
    external_id: str
    version: int
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
