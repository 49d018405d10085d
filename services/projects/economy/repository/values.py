"""Parts of the statements over figures: which value of a row, by what weight, and which row of a month it is.

The two tables are told here by the columns that are asked for: a question is put together many times a second, and
what the mapped classes would cost is more than the database takes to answer it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Date, FromClause, Integer, Numeric, Text, Uuid, and_, column, table

from services.projects.economy.domain.figures import Version
from services.projects.economy.domain.question import Question
from services.projects.economy.repository.members import World

_FIGURES = table(
    "economy_figure",
    column("indicator", Text()),
    column("month", Date()),
    column("enterprise_id", Uuid()),
    column("edition", Text()),
    column("is_latest", Boolean()),
    column("month_value", Numeric()),
    column("cumulative_value", Numeric()),
    column("month_reason", Text()),
    column("cumulative_reason", Text()),
    column("report_id", Uuid()),
    column("revision", Integer()),
)
_RESTATEMENTS = table(
    "economy_restatement",
    column("indicator", Text()),
    column("month", Date()),
    column("enterprise_id", Uuid()),
    column("is_current", Boolean()),
    column("month_value", Numeric()),
    column("cumulative_value", Numeric()),
)


def figures() -> FromClause:
    """What was said, to be joined by :func:`said_in`."""
    return _FIGURES.alias()


def restatements() -> FromClause:
    """Restated bases, to be joined by :func:`restated_in`."""
    return _RESTATEMENTS.alias()


def value_of(row: FromClause, question: Question) -> Any:
    return row.c.cumulative_value if question.cumulative else row.c.month_value


def weighed(value: Any, member: Any, question: Question) -> Any:
    return value * member.c.weight if question.shared else value


def said_in(row: FromClause, member: Any, question: Question, world: World, month: date) -> ColumnElement[bool]:
    version = question.version
    edition = row.c.is_latest if version is Version.LATEST else row.c.edition == version.value
    return and_(
        row.c.enterprise_id == member.c.enterprise_id,
        row.c.indicator == world.indicator.code,
        row.c.month == month,
        edition,
    )


def restated_in(row: FromClause, member: Any, world: World, month: date) -> ColumnElement[bool]:
    return and_(
        row.c.enterprise_id == member.c.enterprise_id,
        row.c.indicator == world.indicator.code,
        row.c.month == month,
        row.c.is_current,
    )
