"""Rates, and the frozen settlements of years with their lines and orders."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Numeric, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class SettlementRateRow(EnergyTable, table=True):
    """Yuan for each kWh in a region (null: everywhere) for a time; ``valid_to`` is exclusive."""

    __tablename__ = "settlement_rate"
    __table_args__ = (
        CheckConstraint("kind IN ('compensation', 'penalty')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("yuan_per_kwh >= 0", name="amount"),
        Index(
            "uq_settlement_rate_scope",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    yuan_per_kwh: Decimal = Field(sa_column=Column(Numeric(10, 4), nullable=False))
    cap_share: float
    from_covered: float
    free_covered: float
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class SettlementRow(EnergyTable, table=True):
    """An edition of a region's year, never changed. ``digest``: of all it rests on; the newest edition holds."""

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("region_code", "year", "edition", name="uq_settlement_edition"),
        Index("ix_settlement_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    year: int
    edition: int
    reason: str
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by: str
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    enterprises: int
    times: int
    hours: float
    ordered_kwh: float
    energy_kwh: float | None = None
    shortfall_kwh: float | None = None
    rate: float | None = None
    met: int
    not_met: int
    cannot_tell: int
    compensation_yuan: int | None = Field(default=None, sa_type=BigInteger)
    penalty_yuan: int | None = Field(default=None, sa_type=BigInteger)
    open_amounts: int


class SettlementLineRow(EnergyTable, table=True):
    """What an enterprise gave and missed in the year, and what it gets or owes."""

    __tablename__ = "settlement_line"
    __table_args__ = (
        UniqueConstraint("settlement_id", "enterprise_id", name="uq_settlement_line_enterprise"),
        Index("ix_settlement_line_enterprise", "enterprise_id"),
        Index("ix_settlement_line_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlement.id")
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    times: int
    hours: float
    ordered_kwh: float
    energy_kwh: float | None = None
    shortfall_kwh: float | None = None
    rate: float | None = None
    met: int
    not_met: int
    cannot_tell: int
    compensation_yuan: int | None = Field(default=None, sa_type=BigInteger)
    penalty_yuan: int | None = Field(default=None, sa_type=BigInteger)
    open_amounts: int


class SettlementItemRow(EnergyTable, table=True):
    """An order in a line, by the edition of its verification and the rates that were used."""

    __tablename__ = "settlement_item"
    __table_args__ = (
        UniqueConstraint("line_id", "order_id", name="uq_settlement_item_order"),
        Index("ix_settlement_item_settlement", "settlement_id"),
    )

    id: UUID = Field(primary_key=True)
    settlement_id: UUID = Field(foreign_key="settlement.id")
    line_id: UUID = Field(foreign_key="settlement_line.id")
    order_id: UUID = Field(foreign_key="activation_order.id")
    verification_id: UUID = Field(foreign_key="activation_verification.id")
    edition: int
    activation_code: str
    enterprise_id: UUID
    region_code: str
    day: date
    hours: float
    ordered_kwh: float
    energy_kwh: float | None = None
    shortfall_kwh: float | None = None
    covered: float | None = None
    verdict: str
    compensation_yuan: int | None = Field(default=None, sa_type=BigInteger)
    penalty_yuan: int | None = Field(default=None, sa_type=BigInteger)
    compensation_rate_id: UUID | None = Field(default=None, foreign_key="settlement_rate.id")
    penalty_rate_id: UUID | None = Field(default=None, foreign_key="settlement_rate.id")
