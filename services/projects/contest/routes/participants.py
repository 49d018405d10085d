"""Who takes part in a contest, and points beside the components."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.context import Context
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.contest.errors import (
    AdjustmentUnsound,
    AdjustmentWithdrawn,
    NotTakingPart,
    ParticipantElsewhere,
    ParticipantTwice,
    ParticipantUnfit,
    ParticipationEnded,
)
from services.projects.contest.repository import contests as adjustments
from services.projects.contest.repository import participants as repository
from services.projects.contest.schemas.participants import (
    ContestAdjustmentCreate,
    ContestAdjustmentRead,
    ContestReason,
    ParticipantRead,
    ParticipantsCreate,
    ParticipantsRead,
    ParticipationEnd,
)
from services.projects.contest.service import participants as service
from services.projects.contest.service.contests import own_contest, read_contest
from services.projects.lists.routes.answers import DECIDERS, OFFICES, WRITERS, new_router

ParticipantsQuery = Annotated[ListQuery, Depends(repository.PARTICIPANTS.selecting(ParticipantRead))]
AdjustmentsQuery = Annotated[ListQuery, Depends(adjustments.ADJUSTMENTS.selecting(ContestAdjustmentRead))]

router = new_router("contests")


def _read(found: Any) -> ParticipantRead:
    return ParticipantRead.of(found[0], repository.participant_of(found))


async def _named(ctx: Context, ids: list[UUID]) -> list[ParticipantRead]:
    return [_read(found) for found in await repository.named_participants(ctx.session, ids)]


@router.get("/contests/{contest_id}/participants", response_model=PageOf[ParticipantRead])
async def list_participants(
    contest_id: UUID, request: Request, ctx: ContextDep, query: ParticipantsQuery
) -> Response:
    """Everybody who takes part or took part, with the days."""
    contest = await read_contest(ctx, contest_id)
    page = await repository.list_participants(ctx.session, contest.id, query)
    return page_response(request, page, query, ParticipantRead, _read)


@router.post(
    "/contests/{contest_id}/participants",
    status_code=201,
    response_model=ParticipantsRead,
    responses=problems(ParticipantUnfit, ParticipantTwice, ParticipantElsewhere, ParticipationEnded),
    dependencies=[require(*WRITERS)],
)
async def add_participants(contest_id: UUID, body: ParticipantsCreate, ctx: ContextDep) -> Any:
    """Enter participants, all or none. Where an enterprise belongs the registry says."""
    contest = await own_contest(ctx, contest_id, lock=True)
    rows = await service.add_participants(ctx, contest, [one.draft() for one in body.items])
    return ParticipantsRead(items=await _named(ctx, [row.id for row in rows]))


@router.post(
    "/contest-participants/{participant_id}/end",
    status_code=201,
    response_model=ParticipantRead,
    responses=problems(ParticipationEnded, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def end_participation(
    participant_id: UUID, body: ParticipationEnd, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """From a day on it takes no part any more; what is frozen keeps it."""
    row, _ = await service.own_participation(ctx, participant_id)
    honour_if_match(request, row.version)
    await service.end_participation(ctx, row, body.to_on, body.reason)
    response.headers["ETag"] = etag_of(row.version)
    return (await _named(ctx, [row.id]))[0]


@router.get(
    "/contests/{contest_id}/adjustments",
    response_model=PageOf[ContestAdjustmentRead],
    dependencies=[require(*OFFICES)],
)
async def list_adjustments(
    contest_id: UUID, request: Request, ctx: ContextDep, query: AdjustmentsQuery
) -> Response:
    """Points and vetoes by hand, with evidence and author, for who leads the contest."""
    contest = await own_contest(ctx, contest_id)
    page = await adjustments.list_adjustments(ctx.session, contest.id, query)
    return page_response(request, page, query, ContestAdjustmentRead)


@router.post(
    "/contests/{contest_id}/adjustments",
    status_code=201,
    response_model=ContestAdjustmentRead,
    responses=problems(AdjustmentUnsound, NotTakingPart),
    dependencies=[require(*DECIDERS)],
)
async def record_adjustment(
    contest_id: UUID, body: ContestAdjustmentCreate, ctx: ContextDep, response: Response
) -> Any:
    """Give or take points, or veto, with evidence; a frozen quarter heeds it with its next edition."""
    contest = await own_contest(ctx, contest_id)
    row = await service.record_adjustment(ctx, contest, body.draft())
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.post(
    "/contest-adjustments/{adjustment_id}/withdrawal",
    status_code=201,
    response_model=ContestAdjustmentRead,
    responses=problems(AdjustmentWithdrawn, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def withdraw_adjustment(
    adjustment_id: UUID, body: ContestReason, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take it back, with the reason; it stays in the list."""
    row = await service.own_adjustment(ctx, adjustment_id)
    honour_if_match(request, row.version)
    await service.withdraw_adjustment(ctx, row, body.reason)
    response.headers["ETag"] = etag_of(row.version)
    return row
