"""Devices of key energy users."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class MonitoringDeviceRow(EnergyTable, table=True):
    """A device by the id it was given. ``subject`` is the key it came with: no other key uploads under its id."""

    __tablename__ = "monitoring_device"
    __table_args__ = (
        UniqueConstraint("subject", "enterprise_code", name="uq_monitoring_device_subject"),
        Index("ix_monitoring_device_enterprise_code", "enterprise_code"),
    )

    device_id: str = Field(primary_key=True)
    subject: str
    enterprise_code: str
    enterprise_id: UUID | None = None
    region_code: str
    registered_at: datetime = Field(sa_type=UtcDateTime)
    last_upload_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
