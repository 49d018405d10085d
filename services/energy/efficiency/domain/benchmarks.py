"""Benchmarks of a sector or product (能效标杆): 限额值 limit, 准入值 entry, 先进值 advanced, and who stands where.

Values are tce in a unit of product or in 万元 of output value. A value on an edge is within.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from libs.common import sectors
from libs.common.validity import Dated, in_force
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import Basis, Intensity
from services.energy.efficiency.errors import BenchmarkNotOrdered


@dataclass(frozen=True, slots=True)
class Benchmark(Dated):
    """Of output value or of a product; ``source`` names the standard."""

    sector_code: str
    basis: Basis
    limit_value: Decimal
    advanced_value: Decimal
    entry_value: Decimal | None = None
    product_code: str = ""
    product_unit: str = ""
    factor_kind: FactorKind = FactorKind.EQUIVALENT
    source: str = ""


class Level(StrEnum):
    LIMIT = "limit"
    ENTRY = "entry"
    ADVANCED = "advanced"


class Standing(StrEnum):
    """先进 advanced, 准入以内 within entry, 限额以内 within limit, 超限额 over limit."""

    ADVANCED = "advanced"
    WITHIN_ENTRY = "within_entry"
    WITHIN_LIMIT = "within_limit"
    OVER_LIMIT = "over_limit"


# The level that is the next to reach.
_NEXT: Final[Mapping[Standing, Level | None]] = {
    Standing.OVER_LIMIT: Level.LIMIT,
    Standing.WITHIN_LIMIT: Level.ENTRY,
    Standing.WITHIN_ENTRY: Level.ADVANCED,
    Standing.ADVANCED: None,
}


def value_at(benchmark: Benchmark, level: Level) -> Decimal:
    """The level's value; without an entry value its place is the advanced one's."""
    if level is Level.LIMIT:
        return benchmark.limit_value
    if level is Level.ENTRY and benchmark.entry_value is not None:
        return benchmark.entry_value
    return benchmark.advanced_value


def demand_order(benchmark: Benchmark) -> None:
    """Raises BenchmarkNotOrdered."""
    entry = benchmark.limit_value if benchmark.entry_value is None else benchmark.entry_value
    faults = []
    if benchmark.advanced_value > entry:
        faults.append(FieldError("benchmark.not_ordered", "/advanced_value"))
    if entry > benchmark.limit_value:
        faults.append(FieldError("benchmark.not_ordered", "/entry_value"))
    if (benchmark.basis is Basis.PRODUCT) != bool(benchmark.product_code):
        faults.append(FieldError("benchmark.product_of_basis", "/product_code"))
    if faults:
        raise BenchmarkNotOrdered(errors=faults)


def standing_of(value: Decimal, benchmark: Benchmark) -> Standing:
    if value <= benchmark.advanced_value:
        return Standing.ADVANCED
    if benchmark.entry_value is not None and value <= benchmark.entry_value:
        return Standing.WITHIN_ENTRY
    return Standing.WITHIN_LIMIT if value <= benchmark.limit_value else Standing.OVER_LIMIT


@dataclass(frozen=True, slots=True)
class Position:
    """Where an intensity stands, and what reaching each level would save over its months, in tce."""

    standing: Standing
    savings: Mapping[Level, Decimal]
    next_level: Level | None

    @property
    def needed_tce(self) -> Decimal | None:
        """What is to be saved to come to the next better level; None at the best."""
        return None if self.next_level is None else self.savings[self.next_level]


def saving_at(intensity: Intensity, benchmark: Benchmark, level: Level) -> Decimal | None:
    """tce saved over the intensity's months at a level; 0 where it is as good already, None where unknown."""
    if intensity.value is None or intensity.tce is None or intensity.output is None:
        return None
    allowed = value_at(benchmark, level) * intensity.output
    return max(Decimal(0), (intensity.tce - allowed).quantize(Decimal("0.001")))


def position_of(intensity: Intensity, benchmark: Benchmark | None) -> Position | None:
    """None where there is no intensity or no benchmark."""
    if benchmark is None or intensity.value is None:
        return None
    standing = standing_of(intensity.value, benchmark)
    savings = {level: saving_at(intensity, benchmark, level) or Decimal(0) for level in Level}
    following = _NEXT[standing]
    if following is Level.ENTRY and benchmark.entry_value is None:
        following = Level.ADVANCED
    return Position(standing, savings, following)


def benchmark_for(
    known: Iterable[Benchmark],
    sector_code: str,
    region_code: str,
    on: date,
    *,
    basis: Basis,
    product_code: str | None,
    factor_kind: FactorKind = FactorKind.EQUIVALENT,
) -> Benchmark | None:
    """The benchmark of the narrowest sector that has one, and of that sector the one of the narrowest region."""
    fitting = [
        one
        for one in known
        if one.basis is basis
        and one.product_code == (product_code or "")
        and one.factor_kind is factor_kind
        and sectors.contains(one.sector_code, sector_code)
    ]
    for depth in sorted({sectors.depth(one.sector_code) for one in fitting}, reverse=True):
        of_sector = [one for one in fitting if sectors.depth(one.sector_code) == depth]
        found = in_force(of_sector, region_code, on)
        if found is not None:
            return found
    return None
