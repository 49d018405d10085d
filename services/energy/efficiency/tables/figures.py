"""What enterprises report by month, of which processes, and which meters count."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.efficiency.tables.catalogue import VersionedRow
from services.energy.tables import EnergyTable


class ProcessRow(VersionedRow, table=True):
    """A process of an enterprise; without a product it serves others."""

    __tablename__ = "energy_process"
    __table_args__ = (
        Index("uq_energy_process_code", "enterprise_id", "code", unique=True),
        Index("ix_energy_process_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID
    region_code: str
    code: str
    name: str
    product_code: str | None = Field(default=None, foreign_key="energy_product.code")


class MeterShareRow(VersionedRow, table=True):
    """A meter that counts for an enterprise or one of its processes; ``coefficient`` -1 takes it off."""

    __tablename__ = "energy_meter_share"
    __table_args__ = (
        Index("ix_energy_meter_share_enterprise", "enterprise_id"),
        Index("ix_energy_meter_share_meter", "meter_index"),
        Index("ix_energy_meter_share_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("last_month >= first_month", name="months_in_order"),
        CheckConstraint("coefficient <> 0", name="counts"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID
    region_code: str
    process_id: UUID | None = Field(default=None, foreign_key="energy_process.id")
    meter_no: str
    meter_index: int
    coefficient: float
    first_month: date
    last_month: date | None = None


class MonthRow(VersionedRow, table=True):
    """A month an enterprise reported: the lock of its figures, and when it came first."""

    __tablename__ = "energy_month"
    __table_args__ = (
        Index("ix_energy_month_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    enterprise_id: UUID = Field(primary_key=True)
    month: date = Field(primary_key=True)
    region_code: str
    reported_at: datetime = Field(sa_type=UtcDateTime)


class FigureRow(EnergyTable, table=True):
    """One figure, from when until when it was what is known; ``quantity`` null: it was taken back.

    A row is never changed but for ``replaced_at``: a correction is another row of the next revision. ``origin``:
    who stated it, the enterprise itself or an office.
    """

    __tablename__ = "energy_figure"
    __table_args__ = (
        Index(
            "uq_energy_figure_current",
            "enterprise_id",
            "month",
            "kind",
            "process_id",
            "code",
            "flow",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_energy_figure_month", "month", "id"),
        Index("ix_energy_figure_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("kind IN ('use', 'output', 'value')", name="kind"),
        CheckConstraint("(kind = 'use') = (flow IS NOT NULL)", name="flow_of_use"),
        CheckConstraint("flow IN ('consumed', 'supplied', 'feedstock')", name="flow"),
        CheckConstraint("quantity >= 0", name="not_negative"),
        CheckConstraint("origin IN ('enterprise', 'office')", name="origin"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID
    region_code: str
    month: date
    kind: str
    process_id: UUID | None = Field(default=None, foreign_key="energy_process.id")
    code: str
    flow: str | None = None
    quantity: Decimal | None = Field(default=None, sa_column=Column(Numeric(20, 6)))
    revision: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    origin: str
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str
