"""``/v1/approval-matters`` and ``/v1/approval-pause-grounds``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.approvals import repository
from services.projects.approvals.errors import MatterNotOrdered, UnknownApprovalReference, UnknownTemplate
from services.projects.approvals.routes.answers import KEEPERS
from services.projects.approvals.schemas.matters import (
    Adopted,
    Adoption,
    GroundRead,
    GroundWrite,
    MatterRead,
    MatterWrite,
)
from services.projects.approvals.service.matters import adopt_template, put_ground, put_matter
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

MattersQuery = Annotated[ListQuery, Depends(repository.MATTERS.selecting(MatterRead))]
GroundsQuery = Annotated[ListQuery, Depends(repository.GROUNDS.selecting(GroundRead))]
PLACING = (ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["approvals"])


@router.get("/approval-matters", response_model=PageOf[MatterRead])
async def list_matters(request: Request, ctx: ContextDep, query: MattersQuery) -> Response:
    """The catalogue, past and coming entries included; ``filter[template][null]=false`` shows the templates."""
    page = await repository.list_matters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MatterRead)


@router.put(
    "/approval-matters",
    response_model=MatterRead,
    responses=problems(MatterNotOrdered, UnknownApprovalReference, *PLACING),
    dependencies=[require(*KEEPERS)],
)
async def put_approval_matter(body: MatterWrite, ctx: ContextDep) -> Any:
    """Put a matter in force from its first day on; the one before it ends there.

    Accepted cases keep their terms.
    """
    return await put_matter(ctx, body.matter(today_of(ctx)))


@router.post(
    "/approval-matters/adoption",
    status_code=201,
    response_model=Adopted,
    responses=problems(UnknownTemplate, UnknownRegion, ValidityOverlap),
    dependencies=[require(*KEEPERS)],
)
async def adopt_matters(body: Adoption, ctx: ContextDep) -> Any:
    """Adopt a template such as ``city-5-days`` (市级审批5个工作日内办结).

    Matters the region lacks are added; those it has, and others of the same level, take the shorter promise.
    """
    return {"items": await adopt_template(ctx, body.template, body.region_code, body.valid_from or today_of(ctx))}


@router.get("/approval-pause-grounds", response_model=PageOf[GroundRead])
async def list_pause_grounds(request: Request, ctx: ContextDep, query: GroundsQuery) -> Response:
    """The lawful grounds on which a clock may be paused."""
    page = await repository.list_grounds(ctx.session, ctx.principal, query)
    return page_response(request, page, query, GroundRead)


@router.put(
    "/approval-pause-grounds",
    response_model=GroundRead,
    responses=problems(*PLACING),
    dependencies=[require(*KEEPERS)],
)
async def put_pause_ground(body: GroundWrite, ctx: ContextDep) -> Any:
    """Allow a ground from its first day on; the entry before it ends there."""
    return await put_ground(ctx, body.ground(today_of(ctx)))
