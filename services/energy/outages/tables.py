"""Planned outages as they were announced."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class PlannedOutageRow(EnergyTable, table=True):
    """``status``: planned or withdrawn. ``system`` and ``external_id`` are the announcing system's name for it.

    ``region_code`` and ``enterprise_id`` decide who sees it: a meter's own, else the region announced for.
    """

    __tablename__ = "planned_outage"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("scope IN ('meter', 'feeder', 'transformer', 'region')", name="scope"),
        CheckConstraint("status IN ('planned', 'withdrawn')", name="status"),
        UniqueConstraint("system", "external_id", name="uq_planned_outage_external"),
        Index("ix_planned_outage_ends_at", "ends_at"),
        Index(
            "ix_planned_outage_region_code",
            "region_code",
            postgresql_ops={"region_code": "text_pattern_ops"},
        ),
    )

    id: UUID = Field(primary_key=True)
    scope: str
    code: str
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
