"""``/v1/projects``: register, read, amend, history and change feed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import PROJECT
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    CoordinatesOutside,
    DuplicateProjectCode,
    FactNotOfKind,
    MilestoneNotApplicable,
    MissingFacts,
    ParentCycle,
    PlanOutOfOrder,
    UnknownReference,
)
from services.projects.ledger.routes.answers import WRITERS, LedgerDep, shown
from services.projects.ledger.schemas import ProjectCreate, ProjectRead, ProjectUpdate
from services.projects.ledger.service.lifecycle import amend_project, register_project
from services.projects.registry.errors import UnknownRegion

ProjectsQuery = Annotated[ListQuery, Depends(repository.PROJECTS.selecting(ProjectRead))]

router = APIRouter(prefix="/v1/projects", route_class=TransactionalRoute, tags=["ledger"])


@router.get("", response_model=PageOf[ProjectRead])
async def list_projects(
    request: Request,
    ctx: ContextDep,
    query: ProjectsQuery,
) -> Response:
    """Projects of the caller's subtree; an enterprise sees its own."""
    page = await repository.list_projects(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ProjectRead, lambda pair: ProjectRead.of(*pair))


add_change_feed(router, [PROJECT], of="projects")


@router.post(
    "",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(
        UnknownRegion,
        UnknownReference,
        DuplicateProjectCode,
        MilestoneNotApplicable,
        PlanOutOfOrder,
        FactNotOfKind,
        CoordinatesOutside,
        AmountNeedsConfirmation,
    ),
    dependencies=[require(*WRITERS)],
)
async def create_project(body: ProjectCreate, ctx: ContextDep, ledger: LedgerDep, response: Response) -> Any:
    """Put a project into the ledger, at stage planned."""
    opened = await register_project(
        ledger, ctx, body.draft(ctx.new_id()), body.planned(), confirmed=body.confirm_amount
    )
    response.headers["Location"] = f"/v1/projects/{opened.project.id}"
    return shown(response, opened)


@router.get("/{project_id}", response_model=ProjectRead)
async def read_project(
    project_id: UUID, ctx: ContextDep, ledger: LedgerDep, request: Request, response: Response
) -> Any:
    """One project with its plan."""
    opened = await ledger.read(ctx, project_id)
    return not_modified(request, etag_of(opened.version)) or shown(response, opened)


@router.patch(
    "/{project_id}",
    response_model=ProjectRead,
    responses=problems(
        MissingFacts, UnknownReference, ParentCycle, FactNotOfKind, CoordinatesOutside, AmountNeedsConfirmation
    ),
    dependencies=[require(*WRITERS)],
)
async def patch_project(
    project_id: UUID,
    body: ProjectUpdate,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Change facts outside of the lifecycle; planned dates are moved by re-planning."""
    opened = await ledger.open(ctx, project_id)
    check_if_match(request, opened.version)
    stored = await amend_project(ledger, ctx, opened, body.facts(), confirmed=body.confirm_amount)
    return shown(response, stored)
