"""Indicators, clusters and rules."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.projects.economy.schemas.types import Amount
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.rules import PaceRule, ScoreRule
from services.projects.targets.service.catalogue import ClusterDraft

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Points = Annotated[Decimal, Field(ge=0, le=1000, max_digits=6, decimal_places=2)]


class IndicatorWrite(BaseModel):
    """What is measured. Once targets are set by it, only its names may change."""

    model_config = example(
        name_zh="完成投资",
        name_en="investment completed",
        unit="yuan",
        unit_zh="元",
        unit_en="yuan",
        nature="flow",
        source="ledger",
        measure="invested",
    )

    name_zh: Name
    name_en: Name
    unit: Word = Field(description="What adds up has the same; yuan is shown in 万元 and 亿元.")
    unit_zh: Word
    unit_en: Word
    nature: Nature = Field(description="flow: months add up; stock: as at a month's end; rate: the year's growth.")
    source: Word = Field(description="ledger, economy, energy, or typed where no source has such figures.")
    measure: Word = Field(description="The source's own word, such as invested or output_value.")
    size_band: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="Projects of this size band only."
    )
    key_only: bool = Field(default=False, description="Key projects only.")

    def indicator(self, code: str) -> Indicator:
        return Indicator(code=code, **{name: getattr(self, name) for name in IndicatorWrite.model_fields})


class IndicatorRead(Versioned):
    code: str
    name_zh: str
    name_en: str
    unit: str
    unit_zh: str
    unit_en: str
    nature: Nature
    source: str
    measure: str
    size_band: str | None
    key_only: bool


class ClusterWrite(BaseModel):
    """Enterprises, and projects that have none of them yet."""

    model_config = example(name="新村镇医药产业集群", region_code="421224", enterprise_ids=[], project_ids=[])

    name: Name
    region_code: RegionCode
    enterprise_ids: Annotated[list[UUID], Field(max_length=1000)]
    project_ids: Annotated[list[UUID], Field(max_length=1000)] = Field(default_factory=list)

    def draft(self) -> ClusterDraft:
        return ClusterDraft(self.name, self.region_code, self.enterprise_ids, self.project_ids)


class ClusterRead(Versioned):
    code: Code
    name: str
    region_code: str
    enterprise_ids: list[UUID]
    project_ids: list[UUID]


class _DatedWrite(BaseModel):
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")


class PaceRuleWrite(_DatedWrite):
    """From where on a target is behind its pace, and by when letters and figures are there."""

    model_config = example(
        region_code="421224", yellow_from_points="10", red_above_points="30", season_years=2, sign_days=20,
        figure_days=10,
    )  # fmt: skip

    yellow_from_points: Points = Decimal(10)
    red_above_points: Points = Decimal(30)
    season_years: Annotated[int, Field(ge=1, le=5)] = 2
    sign_days: Annotated[int, Field(ge=0, le=250)] = Field(default=20, description="Working days.")
    figure_days: Annotated[int, Field(ge=0, le=250)] = Field(default=10, description="Working days.")

    def rule(self, today: date) -> PaceRule:
        return PaceRule(
            yellow_from_points=self.yellow_from_points,
            red_above_points=self.red_above_points,
            season_years=self.season_years,
            sign_days=self.sign_days,
            figure_days=self.figure_days,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class PaceRuleRead(BaseModel):
    id: UUID
    region_code: str | None
    valid_from: date
    valid_to: date | None
    yellow_from_points: Amount
    red_above_points: Amount
    season_years: int
    sign_days: int
    figure_days: int
    version: int


class ScoreRuleWrite(_DatedWrite):
    """The score of a completion: nought below an edge, then the percentage of the full score, then a bonus."""

    model_config = example(
        region_code="421224", full_score="100", zero_below_percent="60", bonus_per_percent="0.5", max_bonus="10"
    )

    full_score: Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)] = Decimal(100)
    zero_below_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)] = Decimal(60)
    bonus_per_percent: Points = Decimal("0.5")
    max_bonus: Points = Decimal(10)

    def rule(self, today: date) -> ScoreRule:
        return ScoreRule(
            full_score=self.full_score,
            zero_below_percent=self.zero_below_percent,
            bonus_per_percent=self.bonus_per_percent,
            max_bonus=self.max_bonus,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class ScoreRuleRead(BaseModel):
    id: UUID
    region_code: str | None
    valid_from: date
    valid_to: date | None
    full_score: Amount
    zero_below_percent: Amount
    bonus_per_percent: Amount
    max_bonus: Amount
    version: int
