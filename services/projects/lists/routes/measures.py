"""``/v1/list-measures``: what was agreed for members of lists."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import (
    DueInPast,
    DutyStepRefused,
    ExtensionNotLater,
    NoOwner,
    NoTerm,
    VerifierIsResolver,
)
from services.projects.duties.schemas import (
    ClosingWrite,
    ExtensionWrite,
    NoteWrite,
    ReopeningWrite,
    ResolutionWrite,
    ScanRead,
    StepRead,
)
from services.projects.lists.errors import DayAhead, DayBeforeEntry, MemberLeft
from services.projects.lists.repository import follow_up as repository
from services.projects.lists.routes.answers import DECIDERS, WRITERS, new_router
from services.projects.lists.schemas.follow_up import MeasureCreate, MeasureRead
from services.projects.lists.service import measures as service
from services.projects.lists.service.measures import Measure
from services.projects.lists.service.members import open_member
from services.projects.lists.service.watching import scan_measures, scan_members
from services.projects.registry.errors import EntryUnknown

MeasuresQuery = Annotated[ListQuery, Depends(repository.MEASURES.selecting(MeasureRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]
_STEP = problems(DutyStepRefused, PreconditionFailed)

router = new_router("lists")


def _shown(response: Response, measure: Measure) -> Any:
    response.headers["ETag"] = etag_of(measure.row.version)
    return measure.row


async def _opened(ctx: ContextDep, measure_id: UUID, request: Request) -> Measure:
    measure = await service.read_measure(ctx, measure_id, lock=True)
    honour_if_match(request, measure.row.version)
    return measure


Opened = Annotated[Measure, Depends(_opened)]


@router.get("/list-measures", response_model=PageOf[MeasureRead])
async def list_measures(request: Request, ctx: ContextDep, query: MeasuresQuery) -> Response:
    """Measures, the nearest deadline first; a member's by ``filter[member_id]``."""
    page = await repository.list_measures(ctx.session, ctx.principal, query)
    return page_response(request, page, query, MeasureRead)


@router.post("/list-scans", response_model=ScanRead, dependencies=[require(Role.ADMIN)])
async def scan_now(ctx: ContextDep) -> Any:
    """Judge progress and measures now, as the daily scan does."""
    return await scan_members(ctx) + await scan_measures(ctx)


@router.post(
    "/list-members/{member_id}/measures",
    status_code=201,
    response_model=MeasureRead,
    responses=problems(
        MemberLeft, EntryUnknown, NoOwner, NoTerm, DayAhead, DayBeforeEntry, DueInPast, UnknownCalendarYear
    ),
    dependencies=[require(*WRITERS)],
)
async def create_measure(member_id: UUID, body: MeasureCreate, ctx: ContextDep, response: Response) -> Any:
    """Agree a measure; without a deadline it has the working days of the rule ``list_measure_term``."""
    measure = await service.agree_measure(ctx, await open_member(ctx, member_id), body.draft())
    response.headers["Location"] = f"/v1/list-measures/{measure.row.id}"
    return _shown(response, measure)


@router.get("/list-measures/{measure_id}", response_model=MeasureRead)
async def read_measure(measure_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One measure."""
    measure = await service.read_measure(ctx, measure_id)
    return not_modified(request, etag_of(measure.row.version)) or _shown(response, measure)


@router.get("/list-measures/{measure_id}/steps", response_model=PageOf[StepRead])
async def list_steps(measure_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the measure, in order."""
    await service.read_measure(ctx, measure_id)
    page = await repository.list_steps(ctx.session, measure_id, query)
    return page_response(request, page, query, StepRead)


@router.post(
    "/list-measures/{measure_id}/notes",
    status_code=201,
    response_model=MeasureRead,
    responses=_STEP,
    dependencies=[require(*WRITERS)],
)
async def create_note(measure: Opened, body: NoteWrite, ctx: ContextDep, response: Response) -> Any:
    """Report work on the measure; the first takes it up."""
    return _shown(response, await service.note(ctx, measure, body.note))


@router.post(
    "/list-measures/{measure_id}/extensions",
    status_code=201,
    response_model=MeasureRead,
    responses=problems(DutyStepRefused, ExtensionNotLater, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def create_extension(measure: Opened, body: ExtensionWrite, ctx: ContextDep, response: Response) -> Any:
    """Put off the deadline, with the reason."""
    return _shown(response, await service.extend(ctx, measure, body.until, body.reason))


@router.post(
    "/list-measures/{measure_id}/resolution",
    status_code=201,
    response_model=MeasureRead,
    responses=_STEP,
    dependencies=[require(*WRITERS)],
)
async def create_resolution(measure: Opened, body: ResolutionWrite, ctx: ContextDep, response: Response) -> Any:
    """Report it carried out."""
    return _shown(response, await service.resolve(ctx, measure, body.resolution))


@router.post(
    "/list-measures/{measure_id}/closing",
    status_code=201,
    response_model=MeasureRead,
    responses=problems(DutyStepRefused, VerifierIsResolver, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_closing(measure: Opened, body: ClosingWrite, ctx: ContextDep, response: Response) -> Any:
    """Another person verifies and closes it."""
    return _shown(response, await service.close(ctx, measure, body.note))


@router.post(
    "/list-measures/{measure_id}/reopenings",
    status_code=201,
    response_model=MeasureRead,
    responses=problems(DutyStepRefused, NoTerm, DueInPast, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def create_reopening(measure: Opened, body: ReopeningWrite, ctx: ContextDep, response: Response) -> Any:
    """It is not done after all; it has a deadline again."""
    return _shown(response, await service.reopen(ctx, measure, body.deadline(), body.reason))
