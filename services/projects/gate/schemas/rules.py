"""Rules, standards and benchmarks."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.projects.gate.domain.gate import GatePoint, GateRule
from services.projects.gate.domain.standards import IntensityBasis, ReviewKind, ReviewStandard, SectorBenchmark
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.schemas import Yuan
from services.projects.registry.schemas import Code, RegionCode, SectorCode, example

Intensity = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
Source = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
ProductUnit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]


class Validity(BaseModel):
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next entry if absent.")


class GateRuleWrite(Validity):
    """Which projects need a review at which points; a narrower region's entry of the code stands in its place."""

    model_config = example(
        code="energy", review="energy", points=["start", "commissioning"], region_code="421224", sectors=["C"]
    )

    code: Code
    review: ReviewKind
    points: Annotated[list[GatePoint], Field(min_length=1, max_length=3)]
    kinds: Annotated[list[ProjectKind], Field(max_length=20)] = Field(
        default_factory=list, description="All kinds if empty."
    )
    sectors: Annotated[list[SectorCode], Field(max_length=200)] = Field(
        default_factory=list, description="All sectors if empty; with their parts."
    )
    min_investment_yuan: Yuan | None = Field(default=None, description="Inclusive, whole yuan.")
    max_investment_yuan: Yuan | None = Field(default=None, description="Exclusive, whole yuan.")
    required: bool = Field(default=True, description="False exempts a region from a wider region's rule.")
    source: Source = ""

    def rule(self, today: date) -> GateRule:
        low, high = self.min_investment_yuan, self.max_investment_yuan
        return GateRule(
            code=self.code,
            review=self.review,
            points=tuple(dict.fromkeys(self.points)),
            kinds=tuple(dict.fromkeys(self.kinds)),
            sectors=tuple(dict.fromkeys(self.sectors)),
            min_investment_yuan=None if low is None else int(low),
            max_investment_yuan=None if high is None else int(high),
            required=self.required,
            source=self.source,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class GateRuleRead(BaseModel):
    id: UUID
    code: str
    review: ReviewKind
    points: list[GatePoint]
    kinds: list[ProjectKind]
    sectors: list[str]
    min_investment_yuan: Yuan | None
    max_investment_yuan: Yuan | None
    required: bool
    source: str
    region_code: str | None
    template: str | None = Field(description="Set on entries of a template: in force nowhere until adopted.")
    valid_from: date
    valid_to: date | None
    version: int


class GateAdoption(BaseModel):
    """Puts a template's rules in force in a region."""

    model_config = example(template="admission-basics", region_code="421224", valid_from="2026-10-01")

    template: Code
    region_code: RegionCode
    valid_from: date | None = Field(default=None, description="First day; today if absent.")


class AdoptedRules(BaseModel):
    items: list[GateRuleRead]


class StandardWrite(Validity):
    """How long a pass holds and how many experts without a conflict of interest a verdict takes."""

    model_config = example(review="energy", validity_months=24, min_experts=3, region_code="421224")

    review: ReviewKind
    validity_months: Annotated[int, Field(ge=1, le=240)]
    min_experts: Annotated[int, Field(ge=0, le=50)]
    grave_after_days: Annotated[int, Field(ge=1, le=3650)] = 90

    def standard(self, today: date) -> ReviewStandard:
        return ReviewStandard(**self.model_dump(exclude={"valid_from"}), valid_from=self.valid_from or today)


class StandardRead(BaseModel):
    id: UUID
    review: ReviewKind
    validity_months: int
    min_experts: int
    grave_after_days: int
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class BenchmarkWrite(Validity):
    """Limit, entry and advanced value of a sector."""

    model_config = example(
        sector_code="3140",
        basis="output_value",
        limit_value="0.85",
        entry_value="0.62",
        advanced_value="0.48",
        source="demo",
    )

    sector_code: SectorCode
    basis: IntensityBasis
    product_unit: ProductUnit = Field(default="", description="For basis product: t, m², 万块 …")
    limit_value: Intensity
    entry_value: Intensity | None = None
    advanced_value: Intensity
    source: Source = ""

    def benchmark(self, today: date) -> SectorBenchmark:
        return SectorBenchmark(**self.model_dump(exclude={"valid_from"}), valid_from=self.valid_from or today)


class BenchmarkRead(BaseModel):
    id: UUID
    sector_code: str
    basis: IntensityBasis
    product_unit: str
    limit_value: Decimal
    entry_value: Decimal | None
    advanced_value: Decimal
    source: str
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int
