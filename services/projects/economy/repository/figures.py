"""Sums of groups, all months of a question in one statement, and the rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    distinct,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.economy.domain.question import Question
from services.projects.economy.repository.members import World, members
from services.projects.economy.repository.values import (
    figures,
    restated_in,
    restatements,
    said_in,
    value_of,
    weighed,
)


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


# How many columns each of Sums and PairSums has.
_WIDTH: Final = 5

Key = str | None
SumsT = TypeVar("SumsT")


@dataclass(frozen=True, slots=True)
class Side(Generic[SumsT]):
    """Sums of the whole that is asked about, and of its groups by key."""

    whole: SumsT
    groups: Mapping[Key, SumsT]


async def sums_of(session: AsyncSession, question: Question, world: World, month: date) -> Side[Sums]:
    """Of one month; see :func:`sides_of`."""
    (side,) = await sides_of(session, question, world, [month])
    return side


async def sides_of(
    session: AsyncSession, question: Question, world: World, months_: Sequence[date]
) -> list[Side[Sums]]:
    """The sums of several months in one statement, each with whoever counted in it."""
    arms = [_sums_statement(question, world, month, place) for place, month in enumerate(months_)]
    statement = arms[0] if len(arms) == 1 else union_all(*arms)
    rows: list[list[Any]] = [[] for _ in months_]
    for place, *row in await session.execute(statement):
        rows[place].append(row)
    return [_side(found, Sums, _sums_added) for found in rows]


async def pairs_of(
    session: AsyncSession, question: Question, world: World, base_months: Sequence[date]
) -> tuple[Side[Sums], list[Side[PairSums]]]:
    """The question's month, and it against others of those who said both, where they stand in the former.

    One statement: members are looked for once, whatever they are compared with.
    """
    member = members(question, world, question.month)
    said = figures()
    value = value_of(said, question)
    columns = _sums_columns(question, member, value, value)
    source = member.outerjoin(said, said_in(said, member, question, world, question.month))
    for base_month in base_months:
        before, restated = figures(), restatements()
        original = value_of(before, question)
        base = func.coalesce(value_of(restated, question), original) if question.restated else original
        both = and_(value.is_not(None), base.is_not(None))
        columns += [
            _heads(member, question),
            _heads(member, question, both),
            *(func.sum(weighed(one, member, question)).filter(both) for one in (value, base, original)),
        ]
        source = source.outerjoin(before, said_in(before, member, question, world, base_month))
        source = source.outerjoin(restated, restated_in(restated, member, world, base_month))
    rows = (await session.execute(_grouped(question, member, columns).select_from(source))).all()
    now = _side([row[: 2 + _WIDTH] for row in rows], Sums, _sums_added)
    pairs = []
    for place in range(1, len(base_months) + 1):
        own = slice(2 + place * _WIDTH, 2 + (place + 1) * _WIDTH)
        pairs.append(_side([(*row[:2], *row[own]) for row in rows], PairSums, _pairs_added))
    return now, pairs


def _sums_statement(question: Question, world: World, month: date, place: int) -> Select[Any]:
    member = members(question, world, month)
    said, restated = figures(), restatements()
    value = value_of(said, question)
    better = func.coalesce(value_of(restated, question), value)
    columns = _sums_columns(question, member, value, better)
    return (
        _grouped(question, member, columns, literal_column(str(place)))
        .select_from(member)
        .outerjoin(said, said_in(said, member, question, world, month))
        .outerjoin(restated, restated_in(restated, member, world, month))
    )


def _sums_columns(question: Question, member: Any, value: Any, better: Any) -> list[Any]:
    return [
        _heads(member, question),
        _heads(member, question, value.is_not(None)),
        func.sum(weighed(value, member, question)),
        _heads(member, question, better.is_not(None)),
        func.sum(weighed(better, member, question)),
    ]


def _grouped(question: Question, member: Any, columns: Sequence[Any], *first: Any) -> Select[Any]:
    """``first``, whether it is the whole, the key, and the columns.

    The whole of groups that share enterprises is no sum of theirs: it is a grouping of its own.
    """
    if question.by is None:
        return select(*first, literal_column("1"), literal_column("''"), *columns)
    key = member.c.key
    if question.shared:
        sets = func.grouping_sets(tuple_(key), tuple_())
        return select(*first, func.grouping(key), key, *columns).group_by(sets)
    return select(*first, literal_column("0"), key, *columns).group_by(key)


def _side(
    rows: Sequence[Sequence[Any]], make: Callable[..., SumsT], added: Callable[[Collection[SumsT]], SumsT]
) -> Side[SumsT]:
    groups = {key: make(*sums) for is_whole, key, *sums in rows if not is_whole}
    whole = next((make(*sums) for is_whole, _, *sums in rows if is_whole), None)
    return Side(added(groups.values()) if whole is None else whole, groups)


def _sums_added(groups: Collection[Sums]) -> Sums:
    return Sums(
        expected=sum(one.expected for one in groups),
        complete=sum(one.complete for one in groups),
        value=_total(one.value for one in groups),
        restated_complete=sum(one.restated_complete for one in groups),
        restated=_total(one.restated for one in groups),
    )


def _pairs_added(groups: Collection[PairSums]) -> PairSums:
    return PairSums(
        expected=sum(one.expected for one in groups),
        both=sum(one.both for one in groups),
        value=_total(one.value for one in groups),
        base=_total(one.base for one in groups),
        original_base=_total(one.original_base for one in groups),
    )


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def _heads(member: Any, question: Question, where: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    """Enterprises: with shares one has a row for each region of the group."""
    heads = func.count(distinct(member.c.enterprise_id)) if question.shared else func.count()
    return heads if where is None else heads.filter(where)
