"""``/v1/target-editions`` and ``/v1/target-scores``."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.security.audit import audit
from libs.common.sheets.writing import Row, Value, xlsx_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.workbooks import WORKBOOK, XLSX
from services.projects.registry.errors import UnknownRegion
from services.projects.targets.domain.tables import ENTRIES, SHEETS, word_of
from services.projects.targets.errors import EditionExists, NothingToFreeze, PeriodNotOver, RuleMissing
from services.projects.targets.repository import editions as repository
from services.projects.targets.repository.catalogue import all_indicators
from services.projects.targets.routes.answers import DECIDERS, READERS, language_of, new_router
from services.projects.targets.schemas.editions import (
    EditionCreate,
    EditionRead,
    EntryRead,
    PartyRead,
    Quarter,
    ScoresRead,
)
from services.projects.targets.schemas.goals import Year
from services.projects.targets.service import editions as service
from services.projects.targets.service.editions import AccountPeriod
from services.projects.targets.tables import TargetEditionEntryRow

EditionsQuery = Annotated[ListQuery, Depends(repository.EDITIONS.selecting(EditionRead))]
EntriesQuery = Annotated[ListQuery, Depends(repository.ENTRIES.selecting(EntryRead))]
_FIGURES: Final = frozenset({"amount", "planned", "actual", "completion_percent", "weight", "score"})

router = new_router()


@router.get(
    "/target-scores",
    response_model=ScoresRead,
    responses=problems(UnknownRegion, RuleMissing),
    dependencies=READERS,
)
async def read_scores(
    ctx: ContextDep,
    region_code: Annotated[str, Query(max_length=9)],
    year: Annotated[Year, Query()],
    quarter: Annotated[Quarter | None, Query(description="The year if absent.")] = None,
) -> Any:
    """How the period stands by the figures of now, through its last month that is over; nothing is frozen."""
    period = AccountPeriod(region_code, year, quarter)
    through, lines = await service.lines_of(ctx, period)
    entries = service.entries_of(ctx.new_id(), lines)
    return ScoresRead(
        region_code=region_code,
        year=year,
        quarter=quarter,
        through=through,
        parties=[PartyRead.of(party) for party in service.parties_of(entries)],
        entries=[_entry(entry) for entry in entries],
    )


@router.get("/target-editions", response_model=PageOf[EditionRead], dependencies=READERS)
async def list_editions(request: Request, ctx: ContextDep, query: EditionsQuery) -> Response:
    """Frozen quarters and years; ``filter[quarter][null]=true`` shows the settlements."""
    page = await repository.list_editions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, EditionRead)


@router.post(
    "/target-editions",
    status_code=201,
    response_model=EditionRead,
    responses=problems(PeriodNotOver, EditionExists, NothingToFreeze, RuleMissing, UnknownRegion),
    dependencies=[require(*DECIDERS)],
)
async def post_edition(body: EditionCreate, ctx: ContextDep, response: Response) -> Any:
    """Freeze a quarter's assessment or a year's settlement as the figures are now."""
    row = await service.freeze(ctx, body.period(), body.reason)
    response.headers["Location"] = f"/v1/target-editions/{row.id}"
    return row


@router.get("/target-editions/{edition_id}", response_model=EditionRead, dependencies=READERS)
async def read_edition(edition_id: UUID, ctx: ContextDep) -> Any:
    """One frozen period."""
    return await service.get_edition(ctx, edition_id)


@router.get("/target-editions/{edition_id}/entries", response_model=PageOf[EntryRead], dependencies=READERS)
async def list_entries(edition_id: UUID, request: Request, ctx: ContextDep, query: EntriesQuery) -> Response:
    """The targets of a frozen period, with what made their scores."""
    await service.get_edition(ctx, edition_id)
    page = await repository.list_entries(ctx.session, edition_id, query)
    return page_response(request, page, query, EntryRead)


@router.get("/target-editions/{edition_id}/scores", response_model=ScoresRead, dependencies=READERS)
async def read_edition_scores(edition_id: UUID, ctx: ContextDep) -> Any:
    """Units and persons of a frozen period by their scores."""
    edition = await service.get_edition(ctx, edition_id)
    entries = await repository.entries_of(ctx.session, edition_id)
    return ScoresRead(
        region_code=edition.region_code,
        year=edition.year,
        quarter=edition.quarter,
        through=None,
        parties=[PartyRead.of(party) for party in service.parties_of(entries)],
        entries=[_entry(entry) for entry in entries],
    )


@router.get("/target-editions/{edition_id}/export", responses=WORKBOOK, dependencies=READERS)
async def export_edition(edition_id: UUID, request: Request, ctx: ContextDep) -> Response:
    """A frozen period as a workbook in the caller's language."""
    edition = await service.get_edition(ctx, edition_id)
    entries = await repository.entries_of(ctx.session, edition_id)
    await audit(ctx, "target_editions.export", "target-editions", str(edition_id), {"rows": len(entries)})
    language = language_of(request)
    headings = ENTRIES[language]
    indicators = await all_indicators(ctx.session)
    units = {one.unit: one.unit_zh if language == "zh-CN" else one.unit_en for one in indicators.values()}
    lines: list[Row] = [[_cell(entry, name, units, language) for name in headings] for entry in entries]

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield lines

    part = "" if edition.quarter is None else f"-q{edition.quarter}"
    name = f"targets-{edition.region_code}-{edition.year}{part}-{edition.edition}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    table = xlsx_of(SHEETS[language], list(headings.values()), batches())
    return StreamingResponse(table, media_type=XLSX, headers=headers)


def _cell(entry: TargetEditionEntryRow, name: str, units: Mapping[str, str], language: str) -> Value:
    value = getattr(entry, name)
    if name in _FIGURES:
        return None if value is None else float(value)
    return units.get(value, value) if name == "unit" else word_of(name, value, language)


def _entry(row: TargetEditionEntryRow) -> EntryRead:
    return EntryRead.model_validate(row, from_attributes=True)
