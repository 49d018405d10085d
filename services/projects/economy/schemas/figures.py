"""What questions about figures answer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.economy.domain.arithmetic import Null, Rate
from services.projects.economy.domain.figures import Figure, FigureRow, Growth, Version
from services.projects.economy.domain.forecast import METHOD
from services.projects.economy.domain.indicators import PriceBasis
from services.projects.economy.domain.question import Comparison, FigureGrouping, Scale
from services.projects.economy.repository.scales import Moved
from services.projects.economy.schemas.types import (
    Amount,
    FigureRead,
    GrowthRead,
    Percent,
    PercentRead,
)
from services.projects.economy.service.rollups import Answer, Published, Rollup, ScaleChange, YearAhead


def figure_read(figure: Figure) -> FigureRead:
    return FigureRead(
        value=figure.value,
        reason=figure.reason,
        unit=figure.unit,
        complete=figure.complete,
        expected=figure.expected,
    )


def growth_read(growth: Growth) -> GrowthRead:
    original = growth.original_base
    return GrowthRead(
        rate=growth.rate,
        reason=growth.reason,
        price_basis=growth.price_basis,
        current=figure_read(growth.current),
        base=figure_read(growth.base),
        original_base=None if original is None or original == growth.base else figure_read(original),
    )


def _rate(rate: Rate) -> PercentRead:
    return PercentRead(value=rate.value, reason=rate.reason)


class AnswerRead(BaseModel):
    figure: FigureRead
    yoy: GrowthRead = Field(description="Against the same month, or the same months, a year before.")
    mom: GrowthRead | None = Field(description="Against the month before; null for cumulative figures.")
    contribution: PercentRead = Field(description="Points of the whole's growth year on year that come from here.")
    share: PercentRead = Field(description="Percent of the whole.")

    @classmethod
    def facts(cls, answer: Answer) -> dict[str, Any]:
        return {
            "figure": figure_read(answer.figure),
            "yoy": growth_read(answer.yoy),
            "mom": None if answer.mom is None else growth_read(answer.mom),
            "contribution": _rate(answer.contribution),
            "share": _rate(answer.share),
        }


class GroupRead(AnswerRead):
    key: str | None = Field(description="Null: of no park, or of no known size.")


class PublishedRead(BaseModel):
    """The statistics office's figure, and ours less theirs; null where either is not known."""

    id: UUID
    month_value: Amount | None
    cumulative_value: Amount | None
    month_growth_percent: Percent | None
    cumulative_growth_percent: Percent | None
    price_basis: PriceBasis | None
    source: str
    published_on: date
    revision: int
    difference: Amount | None
    growth_difference: Percent | None

    @classmethod
    def of(cls, published: Published) -> PublishedRead:
        names = set(cls.model_fields) - {"difference", "growth_difference"}
        return cls(
            **published.row.model_dump(include=names),
            difference=published.difference,
            growth_difference=published.growth_difference,
        )


class EconomyFiguresRead(BaseModel):
    """A figure with its growth, in whole and by group."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    month: date
    cumulative: bool
    version: Version
    comparison: Comparison
    shared: bool
    restated: bool
    group_by: FigureGrouping | None
    total: AnswerRead
    groups: list[GroupRead]
    published: PublishedRead | None

    @classmethod
    def of(cls, found: Rollup) -> EconomyFiguresRead:
        question, indicator = found.question, found.indicator
        return cls(
            indicator=indicator.code,
            name_zh=indicator.name_zh,
            name_en=indicator.name_en,
            unit=indicator.unit,
            month=question.month,
            cumulative=question.cumulative,
            version=question.version,
            comparison=question.comparison,
            shared=question.shared,
            restated=question.restated,
            group_by=question.by,
            total=AnswerRead(**AnswerRead.facts(found.total)),
            groups=[GroupRead(key=key, **AnswerRead.facts(answer)) for key, answer in found.groups],
            published=None if found.published is None else PublishedRead.of(found.published),
        )


class FigureRowRead(BaseModel):
    """An enterprise in a figure."""

    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    month: date
    value: Amount | None
    counted: Amount | None = Field(description="What the question counts of it, by its share.")
    reason: str | None
    base: Amount | None = Field(description="A year before, restated where it was.")
    original_base: Amount | None
    report_id: UUID | None
    revision: int | None

    @classmethod
    def of(cls, row: FigureRow) -> FigureRowRead:
        return cls.model_validate(row, from_attributes=True)


class ForecastRead(BaseModel):
    """The year by what last year's same months made of its whole; each part beside it."""

    indicator: str
    unit: str
    month: date
    method: str = Field(default=METHOD, description="This year until now by last year's share of the same months.")
    value: Amount | None
    reason: Null | None
    share_percent: Percent | None
    current: FigureRead
    base: FigureRead
    base_year: FigureRead
    attainment: PercentRead = Field(description="The forecast in percent of the target.")
    progress: PercentRead = Field(description="What is reached already in percent of the target.")

    @classmethod
    def of(cls, found: YearAhead) -> ForecastRead:
        told = found.forecast
        return cls(
            indicator=found.indicator.code,
            unit=found.indicator.unit,
            month=found.question.month,
            value=told.value,
            reason=told.reason,
            share_percent=told.share_percent,
            current=figure_read(found.current),
            base=figure_read(found.base),
            base_year=figure_read(found.base_year),
            attainment=_rate(told.attainment),
            progress=_rate(told.progress),
        )


class MovedRead(BaseModel):
    """An enterprise that came over the edge or fell below; null: not in the register then."""

    enterprise_id: UUID
    credit_code: str
    name: str
    before: Scale | None
    after: Scale | None
    revenue_before: Amount | None
    revenue_after: Amount | None

    @classmethod
    def of(cls, moved: Moved) -> MovedRead:
        return cls.model_validate(moved, from_attributes=True)


class ScaleCounts(BaseModel):
    above: int
    below: int
    unknown: int


class ScaleChangeRead(BaseModel):
    """规上企业 by main revenue of twelve months: how many at the end of each month, who came in, who went out."""

    earlier: date
    later: date
    before: ScaleCounts
    after: ScaleCounts
    entered: list[MovedRead]
    left: list[MovedRead]

    @classmethod
    def of(cls, found: ScaleChange) -> ScaleChangeRead:
        def counts(side: Any) -> ScaleCounts:
            return ScaleCounts(**{scale.value: side.get(scale, 0) for scale in Scale})

        return cls(
            earlier=found.earlier,
            later=found.later,
            before=counts(found.before),
            after=counts(found.after),
            entered=[MovedRead.of(one) for one in found.entered],
            left=[MovedRead.of(one) for one in found.left],
        )
