"""``/v1/phase-out-cases``: listing, reading, changing, tables in and out."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy.phase_out import PHASE_OUT
from libs.common.local_time import today_of
from libs.common.registry.queries import Enterprise, enterprise_by_credit_code, enterprise_by_id
from libs.common.security.audit import audit
from libs.common.security.scope import reaches_region
from libs.common.sheets.writing import Row, csv_of, xlsx_of
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.files import file_body, takes_file
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, PreconditionRequired, problems
from services.energy.phase_out import repository
from services.energy.phase_out.act_schemas import CaseDetail
from services.energy.phase_out.domain.case import Status
from services.energy.phase_out.errors import (
    CaseEnded,
    CaseExists,
    CaseNotFound,
    DateInvalid,
    EnterpriseUnknown,
    ExportTooLong,
    RegionInvalid,
    RequirementWeaker,
    StandardNotFound,
    StandardNotInForce,
    StepOutOfOrder,
)
from services.energy.phase_out.restricted import restricted_enterprises
from services.energy.phase_out.routes.common import KEEPERS, answer, locked, new_router
from services.energy.phase_out.schemas import (
    CaseChange,
    CaseImported,
    CaseRead,
    CaseWrite,
    RestrictedPage,
    RestrictedRead,
    StatusCount,
    SummaryRead,
    Withdrawal,
    case_read,
)
from services.energy.phase_out.service import cases as service
from services.energy.phase_out.service.importing import import_cases
from services.energy.sheet_table import TableRefused, TableUnreadable, told_faults

router = new_router()

BODY_LIMITS = {"POST /v1/phase-out-cases/imports": 16 * 2**20}
MAX_EXPORT = 20_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_TABLES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table.", "content": _BODY["requestBody"]["content"]}
}
_EXPORTED = (
    "number", "enterprise_name", "credit_code", "region_code", "standard_code", "title", "status", "required",
    "measured", "unit", "listed_on", "original_deadline_on", "deadline_on", "extensions", "ended_on", "source",
    "note",
)  # fmt: skip
CasesQuery = Annotated[ListQuery, Depends(repository.CASES)]
Region = Annotated[
    str | None, Query(pattern=r"^[1-9][0-9]{5}([0-9]{3})?$", description="The caller's own if left out.")
]


class TableFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@router.get("/phase-out-cases", response_model=PageOf[CaseRead])
async def list_cases(request: Request, ctx: ContextDep, query: CasesQuery) -> Any:
    """Cases within the caller's reach, the nearest deadline first."""
    page = await repository.list_cases(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CaseRead, case_read)


add_change_feed(router, [PHASE_OUT], of="phase-out cases", path="/phase-out-cases/changes")


@router.get(
    "/phase-out-cases/export", response_class=StreamingResponse, responses={**_TABLES, **problems(ExportTooLong)}
)
async def export_cases(
    ctx: ContextDep,
    query: CasesQuery,
    format_: Annotated[TableFormat, Query(alias="format")] = TableFormat.XLSX,
) -> Response:
    """The cases that the filters leave, as a table; at most 20,000."""
    rows = await repository.all_cases(ctx.session, ctx.principal, query, MAX_EXPORT)
    if len(rows) > MAX_EXPORT:
        raise ExportTooLong(limit=MAX_EXPORT)
    await audit(ctx, "phase_out_cases.export", "phase-out-cases", "", {"rows": len(rows), "filters": query.salt})
    shown = [case_read(row).model_dump(mode="json") for row in rows]

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield [[line[name] for name in _EXPORTED] for line in shown]

    headers = {"Content-Disposition": f'attachment; filename="phase-out-cases.{format_.value}"'}
    if format_ is TableFormat.CSV:
        return StreamingResponse(
            csv_of(_EXPORTED, batches()), media_type="text/csv; charset=utf-8", headers=headers
        )
    return StreamingResponse(xlsx_of("cases", _EXPORTED, batches()), media_type=_XLSX, headers=headers)


@router.get("/phase-out-cases/summary", response_model=SummaryRead, responses=problems(RegionInvalid))
async def get_summary(ctx: ContextDep, region_code: Region = None) -> SummaryRead:
    """Cases of a region by standard and status, and how many are past their deadline."""
    place = _region(ctx, region_code)
    found = await repository.summary(
        ctx.session, regions.prefix(place), today_of(ctx), ctx.principal.enterprise_id
    )
    items = [
        StatusCount(standard_code=code, status=Status(status), cases=cases, overdue=overdue)
        for code, status, cases, overdue in found
    ]
    return SummaryRead(region_code=place, items=items)


@router.get("/phase-out-cases/restricted", response_model=RestrictedPage, responses=problems(RegionInvalid))
async def list_restricted(
    ctx: ContextDep,
    region_code: Region = None,
    day: Annotated[date | None, Query(description="Today if left out.")] = None,
) -> RestrictedPage:
    """Enterprises that orderly use restricts first because they are to be phased out, on a day."""
    is_everywhere = region_code is None and ctx.principal.is_unbound
    place = None if is_everywhere else _region(ctx, region_code)
    found = await restricted_enterprises(ctx.session, day or today_of(ctx), place)
    own = ctx.principal.enterprise_id
    return RestrictedPage(
        items=[
            RestrictedRead.model_validate(one)
            for one in found.values()
            if not ctx.principal.is_enterprise_bound or one.enterprise_id == own
        ]
    )


@router.post(
    "/phase-out-cases/imports",
    response_model=CaseImported,
    responses=problems(TableUnreadable, TableRefused),
    openapi_extra=_BODY,
    dependencies=KEEPERS,
)
@takes_file
async def post_table(
    request: Request,
    ctx: ContextDep,
    dry_run: Annotated[bool, Query(description="Only tell what would happen.")] = False,
) -> CaseImported:
    """List cases with their inventory by an XLSX or CSV table; all of it or none."""
    found = await import_cases(ctx, await file_body(request), today_of(ctx), dry_run=dry_run)
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return CaseImported(
        dry_run=dry_run,
        cases=found.cases,
        items=found.items,
        numbers=found.numbers,
        faults=told_faults(found.faults, catalogue, language),
    )


@router.post(
    "/phase-out-cases",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(
        EnterpriseUnknown,
        NotFound,
        StandardNotFound,
        StandardNotInForce,
        DateInvalid,
        RequirementWeaker,
        CaseExists,
    ),
    dependencies=KEEPERS,
)
async def post_case(body: CaseWrite, ctx: ContextDep, response: Response) -> CaseDetail:
    """List an enterprise under a standard, with its inventory and milestones."""
    enterprise = await _enterprise(ctx, body)
    facts = service.CaseFacts(
        **body.model_dump(exclude={"enterprise_id", "credit_code", "milestones", "items"}),
        milestones=tuple((one.name, one.planned_on) for one in body.milestones),
        items=tuple(one.facts() for one in body.items),
    )
    case = await service.list_case(ctx, enterprise, facts)
    response.headers["Location"] = f"/v1/phase-out-cases/{case.id}"
    return await answer(ctx, response, case)


async def _enterprise(ctx: Context, body: CaseWrite) -> Enterprise:
    found = None
    if body.enterprise_id is not None:
        found = await enterprise_by_id(ctx.session, body.enterprise_id)
    elif body.credit_code is not None:
        found = await enterprise_by_credit_code(ctx.session, body.credit_code.upper())
    # Of a neighbour's it is not told that there is one.
    if found is None or not reaches_region(ctx.principal, found.region_code):
        raise EnterpriseUnknown(enterprise=str(body.enterprise_id or body.credit_code or ""))
    return found


@router.get("/phase-out-cases/{case_id}", response_model=CaseDetail, responses=problems(CaseNotFound))
async def get_case(case_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """A case with everything that happened to it."""
    case = await repository.get_case(ctx.session, ctx.principal, case_id)
    return not_modified(request, etag_of(case.version)) or await answer(ctx, response, case)


@router.patch(
    "/phase-out-cases/{case_id}",
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CaseEnded, PreconditionFailed, PreconditionRequired),
    dependencies=KEEPERS,
)
async def patch_case(
    case_id: UUID, body: CaseChange, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Change title, source, note or who is responsible; dates move by verdicts and plans."""
    case = await locked(ctx, request, case_id, demanded=True)
    return await answer(ctx, response, await service.change_case(ctx, case, body.facts()))


@router.post(
    "/phase-out-cases/{case_id}/withdrawal",
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CaseEnded, StepOutOfOrder, PreconditionFailed),
    dependencies=KEEPERS,
)
async def withdraw_case(
    case_id: UUID, body: Withdrawal, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """The case never was one; it stays in the list as withdrawn."""
    case = await locked(ctx, request, case_id)
    return await answer(ctx, response, await service.withdraw_case(ctx, case, body.reason))


def _region(ctx: Context, region_code: str | None) -> str:
    place = region_code or ctx.principal.region_code
    if place is None or not reaches_region(ctx.principal, place):
        raise RegionInvalid(region_code=place)
    return place
