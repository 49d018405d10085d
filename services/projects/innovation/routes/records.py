"""``/v1/innovation-records``: patents, products, brands, R&D spend, agreements, high-tech output."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import INNOVATION_RECORD
from libs.common.sheets.writing import Row
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from services.projects.innovation.domain.records import RecordStatus
from services.projects.innovation.domain.wording import RECORDS
from services.projects.innovation.errors import (
    RecordDay,
    RecordExists,
    RecordFourEyes,
    RecordIncomplete,
    RecordStepRefused,
)
from services.projects.innovation.repository import records as repository
from services.projects.innovation.repository.records import RecordGrouping
from services.projects.innovation.schemas.records import (
    RecordCreate,
    RecordRead,
    RecordReason,
    RecordSum,
    RecordSummary,
    ShareRead,
    Shares,
)
from services.projects.innovation.service import records as service
from services.projects.innovation.service.shares import shares_of
from services.projects.innovation.tables import InnovationRecordRow
from services.projects.lists.routes.answers import (
    OFFICES,
    REPORTERS,
    WRITERS,
    language_of,
    new_router,
)
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of
from services.projects.registry.service.recording import demand_region, demand_region_form

RecordsQuery = Annotated[ListQuery, Depends(repository.RECORDS.selecting(RecordRead))]
RecordsWhole = Annotated[ListQuery, Depends(WholeList(repository.RECORDS))]
Region = Annotated[str | None, Query(max_length=9, description="The region and its subtree.")]
YearParam = Annotated[int | None, Query(ge=1990, le=2200)]
_FILTER = {RecordGrouping.KIND: "kind", RecordGrouping.REGION: "region_code", RecordGrouping.YEAR: "year"}

router = new_router("innovation")


async def _shown(ctx: ContextDep, response: Response, row: InnovationRecordRow) -> RecordRead:
    enterprise = await enterprise_of(ctx.session, row.enterprise_id)
    assert enterprise is not None, "an enterprise with records stays"
    response.headers["ETag"] = etag_of(row.version)
    return RecordRead.of(row, enterprise)


async def _opened(ctx: ContextDep, record_id: UUID, request: Request) -> InnovationRecordRow:
    row = await service.read_record(ctx, record_id, lock=True)
    honour_if_match(request, row.version)
    return row


Opened = Annotated[InnovationRecordRow, Depends(_opened)]


@router.get("/innovation-records", response_model=PageOf[RecordRead])
async def list_records(request: Request, ctx: ContextDep, query: RecordsQuery) -> Response:
    """Records of the caller's region; enterprises see their own."""
    page = await repository.list_records(ctx.session, ctx.principal, query)
    return page_response(request, page, query, RecordRead, lambda pair: RecordRead.of(*pair))


@router.get("/innovation-records/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to records since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [INNOVATION_RECORD], after=after, limit=limit)


@router.get("/innovation-records/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_records(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: RecordsWhole
) -> StreamingResponse:
    """The list as a workbook, every row that the filters leave."""
    sheet = Sheet("innovation-records", RECORDS[language_of(request)], _line)
    return await list_as_workbook(ctx, database, query, repository.list_records, sheet)


def _line(found: Any) -> Row:
    row, one = found
    return [
        *(row.kind, row.status, one.credit_code, one.name, row.region_code, row.title, row.number, row.grade),
        *(row.year, row.amount_yuan, str(row.valid_from)),
        *(None if row.valid_to is None else str(row.valid_to), row.evidence),
    ]


@router.get("/innovation-summaries", response_model=RecordSummary)
async def read_summary(
    ctx: ContextDep,
    by: Annotated[RecordGrouping, Query()] = RecordGrouping.KIND,
    year: YearParam = None,
    region_code: Region = None,
) -> Any:
    """Records by kind, region, or the year they count in."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    within = "" if region_code is None else f"&filter[region_code][within]={region_code}"
    items = [
        RecordSum(
            key=str(key),
            records=records,
            verified=verified,
            amount_yuan=amount,
            rows_path=_rows_path(by, str(key), year, within),
        )
        for key, records, verified, amount in await repository.summary(
            ctx.session, ctx.principal, by, year, region_code
        )
    ]
    return RecordSummary(by=by, items=items)


def _rows_path(by: RecordGrouping, key: str, year: int | None, within: str) -> str:
    wanted = key if by is RecordGrouping.YEAR else (None if year is None else str(year))
    kept = "" if by is RecordGrouping.YEAR else f"&filter[{_FILTER[by]}]={key}"
    kept += "" if wanted is None else f"&filter[counted_year]={wanted}"
    return f"/v1/innovation-records?filter[status][in]=recorded,verified{kept}{within}"


@router.get("/innovation-shares", response_model=Shares, dependencies=[require(*OFFICES)])
async def read_shares(
    ctx: ContextDep,
    month: Annotated[date, Query(description="Any day of the last month; the year up to it counts.")],
    region_code: Region = None,
) -> Any:
    """High-tech share of output and intensity of R&D, of the year up to a month."""
    region_code = region_code or ctx.principal.region_code
    if region_code is not None:
        await demand_region(ctx, region_code)
    month = month.replace(day=1)
    items = [ShareRead.of(share, month, region_code) for share in await shares_of(ctx, month, region_code)]
    return Shares(month=month, region_code=region_code, items=items)


@router.post(
    "/innovation-records",
    status_code=201,
    response_model=RecordRead,
    responses=problems(RecordIncomplete, RecordDay, EntryUnknown, RecordExists),
    dependencies=[require(*REPORTERS)],
)
async def create_record(body: RecordCreate, ctx: ContextDep, response: Response) -> Any:
    """Record something with its evidence; it counts once another has verified it."""
    row = await service.record_innovation(ctx, body.record())
    response.headers["Location"] = f"/v1/innovation-records/{row.id}"
    return await _shown(ctx, response, row)


@router.get("/innovation-records/{record_id}", response_model=RecordRead)
async def read_record(record_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One record."""
    row = await service.read_record(ctx, record_id)
    return not_modified(request, etag_of(row.version)) or await _shown(ctx, response, row)


@router.post(
    "/innovation-records/{record_id}/verification",
    status_code=201,
    response_model=RecordRead,
    responses=problems(RecordStepRefused, RecordFourEyes, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def verify_record(row: Opened, ctx: ContextDep, response: Response) -> Any:
    """Another person vouches for it."""
    return await _shown(ctx, response, await service.verify_record(ctx, row))


@router.post(
    "/innovation-records/{record_id}/rejection",
    status_code=201,
    response_model=RecordRead,
    responses=problems(RecordStepRefused, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def reject_record(row: Opened, body: RecordReason, ctx: ContextDep, response: Response) -> Any:
    """It is not accepted, with the reason."""
    return await _shown(ctx, response, await service.end_record(ctx, row, RecordStatus.REJECTED, body.reason))


@router.post(
    "/innovation-records/{record_id}/withdrawal",
    status_code=201,
    response_model=RecordRead,
    responses=problems(RecordStepRefused, PreconditionFailed),
    dependencies=[require(*REPORTERS)],
)
async def withdraw_record(row: Opened, body: RecordReason, ctx: ContextDep, response: Response) -> Any:
    """It was wrong, or holds no more: it counts no longer, and another may take its number."""
    return await _shown(ctx, response, await service.end_record(ctx, row, RecordStatus.WITHDRAWN, body.reason))
