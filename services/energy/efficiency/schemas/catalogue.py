"""Carriers, factors, calorific values, products and rules in the API."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.efficiency.domain.carriers import Carrier, Factor, FactorKind
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.schemas.types import (
    Code,
    Month,
    Name,
    Note,
    Number,
    Positive,
    RegionCode,
    SectorCode,
    example,
)

Percent = Annotated[Number, Field(ge=0, le=1000)]


class Validity(BaseModel):
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next entry if absent.")


class DatedRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int
    changed_at: datetime
    changed_by: str


class CarrierWrite(BaseModel):
    model_config = example(name="原煤", name_en="raw coal", unit="kg", is_fuel=True)

    name: Name
    name_en: Name
    unit: Literal["kg", "m3", "kWh", "MJ"] = Field(description="What figures and factors count.")
    is_fuel: bool = Field(description="Counted alike both ways; a measured calorific value goes before the table.")

    def carrier(self, code: str) -> Carrier:
        return Carrier(code, self.name, self.name_en, self.unit, self.is_fuel)


class CarrierRead(CarrierWrite):
    model_config = ConfigDict(from_attributes=True)

    code: str
    version: int


class FactorWrite(Validity):
    """Standard coal in a base unit of the carrier."""

    model_config = example(
        carrier_code="electricity", kind="equivalent", kgce_per_unit=0.1229, source="GB/T 2589-2020"
    )

    carrier_code: Code
    kind: FactorKind
    kgce_per_unit: Annotated[Positive, Field(lt=10**9)]
    source: Note = ""

    def factor(self, today: date) -> Factor:
        return Factor(
            carrier_code=self.carrier_code,
            kind=self.kind,
            kgce_per_unit=self.kgce_per_unit.quantize(Decimal("0.00000001")),
            source=self.source,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class FactorRead(DatedRead):
    carrier_code: str
    kind: FactorKind
    kgce_per_unit: Number
    source: str


class CalorificWrite(BaseModel):
    """A lower calorific value measured for months, kJ in a base unit of the carrier."""

    model_config = example(
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1",
        carrier_code="raw_coal",
        first_month="2026-01",
        last_month="2026-03",
        kj_per_unit=22609,
        source="化验报告 2026-03",
    )

    enterprise_id: UUID
    carrier_code: Code
    first_month: Month
    last_month: Month = Field(description="Included.")
    kj_per_unit: Annotated[Positive, Field(ge=Decimal("0.0001"), lt=10**12)]
    source: Note


class CalorificRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    enterprise_id: UUID
    region_code: str
    carrier_code: str
    first_month: Month
    last_month: Month
    kj_per_unit: Number
    source: str
    version: int
    changed_at: datetime
    changed_by: str


class ProductWrite(BaseModel):
    model_config = example(name="水泥熟料", unit="t", sector_code="C3011")

    name: Name
    unit: Annotated[str, Field(min_length=1, max_length=32)]
    sector_code: SectorCode | None = None


class ProductRead(ProductWrite):
    model_config = ConfigDict(from_attributes=True)

    code: str
    version: int


class RuleWrite(Validity):
    """Edges of the light, what vetoes, and what is asked of meters and reports."""

    model_config = example(region_code="421224", yellow_above_percent=0, red_from_percent=10, veto_red_months=3)

    yellow_above_percent: Percent = Field(default=Decimal(0), description="Above the pace by more: yellow.")
    red_from_percent: Percent = Field(default=Decimal(10), description="Above the pace by so much or more: red.")
    veto_red_months: Annotated[int, Field(ge=1, le=12)] | None = Field(
        default=3, description="Red months in a row that veto within the year; null: only a missed year does."
    )
    min_completeness: Annotated[Number, Field(ge=0, le=1)] = Field(
        default=Decimal("0.95"), description="From which share of values on meters go before what was reported."
    )
    tolerance_percent: Percent = Field(default=Decimal(5), description="Beyond it a difference is flagged.")
    report_due_day: Annotated[int, Field(ge=1, le=28)] = Field(default=10, description="Of the next month.")

    def rule(self, today: date) -> EfficiencyRule:
        cents = Decimal("0.01")
        return EfficiencyRule(
            yellow_above_percent=self.yellow_above_percent.quantize(cents),
            red_from_percent=self.red_from_percent.quantize(cents),
            veto_red_months=self.veto_red_months,
            min_completeness=self.min_completeness.quantize(Decimal("0.0001")),
            tolerance_percent=self.tolerance_percent.quantize(cents),
            report_due_day=self.report_due_day,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class RuleRead(DatedRead):
    yellow_above_percent: Number
    red_from_percent: Number
    veto_red_months: int | None
    min_completeness: Number
    tolerance_percent: Number
    report_due_day: int
