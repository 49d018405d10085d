"""``/v1/economy-figures``, their rows, forecasts, and 规上企业 in and out."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.context import Context
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import FieldError, MalformedRequest, problems
from services.projects.economy.domain.figures import Version
from services.projects.economy.domain.question import Comparison, FigureGrouping, Question, Scale
from services.projects.economy.errors import QuestionUnsound, UnknownIndicator
from services.projects.economy.repository import rows as repository
from services.projects.economy.routes.answers import new_router
from services.projects.economy.schemas.figures import (
    EconomyFiguresRead,
    FigureRowRead,
    ForecastRead,
    ScaleChangeRead,
)
from services.projects.economy.schemas.types import IndicatorCode, MonthText, month_of
from services.projects.economy.service import rollups
from services.projects.rates.domain.grouping import RegionLevel, sector_prefixes
from services.projects.registry.service.recording import demand_region_form

RowsQuery = Annotated[ListQuery, Depends(repository.ROWS.selecting(FigureRowRead))]
IndicatorParam = Annotated[IndicatorCode, Query()]
GroupParam = Annotated[str | None, Query(max_length=64, description="One group of group_by; empty: none.")]
RegionParam = Annotated[str | None, Query(max_length=9, description="This region and its subtree.")]

router = new_router()


async def asked(
    month: Annotated[MonthText, Query()],
    cumulative: Annotated[bool, Query(description="January to the month.")] = False,
    version: Annotated[
        Version, Query(description="Flash, final, or the latest of each enterprise.")
    ] = Version.LATEST,
    region_code: RegionParam = None,
    park_code: Annotated[str | None, Query(max_length=64)] = None,
    sector: Annotated[
        str | None, Query(max_length=5, description="Beginning of a code of GB/T 4754; a letter is a section.")
    ] = None,
    size: Annotated[str | None, Query(max_length=30)] = None,
    scale: Scale | None = None,
    enterprise_id: Annotated[
        list[UUID] | None, Query(max_length=500, description="A list of enterprises.")
    ] = None,
    shared: Annotated[bool, Query(description="Count by the shares of regions (共建共享).")] = False,
    restated: Annotated[bool, Query(description="Restated bases before those reported.")] = True,
    comparison: Comparison = Comparison.REPORTED,
) -> Question:
    """The question of a request, without groups. Raises MalformedRequest."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    for name, text in (("park_code", park_code), ("size", size)):
        if text is not None and "\x00" in text:
            raise MalformedRequest(errors=[FieldError("field.string_nul", parameter=name)])
    if sector is not None:
        try:
            sector_prefixes(sector)
        except ValueError as error:
            raise MalformedRequest(errors=[FieldError("rates.sector_unknown", parameter="sector")]) from error
    return Question(
        month=month_of(month),
        region_code=region_code,
        enterprise_ids=None if enterprise_id is None else frozenset(enterprise_id),
        park_code=park_code,
        sector=sector,
        size=size,
        scale=scale,
        cumulative=cumulative,
        version=version,
        shared=shared,
        restated=restated,
        comparison=comparison,
    )


async def grouped(
    question: Annotated[Question, Depends(asked)],
    group_by: FigureGrouping | None = None,
    region_level: Annotated[RegionLevel, Query(description="How coarse regions are.")] = RegionLevel.COUNTY,
) -> Question:
    return replace(question, by=group_by, region_level=region_level)


QuestionDep = Annotated[Question, Depends(asked)]
GroupedDep = Annotated[Question, Depends(grouped)]


@router.get("/economy-figures", response_model=EconomyFiguresRead, responses=problems(UnknownIndicator))
async def read_figures(ctx: ContextDep, question: GroupedDep, indicator: IndicatorParam) -> Response:
    """A figure with its growth against the year and the month before, by group; null always with a reason."""
    return await figures_answer(ctx, question, indicator)


async def figures_answer(ctx: Context, question: Question, indicator: str) -> Response:
    """As routes answer a question. Raises UnknownIndicator."""
    found = EconomyFiguresRead.of(await rollups.answer(ctx, question, indicator))
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/economy-figures/rows", response_model=PageOf[FigureRowRead], responses=problems(UnknownIndicator))
async def list_rows(
    request: Request,
    ctx: ContextDep,
    question: GroupedDep,
    indicator: IndicatorParam,
    query: RowsQuery,
    group: GroupParam = None,
) -> Response:
    """The enterprises that make a figure, and those that are missing in it with the reason."""
    return await rows_answer(request, ctx, question, indicator, query, group)


async def rows_answer(
    request: Request, ctx: Context, question: Question, indicator: str, query: ListQuery, group: str | None
) -> Response:
    """As routes answer what makes a figure, or one group of it. Raises MalformedRequest, UnknownIndicator."""
    if group is not None and question.by is None:
        raise MalformedRequest(errors=[FieldError("economy.group_without_grouping", parameter="group")])
    if group is not None and "\x00" in group:
        raise MalformedRequest(errors=[FieldError("field.string_nul", parameter="group")])
    page = await rollups.rows_behind(ctx, question, indicator, query, group or None, of_group=group is not None)
    return page_response(
        request, page, query, FigureRowRead, lambda row: FigureRowRead.of(repository.row_of(row, question))
    )


@router.get(
    "/economy-forecasts", response_model=ForecastRead, responses=problems(UnknownIndicator, QuestionUnsound)
)
async def read_forecast(
    ctx: ContextDep,
    question: QuestionDep,
    indicator: IndicatorParam,
    target: Annotated[
        Decimal | None, Query(max_digits=20, decimal_places=4, description="The year's target, in the unit.")
    ] = None,
) -> Any:
    """The year foretold by what last year's same months made of its whole, against a target."""
    return ForecastRead.of(await rollups.foretell(ctx, question, indicator, target))


@router.get("/economy-scale-changes", response_model=ScaleChangeRead, responses=problems(QuestionUnsound))
async def read_scale_changes(
    ctx: ContextDep,
    earlier: Annotated[MonthText, Query(alias="from")],
    later: Annotated[MonthText, Query(alias="to")],
    region_code: RegionParam = None,
) -> Any:
    """规上企业 at the end of two months by main revenue of twelve months: counts, who came in and who went out."""
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    found = await rollups.scale_change(ctx, month_of(earlier), month_of(later), region_code)
    return ScaleChangeRead.of(found)
