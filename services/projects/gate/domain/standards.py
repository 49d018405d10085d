"""What a review is measured by: how long it holds, how many experts it takes, the sector's energy benchmark."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from libs.common import sectors
from libs.common.web.problems import FieldError
from services.projects.gate.errors import BenchmarkNotOrdered
from services.projects.registry.domain.validity import Dated, in_force


class ReviewKind(StrEnum):
    """环境影响评价 EIA, 节能审查 energy review."""

    EIA = "eia"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True)
class ReviewStandard(Dated):
    """How long a pass holds, from the day it is issued, and how many experts without a conflict it takes.

    Expired for ``grave_after_days``, a project under construction is a grave case.
    """

    review: ReviewKind
    validity_months: int
    min_experts: int
    grave_after_days: int = 90

    def last_day(self, issued_on: date) -> date:
        """The last day of the longest validity: the same day of the month, or the month's last."""
        months = issued_on.month - 1 + self.validity_months
        year, month = issued_on.year + months // 12, months % 12 + 1
        return date(year, month, min(issued_on.day, calendar.monthrange(year, month)[1]))


class IntensityBasis(StrEnum):
    """吨标准煤/万元产值 of output value, 吨标准煤/单位产品 of product."""

    OUTPUT_VALUE = "output_value"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class SectorBenchmark(Dated):
    """限额值 limit, 准入值 entry, 先进值 advanced value of a sector, in tce per 万元 or per ``product_unit``."""

    sector_code: str
    basis: IntensityBasis
    limit_value: Decimal
    advanced_value: Decimal
    entry_value: Decimal | None = None
    product_unit: str = ""
    source: str = ""


class Standing(StrEnum):
    """先进 advanced, 准入以内 within entry, 限额以内 within limit, 超限额 over limit, 无标准 no benchmark."""

    ADVANCED = "advanced"
    WITHIN_ENTRY = "within_entry"
    WITHIN_LIMIT = "within_limit"
    OVER_LIMIT = "over_limit"
    NO_BENCHMARK = "no_benchmark"


def standing_of(intensity: Decimal, benchmark: SectorBenchmark | None) -> Standing:
    """Where a project's intensity stands; a value on the edge is within."""
    if benchmark is None:
        return Standing.NO_BENCHMARK
    if intensity <= benchmark.advanced_value:
        return Standing.ADVANCED
    if benchmark.entry_value is not None and intensity <= benchmark.entry_value:
        return Standing.WITHIN_ENTRY
    return Standing.WITHIN_LIMIT if intensity <= benchmark.limit_value else Standing.OVER_LIMIT


def demand_benchmark_order(benchmark: SectorBenchmark) -> None:
    """Raises BenchmarkNotOrdered."""
    entry = benchmark.limit_value if benchmark.entry_value is None else benchmark.entry_value
    faults = []
    if benchmark.advanced_value > entry:
        faults.append(FieldError("benchmark.not_ordered", "/advanced_value"))
    if entry > benchmark.limit_value:
        faults.append(FieldError("benchmark.not_ordered", "/entry_value"))
    if (benchmark.basis is IntensityBasis.PRODUCT) != bool(benchmark.product_unit):
        faults.append(FieldError("benchmark.unit_of_product", "/product_unit"))
    if faults:
        raise BenchmarkNotOrdered(errors=faults)


def benchmark_for(
    known: Iterable[SectorBenchmark],
    sector_code: str,
    region_code: str,
    on: date,
    *,
    basis: IntensityBasis,
    product_unit: str,
) -> SectorBenchmark | None:
    """The benchmark of the narrowest sector that has one, and of that sector the one of the narrowest region."""
    fitting = [
        one
        for one in known
        if one.basis is basis
        and one.product_unit == product_unit
        and sectors.contains(one.sector_code, sector_code)
    ]
    for depth in sorted({sectors.depth(one.sector_code) for one in fitting}, reverse=True):
        of_sector = [one for one in fitting if sectors.depth(one.sector_code) == depth]
        found = in_force(of_sector, region_code, on)
        if found is not None:
            return found
    return None
