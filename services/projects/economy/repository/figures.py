"""Sums of groups in one statement a month, and the rows behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.domain import figures, months
from services.projects.economy.domain.figures import Version
from services.projects.economy.domain.question import Question
from services.projects.economy.repository.members import YEAR, World, members
from services.projects.economy.tables.reports import FigureRow, RestatementRow
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a group and month: ``restated`` takes the restated values where there are some."""

    expected: int = 0
    complete: int = 0
    value: Decimal | None = None
    restated_complete: int = 0
    restated: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PairSums:
    """Of a group and two months, of those who said both."""

    expected: int = 0
    both: int = 0
    value: Decimal | None = None
    base: Decimal | None = None
    original_base: Decimal | None = None


async def sums_of(session: AsyncSession, question: Question, world: World, month: date) -> dict[str | None, Sums]:
    """By group key; without grouping under ``''``."""
    rows = await session.execute(sums_statement(question, world, month))
    return {row[0]: Sums(*row[1:]) for row in rows}


def sums_statement(question: Question, world: World, month: date) -> Select[Any]:
    member = members(question, world, month)
    said, restated = aliased(FigureRow), aliased(RestatementRow)
    value = _value(said, question)
    better = func.coalesce(_value(restated, question), value)
    return (
        select(
            member.c.key,
            _heads(member, question),
            func.count(value),
            func.sum(_weighed(value, member, question)),
            func.count(better),
            func.sum(_weighed(better, member, question)),
        )
        .select_from(member)
        .outerjoin(said, _of(said, member, question, world, month))
        .outerjoin(restated, _restated(restated, member, world, month))
        .group_by(member.c.key)
    )


async def pair_sums(
    session: AsyncSession, question: Question, world: World, base_month: date
) -> dict[str | None, PairSums]:
    """The question's month and another, of the enterprises that said both, where they stand in the former."""
    member = members(question, world, question.month)
    said, before, restated = aliased(FigureRow), aliased(FigureRow), aliased(RestatementRow)
    value, original = _value(said, question), _value(before, question)
    base = func.coalesce(_value(restated, question), original) if question.restated else original
    both = and_(value.is_not(None), base.is_not(None))
    statement = (
        select(
            member.c.key,
            _heads(member, question),
            func.count().filter(both),
            func.sum(_weighed(value, member, question)).filter(both),
            func.sum(_weighed(base, member, question)).filter(both),
            func.sum(_weighed(original, member, question)).filter(both),
        )
        .select_from(member)
        .outerjoin(said, _of(said, member, question, world, question.month))
        .outerjoin(before, _of(before, member, question, world, base_month))
        .outerjoin(restated, _restated(restated, member, world, base_month))
        .group_by(member.c.key)
    )
    return {row[0]: PairSums(*row[1:]) for row in await session.execute(statement)}


ROWS = Listing(
    fields={
        "credit_code": FilterField(col(EnterpriseRow.credit_code)),
        "name": FilterField(col(EnterpriseRow.name)),
    },
    sortable=("name",),
    key="credit_code",
)


def _rows_statement(question: Question, world: World, key: str | None, *, of_group: bool) -> Select[Any]:
    """Member, its figure, the base a year before, and the enterprise."""
    member = members(question, world, question.month)
    said, before, restated = aliased(FigureRow), aliased(FigureRow), aliased(RestatementRow)
    base_month = months.plus(question.month, -YEAR)
    statement = (
        select(
            col(EnterpriseRow.enterprise_id),
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            member.c.region_code,
            member.c.sector_code,
            _value(said, question).label("value"),
            _weighed(_value(said, question), member, question).label("counted"),
            (col(said.cumulative_reason) if question.cumulative else col(said.month_reason)).label("reason"),
            func.coalesce(_value(restated, question), _value(before, question)).label("base"),
            _value(before, question).label("original_base"),
            col(said.report_id),
            col(said.revision),
        )
        .select_from(member)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == member.c.enterprise_id)
        .outerjoin(said, _of(said, member, question, world, question.month))
        .outerjoin(before, _of(before, member, question, world, base_month))
        .outerjoin(restated, _restated(restated, member, world, base_month))
    )
    return statement.where(member.c.key.is_not_distinct_from(key)) if of_group else statement


async def all_rows(session: AsyncSession, question: Question, world: World) -> list[figures.FigureRow]:
    statement = _rows_statement(question, world, None, of_group=False).order_by(col(EnterpriseRow.credit_code))
    return [row_of(row, question) for row in await session.execute(statement)]


async def page_of_rows(
    session: AsyncSession, question: Question, world: World, query: ListQuery, key: str | None, *, of_group: bool
) -> Page[Any]:
    """Tuples for :func:`row_of`; with shares a row for each region that counts a part."""
    return await query.page(session, _rows_statement(question, world, key, of_group=of_group))


def row_of(row: Any, question: Question) -> figures.FigureRow:
    (
        enterprise_id,
        credit_code,
        name,
        region,
        sector,
        value,
        counted,
        reason,
        base,
        original,
        report_id,
        revision,
    ) = row
    if value is None and reason is None:
        reason = "not_reported"
    return figures.FigureRow(
        enterprise_id=enterprise_id,
        credit_code=credit_code,
        name=name,
        region_code=region,
        sector_code=sector,
        month=question.month,
        value=value,
        counted=counted,
        reason=reason,
        base=base,
        original_base=original,
        report_id=report_id,
        revision=revision,
    )


def _value(row: Any, question: Question) -> Any:
    return col(row.cumulative_value) if question.cumulative else col(row.month_value)


def _weighed(value: Any, member: Any, question: Question) -> Any:
    return value * member.c.weight if question.shared else value


def _heads(member: Any, question: Question) -> ColumnElement[int]:
    # With shares an enterprise has a row for each region of the group.
    return func.count(distinct(member.c.enterprise_id)) if question.shared else func.count()


def _of(row: Any, member: Any, question: Question, world: World, month: date) -> ColumnElement[bool]:
    version = question.version
    edition = col(row.is_latest) if version is Version.LATEST else col(row.edition) == version.value
    return and_(
        col(row.enterprise_id) == member.c.enterprise_id,
        col(row.indicator) == world.indicator.code,
        col(row.month) == month,
        edition,
    )


def _restated(row: Any, member: Any, world: World, month: date) -> ColumnElement[bool]:
    return and_(
        col(row.enterprise_id) == member.c.enterprise_id,
        col(row.indicator) == world.indicator.code,
        col(row.month) == month,
        col(row.is_current),
    )
