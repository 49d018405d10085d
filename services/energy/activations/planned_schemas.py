"""An activation by the region's plan, as it is asked for."""

from datetime import date
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.energy.activations.domain.baseline import Method
from services.energy.activations.schemas import Reason, RegionCode
from services.energy.activations.service.planned import WantedByPlan


class PlannedWrite(BaseModel):
    """An activation by the region's plan: the planner chooses who covers the gap, given or foreseen at a node.

    A node may be named with figures as well: only who draws from it helps.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "region_code": "421224",
                    "day": "2026-09-16",
                    "node_code": "BDZ-YASD",
                    "reason": "右岸水都变电站供电缺口",
                }
            ]
        },
    )

    region_code: RegionCode
    day: date
    gap_kw: Annotated[list[float | None], Field(min_length=96, max_length=96)] | None = Field(
        default=None,
        description="By quarter of the day, null where nobody knows it. Left out: what the newest forecast of the "
        "node's day leaves uncovered, less what is ordered already.",
    )
    reason: Reason
    level: int | None = Field(default=None, ge=1, le=4, description="1 blue to 4 red; as few tiers as do if none.")
    node_code: str | None = Field(
        default=None, min_length=1, max_length=64, description="What is short; demanded without figures."
    )
    acknowledge_minutes: int | None = Field(default=None, ge=1, le=10_080)
    baseline_method: Method | None = None

    @model_validator(mode="after")
    def _demand_gap(self) -> "PlannedWrite":
        if self.gap_kw is None and self.node_code is None:
            raise ValueError("either gap_kw or node_code says what is short")
        return self

    def wanted(self) -> WantedByPlan:
        gap = None
        if self.gap_kw is not None:
            gap = np.array([np.nan if value is None else value for value in self.gap_kw])
        return WantedByPlan(**self.model_dump(exclude={"gap_kw"}), gap_kw=gap)
