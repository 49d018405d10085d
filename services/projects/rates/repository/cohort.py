"""Who is asked about: conditions on projects, and the expressions they are grouped by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, extract, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from services.projects.ledger.tables import ProjectRow
from services.projects.rates.domain.grouping import LEVELS, Grouping, Groups, Period, sector_prefixes
from services.projects.rates.domain.question import Question


def cohort(question: Question, principal: Principal) -> list[ColumnElement[bool]]:
    """Projects signed by the day that the question and the caller's reach leave."""
    wanted = [
        col(ProjectRow.signed_on) <= question.as_of,
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    ]
    if question.region_code is not None:
        wanted.append(col(ProjectRow.region_code).like(f"{regions.prefix(question.region_code)}%"))
    if question.park_code is not None:
        wanted.append(col(ProjectRow.park_code) == question.park_code)
    if question.sector is not None:
        prefixes = sector_prefixes(question.sector)
        wanted.append(or_(*(col(ProjectRow.sector_code).like(f"{prefix}%") for prefix in prefixes)))
    if question.channel is not None:
        wanted.append(col(ProjectRow.channel) == question.channel.value)
    if question.kind is not None:
        wanted.append(col(ProjectRow.kind) == question.kind.value)
    if question.signed_from is not None:
        wanted.append(col(ProjectRow.signed_on) >= question.signed_from)
    if question.signed_to is not None:
        wanted.append(col(ProjectRow.signed_on) <= question.signed_to)
    if question.group is not None:
        for key, value in zip(group_keys(question.groups), question.group, strict=True):
            wanted.append(key.is_not_distinct_from(value))
    return wanted


def group_keys(groups: Groups) -> Sequence[ColumnElement[Any]]:
    """The domain's ``Groups.key_of`` as columns. Widths are written out: a parameter would be another expression
    in GROUP BY than in SELECT.
    """
    return [_key(grouping, groups) for grouping in groups.by]


def _key(grouping: Grouping, groups: Groups) -> Any:
    match grouping:
        case Grouping.REGION:
            digits, zeros = LEVELS[groups.region_level]
            region = func.left(col(ProjectRow.region_code), literal_column(str(digits)))
            return func.concat(region, literal_column(f"'{zeros}'")) if zeros else region
        case Grouping.PARK:
            return col(ProjectRow.park_code)
        case Grouping.SECTOR:
            letters: ColumnElement[str] = literal_column("'ABCDEFGHIJKLMNOPQRST'")
            digits_of = func.left(func.ltrim(col(ProjectRow.sector_code), letters), literal_column("2"))
            return case((digits_of == literal_column("''"), col(ProjectRow.sector_code)), else_=digits_of)
        case Grouping.CHANNEL:
            return col(ProjectRow.channel)
        case Grouping.SIGNING_PERIOD:
            return _period(groups.period)
        case Grouping.KIND:
            return col(ProjectRow.kind)


_PERIODS = {Period.YEAR: "'YYYY'", Period.QUARTER: """'YYYY-"Q"Q'""", Period.MONTH: "'YYYY-MM'"}


def _period(period: Period) -> ColumnElement[Any]:
    signed_on = col(ProjectRow.signed_on)
    if period is not Period.HALF:
        return func.to_char(signed_on, literal_column(_PERIODS[period]))
    half = case(
        (extract("month", signed_on) <= literal_column("6"), literal_column("'-H1'")),
        else_=literal_column("'-H2'"),
    )
    return func.concat(func.to_char(signed_on, literal_column("'YYYY'")), half)


async def cohort_within(session: AsyncSession, question: Question, principal: Principal, most: int) -> bool:
    """Whether the question is about at most so many projects."""
    found = select(col(ProjectRow.id)).where(*cohort(question, principal)).limit(most + 1).subquery()
    return (await session.scalar(select(func.count()).select_from(found)) or 0) <= most
