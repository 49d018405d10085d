"""``/v1/energy-benchmarks``, intensities of enterprises, and ``/v1/energy-savings``."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.conditional import check_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.efficiency.domain.benchmarks import Level
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import Basis
from services.energy.efficiency.errors import (
    BenchmarkNotOrdered,
    EfficiencyNotFound,
    EnterpriseUnknown,
    PeriodUnfit,
    ProductUnknown,
)
from services.energy.efficiency.repository import catalogue as repository
from services.energy.efficiency.repository.books import Selection
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.routes.answers import (
    KEEPERS,
    PLACING,
    FirstMonth,
    LastMonth,
    check_months,
    new_router,
    tagged,
)
from services.energy.efficiency.schemas.benchmarks import (
    BenchmarkFacts,
    BenchmarkRead,
    BenchmarkWrite,
    Intensities,
    SavingsRead,
    benchmark_facts,
    intensity_read,
    savings_read,
)
from services.energy.efficiency.schemas.types import RegionCode, SectorCode
from services.energy.efficiency.service import benchmarks as service
from services.energy.efficiency.tables import BenchmarkRow

router = new_router()


@router.get("/energy-benchmarks", response_model=PageOf[BenchmarkRead])
async def list_energy_benchmarks(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.BENCHMARKS)]
) -> Any:
    """Limit, entry and advanced values by sector, product, region and time."""
    page = await repository.list_dated(ctx.session, ctx.principal, query, BenchmarkRow)
    return page_response(request, page, query, BenchmarkRead)


@router.put(
    "/energy-benchmarks",
    response_model=BenchmarkRead,
    responses=problems(BenchmarkNotOrdered, ProductUnknown, *PLACING),
    dependencies=KEEPERS,
)
async def put_energy_benchmark(body: BenchmarkWrite, ctx: ContextDep, response: Response) -> BenchmarkRead:
    """Put a benchmark in force from its first day on; the one before it ends there. Gates learn of it by event."""
    row = await service.put_benchmark(ctx, body.benchmark(today_of(ctx)))
    return tagged(response, row, BenchmarkRead)


@router.get("/energy-benchmarks/in-force", response_model=BenchmarkFacts, responses=problems(EfficiencyNotFound))
async def get_benchmark_in_force(
    ctx: ContextDep,
    sector_code: Annotated[SectorCode, Query()],
    region_code: Annotated[RegionCode, Query()],
    basis: Basis,
    on: Annotated[date | None, Query(description="Today if absent.")] = None,
    product_code: Annotated[str, Query(max_length=64)] = "",
    kind: FactorKind = FactorKind.EQUIVALENT,
) -> BenchmarkFacts:
    """The benchmark that counts: of the narrowest sector that has one, then of the narrowest region."""
    found = await service.benchmark_in_force(
        ctx, sector_code, region_code, on or today_of(ctx), basis, product_code, kind
    )
    if found is None:
        raise EfficiencyNotFound(id=sector_code)
    return benchmark_facts(found)


@router.delete(
    "/energy-benchmarks/{benchmark_id}",
    status_code=204,
    responses=problems(EfficiencyNotFound, *PLACING[:1]),
    dependencies=KEEPERS,
)
async def delete_energy_benchmark(benchmark_id: UUID, request: Request, ctx: ContextDep) -> Response:
    """Take back one that was entered by mistake; one that ends is given another after it instead."""
    row = await repository.get_benchmark(ctx.session, ctx.principal, benchmark_id)
    check_if_match(request, row.version)
    await service.withdraw_benchmark(ctx, row)
    return Response(status_code=204)


@router.get(
    "/enterprises/{enterprise_id}/energy-intensities",
    response_model=Intensities,
    responses=problems(EnterpriseUnknown, PeriodUnfit),
)
async def list_energy_intensities(
    enterprise_id: UUID,
    ctx: ContextDep,
    first: FirstMonth,
    last: LastMonth,
    kind: FactorKind = FactorKind.EQUIVALENT,
) -> Intensities:
    """Energy per unit of each product and per 万元, where each stands, and what the levels would save."""
    check_months(first, last)
    await get_enterprise(ctx.session, ctx.principal, enterprise_id)
    found = await service.intensities(ctx, enterprise_id, first, last, kind)
    units = {code: row.unit for code, row in (await repository.products(ctx.session)).items()}
    return Intensities(items=[intensity_read(one, kind, units) for one in found])


@router.get("/energy-savings", response_model=SavingsRead, responses=problems(EnterpriseUnknown, PeriodUnfit))
async def get_energy_savings(
    ctx: ContextDep,
    level: Level,
    first: FirstMonth,
    last: LastMonth,
    enterprise_id: Annotated[UUID | None, Query()] = None,
    region_code: Annotated[
        RegionCode | None, Query(description="With its subtree; the caller's if absent.")
    ] = None,
    sector_code: Annotated[SectorCode | None, Query(description="With its parts.")] = None,
    kind: FactorKind = FactorKind.EQUIVALENT,
) -> SavingsRead:
    """What would be saved at a level: by one enterprise, a region, a sector."""
    check_months(first, last)
    principal = ctx.principal
    only = enterprise_id or principal.enterprise_id
    region = None if only is not None else region_code or principal.region_code
    if only is not None or principal.is_enterprise_bound:
        await get_enterprise(ctx.session, principal, only)
    elif region is not None or not principal.is_unbound:
        ensure_region(principal, region)
    wanted = Selection(
        None if only is None else (only,),
        region,
        () if sector_code is None else (sector_code,),
    )
    return savings_read(await service.savings(ctx, wanted, level, first, last, kind), level, first, last)
