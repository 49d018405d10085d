"""Supply quotas at rest, and the lists they came with."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DOUBLE_PRECISION, CheckConstraint, Column, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class QuotaImportRow(EnergyTable, table=True):
    """A list that was handed in: what became of its rows. ``rejections``: the first thousand of them."""

    __tablename__ = "quota_import"
    __table_args__ = (Index("ix_quota_import_received_at", "received_at"),)

    id: UUID = Field(primary_key=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    received_by: str
    region_code: str | None = None
    enterprise_id: UUID | None = None
    system: str
    name: str | None = None
    issued_at: datetime = Field(sa_type=UtcDateTime)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    rows: int
    created: int
    changed: int
    unchanged: int
    superseded: int
    rejected: int
    rejections: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))


class SupplyQuotaRow(EnergyTable, table=True):
    """Whose quota of a day it is, from when until when it was what is known.

    ``quota_mw``: one value a slot of the day's standard time, NaN where nothing is said. A row is never changed
    but for ``replaced_at``: what a later list says is another row. ``issued_at`` decides which list is later.
    """

    __tablename__ = "supply_quota"
    __table_args__ = (
        Index(
            "uq_supply_quota_current",
            "scope",
            "code",
            "region_code",
            "day",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_supply_quota_day", "day", "id"),
        Index("ix_supply_quota_region_code", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_supply_quota_import_id", "import_id"),
        CheckConstraint(
            "scope IN ('region', 'substation', 'transformer', 'feeder', 'enterprise', 'meter')", name="scope"
        ),
        CheckConstraint("cardinality(quota_mw) * interval_minutes = 1440", name="whole_day"),
        CheckConstraint("replaced_at IS NULL OR replaced_at >= recorded_at", name="known"),
    )

    id: UUID = Field(primary_key=True)
    scope: str
    code: str
    region_code: str
    enterprise_id: UUID | None = None
    day: date
    interval_minutes: int = Field(sa_type=SmallInteger)
    quota_mw: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    issued_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    import_id: UUID = Field(foreign_key="quota_import.id")
    line: int
