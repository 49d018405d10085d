"""What oversight takes and answers."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.oversight.domain.rules import ConditionKind, Rule
from services.projects.registry.schemas import RegionCode, example

Days = Annotated[int, Field(ge=1, le=3650)]
Percent = Annotated[int, Field(ge=1, le=100)]


class RuleWrite(BaseModel):
    """From ``threshold_days`` on the condition opens with level 1, from ``level2_days`` on it has level 2.

    ``behind_plan`` opens at ``threshold_percent`` points below the plan, with level 2 from ``level2_percent`` on.
    ``funds_short`` goes by the contract's terms; where it has none, ``threshold_percent`` of the contract's amount
    is due within ``threshold_days`` of signing.
    """

    model_config = example(kind="stalled", region_code="421224", threshold_days=30, level2_days=90)

    kind: ConditionKind
    threshold_days: Days
    level2_days: Days | None = None
    threshold_percent: Percent | None = None
    level2_percent: Percent | None = None
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")

    def rule(self, today: date) -> Rule:
        return Rule(
            kind=self.kind,
            threshold_days=self.threshold_days,
            level2_days=self.level2_days,
            threshold_percent=self.threshold_percent,
            level2_percent=self.level2_percent,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class RuleRead(BaseModel):
    id: UUID
    kind: ConditionKind
    threshold_days: int
    level2_days: int | None
    threshold_percent: int | None
    level2_percent: int | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class ScanRead(BaseModel):
    """How many projects a scan looked at, and what it changed."""

    subjects: int = Field(description="Projects looked at.")
    opened: int
    amended: int
    cleared: int
