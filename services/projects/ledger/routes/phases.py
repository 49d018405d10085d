"""``/v1/projects/{id}/phases`` and ``/key-designations``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import KeyUnchanged
from services.projects.ledger.routes.answers import DESIGNATORS, LedgerDep, ToChange, shown
from services.projects.ledger.schemas import KeyDesignation, ProjectRead
from services.projects.ledger.service.phases import designate_key

PhasesQuery = Annotated[ListQuery, Depends(repository.PROJECTS.selecting(ProjectRead))]

router = APIRouter(prefix="/v1/projects/{project_id}", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/phases", response_model=PageOf[ProjectRead])
async def list_phases(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: PhasesQuery
) -> Response:
    """The project's phases and parts: those that name it as their parent."""
    await ledger.read(ctx, project_id)
    page = await repository.list_phases(ctx.session, ctx.principal, project_id, query)
    return page_response(request, page, query, ProjectRead, lambda pair: ProjectRead.of(*pair))


@router.post(
    "/key-designations",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(KeyUnchanged, PreconditionFailed),
    dependencies=[require(*DESIGNATORS)],
)
async def designate(
    body: KeyDesignation,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Make the project a key project, or take that back; who and when stays in the history."""
    return shown(response, await designate_key(ledger, ctx, opened, body.level, body.reason))
