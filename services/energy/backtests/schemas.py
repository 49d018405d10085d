"""Backtests as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from libs.common.contracts.energy import ConditionKind
from services.energy.backtests.domain.draft import DraftRule
from services.energy.backtests.running import Trial
from services.energy.backtests.tables import DetectionBacktestRow
from services.energy.detection.domain.parameters import CLASSES, AnyParameters
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.domain.slots import date_of

Region = Annotated[str, Field(min_length=6, max_length=9)]
MeterNo = Annotated[str, Field(pattern=METER_NO_PATTERN)]
_DAY = 1440


class DraftRuleWrite(BaseModel):
    """A rule to be tried; parameters left out keep the shipped value."""

    model_config = ConfigDict(extra="forbid")

    kind: ConditionKind
    region_code: Region | None = None
    meter_no: MeterNo | None = None
    parameters: AnyParameters

    @field_validator("parameters", mode="before")
    @classmethod
    def _of_the_kind(cls, given: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("kind")
        return given if kind is None else CLASSES[kind].model_validate(given)

    def draft(self) -> DraftRule:
        return DraftRule(self.parameters, self.region_code, self.meter_no)


class BacktestWrite(BaseModel):
    """Try rules on stored curves; without any, the ones in force."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-07-01",
                    "to": "2026-08-31",
                    "region_code": "421224",
                    "rules": [{"kind": "spike", "parameters": {"margin": 1.8}}],
                }
            ]
        },
    )

    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to", description="Included.")
    region_code: Region | None = Field(default=None, description="The meters of its subtree.")
    meter_no: MeterNo | None = None
    rules: Annotated[list[DraftRuleWrite], Field(max_length=50)] = []

    def trial(self) -> Trial:
        drafts = tuple(rule.draft() for rule in self.rules)
        return Trial(self.first_day, self.last_day, drafts, self.region_code, self.meter_no)


class BacktestAlarm(BaseModel):
    """An alarm the rules would have raised; times are the meter's standard time."""

    meter_no: str
    kind: ConditionKind
    at: datetime
    value: float
    expected: float
    limit: float


class BacktestRead(BaseModel):
    """Figures are the referee's: with the drafted rules, and before, with those in force alone."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    status: str = Field(description="waiting, done or failed.")
    first_day: date = Field(serialization_alias="from")
    last_day: date = Field(serialization_alias="to")
    region_code: str | None
    meter_no: str | None
    rules: list[dict[str, Any]]
    digest: str = Field(description="SHA-256 of rules, span, scope and the facts in force.")
    requested_at: datetime
    requested_by: str
    finished_at: datetime | None
    meters: int
    readings: int
    figures: dict[str, Any] | None
    before: dict[str, Any] | None
    failure: str | None


class BacktestDetail(BacktestRead):
    alarms: list[BacktestAlarm]


def backtest_read(row: DetectionBacktestRow) -> BacktestRead:
    return BacktestRead(**row.model_dump(include=set(BacktestRead.model_fields)))


def backtest_detail(row: DetectionBacktestRow) -> BacktestDetail:
    alarms = [
        BacktestAlarm(
            meter_no=item["meter_no"],
            kind=item["kind"],
            at=_stamp(item["at"]),
            value=item["value"],
            expected=item["expected"],
            limit=item["limit"],
        )
        for item in row.alarms
    ]
    return BacktestDetail(**backtest_read(row).model_dump(), alarms=alarms)


def _stamp(minute: int) -> datetime:
    day = date_of(minute // _DAY)
    return datetime(day.year, day.month, day.day, minute % _DAY // 60, minute % 60)  # noqa: DTZ001 - local
