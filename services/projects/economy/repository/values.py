"""Parts of the statements over figures: which value of a row, by what weight, and which row of a month it is."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from services.projects.economy.domain.figures import Version
from services.projects.economy.domain.question import Question
from services.projects.economy.repository.members import World


def value_of(row: Any, question: Question) -> Any:
    return col(row.cumulative_value) if question.cumulative else col(row.month_value)


def weighed(value: Any, member: Any, question: Question) -> Any:
    return value * member.c.weight if question.shared else value


def said_in(row: Any, member: Any, question: Question, world: World, month: date) -> ColumnElement[bool]:
    version = question.version
    edition = col(row.is_latest) if version is Version.LATEST else col(row.edition) == version.value
    return and_(
        col(row.enterprise_id) == member.c.enterprise_id,
        col(row.indicator) == world.indicator.code,
        col(row.month) == month,
        edition,
    )


def restated_in(row: Any, member: Any, world: World, month: date) -> ColumnElement[bool]:
    return and_(
        col(row.enterprise_id) == member.c.enterprise_id,
        col(row.indicator) == world.indicator.code,
        col(row.month) == month,
        col(row.is_current),
    )
