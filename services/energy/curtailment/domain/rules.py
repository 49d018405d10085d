"""Shares of the tiers and the objective of the selection, as data that holds in a region for a time (S21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.energy.curtailment.domain.users import TIERS

Share = Annotated[float, Field(ge=0, le=100)]


class CurtailmentRuleKind(StrEnum):
    """What a rule is about."""

    TIER_SHARES = "tier_shares"
    OBJECTIVE = "objective"


class Criterion(StrEnum):
    """What is kept small, each in turn.

    ``measures``: energy by 拉闸, then by 限电, then by 避峰; ``tiers``: energy of later tiers; ``restricted``:
    energy of users that are not restricted first; ``fairness``: energy, weighed by what its giver gave before;
    ``harm``: output lost; ``surplus``: energy beyond need, and calls.
    """

    MEASURES = "measures"
    TIERS = "tiers"
    RESTRICTED = "restricted"
    FAIRNESS = "fairness"
    HARM = "harm"
    SURPLUS = "surplus"


class TierShares(BaseModel):
    """What the plan has to hold up to and including each tier, in percent of the region's maximum load.

    As shipped 5, 10, 20 and 30: the edges of the levels, and 30 for the gravest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    blue: Share = Field(default=5.0, description="Tier Ⅳ.")
    yellow: Share = Field(default=10.0, description="Tiers Ⅳ and Ⅲ.")
    orange: Share = Field(default=20.0, description="Tiers Ⅳ to Ⅱ.")
    red: Share = Field(default=30.0, description="All tiers.")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.blue <= self.yellow <= self.orange <= self.red:
            raise ValueError("a graver level needs no smaller share")
        return self

    def by_tier(self) -> Mapping[int, float]:
        return dict(zip(TIERS, (self.blue, self.yellow, self.orange, self.red), strict=True))


class Objective(BaseModel):
    """The order of the criteria and how they are weighed.

    A burden counts ``hours_weight`` for each hour of its own maximum load that a user gave this year, and
    ``times_weight`` for each time. Within ``tolerance_percent`` of the best by an earlier criterion the later ones
    decide. ``proof_percent``: so near to the best possible is near enough; small selections are proved to the end.
    Among ``calls_weighed`` calls at most the choice is made: with more of them it is better and takes longer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[Criterion, ...] = (
        Criterion.MEASURES,
        Criterion.RESTRICTED,
        Criterion.FAIRNESS,
        Criterion.HARM,
        Criterion.SURPLUS,
    )
    hours_weight: float = Field(default=1.0, ge=0)
    times_weight: float = Field(default=1.0, ge=0)
    tolerance_percent: float = Field(default=0.5, ge=0, le=20)
    proof_percent: float = Field(default=0.5, ge=0, le=10)
    time_limit_seconds: float = Field(default=10.0, gt=0, le=60)
    calls_weighed: int = Field(default=5000, ge=100, le=20_000)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.order)) != len(self.order):
            raise ValueError("each criterion stands once")
        return self


AnyParameters = TierShares | Objective
MODELS: Final[Mapping[CurtailmentRuleKind, type[TierShares] | type[Objective]]] = {
    CurtailmentRuleKind.TIER_SHARES: TierShares,
    CurtailmentRuleKind.OBJECTIVE: Objective,
}


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """Holds from ``valid_from`` until before ``valid_to``; ``region_code`` None is everywhere."""

    region_code: str | None
    valid_from: date
    valid_to: date | None
    parameters: Mapping[str, Any]
