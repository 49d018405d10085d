"""SQL of what enterprises reported, by participant: one statement an indicator, whatever the participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Select, Subquery, and_, case, cast, func, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.contest.domain.adding import Amounts
from services.projects.contest.domain.measuring import Ask
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.rules import MoveRule
from services.projects.contest.repository.subjects import key_of, who
from services.projects.economy.domain import months
from services.projects.economy.domain.question import Question
from services.projects.economy.domain.reports import PENDING
from services.projects.economy.repository.members import YEAR, World, members
from services.projects.economy.repository.values import (
    figures,
    restated_in,
    restatements,
    said_in,
    value_of,
    weighed,
)
from services.projects.economy.tables.reports import ReportRevisionRow, ReportRow
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Reported:
    """What one enterprise adds to a participant's quarter, and what it added a year before.

    None unless all months are known. ``region_code`` is where it counts, of shares the sharing region.
    """

    participant_id: UUID
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    value: Decimal | None
    base: Decimal | None
    known_at: datetime | None


async def reported(session: AsyncSession, ask: Ask, world: World, wanted: Sequence[date]) -> list[Reported]:
    """Every enterprise in the register that counts for a participant in the months ``wanted``."""
    if not wanted or not ask.keys:
        return []
    return [Reported(*row) for row in await session.execute(reported_statement(ask, world, wanted))]


async def amounts(session: AsyncSession, ask: Ask, world: World, wanted: Sequence[date]) -> dict[UUID, Amounts]:
    """The same enterprises added up by participant, without naming them."""
    if not wanted or not ask.keys:
        return {}
    whole = _whole(ask, world, wanted, named=False)
    both = and_(whole.c.value.is_not(None), whole.c.base.is_not(None))
    statement = select(
        whole.c.participant_id,
        func.count(),
        func.count(whole.c.value),
        func.sum(whole.c.value),
        func.count().filter(both),
        func.sum(whole.c.value).filter(both),
        func.sum(whole.c.base).filter(both),
    ).group_by(whole.c.participant_id)
    return {row[0]: Amounts(*row[1:]) for row in await session.execute(statement)}


def reported_statement(ask: Ask, world: World, wanted: Sequence[date]) -> Select[Any]:
    whole = _whole(ask, world, wanted, named=True)
    return (
        select(
            whole.c.participant_id,
            whole.c.enterprise_id,
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            whole.c.region_code,
            whole.c.sector_code,
            whole.c.value,
            whole.c.base,
            whole.c.known_at,
        )
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == whole.c.enterprise_id)
        .order_by(col(EnterpriseRow.credit_code))
    )


def _whole(ask: Ask, world: World, wanted: Sequence[date], *, named: bool) -> Subquery:
    """What each enterprise adds to each participant: None unless all its months are known.

    ``named`` says where it counts and since when that is known, too.
    """
    fact = union_all(*(_month(ask, world, month) for month in wanted)).subquery("fact")
    subject = who(ask)
    key = key_of(ask, region=fact.c.region_code, enterprise=fact.c.enterprise_id)
    facts = (fact.c.region_code, fact.c.sector_code, fact.c.known_at) if named else ()
    return (
        select(
            subject.c.participant_id,
            fact.c.enterprise_id,
            case((func.count() == func.count(fact.c.value), func.sum(fact.c.value))).label("value"),
            case((func.count() == func.count(fact.c.base), func.sum(fact.c.base))).label("base"),
            *(func.max(one).label(one.name) for one in facts),
        )
        .select_from(fact)
        .join(subject, subject.c.key == key)
        .group_by(subject.c.participant_id, fact.c.enterprise_id)
        .subquery("whole")
    )


def _month(ask: Ask, world: World, month: date) -> Select[Any]:
    """Figures of a month and of a year before, where the rule of moves counts the enterprise."""
    is_region = ask.kind is ParticipantKind.TOWNSHIP
    counted_in = {
        MoveRule.BY_MONTH: month,
        MoveRule.QUARTER_START: ask.quarter.first_month,
        MoveRule.QUARTER_END: ask.quarter.last_month,
    }[ask.rule.move_counts]
    question = Question(month=month, region_code=ask.region_code if is_region else None, shared=is_region)
    member = members(question, world, counted_in)
    said, before, restated = figures(), figures(), restatements()
    base_month = months.plus(month, -YEAR)
    source: Any = member.outerjoin(said, said_in(said, member, question, world, month))
    base: Any = cast(null(), Numeric)
    if ask.with_base:
        source = source.outerjoin(before, said_in(before, member, question, world, base_month))
        source = source.outerjoin(restated, restated_in(restated, member, world, base_month))
        better = func.coalesce(value_of(restated, question), value_of(before, question))
        base = weighed(better, member, question)
    known_at: Any = cast(null(), DateTime(timezone=True))
    if ask.with_facts:
        source = source.outerjoin(
            ReportRevisionRow,
            and_(
                col(ReportRevisionRow.report_id) == said.c.report_id,
                col(ReportRevisionRow.number) == said.c.revision,
            ),
        )
        known_at = col(ReportRevisionRow.at)
    return select(
        member.c.enterprise_id,
        member.c.region_code,
        member.c.sector_code,
        weighed(value_of(said, question), member, question).label("value"),
        base.label("base"),
        known_at.label("known_at"),
    ).select_from(source)


async def reports_in_arrears(
    session: AsyncSession, ask: Ask, first: date, last: date, *, missing: bool
) -> list[Any]:
    """(participant, report, enterprise's code, name, month, due day, handed in on) of reports due in a period.

    Handed in late, or with ``missing`` not handed in at all by the period's end.
    """
    subject = who(ask)
    key = key_of(ask, region=col(ReportRow.region_code), enterprise=col(ReportRow.enterprise_id))
    pending = [status.value for status in PENDING]
    wanted = (
        and_(col(ReportRow.status).in_(pending), col(ReportRow.submitted_on).is_(None))
        if missing
        else and_(col(ReportRow.late), col(ReportRow.submitted_on).is_not(None))
    )
    statement = (
        select(
            subject.c.participant_id,
            col(ReportRow.id),
            col(EnterpriseRow.credit_code),
            col(EnterpriseRow.name),
            col(ReportRow.month),
            col(ReportRow.due_on),
            col(ReportRow.submitted_on),
        )
        .select_from(ReportRow)
        .join(subject, subject.c.key == key)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ReportRow.enterprise_id))
        .where(col(ReportRow.due_on).between(first, last), wanted)
        .order_by(col(EnterpriseRow.credit_code), col(ReportRow.month), col(ReportRow.edition))
    )
    return list(await session.execute(statement))
