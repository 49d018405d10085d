"""The ledger of accountability over HTTP."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.audit import audit
from libs.common.security.principal import Principal, Role
from libs.common.sheets.writing import Row, Value, csv_of, xlsx_of
from libs.common.web.catalogue import negotiate
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.accountability import repository, service
from services.alerts.accountability.errors import (
    CorrectionPointless,
    EditionNotFound,
    MissLifted,
    MissNotFound,
    NothingToFreeze,
    UnknownPerson,
    YearNotOver,
)
from services.alerts.accountability.schemas import (
    CorrectionCreate,
    CorrectionRead,
    EditionCreate,
    EditionList,
    EditionRead,
    EntryRead,
    MissDetail,
    MissRead,
    PersonCounts,
    PersonLedger,
    StepRead,
    UnitCounts,
    UnitLedger,
)
from services.alerts.accountability.tables import MissColumns, MissRow
from services.alerts.accountability.wording import wording
from services.alerts.trail.reading import facts_of_entries

router = APIRouter(prefix="/v1/accountability", route_class=TransactionalRoute, tags=["accountability"])

# An officer sees what counts for that officer; enterprises and machines nothing.
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
_JUDGES = (Role.ADMIN, Role.SUPERVISOR)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TABLE = (
    "alert_number", "title", "severity", "region_code", "kind", "status", "unit_name", "person_name", "post", "at",
    "late_minutes", "trail_seq", "basis_seq", "target_code", "target_amount", "target_actual",
    "target_measure_unit", "target_state", "target_consequence",
)  # fmt: skip
_WORDED = frozenset({"kind", "status", "severity", "target_state", "target_consequence"})

Year = Annotated[int, Path(ge=2000, le=9999)]
EditionParam = Annotated[
    int | None, Query(ge=1, description="Default: the newest; while there is none, as of now.")
]


class LedgerFormat(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"


@router.get("/misses", response_model=PageOf[MissRead], dependencies=[require(*_READERS)])
async def list_misses(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.MISSES)]
) -> Response:
    """Misses of the caller's region, newest first, as they count now."""
    return page_response(request, await repository.page_misses(ctx.session, ctx.principal, query), query, MissRead)


@router.get("/misses/{miss_id}", dependencies=[require(*_READERS)], responses=problems(MissNotFound))
async def get_miss(ctx: ContextDep, response: Response, miss_id: UUID) -> MissDetail:
    """One miss with the entries of the trail behind it and what was decided about it."""
    row = await service.get_miss(ctx, miss_id)
    response.headers["ETag"] = etag_of(row.version)
    return await _detail(ctx, row)


@router.post(
    "/misses/{miss_id}/corrections",
    status_code=201,
    dependencies=[require(*_JUDGES)],
    responses=problems(MissNotFound, CorrectionPointless, MissLifted, UnknownPerson, PreconditionFailed),
)
async def correct_miss(
    request: Request, ctx: ContextDep, response: Response, miss_id: UUID, body: CorrectionCreate
) -> MissDetail:
    """Decide that a miss counts for nobody, for somebody else, or again as it was found; frozen editions stay."""
    row = await service.get_miss(ctx, miss_id, lock=True)
    honour_if_match(request, row.version)
    await service.correct(ctx, row, body.act, body.person_id, body.reason)
    response.headers["ETag"] = etag_of(row.version)
    return await _detail(ctx, row)


@router.get("/editions", dependencies=[require(*_READERS)])
async def list_editions(
    ctx: ContextDep, year: Annotated[int | None, Query(ge=2000, le=9999)] = None
) -> EditionList:
    """Frozen editions, newest first."""
    rows = await repository.list_editions(ctx.session, year)
    return EditionList(items=[EditionRead.model_validate(row) for row in rows])


@router.post(
    "/{year}/editions",
    status_code=201,
    dependencies=[require(Role.ADMIN)],
    responses=problems(YearNotOver, NothingToFreeze),
)
async def create_edition(ctx: ContextDep, year: Year, body: EditionCreate) -> EditionRead:
    """Freeze what was corrected since as a new edition; the earlier ones stay readable."""
    return EditionRead.model_validate(await service.freeze(ctx, year, body.reason))


@router.get("/{year}/persons", dependencies=[require(*_READERS)], responses=problems(EditionNotFound))
async def count_by_person(ctx: ContextDep, year: Year, edition: EditionParam = None) -> PersonLedger:
    """A year's misses by person."""
    chosen = await service.edition_for(ctx, year, edition)
    by = ("person_id", "person_name", "unit_id", "unit_name")
    rows = await repository.sums(ctx.session, ctx.principal, year, chosen, by)
    return PersonLedger(year=year, edition=chosen, items=[PersonCounts(**row) for row in rows])


@router.get("/{year}/units", dependencies=[require(*_READERS)], responses=problems(EditionNotFound))
async def count_by_unit(ctx: ContextDep, year: Year, edition: EditionParam = None) -> UnitLedger:
    """A year's misses by unit."""
    chosen = await service.edition_for(ctx, year, edition)
    rows = await repository.sums(ctx.session, ctx.principal, year, chosen, ("unit_id", "unit_name"))
    return UnitLedger(year=year, edition=chosen, items=[UnitCounts(**row) for row in rows])


@router.get(
    "/{year}/export",
    response_class=StreamingResponse,
    dependencies=[require(*_READERS)],
    responses={
        200: {
            "content": {
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
                "text/csv": {"schema": {"type": "string"}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            }
        },
        **problems(EditionNotFound),
    },
)
async def export_ledger(
    request: Request,
    ctx: ContextDep,
    database: DatabaseDep,
    year: Year,
    edition: EditionParam = None,
    format: Annotated[LedgerFormat, Query()] = LedgerFormat.XLSX,
) -> StreamingResponse:
    """Every miss of the year with alert and entries, for the file; the export is itself recorded."""
    chosen = await service.edition_for(ctx, year, edition)
    await audit(ctx, "export", "accountability", str(year), {"edition": chosen, "format": format.value})
    name = f"accountability-{year}{'' if chosen is None else f'-{chosen}'}.{format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    language = negotiate(request.headers.get("accept-language"))
    if format is LedgerFormat.JSONL:
        lines = _lines(database, ctx.principal, year, chosen)
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)
    words = wording(language)
    rows = _rows(database, ctx.principal, year, chosen, words, "title_zh" if language == "zh-CN" else "title_en")
    headings = [words[f"column.{column}"] for column in _TABLE]
    if format is LedgerFormat.CSV:
        return StreamingResponse(csv_of(headings, rows), media_type="text/csv; charset=utf-8", headers=headers)
    return StreamingResponse(xlsx_of(words["sheet"], headings, rows), media_type=_XLSX, headers=headers)


async def _rows(
    database: Database, principal: Principal, year: int, edition: int | None, words: dict[str, str], title: str
) -> AsyncIterator[Sequence[Row]]:
    async for page in repository.pages_of(database, principal, year, edition):
        yield [[_cell(row, title if column == "title" else column, words) for column in _TABLE] for row in page]


def _cell(row: MissColumns, column: str, words: dict[str, str]) -> Value:
    of_target = column.removeprefix("target_") if column.startswith("target_") else None
    value = getattr(row, column) if of_target is None else (row.target or {}).get(of_target)
    # A word this release does not know yet is shown as it came.
    return words.get(f"{column}.{value}", value) if column in _WORDED and value is not None else value


async def _lines(database: Database, principal: Principal, year: int, edition: int | None) -> AsyncIterator[bytes]:
    async for page in repository.pages_of(database, principal, year, edition):
        yield b"".join(
            orjson.dumps({"edition": edition, **row.model_dump()}, default=str, option=orjson.OPT_APPEND_NEWLINE)
            for row in page
        )


async def _detail(ctx: Context, row: MissRow) -> MissDetail:
    numbers = [number for number in (row.basis_seq, row.trail_seq) if number is not None]
    entries = [] if row.alert_id is None else await repository.list_entries(ctx.session, row.alert_id, numbers)
    shown = await facts_of_entries(ctx.session, entries)
    corrections = await repository.list_corrections(ctx.session, row.id)
    return MissDetail(
        **MissRead.model_validate(row).model_dump(),
        entries=[
            EntryRead(
                seq=entry.seq,
                kind=entry.kind,
                at=entry.at,
                actor=entry.actor,
                facts=facts,
                digest=entry.digest,
            )
            for entry, facts in zip(entries, shown, strict=True)
        ],
        steps=[StepRead.model_validate(step) for step in await repository.list_steps(ctx.session, row.id)],
        corrections=[CorrectionRead.model_validate(each) for each in corrections],
    )
