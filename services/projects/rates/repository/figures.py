"""Numerators and denominators of whole groups in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import Principal
from services.projects.rates.domain.figures import Key, Sums
from services.projects.rates.domain.measures import MEASURES, Measure, Unit
from services.projects.rates.domain.question import Question
from services.projects.rates.repository.cohort import group_keys
from services.projects.rates.repository.shares import ShareColumns, Shares

_WORKERS = "max_parallel_workers_per_gather"


async def figures_of(
    session: AsyncSession, question: Question, principal: Principal
) -> tuple[Mapping[Measure, Sums], Mapping[Key, Mapping[Measure, Sums]]]:
    """The figures of the whole and of each group; without groups there are none of these."""
    # The aggregates have room in memory; and one question does not take every core, where each worker would build
    # the same small tables anew.
    settings = (func.set_config("work_mem", "64MB", True), func.set_config(_WORKERS, "0", True))
    await session.execute(select(*settings))
    statement = figures_statement(question, principal)
    keys = len(question.groups.by)
    groups: dict[Key, Mapping[Measure, Sums]] = {}
    for row in (await session.execute(statement)).all():
        groups[tuple(row[:keys])] = _figures(row[keys:])
    whole = {
        measure: reduce(Sums.__add__, (figures[measure] for figures in groups.values()), Sums())
        for measure in MEASURES
    }
    return whole, groups if keys else {}


def figures_statement(question: Question, principal: Principal) -> Select[Any]:
    """One row a group: its keys, and for each measure what ``_sums`` says."""
    shares = Shares(question, principal)
    keys = [key.label(f"key_{number}") for number, key in enumerate(group_keys(question.groups))]
    parts = [
        part for number, measure in enumerate(MEASURES) for part in _parts(shares.of(measure), measure, number)
    ]
    # What each project adds is reckoned once and added up in several ways; the planner would write it out anew.
    added = select(*keys, *parts).select_from(shares.source).where(*shares.where).cte("added")
    added = added.prefix_with("MATERIALIZED", dialect="postgresql")
    group_by = [added.c[key.name] for key in keys]
    sums = [column for number, measure in enumerate(MEASURES) for column in _sums(added.c, measure, number)]
    return select(*group_by, *sums).group_by(*group_by)


def _parts(share: ShareColumns, measure: Measure, number: int) -> list[ColumnElement[Any]]:
    """What a project adds: null where it does not count, and whether it is unusable."""
    numerator = case((share.counts, share.numerator), else_=null()).label(f"above_{number}")
    if measure.unit is Unit.PROJECTS:
        return [numerator]
    denominator = case((share.counts, share.denominator), else_=null()).label(f"below_{number}")
    return [numerator, denominator, share.reason.is_not(None).label(f"unusable_{number}")]


def _sums(added: Any, measure: Measure, number: int) -> list[ColumnElement[Any]]:
    above = added[f"above_{number}"]
    counts: list[ColumnElement[Any]] = [func.count().filter(above > 0), func.count(above)]
    if measure.unit is Unit.PROJECTS:
        return counts
    amounts = (func.coalesce(func.sum(column), 0) for column in (above, added[f"below_{number}"]))
    return [*counts, func.count().filter(added[f"unusable_{number}"]), *amounts]


def _figures(row: Sequence[Any]) -> Mapping[Measure, Sums]:
    figures: dict[Measure, Sums] = {}
    values = iter(row)
    for measure in MEASURES:
        above, below = next(values), next(values)
        if measure.unit is Unit.PROJECTS:
            figures[measure] = Sums(above, below, above, below)
        else:
            unusable, numerator, denominator = next(values), int(next(values)), int(next(values))
            figures[measure] = Sums(numerator, denominator, above, below, unusable)
    return figures
