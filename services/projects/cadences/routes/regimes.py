"""``/v1/cadence-regimes`` and ``/v1/cadence-rounds``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.cadences.errors import RegimeNotOrdered, UnknownRegimeTemplate
from services.projects.cadences.repository import regimes as repository
from services.projects.cadences.schemas.regimes import (
    RegimeAdoption,
    RegimeRead,
    RegimesAdopted,
    RegimeWrite,
    RoundRead,
)
from services.projects.cadences.service.regimes import adopt_template, put_regime
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

RegimesQuery = Annotated[ListQuery, Depends(repository.REGIMES.selecting(RegimeRead))]
RoundsQuery = Annotated[ListQuery, Depends(repository.ROUNDS.selecting(RoundRead))]
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["cadences"])


@router.get("/cadence-regimes", response_model=PageOf[RegimeRead])
async def list_regimes(request: Request, ctx: ContextDep, query: RegimesQuery) -> Response:
    """Regimes, past and coming ones included; ``filter[template][null]=false`` shows the templates."""
    page = await repository.list_regimes(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RegimeRead)


@router.put(
    "/cadence-regimes",
    response_model=RegimeRead,
    responses=problems(RegimeNotOrdered, EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap),
    dependencies=[require(*KEEPERS)],
)
async def put_cadence_regime(body: RegimeWrite, ctx: ContextDep) -> Any:
    """Put a regime in force from its first day on; the one before it ends there. Checks that are out stay.

    A period is asked for by the entry that is in force on its last day.
    """
    return await put_regime(ctx, body.regime(today_of(ctx)))


@router.post(
    "/cadence-regimes/adoption",
    status_code=201,
    response_model=RegimesAdopted,
    responses=problems(UnknownRegimeTemplate, UnknownRegion, ValidityOverlap),
    dependencies=[require(*KEEPERS)],
)
async def adopt_regimes(body: RegimeAdoption, ctx: ContextDep) -> Any:
    """Adopt a template in a region: ``county`` (旬过问、月通报、季检查 and on), ``town`` or ``contest``."""
    valid_from = body.valid_from or today_of(ctx)
    adopted = await adopt_template(ctx, body.template, body.region_code, valid_from, key_only=body.key_only)
    return {"items": adopted}


@router.get("/cadence-rounds", response_model=PageOf[RoundRead])
async def list_rounds(request: Request, ctx: ContextDep, query: RoundsQuery) -> Response:
    """Periods whose checks have been made, the latest first."""
    page = await repository.list_rounds(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RoundRead)
