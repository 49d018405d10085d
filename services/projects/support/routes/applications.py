"""``/v1/support-applications``: what is applied for, by enterprises or for them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import SUPPORT_APPLICATION
from libs.common.sheets.writing import Row
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, PreconditionRequired, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from libs.common.workdays import UnknownCalendarYear
from services.projects.duties.schemas import StepRead
from services.projects.lists.routes.answers import (
    OFFICES,
    REPORTERS,
    language_of,
    new_router,
)
from services.projects.registry.errors import EntryUnknown
from services.projects.support.domain.wording import APPLICATIONS
from services.projects.support.errors import (
    AppealTooLate,
    ApplicationDouble,
    ApplicationElsewhere,
    ApplicationStepRefused,
    InputsMismatch,
    PolicyNotInForce,
)
from services.projects.support.repository import applications as repository
from services.projects.support.schemas.applications import (
    ApplicationCreate,
    ApplicationRead,
    ApplicationReason,
    ApplicationWrite,
    ComputationRead,
)
from services.projects.support.service import applications as opening
from services.projects.support.service import applying as service
from services.projects.support.service.applications import Application
from services.projects.support.service.checking import judge_application, recompute
from services.projects.support.service.policies import read_policy

ApplicationsQuery = Annotated[ListQuery, Depends(repository.APPLICATIONS.selecting(ApplicationRead))]
ApplicationsWhole = Annotated[ListQuery, Depends(WholeList(repository.APPLICATIONS))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]

router = new_router("support")


def shown(response: Response, application: Application) -> ApplicationRead:
    response.headers["ETag"] = etag_of(application.row.version)
    return ApplicationRead.of_application(application)


async def _opened(ctx: ContextDep, application_id: UUID, request: Request) -> Application:
    application = await opening.open_application(ctx, application_id)
    honour_if_match(request, application.row.version)
    return application


Opened = Annotated[Application, Depends(_opened)]


@router.get("/support-applications", response_model=PageOf[ApplicationRead])
async def list_applications(request: Request, ctx: ContextDep, query: ApplicationsQuery) -> Response:
    """Applications of the caller's region; enterprises see their own."""
    page = await repository.list_applications(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ApplicationRead, lambda found: ApplicationRead.of(*found))


@router.get("/support-applications/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to applications since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [SUPPORT_APPLICATION], after=after, limit=limit)


@router.get("/support-applications/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_applications(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: ApplicationsWhole
) -> StreamingResponse:
    """The list as a workbook, every row that the filters leave."""
    sheet = Sheet("support-applications", APPLICATIONS[language_of(request)], _line)
    return await list_as_workbook(ctx, database, query, repository.list_applications, sheet)


def _line(found: Any) -> Row:
    row, policy, one = found
    return [
        *(row.code, policy.code, policy.name, policy.kind, row.year, one.credit_code, one.name),
        *(row.region_code, row.status, row.requested_yuan, row.computed_yuan, row.approved_yuan),
        *(row.paid_yuan, row.clawed_back_yuan),
        *(None if day is None else str(day) for day in (row.submitted_on, row.decided_on)),
    ]


@router.post(
    "/support-applications",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(PolicyNotInForce, EntryUnknown, ApplicationElsewhere, InputsMismatch),
    dependencies=[require(*REPORTERS)],
)
async def create_application(body: ApplicationCreate, ctx: ContextDep, response: Response) -> Any:
    """Draft an application under a policy in force; its papers are added, then it is submitted."""
    policy = await read_policy(ctx, body.policy_id)
    application = await service.create_application(ctx, policy, body.enterprise_id, body.draft())
    response.headers["Location"] = f"/v1/support-applications/{application.row.id}"
    return shown(response, application)


@router.get("/support-applications/{application_id}", response_model=ApplicationRead)
async def read_application(application_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One application with its computation and checks."""
    application = await opening.read_application(ctx, application_id)
    return not_modified(request, etag_of(application.row.version)) or shown(response, application)


@router.put(
    "/support-applications/{application_id}",
    response_model=ApplicationRead,
    responses=problems(ApplicationStepRefused, InputsMismatch, PreconditionFailed, PreconditionRequired),
    dependencies=[require(*REPORTERS)],
)
async def put_application(
    application_id: UUID, body: ApplicationWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """State a draft, or what was returned, anew; its version is named."""
    application = await opening.open_application(ctx, application_id)
    check_if_match(request, application.row.version)
    return shown(response, await service.amend_application(ctx, application, body.draft()))


@router.get("/support-applications/{application_id}/steps", response_model=PageOf[StepRead])
async def list_steps(application_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Every step of the application, in order."""
    await opening.read_application(ctx, application_id)
    page = await repository.list_steps(ctx.session, application_id, query)
    return page_response(request, page, query, StepRead)


@router.get(
    "/support-applications/{application_id}/computation",
    response_model=ComputationRead,
    responses=problems(InputsMismatch),
)
async def read_computation(application_id: UUID, ctx: ContextDep) -> Any:
    """What is due, computed now from terms and inputs, beside what was recorded."""
    application = await opening.read_application(ctx, application_id)
    computation = await recompute(ctx, application)
    return ComputationRead.of(application.row, computation, await judge_application(ctx, application))


@router.post(
    "/support-applications/{application_id}/submission",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(
        ApplicationStepRefused, PolicyNotInForce, ApplicationDouble, InputsMismatch, PreconditionFailed
    ),
    dependencies=[require(*REPORTERS)],
)
async def submit_application(application: Opened, ctx: ContextDep, response: Response) -> Any:
    """Hand it in: it is computed, checked, and goes into review."""
    return shown(response, await service.submit_application(ctx, application))


@router.post(
    "/support-applications/{application_id}/withdrawal",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(ApplicationStepRefused, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def withdraw_application(
    application: Opened, body: ApplicationReason, ctx: ContextDep, response: Response
) -> Any:
    """Take it back before it is decided."""
    return shown(response, await service.withdraw_application(ctx, application, body.reason))


@router.post(
    "/support-applications/{application_id}/appeal",
    status_code=201,
    response_model=ApplicationRead,
    responses=problems(ApplicationStepRefused, AppealTooLate, UnknownCalendarYear, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def appeal(application: Opened, body: ApplicationReason, ctx: ContextDep, response: Response) -> Any:
    """Appeal against a refusal, once."""
    return shown(response, await service.appeal(ctx, application, body.reason))
