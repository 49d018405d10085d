"""Numerators and denominators of whole groups in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal
from services.projects.rates.domain.figures import Key, Sums
from services.projects.rates.domain.measures import MEASURES, Measure, Unit
from services.projects.rates.domain.question import Question
from services.projects.rates.repository.cohort import group_keys
from services.projects.rates.repository.shares import ShareColumns, Shares


async def figures_of(
    session: AsyncSession, question: Question, principal: Principal
) -> tuple[Mapping[Measure, Sums], Mapping[Key, Mapping[Measure, Sums]]]:
    """The figures of the whole and of each group; without groups there are none of these."""
    shares = Shares(question, principal)
    keys = [key.label(f"key_{number}") for number, key in enumerate(group_keys(question.groups))]
    columns = [column for measure in MEASURES for column in _sums(shares.of(measure), measure)]
    # The row of the whole is told from a group whose keys are all null.
    level = (func.grouping(*keys) if keys else literal(1)).label("level")
    statement = select(level, *keys, *columns).select_from(shares.source).where(*shares.where)
    if keys:
        statement = statement.group_by(func.grouping_sets(tuple_(*keys), tuple_()))
    whole: Mapping[Measure, Sums] = {}
    groups: dict[Key, Mapping[Measure, Sums]] = {}
    for row in (await session.execute(statement)).all():
        figures = _figures(row[1 + len(keys) :])
        if row[0] == 0:
            groups[tuple(row[1 : 1 + len(keys)])] = figures
        else:
            whole = figures
    return whole, groups


def _sums(share: ShareColumns, measure: Measure) -> list[ColumnElement[Any]]:
    achieved = and_(share.counts, share.numerator > 0)
    counts: list[ColumnElement[Any]] = [
        func.count().filter(achieved),
        func.count().filter(share.counts),
        func.count().filter(share.reason.is_not(None)),
    ]
    if measure.unit is Unit.PROJECTS:
        return counts
    amounts = (
        func.coalesce(func.sum(amount).filter(share.counts), 0) for amount in (share.numerator, share.denominator)
    )
    return [*counts, *amounts]


def _figures(row: Sequence[Any]) -> Mapping[Measure, Sums]:
    figures: dict[Measure, Sums] = {}
    place = 0
    for measure in MEASURES:
        above, below, unusable = row[place : place + 3]
        place += 3
        numerator, denominator = above, below
        if measure.unit is Unit.YUAN:
            numerator, denominator = (int(amount) for amount in row[place : place + 2])
            place += 2
        figures[measure] = Sums(numerator, denominator, above, below, unusable)
    return figures
