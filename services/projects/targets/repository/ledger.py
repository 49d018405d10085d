"""SQL of what the ledger of projects knows of a month: one statement a measure, with the rows that make it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.projects import Stage
from libs.common.workdays import SHANGHAI
from services.projects.ledger.domain.comparison import end_of
from services.projects.ledger.domain.funds import ArrivalState
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.repository import was_key
from services.projects.ledger.tables import (
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    ProjectFiguresRow,
    ProjectPlanRow,
    ProjectRow,
)
from services.projects.rates.domain.grouping import sector_prefixes
from services.projects.targets.domain.scopes import Scope, ScopeType

# Of one project: its id, code, name, what it adds, and when that was known.
Found = tuple[UUID, str, str, Any, datetime]


def within(scope: Scope, last_day: date, *, size_band: str | None, key_only: bool) -> list[ColumnElement[bool]]:
    """Conditions on the projects of a scope; key projects are those of the month's end."""
    wanted = [col(ProjectRow.region_code).startswith(regions.prefix(scope.region_code))]
    match scope.type:
        case ScopeType.UNIT:
            wanted.append(col(ProjectRow.responsible_unit_id) == scope.unit_id)
        case ScopeType.PERSON:
            wanted.append(col(ProjectRow.responsible_person_id) == scope.person_id)
        case ScopeType.PARK:
            wanted.append(col(ProjectRow.park_code) == scope.park_code)
        case ScopeType.INDUSTRY:
            prefixes = {prefix for sector in scope.sectors for prefix in sector_prefixes(sector)}
            wanted.append(or_(*(col(ProjectRow.sector_code).like(f"{prefix}%") for prefix in sorted(prefixes))))
        case ScopeType.CLUSTER:
            members = col(ProjectRow.enterprise_id).in_(scope.enterprise_ids)
            wanted.append(or_(members, col(ProjectRow.id).in_(scope.project_ids)))
        case ScopeType.REGION:
            pass
    if size_band is not None:
        wanted.append(col(ProjectRow.size_band) == size_band)
    if key_only:
        wanted.append(was_key(end_of(last_day, SHANGHAI)))
    return wanted


def _found(rows: Iterable[Any]) -> list[Found]:
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


_PROJECT = (col(ProjectRow.id), col(ProjectRow.code), col(ProjectRow.name))


async def signed(
    session: AsyncSession,
    where: Sequence[ColumnElement[bool]],
    first: date,
    last: date,
    *,
    by_size: bool = False,
) -> list[Found]:
    """Projects signed in a month, with what their contracts are about, or what their size is measured by."""
    amount: Any = col(ProjectRow.contract_amount_yuan)
    if by_size:
        # As the ledger's size_of.
        amount = func.coalesce(col(ProjectRow.total_investment_yuan), amount)
    statement = (
        select(*_PROJECT, amount, _known_at(Stage.SIGNED))
        .where(*where, col(ProjectRow.signed_on).between(first, last))
        .order_by(col(ProjectRow.code))
    )
    return _found(await session.execute(statement))


async def reached(
    session: AsyncSession,
    where: Sequence[ColumnElement[bool]],
    milestone: Milestone,
    stage: Stage,
    first: date,
    last: date,
) -> list[Found]:
    """Projects that reached a milestone in a month."""
    statement = (
        select(*_PROJECT, 1, _known_at(stage))
        .join(ProjectPlanRow, col(ProjectPlanRow.project_id) == col(ProjectRow.id))
        .where(
            *where,
            col(ProjectPlanRow.milestone) == milestone.value,
            col(ProjectPlanRow.actual_on).between(first, last),
        )
        .order_by(col(ProjectRow.code))
    )
    return _found(await session.execute(statement))


def _known_at(stage: Stage) -> ColumnElement[Any]:
    """Since when the ledger has known the project at the stage; since its registration where it came so."""
    first = (
        select(func.min(col(ProjectFiguresRow.known_from)))
        .where(
            col(ProjectFiguresRow.project_id) == col(ProjectRow.id),
            col(ProjectFiguresRow.stage) == stage.value,
        )
        .correlate(ProjectRow)
        .scalar_subquery()
    )
    return func.coalesce(first, col(ProjectRow.created_at))


async def invested(session: AsyncSession, where: Sequence[ColumnElement[bool]], month: date) -> list[Found]:
    statement = (
        select(*_PROJECT, col(InvestmentEntryRow.amount_yuan), col(InvestmentEntryRow.recorded_at))
        .join(InvestmentEntryRow, col(InvestmentEntryRow.project_id) == col(ProjectRow.id))
        .where(*where, col(InvestmentEntryRow.month) == month)
        .order_by(col(ProjectRow.code))
    )
    return _found(await session.execute(statement))


async def building(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], first: date, last: date
) -> list[UUID]:
    """Projects that were being built in a month: started by its end, not completed nor ended before it.

    What is suspended owes nothing.
    """
    done = aliased(ProjectPlanRow)
    completed = (
        select(done)
        .where(
            col(done.project_id) == col(ProjectRow.id),
            col(done.milestone) == Milestone.COMPLETION.value,
            col(done.actual_on) < first,
        )
        .exists()
    )
    statement = (
        select(col(ProjectRow.id))
        .join(
            ProjectPlanRow,
            and_(
                col(ProjectPlanRow.project_id) == col(ProjectRow.id),
                col(ProjectPlanRow.milestone) == Milestone.START.value,
            ),
        )
        .where(
            *where,
            col(ProjectPlanRow.actual_on) <= last,
            ~completed,
            or_(
                col(ProjectRow.stage).not_in([Stage.SUSPENDED.value, Stage.TERMINATED.value]),
                col(ProjectRow.interrupted_on) > last,
            ),
        )
    )
    return list((await session.scalars(statement)).all())


async def funds(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], first: date, last: date
) -> list[Found]:
    """Verified arrivals of a month, each by itself."""
    statement = (
        select(*_PROJECT, col(FundsArrivalRow.amount_yuan), col(FundsArrivalRow.decided_at))
        .join(FundsArrivalRow, col(FundsArrivalRow.project_id) == col(ProjectRow.id))
        .where(
            *where,
            col(FundsArrivalRow.state) == ArrivalState.VERIFIED.value,
            col(FundsArrivalRow.on).between(first, last),
        )
        .order_by(col(ProjectRow.code), col(FundsArrivalRow.id))
    )
    return _found(await session.execute(statement))


async def produced(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], month: date, *, tax: bool
) -> list[Found]:
    amount = col(OutputEntryRow.tax_yuan) if tax else col(OutputEntryRow.output_value_yuan)
    statement = (
        select(*_PROJECT, amount, col(OutputEntryRow.recorded_at))
        .join(OutputEntryRow, col(OutputEntryRow.project_id) == col(ProjectRow.id))
        .where(*where, col(OutputEntryRow.month) == month)
        .order_by(col(ProjectRow.code))
    )
    return _found(await session.execute(statement))


async def producing(session: AsyncSession, where: Sequence[ColumnElement[bool]], last: date) -> int:
    """How many projects were in production by a month's end and not ended."""
    statement = (
        select(func.count())
        .select_from(ProjectRow)
        .join(ProjectPlanRow, col(ProjectPlanRow.project_id) == col(ProjectRow.id))
        .where(
            *where,
            col(ProjectPlanRow.milestone) == Milestone.PRODUCTION.value,
            col(ProjectPlanRow.actual_on) <= last,
            col(ProjectRow.stage) != Stage.TERMINATED.value,
        )
    )
    return int(await session.scalar(statement) or 0)
