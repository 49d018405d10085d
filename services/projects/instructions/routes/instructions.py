"""``/v1/instructions``: issue, read, feed back, report, and the papers."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from libs.common.contracts.projects import INSTRUCTION
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, NotAcceptable, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.errors import DueInPast, DutyStepRefused, ExtensionNotLater, NoTerm
from services.projects.duties.routes import LEADERS, OFFICES, WRITERS
from services.projects.duties.schemas import ExtensionWrite, NoteWrite, ScanRead, StepRead
from services.projects.instructions import repository
from services.projects.instructions.domain.paper import Paper
from services.projects.instructions.errors import (
    DeputyExists,
    ExtensionPending,
    LeadUnitAssists,
    NothingToRemind,
    SubjectIncomplete,
)
from services.projects.instructions.printing import DOCX, HTML, choose, render
from services.projects.instructions.routes.answers import SubjectsDep, shown
from services.projects.instructions.schemas import (
    ExtensionRead,
    InstructionCreate,
    InstructionRead,
    InstructionWhole,
    ReportWrite,
)
from services.projects.instructions.service import steps
from services.projects.instructions.service.instructions import read_instruction
from services.projects.instructions.service.papers import print_reminder_letter, print_slip
from services.projects.instructions.service.scan import scan_instructions
from services.projects.registry.errors import EntryUnknown, UnknownRegion

InstructionsQuery = Annotated[ListQuery, Depends(repository.INSTRUCTIONS.selecting(InstructionRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]
ExtensionsQuery = Annotated[ListQuery, Depends(repository.EXTENSIONS.selecting(ExtensionRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["instructions"])
READERS = [require(*OFFICES)]
PAPER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A Word document, or a page to print, by Accept.",
        "content": {
            DOCX: {"schema": {"type": "string", "format": "binary"}},
            HTML: {"schema": {"type": "string"}},
        },
    }
}


@router.get("/instructions", response_model=PageOf[InstructionRead], dependencies=READERS)
async def list_instructions(request: Request, ctx: ContextDep, query: InstructionsQuery) -> Response:
    """Instructions handled in or issued by the caller's subtree, newest first."""
    page = await repository.list_instructions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, InstructionRead, lambda pair: InstructionRead.of(*pair))


@router.get("/instructions/changes", response_model=ChangePage, dependencies=READERS)
async def list_instruction_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to instructions since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [INSTRUCTION], after=after, limit=limit)


@router.post(
    "/instruction-scans",
    response_model=ScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Look for instructions near their deadline or late now, as the daily scan does."""
    return await scan_instructions(ctx)


@router.post(
    "/instructions",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(
        SubjectIncomplete,
        UnknownRegion,
        EntryUnknown,
        LeadUnitAssists,
        DeputyExists,
        DueInPast,
        NoTerm,
        UnknownCalendarYear,
    ),
    dependencies=[require(*LEADERS)],
)
async def issue_instruction(
    body: InstructionCreate, ctx: ContextDep, subjects: SubjectsDep, response: Response
) -> Any:
    """A leader's instruction becomes a tracked matter with a number of its region and year."""
    opened = await steps.issue(subjects, ctx, body.draft())
    response.headers["Location"] = f"/v1/instructions/{opened.row.id}"
    return shown(response, opened)


@router.get("/instructions/{instruction_id}", response_model=InstructionWhole, dependencies=READERS)
async def read_one(instruction_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One instruction."""
    opened = await read_instruction(ctx, instruction_id)
    return not_modified(request, etag_of(opened.version)) or shown(response, opened)


@router.get("/instructions/{instruction_id}/steps", response_model=PageOf[StepRead], dependencies=READERS)
async def list_steps(instruction_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the instruction, feedback included, in order; none is ever changed."""
    await read_instruction(ctx, instruction_id)
    page = await repository.list_steps(ctx.session, instruction_id, query)
    return page_response(request, page, query, StepRead)


@router.get("/instructions/{instruction_id}/slip", responses=PAPER | problems(NotAcceptable), dependencies=READERS)
async def read_slip(instruction_id: UUID, ctx: ContextDep, request: Request) -> Response:
    """The 督办单, as a Word document or as a page to print."""
    opened = await read_instruction(ctx, instruction_id)
    return await _printed(request, await print_slip(ctx, opened), f"duban-{opened.row.number}")


@router.get(
    "/instructions/{instruction_id}/reminder-letter",
    responses=PAPER | problems(NotAcceptable, NothingToRemind),
    dependencies=READERS,
)
async def read_reminder_letter(instruction_id: UUID, ctx: ContextDep, request: Request) -> Response:
    """The 提醒函 to the lead unit, as a Word document or as a page to print."""
    opened = await read_instruction(ctx, instruction_id)
    paper = await print_reminder_letter(ctx, opened)
    return await _printed(request, paper, f"tixing-{opened.row.number}")


@router.post(
    "/instructions/{instruction_id}/reminders",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(NothingToRemind, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def record_reminder(
    instruction_id: UUID, body: NoteWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """A reminder was sent, by letter or by word."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.remind(ctx, opened, body.note))


@router.post(
    "/instructions/{instruction_id}/feedback",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def give_feedback(
    instruction_id: UUID, body: NoteWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report how the matter stands."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.feed_back(ctx, opened, body.note))


@router.get(
    "/instructions/{instruction_id}/extension-requests",
    response_model=PageOf[ExtensionRead],
    dependencies=READERS,
)
async def list_extension_requests(
    instruction_id: UUID, request: Request, ctx: ContextDep, query: ExtensionsQuery
) -> Response:
    """Requests for more time and what became of them."""
    await read_instruction(ctx, instruction_id)
    page = await repository.list_extensions(ctx.session, instruction_id, query)
    return page_response(request, page, query, ExtensionRead)


@router.post(
    "/instructions/{instruction_id}/extension-requests",
    status_code=201,
    response_model=ExtensionRead,
    responses=problems(DutyStepRefused, ExtensionNotLater, ExtensionPending, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def request_extension(
    instruction_id: UUID, body: ExtensionWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Ask who instructed for more time. The ETag is the instruction's."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    row, stored = await steps.request_extension(ctx, opened, body.until, body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/instructions/{instruction_id}/completion-report",
    status_code=201,
    response_model=InstructionWhole,
    responses=problems(DutyStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def report_completion(
    instruction_id: UUID, body: ReportWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """The lead unit reports the matter done; who instructed closes or returns it."""
    opened = await read_instruction(ctx, instruction_id, lock=True)
    honour_if_match(request, opened.version)
    return shown(response, await steps.report_completion(ctx, opened, body.report))


async def _printed(request: Request, paper: Paper, name: str) -> Response:
    media_type = choose(request.headers.get("accept"))
    if media_type is None:
        raise NotAcceptable
    body = await run_in_threadpool(render, paper, media_type)
    ending = "html" if media_type == HTML else "docx"
    how = "inline" if media_type == HTML else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}.{ending}"', "Vary": "Accept"}
    return Response(body, media_type=media_type, headers=headers)
