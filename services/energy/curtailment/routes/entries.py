"""Rows of plans: one by one, by table, and as tables."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.security.audit import audit
from libs.common.web.conditional import check_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.energy.curtailment import plan_repository, repository
from services.energy.curtailment.domain.sheet import PLAN_COLUMNS, USER_COLUMNS
from services.energy.curtailment.errors import (
    CurtailmentUserNotFound,
    EntryNotFound,
    EntryQuotaUnfit,
    EntryRepeated,
    PlanImportRefused,
    PlanImportUnreadable,
    PlanNotFound,
    PlanStateUnfit,
)
from services.energy.curtailment.plan_schemas import (
    CurtailmentEntryChange,
    CurtailmentEntryRead,
    CurtailmentEntryWrite,
    CurtailmentImportReport,
    entry_read,
)
from services.energy.curtailment.routes.common import (
    KEEPERS,
    TABLE_ANSWER,
    TABLE_BODY,
    XLSX,
    faults_read,
    finding_read,
    language_of,
    new_router,
    plan_as_seen,
    tagged,
)
from services.energy.curtailment.service import drafting, exporting, importing

router = new_router()

_DRAFT = (PlanNotFound, PlanStateUnfit, PreconditionFailed)


class CurtailmentTableFormat(StrEnum):
    """How a table is written."""

    XLSX = "xlsx"
    CSV = "csv"


class CurtailmentTemplate(StrEnum):
    """What the empty table is for."""

    PLAN = "plan"
    USERS = "users"


def _table(format_: CurtailmentTableFormat, name: str, titles: list[str], rows: list[Any]) -> StreamingResponse:
    is_workbook = format_ is CurtailmentTableFormat.XLSX
    body = exporting.written(is_workbook, name, titles, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format_}"'}
    media = XLSX if is_workbook else "text/csv; charset=utf-8"
    return StreamingResponse(body, media_type=media, headers=headers)


@router.get("/curtailment-templates/{template}", responses=TABLE_ANSWER)
async def get_template(
    template: CurtailmentTemplate,
    request: Request,
    format_: Annotated[CurtailmentTableFormat, Query(alias="format")] = CurtailmentTableFormat.XLSX,
) -> StreamingResponse:
    """The empty table that an import takes, in the caller's language."""
    names = PLAN_COLUMNS if template is CurtailmentTemplate.PLAN else USER_COLUMNS
    return _table(format_, f"curtailment-{template}", exporting.headings(names, language_of(request)), [])


@router.get("/curtailment-entries", response_model=PageOf[CurtailmentEntryRead])
async def list_entries(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(plan_repository.ENTRIES)]
) -> Any:
    """Rows of plans by tier and code. An enterprise sees its own, of plans that were decided."""
    page = await plan_repository.list_entries(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CurtailmentEntryRead, entry_read)


@router.post(
    "/curtailment-plans/{plan_id}/entries",
    status_code=201,
    response_model=CurtailmentEntryRead,
    responses=problems(*_DRAFT, CurtailmentUserNotFound, EntryRepeated, EntryQuotaUnfit),
    dependencies=KEEPERS,
)
async def post_entry(
    plan_id: UUID, body: CurtailmentEntryWrite, request: Request, ctx: ContextDep, response: Response
) -> CurtailmentEntryRead:
    """One more row of a draft; the ETag is the plan's."""
    plan = await plan_as_seen(ctx, request, plan_id)
    row = await drafting.add_entry(ctx, plan, body.entry())
    tagged(response, plan.version)
    return entry_read((row, await repository.get_user(ctx.session, ctx.principal, row.enterprise_id)))


@router.patch(
    "/curtailment-plans/{plan_id}/entries/{entry_id}",
    response_model=CurtailmentEntryRead,
    responses=problems(*_DRAFT, EntryNotFound, EntryRepeated, EntryQuotaUnfit),
    dependencies=KEEPERS,
)
async def patch_entry(
    plan_id: UUID,
    entry_id: UUID,
    body: CurtailmentEntryChange,
    request: Request,
    ctx: ContextDep,
    response: Response,
) -> CurtailmentEntryRead:
    """Change a row of a draft; If-Match names the plan's version."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id, lock=True)
    check_if_match(request, plan.version)
    row = await drafting.change_entry(ctx, plan, entry_id, body.changes())
    tagged(response, plan.version)
    return entry_read((row, (await repository.users_by_id(ctx.session, [row.user_id]))[0]))


@router.delete(
    "/curtailment-plans/{plan_id}/entries/{entry_id}",
    status_code=204,
    responses=problems(*_DRAFT, EntryNotFound),
    dependencies=KEEPERS,
)
async def delete_entry(plan_id: UUID, entry_id: UUID, request: Request, ctx: ContextDep) -> Response:
    """Take a row out of a draft."""
    plan = await plan_as_seen(ctx, request, plan_id)
    await drafting.remove_entry(ctx, plan, entry_id)
    response = Response(status_code=204)
    tagged(response, plan.version)
    return response


@router.post(
    "/curtailment-plans/{plan_id}/imports",
    response_model=CurtailmentImportReport,
    responses=problems(*_DRAFT, PlanImportUnreadable, PlanImportRefused),
    openapi_extra=TABLE_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def import_plan(
    plan_id: UUID,
    request: Request,
    ctx: ContextDep,
    response: Response,
    dry_run: Annotated[bool, Query(description="Only tell what would be done, and every fault.")] = False,
) -> CurtailmentImportReport:
    """Rows of an XLSX or CSV table in place of all rows of a draft; faults are named by row and column."""
    # Before the plan is locked: looking at a file takes its time.
    content = await file_body(request)
    plan = await plan_as_seen(ctx, request, plan_id)
    outcome = await importing.import_plan(ctx, plan, content, dry_run=dry_run)
    tagged(response, plan.version)
    return CurtailmentImportReport(
        dry_run=dry_run,
        rows=outcome.rows,
        created=outcome.created,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        removed=outcome.removed,
        faults=faults_read(request, outcome.faults[: importing.MAX_FAULTS]),
        findings=[finding_read(request, finding) for finding in outcome.findings],
    )


@router.get("/curtailment-plans/{plan_id}/export", responses={**TABLE_ANSWER, **problems(PlanNotFound)})
async def export_plan(
    plan_id: UUID,
    request: Request,
    ctx: ContextDep,
    format_: Annotated[CurtailmentTableFormat, Query(alias="format")] = CurtailmentTableFormat.XLSX,
) -> StreamingResponse:
    """All rows as a table that can be imported again."""
    plan = await plan_repository.get_plan(ctx.session, ctx.principal, plan_id)
    language = language_of(request)
    rows = exporting.lines(await plan_repository.entries_of(ctx.session, plan.id), language)
    await audit(ctx, "export", "curtailment-plans", str(plan.id), {"format": format_.value, "rows": len(rows)})
    name = f"curtailment-{plan.region_code}-{plan.year}-{plan.edition}"
    return _table(format_, name, exporting.headings(PLAN_COLUMNS, language), rows)
