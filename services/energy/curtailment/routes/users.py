"""``/v1/curtailment-users``: who may be called, with what, and when not."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.curtailment import borne_repository, repository
from services.energy.curtailment.errors import (
    CurtailmentEnterpriseUnknown,
    CurtailmentMeterUnfit,
    CurtailmentUserNotFound,
    ExclusionNotFound,
    ExclusionPeriodInverted,
    OfferUnfit,
    PlanImportRefused,
    PlanImportUnreadable,
    SecurityLoadTooLarge,
)
from services.energy.curtailment.plan_schemas import CurtailmentImportReport
from services.energy.curtailment.routes.common import KEEPERS, TABLE_BODY, faults_read, new_router, tagged
from services.energy.curtailment.schemas import (
    CurtailmentExclusionList,
    CurtailmentExclusionRead,
    CurtailmentExclusionWrite,
    CurtailmentUserChange,
    CurtailmentUserItem,
    CurtailmentUserRead,
    CurtailmentUserWrite,
    exclusion_read,
    user_item,
    user_read,
)
from services.energy.curtailment.service import exclusions, importing, users
from services.energy.curtailment.tables import CurtailmentUserRow

router = new_router()

_REFUSALS = (CurtailmentEnterpriseUnknown, CurtailmentMeterUnfit, SecurityLoadTooLarge, OfferUnfit)


async def _answer(ctx: Context, row: CurtailmentUserRow, response: Response) -> CurtailmentUserRead:
    tagged(response, row.version)
    return user_read(row, await users.terms_of(ctx, row))


@router.get("/curtailment-users", response_model=PageOf[CurtailmentUserItem])
async def list_users(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.USERS)]
) -> Any:
    """Users of the caller's regions by code; an enterprise finds itself."""
    page = await repository.list_users(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CurtailmentUserItem, user_item)


@router.post(
    "/curtailment-users/imports",
    response_model=CurtailmentImportReport,
    responses=problems(PlanImportUnreadable, PlanImportRefused),
    openapi_extra=TABLE_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def import_users(
    request: Request,
    ctx: ContextDep,
    dry_run: Annotated[bool, Query(description="Only tell what would be done, and every fault.")] = False,
) -> CurtailmentImportReport:
    """Record users, or change them, by an XLSX or CSV table; all rows are taken or none."""
    outcome = await importing.import_users(ctx, await file_body(request), dry_run=dry_run)
    return CurtailmentImportReport(
        dry_run=dry_run,
        rows=outcome.rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        removed=outcome.removed,
        faults=faults_read(request, outcome.faults[: importing.MAX_FAULTS]),
        findings=[],
    )


@router.put(
    "/curtailment-users/{enterprise_id}",
    response_model=CurtailmentUserRead,
    responses={
        201: {"model": CurtailmentUserRead, "description": "It is a user now."},
        **problems(*_REFUSALS, PreconditionFailed),
    },
    dependencies=KEEPERS,
)
async def put_user(
    enterprise_id: UUID, body: CurtailmentUserWrite, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentUserRead:
    """Record an enterprise as a user of orderly use, or say everything of it anew."""
    known = await repository.find_user(ctx.session, enterprise_id, lock=True)
    if known is not None and reaches_region(ctx.principal, known.region_code):
        honour_if_match(request, known.version)
    row, is_new = await users.put_user(ctx, enterprise_id, body.terms())
    response.status_code = 201 if is_new else 200
    return await _answer(ctx, row, response)


@router.get(
    "/curtailment-users/{enterprise_id}",
    response_model=CurtailmentUserRead,
    responses=problems(CurtailmentUserNotFound),
)
async def get_user(enterprise_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One user with its measures and meters."""
    row = await repository.get_user(ctx.session, ctx.principal, enterprise_id)
    return not_modified(request, etag_of(row.version)) or await _answer(ctx, row, response)


@router.patch(
    "/curtailment-users/{enterprise_id}",
    response_model=CurtailmentUserRead,
    responses=problems(CurtailmentUserNotFound, *_REFUSALS),
    dependencies=KEEPERS,
)
async def patch_user(
    enterprise_id: UUID, body: CurtailmentUserChange, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentUserRead:
    """Change single facts. Plans are judged anew when they are submitted and approved."""
    row = await repository.get_user(ctx.session, ctx.principal, enterprise_id, lock=True)
    check_if_match(request, row.version)
    before = await users.terms_of(ctx, row)
    terms = replace(before, **body.changes())
    if terms != before:
        row = await users.change_user(ctx, row, terms)
    return await _answer(ctx, row, response)


@router.get(
    "/curtailment-users/{enterprise_id}/exclusions",
    response_model=CurtailmentExclusionList,
    responses=problems(CurtailmentUserNotFound),
)
async def list_exclusions(enterprise_id: UUID, ctx: ContextDep) -> CurtailmentExclusionList:
    """Times in which the user is not to be called, withdrawn ones included."""
    row = await repository.get_user(ctx.session, ctx.principal, enterprise_id)
    found = await borne_repository.exclusions_of(ctx.session, row.id)
    return CurtailmentExclusionList(items=[exclusion_read(one) for one in found])


@router.post(
    "/curtailment-users/{enterprise_id}/exclusions",
    status_code=201,
    response_model=CurtailmentExclusionRead,
    responses=problems(CurtailmentUserNotFound, ExclusionPeriodInverted),
    dependencies=KEEPERS,
)
async def post_exclusion(
    enterprise_id: UUID, body: CurtailmentExclusionWrite, ctx: ContextDep
) -> CurtailmentExclusionRead:
    """Keep the user out of selections for a time: maintenance, or another reason."""
    row = await repository.get_user(ctx.session, ctx.principal, enterprise_id, lock=True)
    return exclusion_read(
        await exclusions.exclude(ctx, row, body.cause, body.starts_at, body.ends_at, body.reason)
    )


@router.delete(
    "/curtailment-users/{enterprise_id}/exclusions/{exclusion_id}",
    response_model=CurtailmentExclusionRead,
    responses=problems(CurtailmentUserNotFound, ExclusionNotFound),
    dependencies=KEEPERS,
)
async def withdraw_exclusion(enterprise_id: UUID, exclusion_id: UUID, ctx: ContextDep) -> CurtailmentExclusionRead:
    """It does not hold any more. It stays in the list as withdrawn."""
    row = await repository.get_user(ctx.session, ctx.principal, enterprise_id)
    return exclusion_read(await exclusions.withdraw(ctx, row, exclusion_id))
