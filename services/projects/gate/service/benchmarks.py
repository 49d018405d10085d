"""Where a review gets its sector's benchmark from."""

from datetime import date
from typing import Protocol

from libs.common.context import Context
from services.projects.gate.domain.standards import IntensityBasis, SectorBenchmark, benchmark_for
from services.projects.gate.repository import rules as repository


class BenchmarkSource(Protocol):
    """Answers with limit, entry and advanced value of a sector on a day; None where none is known.

    Today the gate's own table answers, which an office keeps by ``PUT /v1/sector-benchmarks``. The energy service
    will own the contest's benchmarks (S19) and feed the same question over REST; a verdict keeps the values it was
    given by, so a later source changes none that was given.
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
