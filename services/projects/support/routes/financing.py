"""``/v1/financing-needs``: what enterprises and projects need, what banks grant, the gap."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import FINANCING_NEED
from libs.common.security.principal import Role
from libs.common.sheets.writing import Row
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from services.projects.duties.schemas import ScanRead
from services.projects.lists.routes.answers import (
    OFFICES,
    REPORTERS,
    WRITERS,
    language_of,
    new_router,
)
from services.projects.registry.errors import EntryUnknown
from services.projects.support.domain.financing import gap_yuan
from services.projects.support.domain.wording import NEEDS
from services.projects.support.errors import (
    GuaranteeTooMuch,
    NeedClosed,
    NeedOfNobody,
    OutcomeDay,
    OutcomeDecided,
    OutcomeIncomplete,
)
from services.projects.support.repository import financing as repository
from services.projects.support.schemas.financing import (
    NeedClose,
    NeedCreate,
    NeedRead,
    NeedUpdate,
    OutcomeRead,
    OutcomeWrite,
)
from services.projects.support.service import financing as service
from services.projects.support.tables import NeedRow

NeedsQuery = Annotated[ListQuery, Depends(repository.NEEDS.selecting(NeedRead))]
NeedsWhole = Annotated[ListQuery, Depends(WholeList(repository.NEEDS))]
OutcomesQuery = Annotated[ListQuery, Depends(repository.OUTCOMES.selecting(OutcomeRead))]

router = new_router("financing")


def _shown(response: Response, row: NeedRow) -> NeedRead:
    response.headers["ETag"] = etag_of(row.version)
    return NeedRead.of(row)


@router.get("/financing-needs", response_model=PageOf[NeedRead])
async def list_needs(request: Request, ctx: ContextDep, query: NeedsQuery) -> Response:
    """Needs, the nearest day first; enterprises see their own."""
    page = await repository.list_needs(ctx.session, ctx.principal, query)
    return page_response(request, page, query, NeedRead, NeedRead.of)


@router.get("/financing-needs/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to needs since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [FINANCING_NEED], after=after, limit=limit)


@router.get("/financing-needs/export", responses=WORKBOOK, dependencies=[require(*OFFICES)])
async def export_needs(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: NeedsWhole
) -> StreamingResponse:
    """The list as a workbook, every row that the filters leave."""
    sheet = Sheet("financing-needs", NEEDS[language_of(request)], _line)
    return await list_as_workbook(ctx, database, query, repository.list_needs, sheet)


def _line(row: NeedRow) -> Row:
    return [
        *(row.code, row.purpose, row.region_code, row.status, row.amount_yuan, row.granted_yuan),
        *(gap_yuan(row.amount_yuan, row.granted_yuan), str(row.needed_by)),
    ]


@router.post("/financing-scans", response_model=ScanRead, dependencies=[require(Role.ADMIN)])
async def scan_now(ctx: ContextDep) -> Any:
    """Judge needs whose day has passed now, as the daily scan does."""
    return await service.scan_needs(ctx)


@router.post(
    "/financing-needs",
    status_code=201,
    response_model=NeedRead,
    responses=problems(NeedOfNobody, EntryUnknown),
    dependencies=[require(*REPORTERS)],
)
async def create_need(body: NeedCreate, ctx: ContextDep, response: Response) -> Any:
    """Record a need of an enterprise or a project."""
    row = await service.record_need(ctx, body.draft())
    response.headers["Location"] = f"/v1/financing-needs/{row.id}"
    return _shown(response, row)


@router.get("/financing-needs/{need_id}", response_model=NeedRead)
async def read_need(need_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One need."""
    row = await service.read_need(ctx, need_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/financing-needs/{need_id}",
    response_model=NeedRead,
    responses=problems(NeedClosed, EntryUnknown),
    dependencies=[require(*REPORTERS)],
)
async def patch_need(
    need_id: UUID, body: NeedUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change an open need."""
    row = await service.open_need(ctx, need_id)
    check_if_match(request, row.version)
    return _shown(response, await service.amend_need(ctx, row, body.facts()))


@router.post(
    "/financing-needs/{need_id}/closing",
    status_code=201,
    response_model=NeedRead,
    responses=problems(NeedClosed, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def close_need(need_id: UUID, body: NeedClose, ctx: ContextDep, request: Request, response: Response) -> Any:
    """The need is met, or dropped."""
    row = await service.open_need(ctx, need_id)
    honour_if_match(request, row.version)
    return _shown(response, await service.close_need(ctx, row, body.status, body.reason))


@router.get("/financing-needs/{need_id}/outcomes", response_model=PageOf[OutcomeRead])
async def list_outcomes(need_id: UUID, request: Request, ctx: ContextDep, query: OutcomesQuery) -> Response:
    """What banks were asked and said."""
    await service.read_need(ctx, need_id)
    page = await repository.list_outcomes(ctx.session, need_id, query)
    return page_response(request, page, query, OutcomeRead)


@router.post(
    "/financing-needs/{need_id}/outcomes",
    status_code=201,
    response_model=OutcomeRead,
    responses=problems(NeedClosed, OutcomeIncomplete, OutcomeDay, GuaranteeTooMuch, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_outcome(need_id: UUID, body: OutcomeWrite, ctx: ContextDep, request: Request) -> Any:
    """A bank was asked, and perhaps has answered."""
    row = await service.open_need(ctx, need_id)
    honour_if_match(request, row.version)
    return await service.record_outcome(ctx, row, body.outcome(), body.evidence)


@router.put(
    "/financing-needs/{need_id}/outcomes/{outcome_id}",
    response_model=OutcomeRead,
    responses=problems(
        NeedClosed, OutcomeDecided, OutcomeIncomplete, OutcomeDay, GuaranteeTooMuch, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def put_outcome(
    need_id: UUID, outcome_id: UUID, body: OutcomeWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """What a bank that was asked has answered; its version is named."""
    row = await service.open_need(ctx, need_id)
    said = await service.find_outcome(ctx, row, outcome_id)
    check_if_match(request, said.version)
    said = await service.answer_outcome(ctx, row, said, body.outcome(), body.evidence)
    response.headers["ETag"] = etag_of(said.version)
    return said
