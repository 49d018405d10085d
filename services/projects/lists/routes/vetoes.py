"""``/v1/vetoes``: what keeps enterprises from honours, rewards and places (一票否决)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.lists.errors import DayAhead, VetoLifted, VetoOfEnergy, VetoPeriodNotOrdered
from services.projects.lists.repository import vetoes as repository
from services.projects.lists.routes.answers import DECIDERS, WRITERS, new_router
from services.projects.lists.schemas.follow_up import VetoCreate, VetoLift, VetoRead
from services.projects.lists.service import vetoes as service
from services.projects.lists.tables import VetoRow
from services.projects.registry.errors import EntryUnknown

VetoesQuery = Annotated[ListQuery, Depends(repository.VETOES.selecting(VetoRead))]

router = new_router("vetoes")


def _shown(response: Response, row: VetoRow) -> Any:
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get("/vetoes", response_model=PageOf[VetoRead])
async def list_vetoes(request: Request, ctx: ContextDep, query: VetoesQuery) -> Response:
    """Vetoes recorded here, and those of the energy service; enterprises see their own."""
    page = await repository.list_vetoes(ctx.session, ctx.principal, query)
    return page_response(request, page, query, VetoRead)


@router.post(
    "/vetoes",
    status_code=201,
    response_model=VetoRead,
    responses=problems(VetoOfEnergy, VetoPeriodNotOrdered, DayAhead, EntryUnknown),
    dependencies=[require(*WRITERS)],
)
async def create_veto(body: VetoCreate, ctx: ContextDep, response: Response) -> Any:
    """Record a veto for safety, environment, honesty or wages, with what shows it."""
    row = await service.record_veto(ctx, body.draft())
    response.headers["Location"] = f"/v1/vetoes/{row.id}"
    return _shown(response, row)


@router.get("/vetoes/{veto_id}", response_model=VetoRead)
async def read_veto(veto_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One veto."""
    row = await service.read_veto(ctx, veto_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.post(
    "/vetoes/{veto_id}/lifting",
    status_code=201,
    response_model=VetoRead,
    responses=problems(VetoOfEnergy, VetoLifted, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def lift_veto(veto_id: UUID, body: VetoLift, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Take a veto back, with the reason."""
    row = await service.read_veto(ctx, veto_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(response, await service.lift_veto(ctx, row, body.reason))
