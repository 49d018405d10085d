"""Indicators, clusters and rules."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Column, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.projects.database import DatedTable, VersionedTable


class TargetIndicatorRow(VersionedTable, table=True):
    """See the domain's Indicator."""

    __tablename__ = "target_indicator"
    __table_args__ = (CheckConstraint("nature IN ('flow', 'stock', 'rate')", name="nature"),)

    code: str = Field(primary_key=True)
    name_zh: str
    name_en: str
    unit: str
    unit_zh: str
    unit_en: str
    nature: str
    source: str
    measure: str
    size_band: str | None = None
    key_only: bool = False


class TargetClusterRow(VersionedTable, table=True):
    """Enterprises and projects that are one cluster (集群), wherever in the region they lie."""

    __tablename__ = "target_cluster"
    __table_args__ = (
        Index(
            "ix_target_cluster_region_prefix", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}
        ),
    )

    code: str = Field(primary_key=True)
    name: str
    region_code: str = Field(foreign_key="region.code", sa_type=Text)
    enterprise_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    project_ids: list[str] = Field(sa_column=Column(JSONB, nullable=False))


class TargetPaceRuleRow(DatedTable, table=True):
    """See the domain's PaceRule."""

    __tablename__ = "target_pace_rule"
    __table_args__ = (
        Index(
            "uq_target_pace_rule_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("yellow_from_points >= 0", name="yellow_not_negative"),
        CheckConstraint("red_above_points >= yellow_from_points", name="red_above_yellow"),
        CheckConstraint("season_years >= 1", name="season_positive"),
        CheckConstraint("sign_days >= 0 AND figure_days >= 0", name="days_not_negative"),
    )

    yellow_from_points: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    red_above_points: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    season_years: int
    sign_days: int
    figure_days: int


class TargetScoreRuleRow(DatedTable, table=True):
    """See the domain's ScoreRule."""

    __tablename__ = "target_score_rule"
    __table_args__ = (
        Index(
            "uq_target_score_rule_region_from",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("full_score > 0", name="full_positive"),
        CheckConstraint("zero_below_percent BETWEEN 0 AND 100", name="zero_in_range"),
        CheckConstraint("bonus_per_percent >= 0 AND max_bonus >= 0", name="bonus_not_negative"),
    )

    full_score: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    zero_below_percent: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    bonus_per_percent: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
    max_bonus: Decimal = Field(sa_column=Column(Numeric(6, 2), nullable=False))
