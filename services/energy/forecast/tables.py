"""Forecasts at rest: rules, issues, their days, how good they were; temperatures and when they were known."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DOUBLE_PRECISION, REAL, CheckConstraint, Column, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


def _by_slot() -> Any:
    return Field(sa_column=Column(ARRAY(REAL, dimensions=1), nullable=False))


class ForecastRuleRow(EnergyTable, table=True):
    """Parameters for all nodes, those of a region's subtree or one; ``valid_to`` is exclusive."""

    __tablename__ = "forecast_rule"
    __table_args__ = (
        Index(
            "uq_forecast_rule_scope",
            "region_code",
            "node_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("region_code IS NULL OR node_code IS NULL", name="one_scope"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    node_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    parameters: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class ForecastLoadRow(EnergyTable, table=True):
    """A node's load of a day as it was summed last: years of 20,000 meters are not added up every hour.

    ``load_kw`` NaN where unknown, ``completeness`` the share of its meters that were there, by slot.
    """

    __tablename__ = "forecast_load"
    __table_args__ = (
        CheckConstraint("cardinality(load_kw) = 96 AND cardinality(completeness) = 96", name="slots"),
    )

    node_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    load_kw: list[float] = _by_slot()
    completeness: list[float] = _by_slot()
    read_at: datetime = Field(sa_type=UtcDateTime)


class ForecastIssueRow(EnergyTable, table=True):
    """A forecast as it was issued, or the reason why there was none. Rows are never changed.

    Of ``origin_day`` the slots before ``origin_slot`` were known. ``due_at``: the occurrence it was made for,
    one of a kind for a node; None where somebody asked for it.
    """

    __tablename__ = "forecast_issue"
    __table_args__ = (
        Index(
            "uq_forecast_issue_due",
            "node_id",
            "kind",
            "due_at",
            unique=True,
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_forecast_issue_node", "node_id", "issued_at"),
        Index("ix_forecast_issue_issued_at", "issued_at", "id"),
        Index("ix_forecast_issue_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("kind IN ('day_ahead', 'intraday')", name="kind"),
        CheckConstraint("status IN ('issued', 'refused')", name="status"),
        CheckConstraint("(status = 'issued') = (reason IS NULL)", name="reason"),
        CheckConstraint("origin_slot BETWEEN 0 AND 96", name="origin"),
    )

    id: UUID = Field(primary_key=True)
    node_id: UUID
    node_code: str
    node_kind: str
    region_code: str
    kind: str
    status: str
    reason: str | None = None
    known_days: int
    needed_days: int
    last_known_day: date | None = None
    origin_day: date
    origin_slot: int = Field(sa_type=SmallInteger)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    issued_by: str


class ForecastDayRow(EnergyTable, table=True):
    """A day of an issue: quantiles of 96 slots in kW, and how good the model was on the days held out.

    Slots before ``first_slot`` are measured. Percentages are of the load; ``coverage``: share of loads between p10
    and p90. What could not be told is null.
    """

    __tablename__ = "forecast_day"
    __table_args__ = (
        Index("uq_forecast_day_issue", "issue_id", "day", unique=True),
        Index("ix_forecast_day_node", "node_id", "day", "issued_at"),
        Index("ix_forecast_day_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint(
            "cardinality(p10_kw) = 96 AND cardinality(p50_kw) = 96 AND cardinality(p90_kw) = 96", name="slots"
        ),
        CheckConstraint("first_slot BETWEEN 0 AND 96 AND lead BETWEEN 0 AND 8", name="ahead"),
    )

    id: UUID = Field(primary_key=True)
    issue_id: UUID = Field(foreign_key="forecast_issue.id")
    node_id: UUID
    node_code: str
    region_code: str
    kind: str
    issued_at: datetime = Field(sa_type=UtcDateTime)
    day: date
    lead: int = Field(sa_type=SmallInteger)
    first_slot: int = Field(sa_type=SmallInteger)
    p10_kw: list[float] = _by_slot()
    p50_kw: list[float] = _by_slot()
    p90_kw: list[float] = _by_slot()
    peak_kw: float
    peak_slot: int = Field(sa_type=SmallInteger)
    model: str
    with_temperature: bool
    held_out_days: int
    mape: float | None = None
    mae_kw: float | None = None
    pinball_kw: float | None = None
    pinball_percent: float | None = None
    coverage: float | None = None
    naive_mape: float | None = None
    naive_mae_kw: float | None = None
    seasonal_mape: float | None = None
    seasonal_mae_kw: float | None = None


class ForecastAccuracyRow(EnergyTable, table=True):
    """How good a forecast of a day that is over was; judged anew while its load is still corrected."""

    __tablename__ = "forecast_accuracy"
    __table_args__ = (
        Index("ix_forecast_accuracy_node", "node_id", "day"),
        Index("ix_forecast_accuracy_day", "day", "forecast_id"),
        Index("ix_forecast_accuracy_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    forecast_id: UUID = Field(primary_key=True, foreign_key="forecast_day.id")
    node_id: UUID
    node_code: str
    region_code: str
    kind: str
    issued_at: datetime = Field(sa_type=UtcDateTime)
    day: date
    lead: int = Field(sa_type=SmallInteger)
    model: str
    slots: int
    mape: float | None = None
    mae_kw: float | None = None
    pinball_kw: float | None = None
    pinball_percent: float | None = None
    coverage: float | None = None
    peak_error_percent: float | None = None
    naive_mape: float | None = None
    naive_mae_kw: float | None = None
    seasonal_mape: float | None = None
    seasonal_mae_kw: float | None = None
    evaluated_at: datetime = Field(sa_type=UtcDateTime)


class TemperatureDayRow(EnergyTable, table=True):
    """A region's temperatures of a day, measured or foreseen, from when until when they were what is known.

    ``celsius``: one value a slot of the day's standard time, NaN where nothing is said. A row is never changed but
    for ``replaced_at``. ``issued_at``: when the forecast was made, or the measured values were handed out.
    """

    __tablename__ = "temperature_day"
    __table_args__ = (
        Index(
            "uq_temperature_day_current",
            "region_code",
            "kind",
            "day",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_temperature_day_known", "region_code", "day", "issued_at"),
        Index("ix_temperature_day_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("kind IN ('measured', 'forecast')", name="kind"),
        CheckConstraint("cardinality(celsius) * interval_minutes = 1440", name="whole_day"),
        CheckConstraint("replaced_at IS NULL OR replaced_at >= recorded_at", name="known"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    kind: str
    day: date
    interval_minutes: int = Field(sa_type=SmallInteger)
    celsius: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    issued_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source: str
