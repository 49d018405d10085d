"""What restated bases and published figures take and answer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.projects.economy.domain.indicators import PriceBasis
from services.projects.economy.schemas.types import (
    Amount,
    IndicatorCode,
    MonthText,
    Note,
    Percent,
    Reason,
    Said,
    month_of,
)
from services.projects.economy.service.bases import Restatement
from services.projects.registry.schemas import CreditCode, RegionCode, SectorCode, example


class RestatementWrite(BaseModel):
    model_config = example(
        credit_code="91350100M000100Y43",
        indicator="output_value",
        month="2025-08",
        month_value="2900000",
        reason="上年同期剥离贸易收入",
    )

    credit_code: CreditCode
    indicator: IndicatorCode
    month: MonthText
    month_value: Said | None = None
    cumulative_value: Said | None = None
    reason: Reason

    def restatement(self) -> Restatement:
        return Restatement(**{**self.model_dump(exclude={"credit_code"}), "month": month_of(self.month)})


class RestatementRead(BaseModel):
    """The restated base beside what was reported."""

    id: UUID
    enterprise_id: UUID
    credit_code: str
    name: str
    indicator: str
    month: date
    revision: int
    is_current: bool
    month_value: Amount | None
    cumulative_value: Amount | None
    reported_month_value: Amount | None
    reported_cumulative_value: Amount | None
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(cls, found: Any) -> RestatementRead:
        row, enterprise, figure = found
        return cls(
            **row.model_dump(),
            credit_code=enterprise.credit_code,
            name=enterprise.name,
            reported_month_value=None if figure is None else figure.month_value,
            reported_cumulative_value=None if figure is None else figure.cumulative_value,
        )


class PublishedFigureWrite(BaseModel):
    model_config = example(
        region_code="421200",
        indicator="value_added",
        month="2026-08",
        cumulative_value="1879000000",
        cumulative_growth_percent="10.3",
        price_basis="comparable",
        source="市统计局月报",
        published_on="2026-09-12",
    )

    region_code: RegionCode
    sector: SectorCode | None = None
    indicator: IndicatorCode
    month: MonthText
    month_value: Said | None = None
    cumulative_value: Said | None = None
    month_growth_percent: Said | None = None
    cumulative_growth_percent: Said | None = None
    price_basis: PriceBasis | None = None
    source: Reason
    published_on: date
    note: Note = ""

    def facts(self) -> dict[str, Any]:
        basis = None if self.price_basis is None else self.price_basis.value
        return {**self.model_dump(), "month": month_of(self.month), "price_basis": basis}


class PublishedFigureRead(BaseModel):
    id: UUID
    region_code: str
    sector: str | None
    indicator: str
    month: date
    revision: int
    is_current: bool
    month_value: Amount | None
    cumulative_value: Amount | None
    month_growth_percent: Percent | None
    cumulative_growth_percent: Percent | None
    price_basis: PriceBasis | None
    source: str
    published_on: date
    note: str
    recorded_at: AwareDatetime
    recorded_by: str
