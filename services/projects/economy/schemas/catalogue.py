"""What the catalogue, the rules, the sizes, the register and closed months take and answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.economy.domain.indicators import Indicator, IndicatorKind, PriceBasis, SignRule
from services.projects.economy.domain.register import Standing
from services.projects.economy.domain.rules import EconomyRule, EconomyRuleKind
from services.projects.economy.domain.sizes import SizeBand
from services.projects.economy.schemas.types import (
    Amount,
    IndicatorCode,
    MonthText,
    Name,
    Note,
    Reason,
    Said,
    month_of,
)
from services.projects.parks.domain.attribution import Measure
from services.projects.registry.schemas import RegionCode, SectorCode, example

Unit = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_/]{0,19}$")]


class IndicatorWrite(BaseModel):
    model_config = example(
        name_zh="工业总产值", name_en="output value", unit="yuan", price_basis="current", required=True
    )

    name_zh: Name
    name_en: Name
    unit: Unit = Field(description="yuan, kwh, person …; money is whole yuan.")
    kind: IndicatorKind = IndicatorKind.FLOW
    price_basis: PriceBasis | None = None
    sign: SignRule = Field(default=SignRule.NOT_NEGATIVE, description="What is usual; else it is asked back.")
    measure: Measure | None = Field(default=None, description="Whose shares count it where regions share.")
    required: bool = Field(default=False, description="Every final report says it.")
    required_flash: bool = Field(default=False, description="Every flash report says it.")
    position: Annotated[int, Field(ge=0, le=9999)] = 999
    active: bool = True

    def indicator(self, code: str) -> Indicator:
        measure = None if self.measure is None else self.measure.value
        return Indicator(code=code, measure=measure, **self.model_dump(exclude={"measure"}))


class IndicatorRead(BaseModel):
    code: str
    name_zh: str
    name_en: str
    unit: str
    kind: IndicatorKind
    price_basis: PriceBasis | None
    sign: SignRule
    measure: Measure | None
    required: bool
    required_flash: bool
    position: int
    active: bool
    version: int


class Indicators(BaseModel):
    items: list[IndicatorRead]


class EconomyRuleWrite(BaseModel):
    """See the kinds; the second level is that from which it is grave."""

    model_config = example(kind="dip_yoy", indicator="output_value", value="-10", level2_value="-30")

    kind: EconomyRuleKind
    value: Said
    level2_value: Said | None = None
    indicator: IndicatorCode | None = Field(default=None, description="Null: all flows.")
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")

    def rule(self, today: date) -> EconomyRule:
        return EconomyRule(**{**self.model_dump(), "valid_from": self.valid_from or today})


class EconomyRuleRead(BaseModel):
    id: UUID
    kind: EconomyRuleKind
    indicator: str | None
    value: Amount
    level2_value: Amount | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class EconomySizeWrite(BaseModel):
    model_config = example(
        name_zh="中型", name_en="medium", rank=3, min_revenue_yuan="20000000", min_employees=300
    )

    name_zh: Name
    name_en: Name
    rank: Annotated[int, Field(ge=1, le=99, description="Higher is larger.")]
    min_revenue_yuan: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=0)]
    min_employees: Annotated[int, Field(ge=0, le=10_000_000)]
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = None

    def band(self, code: str, today: date) -> SizeBand:
        facts = {**self.model_dump(), "valid_from": self.valid_from or today}
        return SizeBand(code=code, **{**facts, "min_employees": Decimal(self.min_employees)})


class EconomySizeRead(BaseModel):
    id: UUID
    code: str
    name_zh: str
    name_en: str
    rank: int
    min_revenue_yuan: Amount
    min_employees: Amount
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class StandingWrite(BaseModel):
    """From ``valid_from`` on, the first day of a month; without an end until the next standing."""

    model_config = example(region_code="421224101", sector_code="3140", valid_from="2026-07-01", reason="迁入")

    region_code: RegionCode
    sector_code: SectorCode
    valid_from: date
    valid_to: date | None = Field(
        default=None, description="First day of the month from which on it reports no more."
    )
    reason: Reason

    def standing(self) -> Standing:
        return Standing(**self.model_dump())


class StandingRead(BaseModel):
    id: UUID
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    registry_region_code: str = Field(description="Where the registry has it now.")
    registry_sector_code: str
    valid_from: date
    valid_to: date | None
    reason: str
    decided_by: str
    version: int

    @classmethod
    def of(cls, pair: Any) -> StandingRead:
        row, enterprise = pair
        return cls(
            **row.model_dump(exclude={"updated_at"}),
            credit_code=enterprise.credit_code,
            name=enterprise.name,
            registry_region_code=enterprise.region_code,
            registry_sector_code=enterprise.sector_code,
        )


class EnrolmentWrite(BaseModel):
    model_config = example(region_code="421224", from_month="2026-01", reason="年初建库")

    region_code: RegionCode
    from_month: MonthText
    reason: Reason


class EnrolmentRead(BaseModel):
    enrolled: int


class ClosedMonthWrite(BaseModel):
    model_config = example(month="2026-08", region_code="421224", note="八月数据定稿")

    month: MonthText
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    note: Note = ""
    over_outstanding: bool = Field(
        default=False, description="Close although reports are missing or wait for review."
    )

    @property
    def first_day(self) -> date:
        return month_of(self.month)


class ClosedMonthRead(BaseModel):
    id: UUID
    month: date
    region_code: str | None
    note: str
    closed_at: AwareDatetime
    closed_by: str
