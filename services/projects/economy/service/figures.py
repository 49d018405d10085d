"""Figures of the economy for whoever needs them: a value, its growth, and the rows that make it (S13).

A value that is not there is None with its reason. Whatever the caller may see is the caller's to check: the
functions here answer for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain import months
from services.projects.economy.domain.figures import Figure, FigureRow, Growth, Version, figure_of, growth_of
from services.projects.economy.domain.question import Comparison, Question
from services.projects.economy.repository import figures as repository
from services.projects.economy.repository import rows
from services.projects.economy.repository.figures import PairSums, Sums
from services.projects.economy.repository.members import YEAR, World
from services.projects.economy.service.worlds import load_world
from services.projects.rates.domain.grouping import RegionLevel

__all__ = [
    "Figure",
    "FigureRow",
    "Growth",
    "Version",
    "figure_lines",
    "figure_rows",
    "growth_figure",
    "growth_series",
    "month_figure",
]


async def month_figure(
    session: AsyncSession,
    indicator: str,
    month: date,
    *,
    region_code: str | None = None,
    enterprise_ids: Collection[UUID] | None = None,
    cumulative: bool = False,
    version: Version = Version.LATEST,
    shared: bool = False,
) -> Figure:
    """The sum over the enterprises in the register; ``cumulative`` from January to the month.

    ``shared`` counts by the shares of regions (共建共享). Raises UnknownIndicator.
    """
    question = _question(month, region_code, enterprise_ids, cumulative=cumulative, version=version, shared=shared)
    world = await load_world(session, question, indicator)
    sums = await repository.sums_of(session, question, world, question.month)
    return figure_from(sums.whole, world)


async def growth_figure(
    session: AsyncSession,
    indicator: str,
    month: date,
    *,
    region_code: str | None = None,
    enterprise_ids: Collection[UUID] | None = None,
    cumulative: bool = False,
    version: Version = Version.LATEST,
    shared: bool = False,
    restated: bool = True,
    matched: bool = False,
    months_before: int = YEAR,
) -> Growth:
    """The figure against that of a year before (or ``months_before``): percent, or None with the reason.

    A base restated by somebody counts before the reported one unless ``restated`` is False; ``matched`` compares
    the enterprises that said both months. Raises UnknownIndicator.
    """
    question = _question(month, region_code, enterprise_ids, cumulative=cumulative, version=version, shared=shared)
    question = replace(
        question, restated=restated, comparison=Comparison.MATCHED if matched else Comparison.REPORTED
    )
    world = await load_world(session, question, indicator)
    return await growth_between(session, question, world, months.plus(question.month, -months_before))


async def growth_series(
    session: AsyncSession, indicator: str, wanted: Sequence[date], *, region_code: str | None = None
) -> list[Growth]:
    """Each month of a region against the same of a year before, all of them in one statement.

    Raises UnknownIndicator.
    """
    if not wanted:
        return []
    question = _question(wanted[0], region_code, None, cumulative=False, version=Version.LATEST, shared=False)
    world = await load_world(session, question, indicator)
    bases = [months.plus(month, -YEAR) for month in wanted]
    sides = await repository.sides_of(session, question, world, [*wanted, *bases])
    return [
        reported_growth(now.whole, before.whole, world, restated=question.restated)
        for now, before in zip(sides[: len(wanted)], sides[len(wanted) :], strict=True)
    ]


async def figure_rows(
    session: AsyncSession,
    indicator: str,
    month: date,
    *,
    region_code: str | None = None,
    enterprise_ids: Collection[UUID] | None = None,
    cumulative: bool = False,
    version: Version = Version.LATEST,
    shared: bool = False,
) -> list[FigureRow]:
    """Every enterprise that is expected in the figure, with what it adds or why it adds nothing.

    Raises UnknownIndicator.
    """
    question = _question(month, region_code, enterprise_ids, cumulative=cumulative, version=version, shared=shared)
    return await rows.all_rows(session, question, await load_world(session, question, indicator))


async def figure_lines(
    session: AsyncSession,
    indicator: str,
    month: date,
    *,
    region_code: str | None,
    cumulative: bool,
    level: RegionLevel | None,
) -> tuple[int, bytes]:
    """The rows of :func:`figure_rows` as lines of JSON, to be kept as they are. Raises UnknownIndicator."""
    question = _question(month, region_code, None, cumulative=cumulative, version=Version.LATEST, shared=False)
    return await rows.lines_of_rows(session, question, await load_world(session, question, indicator), level)


async def growth_between(session: AsyncSession, question: Question, world: World, base_month: date) -> Growth:
    """The growth of the whole that is asked about, without groups."""
    whole = replace(question, by=None)
    if question.comparison is Comparison.MATCHED:
        _, (pair,) = await repository.pairs_of(session, whole, world, [base_month])
        return matched_growth(pair.whole, world)
    current, base = await repository.sides_of(session, whole, world, [question.month, base_month])
    return reported_growth(current.whole, base.whole, world, restated=question.restated)


def figure_from(sums: Sums | None, world: World) -> Figure:
    found = sums or Sums()
    return figure_of(found.value, world.indicator.unit, found.complete, found.expected)


def reported_growth(current: Sums | None, base: Sums | None, world: World, *, restated: bool) -> Growth:
    """Each month with whoever counted then."""
    before = base or Sums()
    original = figure_from(before, world)
    better = figure_of(before.restated, world.indicator.unit, before.restated_complete, before.expected)
    return growth_of(figure_from(current, world), better if restated else original, _basis(world), original)


def matched_growth(pair: PairSums | None, world: World) -> Growth:
    """Both months of those who said both."""
    found = pair or PairSums()
    current, base, original = (
        figure_of(value, world.indicator.unit, found.both, found.expected)
        for value in (found.value, found.base, found.original_base)
    )
    return growth_of(current, base, _basis(world), original)


def _basis(world: World) -> str | None:
    return world.indicator.price_basis


def _question(
    month: date,
    region_code: str | None,
    enterprise_ids: Collection[UUID] | None,
    *,
    cumulative: bool,
    version: Version,
    shared: bool,
) -> Question:
    return Question(
        month=months.first_of(month),
        region_code=region_code,
        enterprise_ids=None if enterprise_ids is None else frozenset(enterprise_ids),
        cumulative=cumulative,
        version=version,
        shared=shared,
    )
