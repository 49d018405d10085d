"""Where a review gets its sector's benchmark from."""

from datetime import date
from typing import Protocol

from libs.common.context import Context
from services.projects.gate.domain.standards import IntensityBasis, SectorBenchmark, benchmark_for
from services.projects.gate.repository import rules as repository
from services.projects.gate.repository.energy import energy_benchmarks


class BenchmarkSource(Protocol):
    """Answers with limit, entry and advanced value of a sector on a day; None where none is known.

    The energy service owns the benchmarks (S19) and tells them by events; where it has none, the gate's own table
    answers, which an office keeps by ``PUT /v1/sector-benchmarks``. A verdict keeps the values it was given by.
    """

    async def find(
        self,
        ctx: Context,
        sector_code: str | None,
        region_code: str,
        on: date,
        *,
        basis: IntensityBasis,
        product_unit: str,
    ) -> SectorBenchmark | None: ...


class OwnBenchmarks:
    """The table of this slice."""

    async def find(
        self,
        ctx: Context,
        sector_code: str | None,
        region_code: str,
        on: date,
        *,
        basis: IntensityBasis,
        product_unit: str,
    ) -> SectorBenchmark | None:
        if sector_code is None:
            return None
        known = await repository.all_benchmarks(ctx.session, basis)
        return benchmark_for(known, sector_code, region_code, on, basis=basis, product_unit=product_unit)


class EnergyBenchmarks:
    """What the energy service told. Of several products in one unit none is guessed."""

    async def find(
        self,
        ctx: Context,
        sector_code: str | None,
        region_code: str,
        on: date,
        *,
        basis: IntensityBasis,
        product_unit: str,
    ) -> SectorBenchmark | None:
        if sector_code is None:
            return None
        by_product = await energy_benchmarks(ctx.session, basis, product_unit)
        found = [
            one
            for known in by_product.values()
            if (one := benchmark_for(known, sector_code, region_code, on, basis=basis, product_unit=product_unit))
        ]
        return found[0] if len(found) == 1 else None


class FirstOf:
    """Sources one after the other; the first that knows answers."""

    def __init__(self, *sources: BenchmarkSource) -> None:
        self._sources = sources

    async def find(
        self,
        ctx: Context,
        sector_code: str | None,
        region_code: str,
        on: date,
        *,
        basis: IntensityBasis,
        product_unit: str,
    ) -> SectorBenchmark | None:
        for source in self._sources:
            found = await source.find(ctx, sector_code, region_code, on, basis=basis, product_unit=product_unit)
            if found is not None:
                return found
        return None
