"""Forecasts, their rules and how good they were, in the API."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.forecast.domain.due import IssueKind
from services.energy.forecast.domain.outcome import Model, RefusalReason
from services.energy.forecast.rules import RuleFacts
from services.energy.forecast.tables import ForecastAccuracyRow, ForecastDayRow, ForecastIssueRow, ForecastRuleRow
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.schemas import Day

NodeCode = Annotated[str, Field(min_length=1, max_length=64)]


class ForecastRuleWrite(BaseModel):
    """Parameters for all nodes, a region's subtree or one node; those left out keep their default."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "region_code": "421224",
                    "valid_from": "2026-06-01",
                    "parameters": {"day_ahead_at": "16:30", "horizon_days": 7, "warn_days": 2},
                    "note": "summer",
                }
            ]
        },
    )

    region_code: Annotated[str, Field(min_length=6, max_length=9)] | None = None
    node_code: NodeCode | None = None
    valid_from: Day
    valid_to: Day | None = Field(default=None, description="Exclusive; open if left out.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="`enabled: false` switches forecasts off for this scope and time."
    )
    note: Annotated[str, Field(max_length=500)] = ""

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class ForecastRuleRead(ForecastRuleWrite):
    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


class ForecastOrder(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "day_ahead"}]})

    kind: IssueKind = IssueKind.DAY_AHEAD


class ForecastDayRead(BaseModel):
    """A day of an issue: 96 slots from 00:00 of standard time on, kW. Slots before `first_slot` are measured.

    `mape`, `mae_kw`, `pinball_kw` and `coverage` are those of the model on the days held out, beside the errors of
    yesterday again (`naive`) and the same day of last week again (`seasonal`) on the same days.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    issue_id: UUID
    node_code: str
    region_code: str
    kind: IssueKind
    issued_at: datetime
    day: date
    lead: int = Field(description="Days from the day it was issued on.")
    first_slot: int
    p10_kw: list[float]
    p50_kw: list[float]
    p90_kw: list[float]
    peak_kw: float = Field(description="The highest p50, in slot `peak_slot`.")
    peak_slot: int
    model: Model = Field(description="Whichever was the best on the days held out.")
    with_temperature: bool
    held_out_days: int
    mape: float | None = Field(description="Percent.")
    mae_kw: float | None
    pinball_kw: float | None = Field(description="Mean quantile loss of p10, p50 and p90.")
    pinball_percent: float | None = Field(description="The same as a share of the mean load.")
    coverage: float | None = Field(description="Percent of loads between p10 and p90; of a good forecast 80.")
    naive_mape: float | None
    naive_mae_kw: float | None
    seasonal_mape: float | None
    seasonal_mae_kw: float | None


class ForecastIssueRead(BaseModel):
    """An issue, or the reason why there was none."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    node_id: UUID
    node_code: str
    node_kind: NodeKind
    region_code: str
    kind: IssueKind
    status: str = Field(description="issued or refused.")
    reason: RefusalReason | None
    known_days: int = Field(description="Days with enough of their load known.")
    needed_days: int
    last_known_day: date | None
    origin_day: date
    origin_slot: int = Field(description="Slots of `origin_day` before this one were known.")
    due_at: datetime | None = Field(description="What it was due for; null where somebody asked for it.")
    issued_at: datetime
    issued_by: str


class ForecastIssueWhole(ForecastIssueRead):
    days: list[ForecastDayRead]


class AccuracyRead(BaseModel):
    """How good one forecast of a day was, over the slots whose load is known."""

    model_config = ConfigDict(from_attributes=True)

    forecast_id: UUID
    node_code: str
    region_code: str
    kind: IssueKind
    issued_at: datetime
    day: date
    lead: int
    model: Model
    slots: int
    mape: float | None
    mae_kw: float | None
    pinball_kw: float | None
    pinball_percent: float | None
    coverage: float | None
    peak_error_percent: float | None = Field(description="Above zero where the forecast peak was too high.")
    naive_mape: float | None
    naive_mae_kw: float | None
    seasonal_mape: float | None
    seasonal_mae_kw: float | None
    evaluated_at: datetime


class AccuracyLine(BaseModel):
    """Means over the forecasts of a kind, lead and model."""

    kind: IssueKind
    lead: int
    model: Model
    forecasts: int
    days: int
    mape: float | None
    mae_kw: float | None
    pinball_kw: float | None
    pinball_percent: float | None
    coverage: float | None
    peak_error_percent: float | None = Field(description="Mean of its size.")
    naive_mape: float | None
    naive_mae_kw: float | None
    seasonal_mape: float | None
    seasonal_mae_kw: float | None


class AccuracyTable(BaseModel):
    items: list[AccuracyLine]


def rule_read(row: ForecastRuleRow) -> ForecastRuleRead:
    return ForecastRuleRead.model_validate(row.model_dump())


def day_read(row: ForecastDayRow) -> ForecastDayRead:
    return ForecastDayRead.model_validate(row)


def issue_read(row: ForecastIssueRow) -> ForecastIssueRead:
    return ForecastIssueRead.model_validate(row)


def whole_read(row: ForecastIssueRow, days: list[ForecastDayRow]) -> ForecastIssueWhole:
    return ForecastIssueWhole(**issue_read(row).model_dump(), days=[day_read(day) for day in days])


def accuracy_read(row: ForecastAccuracyRow) -> AccuracyRead:
    return AccuracyRead.model_validate(row)
