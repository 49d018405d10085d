"""The figures of orderly use in the API."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.activations.domain.baseline import Definition, Method
from services.energy.activations.domain.rule import Rule
from services.energy.activations.domain.tracking import Patience
from services.energy.activations.domain.verification import Standard
from services.energy.activations.schemas import Reason, RegionCode
from services.energy.activations.tables import ActivationRuleRow

Share = Annotated[float, Field(gt=0, le=1)]


class BaselineModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: Method = Method.LAST_DAYS
    days: int = Field(default=5, ge=1, le=30)
    min_days: int = Field(default=3, ge=1, le=30)
    trimmed: int = Field(default=0, ge=0, le=10, description="Days at either end; of the middle method only.")
    lookback_days: int = Field(default=45, ge=1, le=200)
    min_completeness: Share = 0.95
    counts_adjusted_workdays: bool = Field(default=True, description="Worked weekend days (调休) are like days.")
    is_adjusted: bool = Field(default=False, description="Moved by the event day's own level before the start.")
    adjust_quarters: int = Field(default=8, ge=1, le=96)
    adjust_gap: int = Field(default=4, ge=0, le=96)
    adjust_bound: float = Field(default=0.2, ge=0, le=1)


class StandardModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    met_share: Share = 0.9
    missing_share: float = Field(default=0.1, ge=0, le=1)


class PatienceModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tolerance: float = Field(default=0.1, ge=0, lt=1)
    grace_quarters: int = Field(default=1, ge=0, le=96)
    short_quarters: int = Field(default=2, ge=1, le=96)
    clear_quarters: int = Field(default=1, ge=1, le=96)


class RuleWrite(BaseModel):
    """By which figures orderly use is carried out in a region from a day on."""

    model_config = ConfigDict(extra="forbid")

    region_code: RegionCode | None = Field(default=None, description="Everywhere if left out.")
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; until the next rule if left out.")
    baseline: BaselineModel = BaselineModel()
    standard: StandardModel = StandardModel()
    patience: PatienceModel = PatienceModel()
    acknowledge_minutes: int = Field(default=30, ge=1, le=10_080)
    wait_hours: int = Field(default=36, ge=0, le=720, description="Curves are waited for so long after the end.")
    max_hours: int = Field(default=72, ge=1, le=8_760)
    note: Reason

    def rule(self) -> Rule:
        return Rule(
            region_code=self.region_code,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            baseline=Definition(**self.baseline.model_dump()),
            standard=Standard(**self.standard.model_dump()),
            patience=Patience(**self.patience.model_dump()),
            acknowledge_minutes=self.acknowledge_minutes,
            wait_hours=self.wait_hours,
            max_hours=self.max_hours,
        )


class RuleRead(RuleWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


def rule_read(row: ActivationRuleRow) -> RuleRead:
    return RuleRead.model_validate(row.model_dump())
