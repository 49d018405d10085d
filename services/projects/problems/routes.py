"""``/v1/problems`` and ``/v1/projects/{id}/problems``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import PROBLEM
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import (
    DueInPast,
    DutyStepRefused,
    ExtensionNotLater,
    NoOwner,
    NoTerm,
    VerifierIsResolver,
)
from services.projects.duties.routes import LEADERS, REPORTERS, WRITERS
from services.projects.duties.schemas import (
    ClosingWrite,
    ExtensionWrite,
    NoteWrite,
    ReopeningWrite,
    ResolutionWrite,
    ScanRead,
    StepRead,
)
from services.projects.problems import repository
from services.projects.problems.errors import HighestLevel, LevelReserved, RaisedInFuture
from services.projects.problems.schemas import EscalationWrite, ProblemCreate, ProblemRead, ProblemUpdate
from services.projects.problems.service import problems as service
from services.projects.problems.service.events import Opened
from services.projects.problems.service.scan import scan_problems
from services.projects.registry.errors import EntryUnknown

ProblemsQuery = Annotated[ListQuery, Depends(repository.PROBLEMS.selecting(ProblemRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["problems"])


@router.get("/problems", response_model=PageOf[ProblemRead])
async def list_problems(request: Request, ctx: ContextDep, query: ProblemsQuery) -> Response:
    """Problems of the projects the caller sees, the nearest deadline first; a project's by ``project_id``."""
    page = await repository.list_problems(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ProblemRead, lambda pair: ProblemRead.of(*pair))


@router.get("/problems/changes", response_model=ChangePage)
async def list_problem_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to problems since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [PROBLEM], after=after, limit=limit)


@router.post(
    "/problem-scans",
    response_model=ScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Take overdue problems up a level and tell them now, as the daily scan does."""
    return await scan_problems(ctx)


@router.post(
    "/projects/{project_id}/problems",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(
        EntryUnknown, LevelReserved, RaisedInFuture, NoOwner, NoTerm, DueInPast, UnknownCalendarYear
    ),
    dependencies=[require(*REPORTERS)],
)
async def create_problem(project_id: UUID, body: ProblemCreate, ctx: ContextDep, response: Response) -> Any:
    """Raise a problem on a project; without a deadline it has the working days of its level."""
    opened = await service.raise_problem(ctx, project_id, body.draft())
    response.headers["Location"] = f"/v1/problems/{opened.row.id}"
    return _shown(response, opened)


@router.get("/problems/{problem_id}", response_model=ProblemRead)
async def read_problem(problem_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One problem."""
    opened = await service.read_problem(ctx, problem_id)
    return not_modified(request, etag_of(opened.version)) or _shown(response, opened)


@router.patch(
    "/problems/{problem_id}",
    response_model=ProblemRead,
    responses=problems(EntryUnknown, NoOwner),
    dependencies=[require(*WRITERS)],
)
async def patch_problem(
    problem_id: UUID, body: ProblemUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change title, description, category or owner."""
    opened = await service.open_problem(ctx, problem_id)
    check_if_match(request, opened.version)
    return _shown(response, await service.amend_problem(ctx, opened, body.facts()))


@router.get("/problems/{problem_id}/steps", response_model=PageOf[StepRead])
async def list_steps(problem_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the problem, in order; none is ever changed."""
    await service.read_problem(ctx, problem_id)
    page = await repository.list_steps(ctx.session, problem_id, query)
    return page_response(request, page, query, StepRead)


@router.post(
    "/problems/{problem_id}/notes",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def create_note(
    problem_id: UUID, body: NoteWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report work on the problem; the first takes it up."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.note_work(ctx, opened, body.note))


@router.post(
    "/problems/{problem_id}/extensions",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, ExtensionNotLater, PreconditionFailed),
    dependencies=[require(*LEADERS)],
)
async def extend_problem(
    problem_id: UUID, body: ExtensionWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Put the deadline off, with a reason."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.extend_problem(ctx, opened, body.until, body.reason))


@router.post(
    "/problems/{problem_id}/escalations",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, HighestLevel, NoTerm, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def escalate_problem(
    problem_id: UUID, body: EscalationWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take the problem up a level before its deadline forces it."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.escalate_problem(ctx, opened, body.reason))


@router.post(
    "/problems/{problem_id}/resolution",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def resolve_problem(
    problem_id: UUID, body: ResolutionWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report the problem solved."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.resolve_problem(ctx, opened, body.resolution))


@router.post(
    "/problems/{problem_id}/closing",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, VerifierIsResolver, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def close_problem(
    problem_id: UUID, body: ClosingWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Verify that it is solved and close it: another person than the one who reported so."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.close_problem(ctx, opened, body.note))


@router.post(
    "/problems/{problem_id}/reopening",
    status_code=201,
    response_model=ProblemRead,
    responses=problems(DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reopen_problem(
    problem_id: UUID, body: ReopeningWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """It is not solved after all; it has a deadline again."""
    opened = await service.open_problem(ctx, problem_id)
    honour_if_match(request, opened.version)
    return _shown(response, await service.reopen_problem(ctx, opened, body.deadline(), body.reason))


def _shown(response: Response, opened: Opened) -> ProblemRead:
    response.headers["ETag"] = etag_of(opened.version)
    return ProblemRead.of(opened.row, opened.project)
