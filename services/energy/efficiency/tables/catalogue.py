"""Carriers, products, factors and benchmarks, and the rules they are judged by."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, SmallInteger
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class VersionedRow(EnergyTable):
    """A row with an optimistic lock; ``advance`` with every change."""

    __abstract__ = True

    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str

    def advance(self, now: datetime, by: str) -> None:
        self.version += 1
        self.changed_at, self.changed_by = now, by


class DatedRow(VersionedRow):
    """Data that holds in a region (None: everywhere) from ``valid_from`` until the day before ``valid_to``."""

    __abstract__ = True

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None


class CarrierRow(VersionedRow, table=True):
    """See the domain's Carrier."""

    __tablename__ = "energy_carrier"
    __table_args__ = (CheckConstraint("unit IN ('kg', 'm3', 'kWh', 'MJ')", name="unit"),)

    code: str = Field(primary_key=True)
    name: str
    name_en: str
    unit: str
    is_fuel: bool


class FactorRow(DatedRow, table=True):
    """See the domain's Factor."""

    __tablename__ = "energy_factor"
    __table_args__ = (
        Index(
            "uq_energy_factor_key_from",
            "carrier_code",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("kgce_per_unit > 0", name="positive"),
        CheckConstraint("kind IN ('equivalent', 'equal_value')", name="kind"),
    )

    carrier_code: str = Field(foreign_key="energy_carrier.code")
    kind: str
    kgce_per_unit: Decimal = Field(sa_column=Column(Numeric(18, 8), nullable=False))
    source: str


class CalorificRow(VersionedRow, table=True):
    """See the domain's CalorificValue."""

    __tablename__ = "calorific_value"
    __table_args__ = (
        Index("ix_calorific_value_enterprise", "enterprise_id", "carrier_code"),
        Index("ix_calorific_value_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("last_month >= first_month", name="months_in_order"),
        CheckConstraint("kj_per_unit > 0", name="positive"),
    )

    id: UUID = Field(primary_key=True)
    enterprise_id: UUID
    region_code: str
    carrier_code: str = Field(foreign_key="energy_carrier.code")
    first_month: date
    last_month: date
    kj_per_unit: Decimal = Field(sa_column=Column(Numeric(18, 4), nullable=False))
    source: str


class ProductRow(VersionedRow, table=True):
    """A product; ``unit`` is what outputs and benchmarks count."""

    __tablename__ = "energy_product"

    code: str = Field(primary_key=True)
    name: str
    unit: str
    sector_code: str | None = None


class BenchmarkRow(DatedRow, table=True):
    """See the domain's Benchmark; its version is the aggregate version of its events."""

    __tablename__ = "energy_benchmark"
    __table_args__ = (
        Index(
            "uq_energy_benchmark_key_from",
            "sector_code",
            "basis",
            "product_code",
            "factor_kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint(
            "0 < advanced_value AND advanced_value <= coalesce(entry_value, limit_value) "
            "AND coalesce(entry_value, limit_value) <= limit_value",
            name="values_in_order",
        ),
    )

    sector_code: str
    basis: str
    product_code: str
    product_unit: str
    factor_kind: str
    limit_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    entry_value: Decimal | None = Field(default=None, sa_column=Column(Numeric(18, 6)))
    advanced_value: Decimal = Field(sa_column=Column(Numeric(18, 6), nullable=False))
    source: str


class EfficiencyRuleRow(DatedRow, table=True):
    """See the domain's EfficiencyRule."""

    __tablename__ = "efficiency_rule"
    __table_args__ = (
        Index(
            "uq_efficiency_rule_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("red_from_percent > yellow_above_percent", name="edges_in_order"),
        CheckConstraint("veto_red_months BETWEEN 1 AND 12", name="veto_red_months"),
        CheckConstraint("min_completeness BETWEEN 0 AND 1", name="min_completeness"),
        CheckConstraint("report_due_day BETWEEN 1 AND 28", name="report_due_day"),
    )

    yellow_above_percent: Decimal = Field(sa_column=Column(Numeric(8, 2), nullable=False))
    red_from_percent: Decimal = Field(sa_column=Column(Numeric(8, 2), nullable=False))
    veto_red_months: int | None = Field(default=None, sa_type=SmallInteger)
    min_completeness: Decimal = Field(sa_column=Column(Numeric(5, 4), nullable=False))
    tolerance_percent: Decimal = Field(sa_column=Column(Numeric(8, 2), nullable=False))
    report_due_day: int = Field(sa_type=SmallInteger)
