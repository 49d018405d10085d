"""Tables of what the economy goes by: catalogue, limits, sizes, the register, closed months."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, Text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.projects.database import DatedTable, ProjectsTable, VersionedTable


def amount(*, nullable: bool = True) -> Any:
    """A figure: yuan, kWh, heads; four digits behind the point are enough for every unit of the catalogue."""
    return Column(Numeric(24, 4), nullable=nullable)


class IndicatorRow(VersionedTable, table=True):
    """See the domain's Indicator."""

    __tablename__ = "economy_indicator"

    code: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    unit: str
    kind: str
    price_basis: str | None = None
    sign: str
    measure: str | None = None
    required: bool
    required_flash: bool
    position: int
    active: bool


class EconomyRuleRow(DatedTable, table=True):
    """See the domain's EconomyRule; one row a kind, indicator, region and first day of validity."""

    __tablename__ = "economy_rule"
    __table_args__ = (
        Index(
            "uq_economy_rule_kind_indicator_region_from",
            "kind",
            "indicator",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    kind: str
    indicator: str | None = Field(default=None, foreign_key="economy_indicator.code")
    value: Decimal = Field(sa_column=amount(nullable=False))
    level2_value: Decimal | None = Field(default=None, sa_column=amount())


class SizeBandRow(DatedTable, table=True):
    """See the domain's SizeBand; one row a code, region and first day of validity."""

    __tablename__ = "economy_size_band"
    __table_args__ = (
        Index(
            "uq_economy_size_band_code_region_from",
            "code",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("min_revenue_yuan >= 0", name="revenue_not_negative"),
        CheckConstraint("min_employees >= 0", name="employees_not_negative"),
    )

    code: str
    name_zh: str
    name_en: str
    rank: int
    min_revenue_yuan: Decimal = Field(sa_column=amount(nullable=False))
    min_employees: Decimal = Field(sa_column=amount(nullable=False))


class StandingRow(DatedTable, table=True):
    """An enterprise in the register of those who report, from a month on; ``region_code`` is where it stands.

    Standings of one enterprise follow each other, so that no month counts it in two places.
    """

    __tablename__ = "economy_standing"
    __table_args__ = (
        Index("uq_economy_standing_enterprise_from", "enterprise_id", "valid_from", unique=True),
        Index(
            "ix_economy_standing_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("extract(day FROM valid_from) = 1", name="from_first_of_month"),
        CheckConstraint("valid_to IS NULL OR extract(day FROM valid_to) = 1", name="to_first_of_month"),
    )

    enterprise_id: UUID = Field(foreign_key="enterprise.enterprise_id")
    # Not null here, unlike in other dated tables: an enterprise stands somewhere.
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    sector_code: str
    reason: str
    decided_by: str


class ClosedMonthRow(ProjectsTable, table=True):
    """A month whose reports change by correction only, in a region or everywhere."""

    __tablename__ = "economy_closed_month"
    __table_args__ = (
        Index(
            "uq_economy_closed_month_month_region",
            "month",
            "region_code",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("extract(day FROM month) = 1", name="first_of_month"),
    )

    id: UUID = Field(primary_key=True)
    month: date
    region_code: str | None = Field(default=None, foreign_key="region.code")
    note: str
    closed_at: datetime = Field(sa_type=UtcDateTime)
    closed_by: str
