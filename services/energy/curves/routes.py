"""``/v1/meters/{no}/curves`` and ``comparison``, ``/v1/curves``, ``/v1/rollups``, ``/v1/completeness``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.listing import ListQuery, next_link
from libs.common.web.problems import NotAcceptable, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.curves import service, shapes
from services.energy.curves.answers import (
    MEDIA_TYPES,
    Format,
    curve_frame,
    format_of,
    json_response,
    table_response,
)
from services.energy.curves.domain.comparison import Against
from services.energy.curves.domain.ranking import By
from services.energy.curves.domain.rollup import Group, Interval, RegionLevel
from services.energy.curves.errors import AnswerTooLarge, ReferencePeriodMissing
from services.energy.curves.schemas import (
    ComparisonRead,
    CompletenessPage,
    CurvePage,
    CurveRead,
    CurvesPage,
    RankingRead,
    RollupPage,
)
from services.energy.metering import repository
from services.energy.metering.domain.meter import METER_NO_PATTERN, Quantity
from services.energy.metering.errors import ArchiveUnreadable, CurveRangeTooLong, MeterNotFound, PeriodInverted
from services.energy.vee.errors import (
    EditInFuture,
    EditOutOfRange,
    MonthArchived,
    SlotsInvalid,
    SlotsNotEdited,
    VirtualNotEdited,
)
from services.energy.vee.schemas import DayEdit
from services.energy.vee.service.edits import Edit, edit_day

_EDITORS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["curves"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
First = Annotated[date, Query(alias="from")]
Last = Annotated[date, Query(alias="to", description="Included.")]
Meters = Annotated[ListQuery, Depends(repository.METERS)]
Chosen = Annotated[Format | None, Query(alias="format", description="Instead of Accept.")]
OfQuantity = Annotated[Quantity, Query()]
_ARROW = {"schema": {"type": "string", "format": "binary"}}
_TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPES[Format.ARROW]: _ARROW, "text/csv": {"schema": {"type": "string"}}}}
}


async def _read_alone(ctx: ContextDep) -> None:
    """Statements that only read need no transaction around them: two round trips fewer a request."""
    await ctx.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


_READING = [Depends(_read_alone)]


def _answers(*errors: Any) -> dict[int | str, dict[str, Any]]:
    return {**_TABLES, **problems(PeriodInverted, ArchiveUnreadable, NotAcceptable, *errors)}


def _links(request: Request, cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"Link": next_link(request, cursor)}


@router.get(
    "/meters/{meter_no}/curves",
    response_model=CurvePage,
    responses=_answers(MeterNotFound, CurveRangeTooLong),
    dependencies=_READING,
)
async def get_curves(
    meter_no: MeterNo, first: First, last: Last, request: Request, ctx: ContextDep, chosen: Chosen = None
) -> Response:
    """Day curves with quality, completeness and what corrections replaced; at most 400 days."""
    format_ = format_of(request, chosen)
    found = await service.get_curves(ctx, meter_no, first, last)
    if format_ is not Format.JSON:
        return await table_response(ctx, request, "curves", curve_frame([found]), format_, {})
    return json_response(shapes.curve_page(found, first, last, ctx.now))


@router.get(
    "/meters/{meter_no}/curves/{day}",
    response_model=CurveRead,
    responses=problems(MeterNotFound, ArchiveUnreadable),
    dependencies=_READING,
)
async def get_day(meter_no: MeterNo, day: date, request: Request, ctx: ContextDep) -> Response:
    """One day of a meter, also one without any value; its ETag is what an edit has to name."""
    found = await service.get_curves(ctx, meter_no, day, day)
    etag = etag_of(shapes.day_version(found))
    return not_modified(request, etag) or json_response(shapes.day_item(found, day, ctx.now), {"ETag": etag})


@router.patch(
    "/meters/{meter_no}/curves/{day}",
    response_model=CurveRead,
    responses=problems(
        MeterNotFound,
        SlotsInvalid,
        SlotsNotEdited,
        VirtualNotEdited,
        EditOutOfRange,
        EditInFuture,
        MonthArchived,
    ),
    dependencies=[require(*_EDITORS), require_scope(Scope.ENERGY_WRITE)],
)
async def edit_curve(meter_no: MeterNo, day: date, body: DayEdit, request: Request, ctx: ContextDep) -> Response:
    """Put values into slots of a day, with a reason: marked edited, kept in history, above every source.

    Null takes a value back, to what was measured or to nothing.
    """
    edit = Edit(body.slots, body.values_kw, body.reason, body.back_to)
    await edit_day(ctx, meter_no, day, edit, lambda version: check_if_match(request, version))
    found = await service.get_curves(ctx, meter_no, day, day)
    return json_response(shapes.day_item(found, day, ctx.now), {"ETag": etag_of(shapes.day_version(found))})


@router.get(
    "/curves",
    response_model=CurvesPage,
    responses=_answers(CurveRangeTooLong, AnswerTooLarge),
    dependencies=_READING,
)
async def list_curves(
    request: Request, ctx: ContextDep, query: Meters, first: First, last: Last, chosen: Chosen = None
) -> Response:
    """Curves of the caller's meters, with the filters of ``/v1/meters``; at most 12,000 days an answer."""
    format_ = format_of(request, chosen)
    found, cursor = await service.list_curves(ctx, query, first, last)
    if format_ is not Format.JSON:
        return await table_response(ctx, request, "curves", curve_frame(found), format_, _links(request, cursor))
    return json_response(shapes.curves_page(found, cursor, ctx.now), _links(request, cursor))


@router.get(
    "/meters/{meter_no}/comparison",
    response_model=ComparisonRead,
    responses=problems(MeterNotFound, PeriodInverted, AnswerTooLarge, ArchiveUnreadable),
    dependencies=_READING,
)
async def get_comparison(
    meter_no: MeterNo,
    first: First,
    last: Last,
    ctx: ContextDep,
    against: Annotated[Against | date, Query(description="A named distance, or the day beside the first one.")],
) -> Response:
    """A span beside another, aligned slot by slot; at most 62 days. Changes count slots that both sides have."""
    meter, comparison = await service.get_comparison(ctx, meter_no, first, last, against)
    return json_response(shapes.comparison(meter, comparison))


@router.get(
    "/curves/ranking",
    response_model=RankingRead,
    responses=_answers(AnswerTooLarge, ReferencePeriodMissing),
    dependencies=_READING,
)
async def get_ranking(
    request: Request,
    ctx: ContextDep,
    query: Meters,
    first: First,
    last: Last,
    by: By = By.ENERGY,
    quantity: OfQuantity = Quantity.ACTIVE_IMPORT_KW,
    reference_first: Annotated[date | None, Query(alias="reference_from")] = None,
    reference_last: Annotated[date | None, Query(alias="reference_to")] = None,
    least_completeness: Annotated[float, Query(ge=0, le=1)] = 0.5,
    top: Annotated[int, Query(ge=1, le=1000)] = 10,
    ascending: Annotated[bool, Query(description="The smallest, or the largest falls, first.")] = False,
    chosen: Chosen = None,
) -> Response:
    """The first meters of all the caller's, by energy, peak, or change of the mean power against a period."""
    format_ = format_of(request, chosen)
    reference = None
    if reference_first is not None and reference_last is not None:
        reference = (reference_first, reference_last)
    question = service.RankingQuestion(by, quantity, first, last, reference, least_completeness, top, ascending)
    ranking = await service.get_ranking(ctx, query, question)
    if format_ is not Format.JSON:
        return await table_response(ctx, request, "ranking", shapes.ranking_frame(ranking), format_, {})
    return json_response(shapes.ranking(ranking, question))


@router.get("/rollups", response_model=RollupPage, responses=_answers(AnswerTooLarge), dependencies=_READING)
async def get_rollups(
    request: Request,
    ctx: ContextDep,
    query: Meters,
    first: First,
    last: Last,
    interval: Interval = Interval.DAY,
    group: Group = Group.METER,
    level: Annotated[RegionLevel, Query(alias="region_level")] = RegionLevel.COUNTY,
    quantity: OfQuantity = Quantity.ACTIVE_IMPORT_KW,
    chosen: Chosen = None,
) -> Response:
    """Energy and peak by hour, day or month; by meter (a page) or by group (all), with the filters of meters."""
    format_ = format_of(request, chosen)
    question = service.Question(interval, group, level, quantity, first, last)
    rollup = await service.get_rollup(ctx, query, question)
    headers = _links(request, rollup.next_cursor)
    if format_ is not Format.JSON:
        return await table_response(
            ctx, request, "rollups", shapes.rollup_frame(rollup, question), format_, headers
        )
    return json_response(shapes.rollup_page(rollup, question), headers)


@router.get(
    "/completeness",
    response_model=CompletenessPage,
    responses=problems(PeriodInverted, AnswerTooLarge, ArchiveUnreadable),
    dependencies=_READING,
)
async def get_completeness(
    request: Request,
    ctx: ContextDep,
    query: Meters,
    first: First,
    last: Last,
    group: Annotated[shapes.CompletenessGroup, Query()] = shapes.CompletenessGroup.METER,
    level: Annotated[RegionLevel, Query(alias="region_level")] = RegionLevel.COUNTY,
    quantity: Annotated[Quantity | None, Query(description="All quantities when left out, by meter only.")] = None,
) -> Response:
    """Values expected, present, measured, estimated and edited: by meter (a page), by region or by day (all)."""
    found = await service.get_completeness(ctx, query, first, last, shapes.rollup_group(group), level, quantity)
    return json_response(shapes.completeness(found, group), _links(request, found.next_cursor))
