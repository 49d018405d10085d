"""``/v1/size-bands``, ``/v1/size-band-counts`` and ``/v1/size-band-targets``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import BandsNotOrdered, PeriodNotOrdered, UnknownSizeBand
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.ledger.schemas import (
    SizeBandCountRead,
    SizeBandCountsRead,
    SizeBandsRead,
    SizeBandsWrite,
    SizeBandTargetRead,
    SizeBandTargetWrite,
)
from services.projects.ledger.service import size_bands
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

BandsQuery = Annotated[ListQuery, Depends(repository.SIZE_BANDS.selecting(SizeBandsRead))]
TargetsQuery = Annotated[ListQuery, Depends(repository.SIZE_BAND_TARGETS.selecting(SizeBandTargetRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/size-bands", response_model=PageOf[SizeBandsRead])
async def list_bands(request: Request, ctx: ContextDep, query: BandsQuery) -> Response:
    """Divisions into size bands, past and coming ones included; the narrowest region's counts."""
    page = await repository.list_size_bands(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SizeBandsRead)


@router.put(
    "/size-bands",
    response_model=SizeBandsRead,
    responses=problems(BandsNotOrdered, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
)
async def put_bands(body: SizeBandsWrite, ctx: ContextDep, ledger: LedgerDep) -> Any:
    """Put a division in force from its first day on; the one before it ends there."""
    return await size_bands.put_size_bands(ledger, ctx, body.size_bands(today_of(ctx)))


@router.get("/size-band-counts", response_model=SizeBandCountsRead, responses=problems(PeriodNotOrdered))
async def count_bands(
    ctx: ContextDep,
    region: Annotated[str, Query(description="The region and its subtree.", max_length=9)],
    signed_from: date | None = None,
    signed_to: Annotated[date | None, Query(description="The last day; today if absent.")] = None,
) -> Any:
    """Signed projects by size band, with their ids, beside the targets of the same region and period."""
    counts = await size_bands.count_size_bands(ctx, region, signed_from, signed_to)
    return SizeBandCountsRead(
        region_code=region,
        signed_from=signed_from,
        signed_to=signed_to or today_of(ctx),
        projects=sum(len(count.project_ids) for count in counts),
        investment_yuan=sum(count.investment_yuan for count in counts),
        bands=[SizeBandCountRead.of(count) for count in counts],
    )


@router.get("/size-band-targets", response_model=PageOf[SizeBandTargetRead])
async def list_targets(request: Request, ctx: ContextDep, query: TargetsQuery) -> Response:
    """Targets of the caller's subtree."""
    page = await repository.list_size_band_targets(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SizeBandTargetRead)


@router.put(
    "/size-band-targets",
    response_model=SizeBandTargetRead,
    responses=problems(UnknownRegion, PeriodNotOrdered, UnknownSizeBand),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER)],
)
async def put_band_target(body: SizeBandTargetWrite, ctx: ContextDep) -> Any:
    """Set or change what a region wants of a band in a period."""
    return await size_bands.put_target(ctx, body.draft())
