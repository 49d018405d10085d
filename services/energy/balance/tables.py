"""Balances at rest."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DOUBLE_PRECISION,
    BigInteger,
    CheckConstraint,
    Column,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable

_LIFE = "valid_to IS NULL OR valid_to > valid_from"


class BalanceRuleRow(EnergyTable, table=True):
    """How shortages are judged in a region (None: everywhere) for a time; see BalanceRule."""

    __tablename__ = "balance_rule"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("denominator IN ('forecast_maximum', 'recent_maximum')", name="denominator"),
        CheckConstraint(
            "blue_above >= 0 AND blue_above < yellow_above AND yellow_above < orange_from "
            "AND orange_from < red_from",
            name="edges",
        ),
        CheckConstraint("up_slots BETWEEN 1 AND 96 AND down_slots BETWEEN 1 AND 96", name="slots"),
        CheckConstraint("recent_days BETWEEN 1 AND 366", name="recent_days"),
        CheckConstraint("restate_points > 0", name="restate_points"),
        Index("ix_balance_rule_region", "region_code", "valid_from"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    denominator: str
    recent_days: int = Field(sa_type=SmallInteger)
    blue_above: float
    yellow_above: float
    orange_from: float
    red_from: float
    up_slots: int = Field(sa_type=SmallInteger)
    down_slots: int = Field(sa_type=SmallInteger)
    restate_points: float
    kinds: list[str] = Field(sa_column=Column(ARRAY(String, dimensions=1), nullable=False))
    reason: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class BalanceImportLimitRow(EnergyTable, table=True):
    """What a node may import over its ties (受电能力) for a time: one value a day, or one for each slot; MW."""

    __tablename__ = "balance_import_limit"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("cardinality(limit_mw) IN (1, 24, 48, 96)", name="slots"),
        UniqueConstraint("node_id", "valid_from", name="uq_balance_import_limit_node"),
    )

    id: UUID = Field(primary_key=True)
    node_id: UUID = Field(foreign_key="grid_node.id", ondelete="CASCADE")
    limit_mw: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class BalanceDayRow(EnergyTable, table=True):
    """A node's day as measured: columns of 96 slots, NaN where unknown, and what is behind them.

    ``level``: as held; ``limit_source`` and ``maximum_source``: numbers of Limit and MaximumSource. ``held``:
    where the levels stand after the day, from which the next begins. ``highest_*`` and ``short_slots`` are of held
    levels and known gaps.
    """

    __tablename__ = "balance_day"
    __table_args__ = (
        CheckConstraint("highest_level BETWEEN 0 AND 4", name="level"),
        Index("ix_balance_day_day", "day", "highest_level"),
    )

    node_id: UUID = Field(primary_key=True, foreign_key="grid_node.id", ondelete="CASCADE")
    day: date = Field(primary_key=True)
    available_kw: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    demand_kw: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    gap_percent: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    completeness: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    level: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    limit_source: list[int] = Field(sa_column=Column(ARRAY(SmallInteger, dimensions=1), nullable=False))
    known_slots: int = Field(sa_type=SmallInteger)
    scaled_slots: int = Field(sa_type=SmallInteger)
    short_slots: int = Field(sa_type=SmallInteger)
    quota_over_slots: int = Field(sa_type=SmallInteger)
    peak_kw: float | None = None
    peak_slot: int | None = Field(default=None, sa_type=SmallInteger)
    maximum_kw: float | None = None
    maximum_source: int = Field(sa_type=SmallInteger)
    capacity_kw: float | None = None
    highest_level: int = Field(sa_type=SmallInteger)
    highest_gap_kw: float | None = None
    highest_gap_percent: float | None = None
    capacity_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid, dimensions=1), nullable=False))
    quota_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid, dimensions=1), nullable=False))
    import_limit_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid, dimensions=1), nullable=False))
    rule_id: UUID
    held: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    computed_at: datetime = Field(sa_type=UtcDateTime)


class BalanceDueRow(EnergyTable, table=True):
    """A node's day to be computed anew: something behind it changed, or somebody asked for it.

    Rows are only added and taken, so that nobody who notes one waits for whoever computes.
    """

    __tablename__ = "balance_due"
    __table_args__ = (Index("ix_balance_due_day", "day"),)

    sequence: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    node_id: UUID
    day: date
