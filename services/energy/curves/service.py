"""Answers to questions about curves, as columns; every total has its completeness beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.web.listing import ListQuery
from services.energy.curves import repository
from services.energy.curves.domain import ranking, rollup
from services.energy.curves.domain.asked import AskedMeter, MeterColumns, by_layout
from services.energy.curves.domain.comparison import Against, Comparison, compare, span_days
from services.energy.curves.domain.ranking import By, Ranked
from services.energy.curves.domain.rollup import Grid, Group, Interval, RegionLevel
from services.energy.curves.errors import AnswerTooLarge, ReferencePeriodMissing
from services.energy.metering.curve_reader import read_days, read_totals
from services.energy.metering.curve_repository import list_revisions
from services.energy.metering.domain.day_columns import ColumnsT, DayColumns
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number
from services.energy.metering.errors import PeriodInverted
from services.energy.metering.service import check_period
from services.energy.metering.tables import CurveRevisionRow
from services.energy.rollups.repository import read_months

# Day rows of one answer: 1.15 million values of 15 minutes.
MAX_DAY_ROWS: Final = 12_000
MAX_CELLS: Final = 1_000_000
MAX_ROLLUP_DAYS: Final = 3_700
_METERS_A_BLOCK: Final = 2_000


@dataclass(frozen=True, slots=True)
class MeterDays:
    """The day rows of one meter, and what corrections replaced in them."""

    meter: AskedMeter
    days: DayColumns
    revisions: Sequence[CurveRevisionRow] = ()


async def get_curves(ctx: Context, meter_no: str, first: date, last: date) -> MeterDays:
    """Days ``first`` to ``last``, both included. Raises MeterNotFound, PeriodInverted, CurveRangeTooLong."""
    check_period(first, last)
    meter = await repository.find_meter(ctx.session, ctx.principal, meter_no)
    number = meter.quantity_number
    # An enterprise's meter begins with the day it became its own.
    first = max(first, meter.valid_from)
    span = (day_number(first), day_number(last))
    days = await read_days(ctx.session, number, [meter.meter_index], *span, meter.slots)
    revisions: Sequence[CurveRevisionRow] = ()
    if (days.revision > 0).any():
        revisions = await list_revisions(ctx.session, meter.meter_index, number, first, last)
    return MeterDays(meter, days, revisions)


async def list_curves(
    ctx: Context, query: ListQuery, first: date, last: date
) -> tuple[list[MeterDays], str | None]:
    """Curves of a page of meters, in the list's order, and the next cursor.

    Raises PeriodInverted, CurveRangeTooLong, AnswerTooLarge.
    """
    check_period(first, last)
    span = (last - first).days + 1
    if span * query.limit > MAX_DAY_ROWS:
        raise AnswerTooLarge(limit=query.limit, days=span, max_rows=MAX_DAY_ROWS)
    page = await repository.page_of_meters(ctx.session, ctx.principal, query)
    found: dict[int, DayColumns] = {}
    for (quantity, slots), group in by_layout(page.items):
        indexes = [meter.meter_index for meter in group]
        days = await read_days(ctx.session, quantity, indexes, day_number(first), day_number(last), slots)
        days = _seen(days, group)
        starts = np.searchsorted(days.meter_index, indexes)
        ends = np.searchsorted(days.meter_index, indexes, side="right")
        for index, start, end in zip(indexes, starts.tolist(), ends.tolist(), strict=True):
            found[index] = days.take(np.arange(start, end))
    return [MeterDays(meter, found[meter.meter_index]) for meter in page.items], page.next_cursor


async def get_comparison(
    ctx: Context, meter_no: str, first: date, last: date, against: Against | date
) -> tuple[AskedMeter, Comparison]:
    """A span of one meter beside another. Raises MeterNotFound, PeriodInverted, AnswerTooLarge."""
    _check_span(first, last, 62)
    meter = await repository.find_meter(ctx.session, ctx.principal, meter_no)
    earliest, latest = span_days(first, last, against)
    days = await read_days(ctx.session, meter.quantity_number, [meter.meter_index], earliest, latest, meter.slots)
    days = _seen(days, [meter])
    return meter, compare(days, first, last, against)


@dataclass(frozen=True, slots=True)
class Question:
    """What a roll-up is asked for; days from ``first`` to ``last``, both included."""

    interval: Interval
    group: Group
    level: RegionLevel
    quantity: Quantity
    first: date
    last: date


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """Lines by periods: ``keys`` name the lines, ``meters`` counts those behind each."""

    edges: Int
    keys: Sequence[str | None]
    meters: Sequence[int]
    grid: Grid
    next_cursor: str | None


async def get_rollup(ctx: Context, query: ListQuery, question: Question) -> Rollup:
    """Totals of the caller's meters: a page of them by meter, all of them in groups.

    Raises PeriodInverted, AnswerTooLarge.
    """
    _check_span(question.first, question.last, MAX_ROLLUP_DAYS)
    edges = rollup.edges_of(question.interval, question.first, question.last)
    periods = len(edges) - 1
    if question.group is Group.METER:
        _check_cells(query.limit, periods)
        page = await repository.page_of_meters(ctx.session, ctx.principal, query, question.quantity)
        grid = await _grid(ctx.session, page.items, question, edges, ctx.now)
        keys = [meter.meter_no for meter in page.items]
        return Rollup(edges, keys, [1] * len(keys), grid, page.next_cursor)
    meters = await repository.all_meters(ctx.session, ctx.principal, query, question.quantity)
    names = [rollup.group_key(question.group, question.level, meter) for meter in meters]
    keys_in_order = sorted({name for name in names if name is not None})
    lines: list[str | None] = [*keys_in_order, *([None] if None in names else [])]
    _check_cells(len(lines), periods)
    place = {name: number for number, name in enumerate(lines)}
    line_of = np.array([place[name] for name in names], np.int64)
    grid = Grid.empty(len(lines), periods)
    grid.energy_kwh[:] = 0.0
    for start in range(0, len(meters), _METERS_A_BLOCK):
        block = meters[start : start + _METERS_A_BLOCK]
        part = await _grid(ctx.session, block, question, edges, ctx.now)
        grid.add(line_of[start : start + len(block)], part)
    grid.blank()
    return Rollup(edges, lines, np.bincount(line_of, minlength=len(lines)).tolist(), grid, None)


async def _grid(
    session: AsyncSession, meters: Sequence[AskedMeter], question: Question, edges: Int, now: datetime
) -> Grid:
    """Lines are the meters, all of the question's quantity."""
    columns = MeterColumns.of(meters)
    expected = rollup.expected_grid(columns, edges, now)
    number = question.quantity.number
    first, last = day_number(question.first), day_number(question.last)
    if question.interval is Interval.HOUR:
        days = [
            _seen(await read_days(session, number, [one.meter_index for one in group], first, last, slots), group)
            for (_, slots), group in by_layout(meters)
        ]
        return rollup.of_hours(days, columns, edges, expected)
    is_cut = any(meter.is_cut for meter in meters)
    is_whole = rollup.is_whole_months(question.first, question.last)
    # Kept months know nothing of whose meter it was.
    if question.interval is Interval.MONTH and is_whole and not is_cut:
        months = await read_months(session, number, columns.meter_index, question.first, question.last)
        return rollup.of_months(months, columns, edges, expected)
    totals = _seen(await read_totals(session, number, columns.meter_index, first, last), meters)
    return rollup.of_totals(totals, columns, edges, expected)


def _seen(days: ColumnsT, meters: Sequence[AskedMeter]) -> ColumnsT:
    """Day rows without those from before a meter was its enterprise's own."""
    if not len(days) or not any(meter.is_cut for meter in meters):
        return days
    return days.take(MeterColumns.of(meters).within(days.meter_index, days.day))


@dataclass(frozen=True, slots=True)
class RankingQuestion:
    """What meters are ranked by; a change needs the reference period."""

    by: By
    quantity: Quantity
    first: date
    last: date
    reference: tuple[date, date] | None
    least_completeness: float
    limit: int
    ascending: bool


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Meters in their order with their totals; ``before`` holds those of the reference period."""

    meters: Sequence[AskedMeter]
    ranked: Ranked
    total: Grid
    before: Grid | None

    @property
    def left_out(self) -> int:
        """Meters without the measure, or less complete than asked."""
        return len(self.meters) - self.ranked.fitting


async def get_ranking(ctx: Context, query: ListQuery, question: RankingQuestion) -> Ranking:
    """Raises PeriodInverted, AnswerTooLarge, ReferencePeriodMissing."""
    _check_span(question.first, question.last, MAX_ROLLUP_DAYS)
    if question.by is By.CHANGE and question.reference is None:
        raise ReferencePeriodMissing
    meters = await repository.all_meters(ctx.session, ctx.principal, query, question.quantity)
    grids = [await _one_period(ctx, meters, question.quantity, question.first, question.last)]
    if question.reference is not None:
        _check_span(*question.reference, MAX_ROLLUP_DAYS)
        grids.append(await _one_period(ctx, meters, question.quantity, *question.reference))
    if question.by is By.CHANGE:
        measure = ranking.changes(grids[0], grids[1], MeterColumns.of(meters).interval)
    else:
        measure = (grids[0].energy_kwh if question.by is By.ENERGY else grids[0].peak_kw)[:, 0]
    ranked = ranking.rank(
        measure, grids, question.least_completeness, question.limit, ascending=question.ascending
    )
    return Ranking(meters, ranked, grids[0], grids[1] if len(grids) > 1 else None)


async def _one_period(
    ctx: Context, meters: Sequence[AskedMeter], quantity: Quantity, first: date, last: date
) -> Grid:
    """Totals of the whole span: (meters, 1)."""
    question = Question(Interval.DAY, Group.METER, RegionLevel.COUNTY, quantity, first, last)
    edges = rollup.edges_of(Interval.DAY, first, last)[[0, -1]]
    blocks = [meters[start : start + _METERS_A_BLOCK] for start in range(0, len(meters), _METERS_A_BLOCK)]
    grids = [await _grid(ctx.session, block, question, edges, ctx.now) for block in blocks]
    return rollup.stacked(grids) if grids else Grid.empty(0, 1)


async def get_completeness(
    ctx: Context,
    query: ListQuery,
    first: date,
    last: date,
    group: Group,
    level: RegionLevel,
    quantity: Quantity | None,
) -> Rollup:
    """Days of a page of meters of all quantities, or of all meters of one in groups.

    Raises PeriodInverted, AnswerTooLarge.
    """
    if group is not Group.METER or quantity is not None:
        asked = Question(Interval.DAY, group, level, quantity or Quantity.ACTIVE_IMPORT_KW, first, last)
        return await get_rollup(ctx, query, asked)
    _check_span(first, last, MAX_ROLLUP_DAYS)
    edges = rollup.edges_of(Interval.DAY, first, last)
    _check_cells(query.limit, len(edges) - 1)
    page = await repository.page_of_meters(ctx.session, ctx.principal, query)
    grid = Grid.empty(len(page.items), len(edges) - 1)
    places = {meter.meter_index: place for place, meter in enumerate(page.items)}
    for number in sorted({meter.quantity for meter in page.items}):
        own = [meter for meter in page.items if meter.quantity == number]
        asked = Question(Interval.DAY, group, level, Quantity(number), first, last)
        part = await _grid(ctx.session, own, asked, edges, ctx.now)
        grid.put(np.array([places[meter.meter_index] for meter in own], np.int64), part)
    keys = [meter.meter_no for meter in page.items]
    return Rollup(edges, keys, [1] * len(keys), grid, page.next_cursor)


def _check_span(first: date, last: date, most_days: int) -> None:
    if last < first:
        raise PeriodInverted(first=first, last=last)
    if (days := (last - first).days + 1) > most_days:
        raise AnswerTooLarge(limit=1, days=days, max_rows=most_days)


def _check_cells(lines: int, periods: int) -> None:
    if lines * periods > MAX_CELLS:
        raise AnswerTooLarge(limit=lines, days=periods, max_rows=MAX_CELLS)
