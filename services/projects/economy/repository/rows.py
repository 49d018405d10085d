"""The rows behind a figure: each member with what it adds, what stood there a year before, and who said it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, case, cast, func, literal, literal_column, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.economy.domain import months
from services.projects.economy.domain.figures import FigureRow
from services.projects.economy.domain.question import Question
from services.projects.economy.repository.members import YEAR, World, division_within, members, region_above
from services.projects.economy.repository.values import (
    figures,
    restated_in,
    restatements,
    said_in,
    value_of,
    weighed,
)
from services.projects.rates.domain.grouping import RegionLevel
from services.projects.registry.tables import EnterpriseRow

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
    said, before, restated = figures(), figures(), restatements()
    base_month = months.plus(question.month, -YEAR)
    statement = (
        select(
            col(EnterpriseRow.enterprise_id),
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            member.c.region_code,
            member.c.sector_code,
            value_of(said, question).label("value"),
            weighed(value_of(said, question), member, question).label("counted"),
            (said.c.cumulative_reason if question.cumulative else said.c.month_reason).label("reason"),
            func.coalesce(value_of(restated, question), value_of(before, question)).label("base"),
            value_of(before, question).label("original_base"),
            said.c.report_id,
            said.c.revision,
        )
        .select_from(member)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == member.c.enterprise_id)
        .outerjoin(said, said_in(said, member, question, world, question.month))
        .outerjoin(before, said_in(before, member, question, world, base_month))
        .outerjoin(restated, restated_in(restated, member, world, base_month))
    )
    return statement.where(member.c.key.is_not_distinct_from(key)) if of_group else statement


async def all_rows(session: AsyncSession, question: Question, world: World) -> list[FigureRow]:
    statement = _rows_statement(question, world, None, of_group=False).order_by(col(EnterpriseRow.credit_code))
    return [row_of(row, question) for row in await session.execute(statement)]


async def lines_of_rows(
    session: AsyncSession, question: Question, world: World, level: RegionLevel | None
) -> tuple[int, bytes]:
    """How many rows there are, and each as a line of JSON in the order of credit codes: for whoever keeps them.

    Made in the database: tens of thousands of rows are no objects on their way to a table. ``level`` is that of
    ``part``, the part of the region that a row lies in.
    """
    row = _rows_statement(question, world, None, of_group=False).subquery("row")
    part = null() if level is None else region_above(row.c.region_code, level)
    reason = case((row.c.value.is_(None), func.coalesce(row.c.reason, literal_column("'not_reported'"))))
    facts: dict[str, Any] = {
        "enterprise_id": row.c.enterprise_id,
        "credit_code": row.c.credit_code,
        "name": row.c.name,
        "region_code": row.c.region_code,
        "part": part,
        "sector": division_within(row.c.sector_code),
        "month": literal(question.month.isoformat(), Text),
        "value": cast(row.c.counted, Text),
        "base": cast(row.c.base, Text),
        "reason": reason,
        "report_id": row.c.report_id,
        "revision": row.c.revision,
    }
    pairs: list[Any] = []
    for name, column in facts.items():
        pairs += [literal_column(f"'{name}'"), column]
    line = cast(func.json_build_object(*pairs), Text)
    ordered: Any = aggregate_order_by(literal_column(r"E'\n'"), row.c.credit_code)
    statement = select(func.count(), func.string_agg(line, ordered))
    count, lines = (await session.execute(statement)).one()
    return count, (lines or "").encode()


async def page_of_rows(
    session: AsyncSession, question: Question, world: World, query: ListQuery, key: str | None, *, of_group: bool
) -> Page[Any]:
    """Tuples for :func:`row_of`; with shares a row for each region that counts a part."""
    return await query.page(session, _rows_statement(question, world, key, of_group=of_group))


def row_of(row: Any, question: Question) -> FigureRow:
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
    return FigureRow(
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
