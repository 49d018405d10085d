"""Output, losses, availability and totals of plants; given series of their resource."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from libs.common.security.audit import audit
from libs.common.sheets.writing import Row, csv_of, xlsx_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import problems
from services.energy.generation import day_repository, repository
from services.energy.generation.contribution import generation_of
from services.energy.generation.domain.output import Output
from services.energy.generation.domain.plant import SeriesQuantity
from services.energy.generation.errors import PlantNotFound, PlantRegionInvalid, PlantSeriesInvalid, SpanTooLong
from services.energy.generation.output_schemas import (
    AvailabilityRead,
    ContributionRead,
    OutputPage,
    SlotPage,
    SummaryRead,
    availability_read,
    contribution_read,
    output_read,
    slot_output,
    summary_read,
)
from services.energy.generation.routes.common import FEEDERS, REGION_PATTERN, PlantCode, checked_region, new_router
from services.energy.generation.service import answers, series
from services.energy.generation.target_schemas import (
    SeriesPage,
    SeriesTaken,
    SeriesWrite,
    series_days,
    series_read,
)
from services.energy.grid.errors import GridNodeNotFound
from services.energy.grid.loads import find_node
from services.energy.metering.errors import PeriodInverted

router = new_router()

First = Annotated[date, Query(alias="from")]
Last = Annotated[date, Query(alias="to", description="Included.")]
Region = Annotated[str | None, Query(pattern=REGION_PATTERN, description="The caller's own if left out.")]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPAN = (PeriodInverted, SpanTooLong)


class By(StrEnum):
    DAY = "day"
    MONTH = "month"


class TableFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


_TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


@router.get(
    "/plants/{code}/output", response_model=OutputPage, responses={**_TABLES, **problems(PlantNotFound, *_SPAN)}
)
async def get_output(
    code: PlantCode,
    ctx: ContextDep,
    first: First,
    last: Last,
    by: By = By.DAY,
    format_: Annotated[TableFormat, Query(alias="format")] = TableFormat.JSON,
) -> Any:
    """Energy beside what was to be expected, and where the rest went; days that nobody computed are absent."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code)
    found = await (answers.days_of if by is By.DAY else answers.months_of)(ctx, plant, first, last)
    items = [output_read(output, *_edges(by, begin, first, last)) for begin, output in found]
    total = sum((output for _, output in found), Output())
    page = OutputPage(plant_code=plant.code, items=items, total=output_read(total, first, last) if found else None)
    if format_ is TableFormat.JSON:
        return page
    await audit(ctx, "plant_output.export", "plants", plant.code, {"from": str(first), "to": str(last)})
    return _table(page, format_)


def _edges(by: By, begin: date, first: date, last: date) -> tuple[date, date]:
    if by is By.DAY:
        return begin, begin
    following = date(begin.year + begin.month // 12, begin.month % 12 + 1, 1)
    return max(begin, first), min(date.fromordinal(following.toordinal() - 1), last)


def _table(page: OutputPage, format_: TableFormat) -> Response:
    lines = [item.model_dump(mode="json") for item in page.items]
    headings = list(lines[0]) if lines else ["first", "last"]

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield [[line[name] for name in headings] for line in lines]

    name = f"{page.plant_code}-output.{format_.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if format_ is TableFormat.CSV:
        return StreamingResponse(
            csv_of(headings, batches()), media_type="text/csv; charset=utf-8", headers=headers
        )
    return StreamingResponse(xlsx_of("output", headings, batches()), media_type=_XLSX, headers=headers)


@router.get("/plants/{code}/output/slots", response_model=SlotPage, responses=problems(PlantNotFound, *_SPAN))
async def get_slots(code: PlantCode, ctx: ContextDep, first: First, last: Last) -> SlotPage:
    """Actual beside expected by slot of 15 minutes, computed now; at most 31 days."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code)
    found = await answers.slots_of(ctx, plant, first, last)
    return SlotPage(plant_code=plant.code, items=[slot_output(day, figures) for day, figures in found])


@router.get(
    "/plants/{code}/availability", response_model=AvailabilityRead, responses=problems(PlantNotFound, *_SPAN)
)
async def get_availability(code: PlantCode, ctx: ContextDep, first: First, last: Last) -> AvailabilityRead:
    """Availability factors of a plant and its units over what is past of the span; at most 400 days."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code)
    return availability_read(*await answers.availability_of(ctx, plant, first, last))


@router.get("/plants/{code}/series", response_model=SeriesPage, responses=problems(PlantNotFound, *_SPAN))
async def get_series(
    code: PlantCode,
    ctx: ContextDep,
    first: First,
    last: Last,
    quantity: SeriesQuantity | None = None,
    as_of: Annotated[AwareDatetime | None, Query(description="As it was known then; now if absent.")] = None,
) -> SeriesPage:
    """What is given of a plant's resource."""
    answers.check_span(first, last, answers.MAX_DAYS)
    plant = await repository.get_plant(ctx.session, ctx.principal, code)
    chosen = None if quantity is None else quantity.value
    rows = await day_repository.current_series(ctx.session, [plant.id], first, last, chosen, as_of)
    return SeriesPage(items=[series_read(row) for row in rows])


@router.post(
    "/plants/{code}/series",
    response_model=SeriesTaken,
    responses=problems(PlantNotFound, PlantSeriesInvalid),
    dependencies=FEEDERS,
)
async def post_series(code: PlantCode, body: SeriesWrite, ctx: ContextDep) -> SeriesTaken:
    """Lay inflow, head, wind, density, irradiance, temperature or an expectation over what stands; by slot."""
    plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    taken = await series.put_series(ctx, plant, series_days(body), body.source)
    return SeriesTaken(created=taken.created, changed=taken.changed, unchanged=taken.unchanged)


@router.get("/generation/summary", response_model=SummaryRead, responses=problems(PlantRegionInvalid, *_SPAN))
async def get_summary(ctx: ContextDep, first: First, last: Last, region_code: Region = None) -> SummaryRead:
    """A region's plants by kind: capacity, energy, utilisation hours, capacity factor, losses."""
    place = checked_region(ctx, region_code)
    return summary_read(place, await answers.summary_of(ctx, place, first, last), first, last)


@router.get(
    "/generation/contribution",
    response_model=ContributionRead,
    responses=problems(PlantRegionInvalid, GridNodeNotFound),
)
async def get_contribution(
    ctx: ContextDep,
    day: date,
    region_code: Region = None,
    node_code: Annotated[str | None, Query(max_length=64, description="Instead of a region.")] = None,
) -> ContributionRead:
    """What plants add to the supply of a region, or of a node of the grid and what hangs below it, by slot."""
    if node_code is not None:
        node = await find_node(ctx.session, ctx.principal, node_code)
        return contribution_read(await generation_of(ctx.session, node.id, day, ctx.principal))
    place = checked_region(ctx, region_code)
    return contribution_read(await generation_of(ctx.session, place, day, ctx.principal))
