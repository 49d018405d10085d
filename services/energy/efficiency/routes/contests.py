"""``/v1/energy-contest-rules``, ``/v1/energy-contests`` and their frozen quarters."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.local_time import today_of
from libs.common.security.audit import audit
from libs.common.sheets.writing import Row, xlsx_of
from libs.common.web.catalogue import negotiate
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, problems
from services.energy.efficiency.domain.wording import ranking_columns, ranking_word
from services.energy.efficiency.errors import (
    AppealClosed,
    ContestRuleNotOrdered,
    ContestUnknown,
    EditionExists,
    EfficiencyNotFound,
    EntryUnknown,
    ProductUnknown,
    QuarterNotOver,
)
from services.energy.efficiency.repository import contests as repository
from services.energy.efficiency.repository import figures
from services.energy.efficiency.repository.catalogue import list_dated
from services.energy.efficiency.routes.answers import (
    DECIDERS,
    KEEPERS,
    PLACING,
    CodePath,
    new_router,
    tagged,
)
from services.energy.efficiency.schemas.contests import (
    AppealDecision,
    AppealRead,
    AppealWrite,
    ContestRuleRead,
    ContestRuleWrite,
    EditionRead,
    EditionWrite,
    EntryRead,
    StandingRead,
)
from services.energy.efficiency.schemas.types import RegionCode, Year
from services.energy.efficiency.service import contests as service
from services.energy.efficiency.service import editions
from services.energy.efficiency.tables import AppealRow, ContestRuleRow, EntryRow

router = new_router()

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORT: dict[int | str, dict[str, Any]] = {
    200: {"content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "A workbook."}
}


@router.get("/energy-contest-rules", response_model=PageOf[ContestRuleRead])
async def list_contest_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Contests with who takes part and what counts."""
    page = await list_dated(ctx.session, ctx.principal, query, ContestRuleRow)
    return page_response(request, page, query, ContestRuleRead)


@router.put(
    "/energy-contest-rules",
    response_model=ContestRuleRead,
    responses=problems(ContestRuleNotOrdered, ProductUnknown, *PLACING),
    dependencies=KEEPERS,
)
async def put_contest_rule(body: ContestRuleWrite, ctx: ContextDep, response: Response) -> ContestRuleRead:
    """Put a contest's rule in force; quarters that are frozen keep theirs."""
    return tagged(response, await service.put_rule(ctx, body.rule(today_of(ctx))), ContestRuleRead)


@router.get("/energy-contests/{code}/standing", response_model=StandingRead, responses=problems(ContestUnknown))
async def get_contest_standing(
    code: CodePath,
    ctx: ContextDep,
    region_code: Annotated[RegionCode, Query()],
    year: Annotated[Year, Query()],
    quarter: Annotated[int, Query(ge=1, le=4)],
) -> StandingRead:
    """The order of a quarter as the figures are now. Enterprises see frozen quarters only."""
    if ctx.principal.is_enterprise_bound:
        raise Forbidden
    rule, placed = await service.standing_of(ctx, service.Quarter(code, region_code, year, quarter))
    rows = [editions.entry_of(ctx, ctx.new_id(), position, one) for position, one in enumerate(placed, start=1)]
    return StandingRead(
        contest_code=code,
        contest_name=rule.name,
        year=year,
        quarter=quarter,
        items=[EntryRead.model_validate(row) for row in rows],
    )


@router.get("/energy-contest-editions", response_model=PageOf[EditionRead])
async def list_contest_editions(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.EDITIONS)]
) -> Any:
    """Frozen quarters; the highest edition of a quarter stands."""
    page = await repository.list_editions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, EditionRead)


@router.post(
    "/energy-contest-editions",
    status_code=201,
    response_model=EditionRead,
    responses=problems(ContestUnknown, QuarterNotOver, EditionExists),
    dependencies=KEEPERS,
)
async def post_contest_edition(body: EditionWrite, ctx: ContextDep) -> Any:
    """Freeze a quarter with its rows; a correction is another edition with its reason."""
    return EditionRead.model_validate(await editions.freeze(ctx, body.which(), body.reason))


@router.get(
    "/energy-contest-editions/{edition_id}", response_model=EditionRead, responses=problems(EfficiencyNotFound)
)
async def get_contest_edition(edition_id: UUID, ctx: ContextDep) -> Any:
    """One of them, with the rule it was judged by."""
    return EditionRead.model_validate(await repository.get_edition(ctx.session, ctx.principal, edition_id))


@router.get(
    "/energy-contest-editions/{edition_id}/entries",
    response_model=PageOf[EntryRead],
    responses=problems(EfficiencyNotFound),
)
async def list_contest_entries(
    edition_id: UUID, request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.ENTRIES)]
) -> Any:
    """The ranked, then the excluded with the reason; an enterprise sees its own row."""
    edition = await repository.get_edition(ctx.session, ctx.principal, edition_id)
    page = await repository.list_entries(ctx.session, ctx.principal, edition, query)
    return page_response(request, page, query, EntryRead)


@router.get(
    "/energy-contest-editions/{edition_id}/export",
    response_class=StreamingResponse,
    responses=problems(EfficiencyNotFound) | _EXPORT,
)
async def export_contest_edition(edition_id: UUID, request: Request, ctx: ContextDep) -> StreamingResponse:
    """The ranking as a workbook, in the caller's language."""
    edition = await repository.get_edition(ctx.session, ctx.principal, edition_id)
    entries = await repository.all_entries(ctx.session, ctx.principal, edition)
    await audit(ctx, "export", "energy-contest-editions", str(edition_id), {"rows": len(entries)})
    language = negotiate(request.headers.get("accept-language"))
    name = f"{edition.contest_code}-{edition.year}Q{edition.quarter}-{edition.edition}.xlsx"
    headings = ranking_columns(language)
    rows = _rows([_row(entry, language) for entry in entries])
    sheet = f"{edition.year}Q{edition.quarter}-{edition.edition}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(xlsx_of(sheet, headings, rows), media_type=_XLSX, headers=headers)


async def _rows(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    yield rows


def _row(entry: EntryRow, language: str) -> Row:
    numbers = (entry.total, entry.intensity, entry.intensity_before, entry.improvement_percent)
    scores = (entry.level_score, entry.improvement_score, entry.quality_score)
    return [
        entry.rank,
        entry.name,
        entry.credit_code,
        entry.region_code,
        entry.sector_code,
        *(None if value is None else float(value) for value in (*numbers, *scores)),
        ranking_word(entry.standing, language),
        ranking_word(entry.exclusion, language),
    ]


@router.post(
    "/energy-contest-editions/{edition_id}/appeals",
    status_code=201,
    response_model=AppealRead,
    responses=problems(EfficiencyNotFound, EntryUnknown, AppealClosed),
    dependencies=KEEPERS,
)
async def post_contest_appeal(
    edition_id: UUID, body: AppealWrite, ctx: ContextDep, response: Response
) -> AppealRead:
    """Record an enterprise's objection to the edition that stands."""
    edition = await repository.get_edition(ctx.session, ctx.principal, edition_id)
    filed_on = body.filed_on or today_of(ctx)
    return tagged(
        response, await editions.file_appeal(ctx, edition, body.enterprise_id, body.text, filed_on), AppealRead
    )


@router.get("/energy-contest-appeals", response_model=PageOf[AppealRead])
async def list_contest_appeals(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.APPEALS)]
) -> Any:
    """Objections and what was decided."""
    page = await figures.list_owned(ctx.session, ctx.principal, query, AppealRow)
    return page_response(request, page, query, AppealRead)


@router.post(
    "/energy-contest-appeals/{appeal_id}/decision",
    response_model=AppealRead,
    responses=problems(EfficiencyNotFound, AppealClosed),
    dependencies=DECIDERS,
)
async def post_appeal_decision(
    appeal_id: UUID, body: AppealDecision, request: Request, ctx: ContextDep, response: Response
) -> AppealRead:
    """Dismiss an objection, or uphold it: the quarter is frozen anew from the figures as they are now."""
    row = await figures.get_owned(ctx.session, ctx.principal, AppealRow, appeal_id, lock=True)
    honour_if_match(request, row.version)
    decided = await editions.decide_appeal(
        ctx, row, is_upheld=body.upheld, decision=body.decision, on=body.decided_on or today_of(ctx)
    )
    response.headers["ETag"] = etag_of(decided.version)
    return AppealRead.model_validate(decided)
