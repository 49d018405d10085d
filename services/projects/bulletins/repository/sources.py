"""SQL of what other slices know of a region's period, where their own repositories have no such question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.workdays import SHANGHAI
from services.projects.conditions.tables import ConditionRow
from services.projects.innovation.domain.honours import NominationStatus
from services.projects.innovation.tables import HonourRoundRow, InnovationRecordRow, NominationRow
from services.projects.ledger.domain.comparison import end_of
from services.projects.ledger.repository import was_key
from services.projects.ledger.tables import InvestmentEntryRow, ProjectPlanRow, ProjectRow
from services.projects.lists.tables import VetoRow
from services.projects.parks.tables import ParkRow
from services.projects.problems.tables import ProblemRow
from services.projects.registry.tables import EnterpriseRow
from services.projects.support.tables import ApplicationRow, BudgetRow, PaymentRow, PolicyRow


def _within(column: Any, region_code: str) -> Any:
    return col(column).startswith(regions.prefix(region_code))


async def park_names(session: AsyncSession, region_code: str) -> dict[str, str]:
    statement = select(col(ParkRow.code), col(ParkRow.name)).where(_within(ParkRow.region_code, region_code))
    return dict((await session.execute(statement.order_by(col(ParkRow.code)))).all())


async def conditions_touching(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[ConditionRow]:
    """Conditions that were open on any day from ``first`` to ``last``."""
    statement = (
        select(ConditionRow)
        .where(
            _within(ConditionRow.region_code, region_code),
            col(ConditionRow.opened_on) <= last,
            or_(col(ConditionRow.cleared_on).is_(None), col(ConditionRow.cleared_on) >= first),
        )
        .order_by(col(ConditionRow.opened_on), col(ConditionRow.id))
    )
    return list((await session.scalars(statement)).all())


async def problems_touching(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[tuple[ProblemRow, str]]:
    """Problems that were pending on any day of a period, with the name of their project."""
    statement = (
        select(ProblemRow, col(ProjectRow.name))
        .join(ProjectRow, col(ProjectRow.id) == col(ProblemRow.project_id))
        .where(
            _within(ProjectRow.region_code, region_code),
            col(ProblemRow.raised_on) <= last,
            or_(col(ProblemRow.closed_on).is_(None), col(ProblemRow.closed_on) >= first),
        )
        .order_by(col(ProblemRow.due_on), col(ProblemRow.id))
    )
    return [(row, name) for row, name in await session.execute(statement)]


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of support, to whom and under which policy."""

    payment: PaymentRow
    application: ApplicationRow
    policy: PolicyRow
    enterprise: str


async def payments_between(session: AsyncSession, region_code: str, first: date, last: date) -> list[Paid]:
    statement = (
        select(PaymentRow, ApplicationRow, PolicyRow, col(EnterpriseRow.name))
        .join(ApplicationRow, col(ApplicationRow.id) == col(PaymentRow.application_id))
        .join(PolicyRow, col(PolicyRow.id) == col(ApplicationRow.policy_id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ApplicationRow.enterprise_id))
        .where(_within(ApplicationRow.region_code, region_code), col(PaymentRow.paid_on).between(first, last))
        .order_by(col(PaymentRow.paid_on), col(PaymentRow.id))
    )
    return [Paid(*row) for row in await session.execute(statement)]


async def budgets_of_year(session: AsyncSession, region_code: str, year: int) -> list[tuple[BudgetRow, PolicyRow]]:
    """What the region's own policies have in a year; those of regions above are not its money."""
    statement = (
        select(BudgetRow, PolicyRow)
        .join(PolicyRow, col(PolicyRow.id) == col(BudgetRow.policy_id))
        .where(_within(PolicyRow.region_code, region_code), col(BudgetRow.year) == year)
        .order_by(col(PolicyRow.code))
    )
    return [(budget, policy) for budget, policy in await session.execute(statement)]


async def honoured_between(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[tuple[HonourRoundRow, NominationRow, str]]:
    """Who was honoured in rounds decided in a period, by round and place."""
    statement = (
        select(HonourRoundRow, NominationRow, col(EnterpriseRow.name))
        .join(NominationRow, col(NominationRow.round_id) == col(HonourRoundRow.id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(NominationRow.enterprise_id))
        .where(
            _within(HonourRoundRow.region_code, region_code),
            col(HonourRoundRow.decided_on).between(first, last),
            col(NominationRow.status) == NominationStatus.AWARDED.value,
        )
        .order_by(col(HonourRoundRow.code), col(NominationRow.place), col(NominationRow.id))
    )
    return [(honour, nomination, name) for honour, nomination, name in await session.execute(statement)]


async def innovations_between(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[tuple[InnovationRecordRow, str]]:
    """Verified records of what began in a period."""
    statement = (
        select(InnovationRecordRow, col(EnterpriseRow.name))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(InnovationRecordRow.enterprise_id))
        .where(
            _within(InnovationRecordRow.region_code, region_code),
            col(InnovationRecordRow.status) == "verified",
            col(InnovationRecordRow.valid_from).between(first, last),
        )
        .order_by(col(InnovationRecordRow.kind), col(InnovationRecordRow.id))
    )
    return [(row, name) for row, name in await session.execute(statement)]


async def vetoes_touching(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[tuple[VetoRow, str | None]]:
    """Vetoes that touch a period, lifted ones too, with the enterprise's name (None: of a region)."""
    statement = (
        select(VetoRow, col(EnterpriseRow.name))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(VetoRow.enterprise_id), isouter=True)
        .where(
            _within(VetoRow.region_code, region_code),
            col(VetoRow.period_from) <= last,
            or_(col(VetoRow.period_to).is_(None), col(VetoRow.period_to) > first),
        )
        .order_by(col(VetoRow.period_from), col(VetoRow.id))
    )
    return [(row, name) for row, name in await session.execute(statement)]


@dataclass(frozen=True, slots=True)
class KeyProject:
    """A key project on a day, with what was invested until then and in the year; None: nothing reported."""

    id: UUID
    code: str
    name: str
    region_code: str
    total_yuan: int | None
    invested_yuan: int | None
    invested_in_year_yuan: int | None
    plan: dict[str, tuple[date | None, date | None]]
    signed_on: date | None
    interrupted_on: date | None
    stage: str


async def key_projects(session: AsyncSession, region_code: str, day: date) -> list[KeyProject]:
    """The key projects of a day, the largest first."""
    first_of_year = date(day.year, 1, 1)
    amount, month = col(InvestmentEntryRow.amount_yuan), col(InvestmentEntryRow.month)
    statement = (
        select(
            ProjectRow,
            func.sum(amount).filter(month <= day),
            func.sum(amount).filter(month.between(first_of_year, day)),
        )
        .join(InvestmentEntryRow, col(InvestmentEntryRow.project_id) == col(ProjectRow.id), isouter=True)
        .where(_within(ProjectRow.region_code, region_code), was_key(end_of(day, SHANGHAI)))
        .group_by(col(ProjectRow.id))
        .order_by(col(ProjectRow.total_investment_yuan).desc().nulls_last(), col(ProjectRow.code))
    )
    found = [(row, whole, year) for row, whole, year in await session.execute(statement)]
    plans = await _plans(session, [row.id for row, _, _ in found])
    return [
        KeyProject(
            row.id,
            row.code,
            row.name,
            row.region_code,
            row.total_investment_yuan,
            None if whole is None else int(whole),
            None if year is None else int(year),
            plans.get(row.id, {}),
            row.signed_on,
            row.interrupted_on,
            row.stage,
        )
        for row, whole, year in found
    ]


async def _plans(
    session: AsyncSession, project_ids: Sequence[UUID]
) -> dict[UUID, dict[str, tuple[date | None, date | None]]]:
    statement = select(ProjectPlanRow).where(col(ProjectPlanRow.project_id).in_(project_ids))
    plans: dict[UUID, dict[str, tuple[date | None, date | None]]] = {}
    for row in await session.scalars(statement):
        plans.setdefault(row.project_id, {})[row.milestone] = (row.current_on, row.actual_on)
    return plans


async def invested_between(
    session: AsyncSession, region_code: str, first: date, last: date
) -> list[tuple[UUID, str, str, int]]:
    """Investment completed by each project in the months of a period."""
    statement = (
        select(
            col(ProjectRow.id),
            col(ProjectRow.code),
            col(ProjectRow.name),
            func.sum(col(InvestmentEntryRow.amount_yuan)),
        )
        .join(
            InvestmentEntryRow,
            and_(
                col(InvestmentEntryRow.project_id) == col(ProjectRow.id),
                col(InvestmentEntryRow.month).between(first, last),
            ),
        )
        .where(_within(ProjectRow.region_code, region_code))
        .group_by(col(ProjectRow.id))
        .order_by(col(ProjectRow.code))
    )
    return [(key, code, name, int(amount)) for key, code, name, amount in await session.execute(statement)]
