"""Benchmarks, intensities and savings in the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from libs.common import sectors
from services.energy.efficiency.domain.benchmarks import Benchmark, Level, Standing
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import Basis, Boundary
from services.energy.efficiency.schemas.catalogue import DatedRead, Validity
from services.energy.efficiency.schemas.types import (
    Month,
    Note,
    Number,
    ReasonRead,
    SectorCode,
    example,
    reasons_read,
)
from services.energy.efficiency.service.benchmarks import Measured, Saving

Intensity = Annotated[Number, Field(gt=0, max_digits=18, decimal_places=6)]
_DIVISION = 3


class BenchmarkWrite(Validity):
    """tce per unit of the product or per 万元 of output value; advanced ≤ entry ≤ limit."""

    model_config = example(
        sector_code="C3011",
        basis="product",
        product_code="cement_clinker",
        limit_value=0.117,
        entry_value=0.107,
        advanced_value=0.1,
        source="GB 16780-2021",
        region_code="421224",
        valid_from="2026-01-01",
    )

    sector_code: SectorCode
    basis: Basis
    product_code: Annotated[str, Field(max_length=64)] = ""
    factor_kind: FactorKind = FactorKind.EQUIVALENT
    limit_value: Intensity
    entry_value: Intensity | None = None
    advanced_value: Intensity
    source: Note = ""

    def benchmark(self, today: date) -> Benchmark:
        def exact(value: Decimal) -> Decimal:
            return value.quantize(Decimal("0.000001"))

        return Benchmark(
            sector_code=sectors.full_code(self.sector_code),
            basis=self.basis,
            product_code=self.product_code,
            factor_kind=self.factor_kind,
            limit_value=exact(self.limit_value),
            entry_value=None if self.entry_value is None else exact(self.entry_value),
            advanced_value=exact(self.advanced_value),
            source=self.source,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class BenchmarkRead(DatedRead):
    sector_code: str
    basis: Basis
    product_code: str
    product_unit: str
    factor_kind: FactorKind
    limit_value: Number
    entry_value: Number | None
    advanced_value: Number
    source: str


class BenchmarkFacts(BaseModel):
    """The values that count, with where they come from."""

    sector_code: str
    region_code: str | None
    basis: Basis
    product_code: str
    product_unit: str
    factor_kind: FactorKind
    limit_value: Number
    entry_value: Number | None
    advanced_value: Number
    source: str
    valid_from: date
    valid_to: date | None


def benchmark_facts(benchmark: Benchmark) -> BenchmarkFacts:
    return BenchmarkFacts.model_validate({name: getattr(benchmark, name) for name in BenchmarkFacts.model_fields})


class IntensityRead(BaseModel):
    """tce in a unit of product or in 万元; ``value`` null with the reasons."""

    basis: Basis
    product: str | None
    unit: str = Field(description="Of the output: the product's, or 万元.")
    boundary: Boundary = Field(description="The product's processes, or the whole enterprise.")
    kind: FactorKind
    first_month: Month
    last_month: Month
    tce: Number | None
    output: Number | None
    value: Number | None
    reasons: list[ReasonRead]
    restated: bool = Field(description="A figure of these months was corrected.")
    benchmark: BenchmarkFacts | None
    standing: Standing | None
    next_level: Level | None
    needed_tce: Number | None = Field(description="To be saved to reach the next better level.")
    savings_tce: dict[Level, Number] | None = Field(description="What each level would save.")


def intensity_read(found: Measured, kind: FactorKind, units: dict[str, str]) -> IntensityRead:
    one, position = found.intensity, found.position
    return IntensityRead.model_validate(
        {
            **{name: getattr(one, name) for name in ("basis", "boundary", "first_month", "last_month")},
            **{name: getattr(one, name) for name in ("tce", "output", "value")},
            "product": one.product_code,
            "unit": "万元" if one.product_code is None else units.get(one.product_code, ""),
            "kind": kind,
            "reasons": reasons_read(one.reasons),
            "restated": one.is_restated,
            "benchmark": None if found.benchmark is None else benchmark_facts(found.benchmark).model_dump(),
            "standing": None if position is None else position.standing,
            "next_level": None if position is None else position.next_level,
            "needed_tce": None if position is None else position.needed_tce,
            "savings_tce": None if position is None else dict(position.savings),
        }
    )


class Intensities(BaseModel):
    items: list[IntensityRead]


class SavingRead(BaseModel):
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    product: str | None
    value: Number | None
    level_value: Number | None
    standing: Standing | None
    saved_tce: Number | None
    reasons: list[ReasonRead]


class SavingSum(BaseModel):
    code: str
    saved_tce: Number


class SavingsRead(BaseModel):
    """At this level so much would be saved; who cannot be told is named and counts as nothing."""

    level: Level
    first_month: Month
    last_month: Month
    saved_tce: Number
    told: int = Field(description="Intensities with a benchmark.")
    untold: int
    by_sector: list[SavingSum] = Field(description="By division of GB/T 4754.")
    by_region: list[SavingSum]
    items: list[SavingRead]


def savings_read(found: list[Saving], level: Level, first: date, last: date) -> SavingsRead:
    known = [(one, one.saved_tce) for one in found if one.saved_tce is not None]
    by_sector: dict[str, Decimal] = defaultdict(Decimal)
    by_region: dict[str, Decimal] = defaultdict(Decimal)
    for one, saved in known:
        by_sector[sectors.full_code(one.book.sector_code)[:_DIVISION]] += saved
        by_region[one.book.region_code] += saved
    ordered = sorted(found, key=lambda one: (-(one.saved_tce or Decimal(0)), one.book.credit_code))
    return SavingsRead.model_validate(
        {
            "level": level,
            "first_month": first,
            "last_month": last,
            "saved_tce": sum((saved for _, saved in known), Decimal(0)),
            "told": len(known),
            "untold": len(found) - len(known),
            "by_sector": _sums(by_sector.items()),
            "by_region": _sums(by_region.items()),
            "items": [_saving(one) for one in ordered],
        }
    )


def _sums(parts: Iterable[tuple[str, Decimal]]) -> list[dict[str, Any]]:
    return [{"code": code, "saved_tce": saved} for code, saved in sorted(parts)]


def _saving(one: Saving) -> dict[str, Any]:
    position = one.measured.position
    names = ("enterprise_id", "credit_code", "name", "region_code", "sector_code")
    return {
        **{name: getattr(one.book, name) for name in names},
        "product": one.measured.intensity.product_code,
        "value": one.measured.intensity.value,
        "level_value": one.level_value,
        "standing": None if position is None else position.standing,
        "saved_tce": one.saved_tce,
        "reasons": reasons_read(one.reasons),
    }
