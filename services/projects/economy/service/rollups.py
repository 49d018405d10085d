"""Answers about groups: figure, growth against the year and the month before, contribution, completeness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from libs.common.context import Context
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from libs.common.web.problems import FieldError
from services.projects.economy.domain import months
from services.projects.economy.domain.arithmetic import Rate, contribution, ratio
from services.projects.economy.domain.figures import Figure, Growth
from services.projects.economy.domain.forecast import Forecast, forecast
from services.projects.economy.domain.indicators import Indicator, IndicatorKind
from services.projects.economy.domain.question import Comparison, Question, Scale
from services.projects.economy.domain.rules import EconomyRuleKind
from services.projects.economy.errors import QuestionUnsound
from services.projects.economy.repository import bases, catalogue, rows, scales
from services.projects.economy.repository import figures as repository
from services.projects.economy.repository.figures import Key, Side, Sums
from services.projects.economy.repository.members import YEAR, World
from services.projects.economy.repository.scales import Moved
from services.projects.economy.service.figures import figure_from, matched_growth, reported_growth
from services.projects.economy.service.worlds import load_world
from services.projects.economy.tables.reports import PublishedFigureRow


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one group, or of the whole. ``mom`` is None for cumulative figures: they have no month before.

    ``contribution``: points of the whole's growth year on year; ``share``: percent of the whole.
    """

    figure: Figure
    yoy: Growth
    mom: Growth | None
    contribution: Rate
    share: Rate


@dataclass(frozen=True, slots=True)
class Published:
    """What the statistics office said of the same, and how far ours is from it; None where either is not known."""

    row: PublishedFigureRow
    difference: Decimal | None
    growth_difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Rollup:
    question: Question
    indicator: Indicator
    total: Answer
    groups: list[tuple[Key, Answer]]
    published: Published | None


async def answer(ctx: Context, question: Question, indicator: str) -> Rollup:
    """Raises UnknownIndicator."""
    world = await load_world(ctx.session, question, indicator, ctx.principal)
    base_months = [months.plus(question.month, -YEAR)]
    if not question.cumulative:
        base_months.append(months.plus(question.month, -1))
    now, growths = await _compared(ctx, question, world, base_months)
    yoy, mom = growths[0], None if question.cumulative else growths[1]
    whole_figure, whole_growth = figure_from(now.whole, world), yoy[0]

    def part(figure: Figure, growth: Growth, before: Growth | None) -> Answer:
        return Answer(
            figure,
            growth,
            before,
            contribution(growth.current.value, growth.base.value, whole_growth.base.value),
            ratio(figure.value, whole_figure.value),
        )

    keys = sorted(now.groups.keys() | yoy[1].keys(), key=lambda key: (key is None, key or ""))
    nothing = Sums()
    groups = [
        (
            key,
            part(
                figure_from(now.groups.get(key, nothing), world),
                yoy[1].get(key) or _no_growth(question, world),
                None if mom is None else mom[1].get(key) or _no_growth(question, world),
            ),
        )
        for key in keys
    ]
    total = part(whole_figure, whole_growth, None if mom is None else mom[0])
    return Rollup(
        question,
        world.indicator,
        total,
        groups,
        await _published(ctx, question, world, total),
    )


def _no_growth(question: Question, world: World) -> Growth:
    if question.comparison is Comparison.MATCHED:
        return matched_growth(None, world)
    return reported_growth(None, None, world, restated=question.restated)


async def _compared(
    ctx: Context, question: Question, world: World, base_months: Sequence[date]
) -> tuple[Side[Sums], list[tuple[Growth, dict[Key, Growth]]]]:
    """The month's sums, and its growth against each base, of the whole and of each group."""
    if question.comparison is Comparison.MATCHED:
        now, pairs = await repository.pairs_of(ctx.session, question, world, base_months)
        return now, [
            (
                matched_growth(pair.whole, world),
                {key: matched_growth(sums, world) for key, sums in pair.groups.items()},
            )
            for pair in pairs
        ]
    now, *bases = await repository.sides_of(ctx.session, question, world, [question.month, *base_months])
    return now, [
        (
            reported_growth(now.whole, base.whole, world, restated=question.restated),
            {
                key: reported_growth(now.groups.get(key), base.groups.get(key), world, restated=question.restated)
                for key in now.groups.keys() | base.groups.keys()
            },
        )
        for base in bases
    ]


async def _published(ctx: Context, question: Question, world: World, total: Answer) -> Published | None:
    """Only for a question about all of a region, or of a sector in it: nothing else was published."""
    narrowed = (question.enterprise_ids, question.park_code, question.scale, question.size)
    if question.region_code is None or question.shared or any(part is not None for part in narrowed):
        return None
    row = await bases.find_published(
        ctx.session, question.region_code, question.sector, world.indicator.code, question.month
    )
    if row is None:
        return None
    value, growth = (
        (row.cumulative_value, row.cumulative_growth_percent)
        if question.cumulative
        else (row.month_value, row.month_growth_percent)
    )
    return Published(row, _less(total.figure.value, value), _less(total.yoy.rate, growth))


def _less(ours: Decimal | None, theirs: Decimal | None) -> Decimal | None:
    return None if ours is None or theirs is None else ours - theirs


async def rows_behind(
    ctx: Context, question: Question, indicator: str, query: ListQuery, key: Key, *, of_group: bool
) -> Page[object]:
    """A page of what makes a figure, for ``repository.row_of``. Raises UnknownIndicator."""
    world = await load_world(ctx.session, question, indicator, ctx.principal)
    return await rows.page_of_rows(ctx.session, question, world, query, key, of_group=of_group)


@dataclass(frozen=True, slots=True)
class YearAhead:
    """A forecast with what it was reckoned from."""

    question: Question
    indicator: Indicator
    current: Figure
    base: Figure
    base_year: Figure
    forecast: Forecast


async def foretell(ctx: Context, question: Question, indicator: str, target: Decimal | None) -> YearAhead:
    """The year of the question's month. Raises UnknownIndicator, QuestionUnsound (a stock has no year)."""
    asked = replace(question, cumulative=True, by=None)
    world = await load_world(ctx.session, asked, indicator, ctx.principal)
    if world.indicator.kind is IndicatorKind.STOCK:
        raise QuestionUnsound(errors=[FieldError("economy.stock_has_no_year", parameter="indicator")])
    base_month = months.plus(asked.month, -YEAR)
    current, base, base_year = await repository.sides_of(
        ctx.session, asked, world, [asked.month, base_month, base_month.replace(month=12)]
    )
    now = figure_from(current.whole, world)
    then, whole = (_better(sums.whole, world, restated=question.restated) for sums in (base, base_year))
    found = forecast(asked.month.month, now.value, then.value, whole.value, target)
    return YearAhead(asked, world.indicator, now, then, whole, found)


def _better(sums: Sums, world: World, *, restated: bool) -> Figure:
    if restated:
        sums = Sums(sums.expected, sums.restated_complete, sums.restated)
    return figure_from(sums, world)


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """规上企业 at the end of two months, and who came in and went out between them."""

    earlier: date
    later: date
    before: Mapping[Scale, int]
    after: Mapping[Scale, int]
    entered: list[Moved]
    left: list[Moved]


async def scale_change(ctx: Context, earlier: date, later: date, region_code: str | None) -> ScaleChange:
    """Raises QuestionUnsound when the months are not in order."""
    if earlier >= later:
        raise QuestionUnsound(errors=[FieldError("economy.months_not_ordered", parameter="from")])
    edges = await catalogue.rules_of_kinds(ctx.session, [EconomyRuleKind.ABOVE_SCALE])
    moved = await scales.moved_over(ctx.session, earlier, later, ctx.principal, region_code, edges)
    return ScaleChange(
        earlier,
        later,
        await scales.scale_counts(ctx.session, earlier, ctx.principal, region_code, edges),
        await scales.scale_counts(ctx.session, later, ctx.principal, region_code, edges),
        [one for one in moved if one.after is Scale.ABOVE],
        [one for one in moved if one.before is Scale.ABOVE],
    )
