"""``/v1/contest-appeals``: appeals against published standings."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.contest.errors import (
    AppealComponentUnknown,
    AppealExists,
    AppealFourEyes,
    AppealNotLatest,
    AppealStepRefused,
    AppealTooLate,
)
from services.projects.contest.repository import appeals as repository
from services.projects.contest.repository.standings import read_standing
from services.projects.contest.schemas.appeals import ContestAppealCreate, ContestAppealDecision, ContestAppealRead
from services.projects.contest.service import appeals as service
from services.projects.lists.routes.answers import DECIDERS, REPORTERS, new_router

AppealsQuery = Annotated[ListQuery, Depends(repository.APPEALS.selecting(ContestAppealRead))]

router = new_router("contests")


@router.post(
    "/contest-standings/{standing_id}/appeals",
    status_code=201,
    response_model=ContestAppealRead,
    responses=problems(AppealNotLatest, AppealTooLate, AppealExists, AppealComponentUnknown, UnknownCalendarYear),
    dependencies=[require(*REPORTERS)],
)
async def file_appeal(standing_id: UUID, body: ContestAppealCreate, ctx: ContextDep, response: Response) -> Any:
    """Appeal against the latest edition, while its days of appeal last, for a participant of one's own."""
    found = await read_standing(ctx.session, ctx.principal, standing_id)
    if found is None:
        raise NotFound
    contest = await service.contest_of(ctx, found[1])
    row = await service.file_appeal(ctx, contest, found[1], body.draft())
    response.headers["Location"] = f"/v1/contest-appeals/{row.id}"
    return await _shown(ctx, response, row.id)


@router.get("/contest-appeals", response_model=PageOf[ContestAppealRead])
async def list_appeals(request: Request, ctx: ContextDep, query: AppealsQuery) -> Response:
    """Appeals of the caller's participants, and all of the contests that the caller leads."""
    page = await repository.list_appeals(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ContestAppealRead, lambda found: ContestAppealRead.of(*found))


@router.get("/contest-appeals/{appeal_id}", response_model=ContestAppealRead)
async def read_appeal(appeal_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One appeal."""
    shown = await _shown(ctx, response, appeal_id)
    return not_modified(request, etag_of(shown.version)) or shown


@router.post(
    "/contest-appeals/{appeal_id}/decision",
    status_code=201,
    response_model=ContestAppealRead,
    responses=problems(AppealStepRefused, AppealFourEyes, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def decide_appeal(
    appeal_id: UUID, body: ContestAppealDecision, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Uphold it, for a corrected edition to answer, or reject it; another person decides than who filed it."""
    row, contest, name = await service.own_appeal(ctx, appeal_id)
    honour_if_match(request, row.version)
    await service.decide_appeal(ctx, row, contest, name, upheld=body.upheld, decision=body.decision)
    return await _shown(ctx, response, row.id)


@router.post(
    "/contest-appeals/{appeal_id}/withdrawal",
    status_code=201,
    response_model=ContestAppealRead,
    responses=problems(AppealStepRefused),
    dependencies=[require(*REPORTERS)],
)
async def withdraw_appeal(appeal_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """Take one's own appeal back before it is decided."""
    row = await service.withdraw_appeal(ctx, appeal_id)
    return await _shown(ctx, response, row.id)


async def _shown(ctx: ContextDep, response: Response, appeal_id: UUID) -> ContestAppealRead:
    found = await repository.read_appeal(ctx.session, ctx.principal, appeal_id)
    if found is None:
        raise NotFound
    response.headers["ETag"] = etag_of(found[0].version)
    return ContestAppealRead.of(*found)
