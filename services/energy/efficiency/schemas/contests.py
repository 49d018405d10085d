"""Contests in the API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.efficiency.domain.benchmarks import Standing
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.contest import ContestRule, Exclusion, Part, WithoutLastYear
from services.energy.efficiency.domain.intensities import Basis
from services.energy.efficiency.schemas.catalogue import DatedRead, Validity
from services.energy.efficiency.schemas.types import (
    Code,
    Name,
    Note,
    Number,
    RegionCode,
    Said,
    SectorCode,
    Year,
    example,
)
from services.energy.efficiency.service.contests import Quarter

Weight = Annotated[Number, Field(ge=0, le=1)]
Score = Annotated[Number, Field(ge=0, le=100)]


class ContestRuleWrite(Validity):
    """Who takes part, what counts how much, what excludes; the weights add up to 1."""

    model_config = example(
        code="cement",
        name="水泥行业能耗对标竞赛",
        region_code="421224",
        sectors=["C3011"],
        basis="product",
        product_code="cement_clinker",
        weight_level=0.5,
        weight_improvement=0.3,
        weight_quality=0.2,
    )

    code: Code
    name: Name
    sectors: Annotated[list[SectorCode], Field(max_length=200)] = Field(
        default_factory=list, description="With their parts; all if empty."
    )
    basis: Basis
    product_code: Annotated[str, Field(max_length=64)] = ""
    factor_kind: FactorKind = FactorKind.EQUIVALENT
    weight_level: Weight = Field(description="Of the level against the benchmark.")
    weight_improvement: Weight = Field(description="Of the improvement on last year's quarter.")
    weight_quality: Weight = Field(description="Of the quality of the data.")
    score_at_limit: Score = Field(default=Decimal(60), description="On the limit; 100 from the advanced value on.")
    full_improvement_percent: Annotated[Number, Field(gt=0, le=100)] = Field(
        default=Decimal(5), description="Scores 100; none scores 50, as much worse 0."
    )
    min_quality: Score = Field(default=Decimal(60), description="Below it: excluded.")
    without_last_year: WithoutLastYear = WithoutLastYear.REWEIGH
    excludes_over_limit: bool = True
    excludes_vetoed: bool = True
    tie_breaks: Annotated[list[Part], Field(max_length=3)] = Field(
        default_factory=lambda: [Part.LEVEL, Part.IMPROVEMENT],
        description="Among equal totals; equal in these too: one rank.",
    )

    def rule(self, today: date) -> ContestRule:
        facts: dict[str, Any] = {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name not in {"valid_from", "sectors", "tie_breaks"}
        }
        for name in ("weight_level", "weight_improvement", "weight_quality"):
            facts[name] = facts[name].quantize(Decimal("0.0001"))
        for name in ("score_at_limit", "full_improvement_percent", "min_quality"):
            facts[name] = facts[name].quantize(Decimal("0.01"))
        return ContestRule(
            **facts,
            sectors=tuple(dict.fromkeys(self.sectors)),
            tie_breaks=tuple(dict.fromkeys(self.tie_breaks)),
            valid_from=self.valid_from or today,
        )


class ContestRuleRead(DatedRead):
    code: str
    name: str
    sectors: list[str]
    basis: Basis
    product_code: str
    factor_kind: FactorKind
    weight_level: Number
    weight_improvement: Number
    weight_quality: Number
    score_at_limit: Number
    full_improvement_percent: Number
    min_quality: Number
    without_last_year: WithoutLastYear
    excludes_over_limit: bool
    excludes_vetoed: bool
    tie_breaks: list[Part]


class EditionWrite(BaseModel):
    """Freeze a quarter that is over."""

    model_config = example(contest_code="cement", region_code="421224", year=2026, quarter=3)

    contest_code: Code
    region_code: RegionCode
    year: Year
    quarter: Annotated[int, Field(ge=1, le=4)]
    reason: Note = Field(default="", description="Demanded of a second and later edition.")

    def which(self) -> Quarter:
        return Quarter(self.contest_code, self.region_code, self.year, self.quarter)


class EditionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    contest_code: str
    contest_name: str
    region_code: str
    year: int
    quarter: int
    edition: int = Field(description="The highest of a quarter stands.")
    reason: str
    rule: dict[str, Any] = Field(description="As it was when the quarter was frozen.")
    ranked: int
    excluded: int
    frozen_at: datetime
    frozen_by: str


class EntryRead(BaseModel):
    """Ranked, or excluded for a reason; ``facts`` is what the scores were made of."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    position: int
    rank: int | None
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    exclusion: Exclusion | None
    total: Number | None
    level_score: Number | None
    improvement_score: Number | None
    quality_score: Number | None
    intensity: Number | None
    intensity_before: Number | None
    improvement_percent: Number | None
    standing: Standing | None
    facts: dict[str, Any]


class StandingRead(BaseModel):
    """The order as the figures are now; nothing is kept."""

    contest_code: str
    contest_name: str
    year: int
    quarter: int
    items: list[EntryRead]


class AppealWrite(BaseModel):
    model_config = example(
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1", text="8 月外供电量未扣除", filed_on="2026-10-14"
    )

    enterprise_id: UUID
    text: Said
    filed_on: date | None = Field(default=None, description="Today if absent.")


class AppealDecision(BaseModel):
    model_config = example(upheld=True, decision="核实外供电量 12 万千瓦时，予以更正")

    upheld: bool = Field(description="The quarter is frozen anew from the figures as they are now.")
    decision: Said
    decided_on: date | None = Field(default=None, description="Today if absent.")


class AppealRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    edition_id: UUID
    enterprise_id: UUID
    text: str
    filed_on: date
    status: str
    decision: str | None
    decided_on: date | None
    decided_by: str | None
    resulting_edition_id: UUID | None
    version: int
