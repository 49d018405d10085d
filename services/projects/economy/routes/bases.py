"""``/v1/economy-restatements`` and ``/v1/economy-published-figures``."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.projects.economy.errors import NotInRegister, PublishedUnsound, RestatementUnsound, UnknownIndicator
from services.projects.economy.repository import bases as repository
from services.projects.economy.routes.answers import REVIEWERS, new_router
from services.projects.economy.schemas.bases import (
    PublishedFigureRead,
    PublishedFigureWrite,
    RestatementRead,
    RestatementWrite,
)
from services.projects.economy.service import bases as service
from services.projects.registry.errors import UnknownRegion

RestatementsQuery = Annotated[ListQuery, Depends(repository.RESTATEMENTS.selecting(RestatementRead))]
PublishedQuery = Annotated[ListQuery, Depends(repository.PUBLISHED.selecting(PublishedFigureRead))]

router = new_router()


@router.get("/economy-restatements", response_model=PageOf[RestatementRead])
async def list_restatements(request: Request, ctx: ContextDep, query: RestatementsQuery) -> Response:
    """Restated bases beside what was reported, earlier words included."""
    page = await repository.list_restatements(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RestatementRead, RestatementRead.of)


@router.post(
    "/economy-restatements",
    status_code=201,
    response_model=RestatementRead,
    responses=problems(UnknownIndicator, NotInRegister, RestatementUnsound),
    dependencies=[require(*REVIEWERS)],
)
async def create_restatement(body: RestatementWrite, ctx: ContextDep) -> Any:
    """Restate an enterprise's base with a reason; what was reported stays as it was."""
    row, enterprise = await service.restate(ctx, body.credit_code, body.restatement())
    return RestatementRead.of((row, enterprise, await repository.reported(ctx.session, row)))


@router.get("/economy-published-figures", response_model=PageOf[PublishedFigureRead])
async def list_published(request: Request, ctx: ContextDep, query: PublishedQuery) -> Response:
    """What the statistics office published, earlier words included."""
    page = await repository.list_published(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PublishedFigureRead)


@router.post(
    "/economy-published-figures",
    status_code=201,
    response_model=PublishedFigureRead,
    responses=problems(UnknownIndicator, UnknownRegion, PublishedUnsound),
    dependencies=[require(*REVIEWERS)],
)
async def create_published(body: PublishedFigureWrite, ctx: ContextDep) -> Any:
    """Record a published figure; it stands beside ours, and neither changes the other."""
    return await service.publish(ctx, body.facts())
