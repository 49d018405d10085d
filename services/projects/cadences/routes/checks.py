"""``/v1/checks``: what is owed, reports, returns, excuses, trail and change feed."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import CHECK
from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.cadences.errors import (
    CheckIncomplete,
    CheckOfInterruptedProject,
    CheckOutsidePeriod,
    CheckStepRefused,
)
from services.projects.cadences.repository import checks as repository
from services.projects.cadences.schemas.checks import (
    CheckExcuse,
    CheckRead,
    CheckReturn,
    CheckScanRead,
    CheckUpdate,
    SubmissionCreate,
    SubmissionRead,
)
from services.projects.cadences.service import checks as service
from services.projects.cadences.service.checks import OpenedCheck
from services.projects.cadences.service.reporting import open_for_report, submit_report
from services.projects.cadences.service.scanning import scan_checks
from services.projects.duties.errors import DueInPast, NoOwner, NoTerm
from services.projects.duties.routes import LEADERS, REPORTERS, WRITERS
from services.projects.duties.schemas import StepRead
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    CorrectionNeedsNote,
    DateInFuture,
    OutsideConstruction,
    ProgressFallNeedsNote,
)
from services.projects.ledger.routes.answers import LedgerDep
from services.projects.problems.errors import LevelReserved, RaisedInFuture
from services.projects.registry.errors import EntryUnknown

ChecksQuery = Annotated[ListQuery, Depends(repository.CHECKS.selecting(CheckRead))]
SubmissionsQuery = Annotated[ListQuery, Depends(repository.SUBMISSIONS.selecting(SubmissionRead))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["cadences"])


@router.get("/checks", response_model=PageOf[CheckRead])
async def list_checks(request: Request, ctx: ContextDep, query: ChecksQuery) -> Response:
    """Checks of the projects the caller sees, the nearest due day first; one's own by ``owner_person_id``."""
    page = await repository.list_checks(ctx.session, ctx.principal, query)
    today = today_of(ctx)
    return page_response(request, page, query, CheckRead, lambda pair: CheckRead.of(pair[0], pair[1], today))


@router.get("/checks/changes", response_model=ChangePage)
async def list_check_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to checks since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [CHECK], after=after, limit=limit)


@router.post(
    "/check-scans",
    response_model=CheckScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Make the checks of periods that have ended and tell the missed ones now, as the daily job does."""
    return CheckScanRead.of(await scan_checks(ctx))


@router.get("/checks/{check_id}", response_model=CheckRead)
async def read_check(check_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One check. Whether it is missed changes with the day, so it is always sent anew."""
    return _shown(response, ctx, await service.read_check(ctx, check_id))


@router.patch(
    "/checks/{check_id}",
    response_model=CheckRead,
    responses=problems(CheckStepRefused, EntryUnknown),
    dependencies=[require(*WRITERS)],
)
async def patch_check(
    check_id: UUID, body: CheckUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change who owes the report."""
    opened = await service.open_check(ctx, check_id)
    check_if_match(request, opened.version)
    return _shown(response, ctx, await service.reassign_check(ctx, opened, body.owners()))


@router.get("/checks/{check_id}/submissions", response_model=PageOf[SubmissionRead])
async def list_submissions(check_id: UUID, request: Request, ctx: ContextDep, query: SubmissionsQuery) -> Response:
    """Every report handed in on the check, in order; none is ever changed."""
    await service.read_check(ctx, check_id)
    page = await repository.list_submissions(ctx.session, check_id, query)
    return page_response(request, page, query, SubmissionRead)


@router.post(
    "/checks/{check_id}/submissions",
    status_code=201,
    response_model=SubmissionRead,
    responses=problems(
        *(CheckStepRefused, CheckOfInterruptedProject, CheckIncomplete, CheckOutsidePeriod),
        *(DateInFuture, OutsideConstruction, ProgressFallNeedsNote),
        *(CorrectionNeedsNote, AmountNeedsConfirmation),
        *(EntryUnknown, LevelReserved, RaisedInFuture, NoOwner, NoTerm, DueInPast),
        *(UnknownCalendarYear, PreconditionFailed),
    ),
    dependencies=[require(*REPORTERS)],
)
async def create_submission(
    check_id: UUID,
    body: SubmissionCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Hand the report in; its progress, investment and problems are entered with it, all or nothing.

    The ETag is the check's.
    """
    project, opened = await open_for_report(ledger, ctx, check_id)
    honour_if_match(request, opened.version)
    stored, row = await submit_report(ledger, ctx, project, opened, body.submission())
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/checks/{check_id}/return",
    status_code=201,
    response_model=CheckRead,
    responses=problems(CheckStepRefused, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*LEADERS)],
)
async def return_check(
    check_id: UUID, body: CheckReturn, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Return the report for rework. What it entered stays entered; the next report corrects it."""
    opened = await service.open_check(ctx, check_id)
    honour_if_match(request, opened.version)
    return _shown(response, ctx, await service.return_check(ctx, opened, body.reason, body.working_days))


@router.post(
    "/checks/{check_id}/excuse",
    status_code=201,
    response_model=CheckRead,
    responses=problems(CheckStepRefused, PreconditionFailed),
    dependencies=[require(*KEEPERS)],
)
async def excuse_check(
    check_id: UUID, body: CheckExcuse, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Excuse the report, with a reason."""
    opened = await service.open_check(ctx, check_id)
    honour_if_match(request, opened.version)
    return _shown(response, ctx, await service.excuse_check(ctx, opened, body.reason))


@router.get("/checks/{check_id}/steps", response_model=PageOf[StepRead])
async def list_steps(check_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the check, in order; none is ever changed."""
    await service.read_check(ctx, check_id)
    page = await repository.list_steps(ctx.session, check_id, query)
    return page_response(request, page, query, StepRead)


def _shown(response: Response, ctx: ContextDep, opened: OpenedCheck) -> CheckRead:
    response.headers["ETag"] = etag_of(opened.version)
    return CheckRead.of(opened.row, opened.project, today_of(ctx))
