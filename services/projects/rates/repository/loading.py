"""The facts of some projects, for the domain's own rules: one statement a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.funds import ArrivalState
from services.projects.ledger.domain.project import PlannedDate
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.repository import plans_of
from services.projects.ledger.tables import (
    ContractActRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    ProjectRow,
)
from services.projects.rates.domain.facts import COUNTED_ACTS, Act, Output, RateFacts
from services.projects.rates.domain.question import PlanVersion, Question
from services.projects.rates.repository.cohort import cohort

_UNPLANNED = PlannedDate()


async def load_facts(session: AsyncSession, question: Question, principal: Principal) -> list[RateFacts]:
    """All that is known of the question's projects, in order of their ids; later days included."""
    statement = select(ProjectRow).where(*cohort(question, principal)).order_by(col(ProjectRow.id))
    rows = (await session.scalars(statement)).all()
    ids = [row.id for row in rows]
    plans = await plans_of(session, ids)
    funds, investments = await _funds(session, ids), await _investments(session, ids)
    acts, outputs = await _acts(session, ids, question.plan), await _outputs(session, ids)
    return [
        RateFacts(
            project_id=row.id,
            region_code=row.region_code,
            kind=ProjectKind(row.kind),
            park_code=row.park_code,
            sector_code=row.sector_code,
            channel=row.channel,
            signed_on=row.signed_on,
            contract_amount_yuan=row.contract_amount_yuan,
            acts=acts.get(row.id, ()),
            funds=tuple(funds[row.id]),
            investments=investments[row.id],
            outputs=outputs[row.id],
            **_days(plans[row.id], question.plan),
        )
        for row in rows
    ]


def _days(plan: Mapping[Milestone, PlannedDate], version: PlanVersion) -> dict[str, date | None]:
    def due(milestone: Milestone) -> date | None:
        planned = plan.get(milestone, _UNPLANNED)
        return planned.current_on if version is PlanVersion.CURRENT else planned.original_on

    return {
        "start_due_on": due(Milestone.START),
        "started_on": plan.get(Milestone.START, _UNPLANNED).actual_on,
        # Whoever is to be at capacity by a day is to produce by then.
        "production_due_on": due(Milestone.PRODUCTION) or due(Milestone.CAPACITY),
        "in_production_on": plan.get(Milestone.PRODUCTION, _UNPLANNED).actual_on,
    }


async def _funds(session: AsyncSession, ids: list[UUID]) -> Mapping[UUID, list[tuple[date, int]]]:
    statement = select(
        col(FundsArrivalRow.project_id), col(FundsArrivalRow.on), col(FundsArrivalRow.amount_yuan)
    ).where(col(FundsArrivalRow.project_id).in_(ids), col(FundsArrivalRow.state) == ArrivalState.VERIFIED.value)
    found: defaultdict[UUID, list[tuple[date, int]]] = defaultdict(list)
    for project_id, on, amount in await session.execute(statement):
        found[project_id].append((on, amount))
    return found


async def _investments(session: AsyncSession, ids: list[UUID]) -> Mapping[UUID, dict[date, int]]:
    statement = select(
        col(InvestmentEntryRow.project_id), col(InvestmentEntryRow.month), col(InvestmentEntryRow.amount_yuan)
    ).where(col(InvestmentEntryRow.project_id).in_(ids))
    found: defaultdict[UUID, dict[date, int]] = defaultdict(dict)
    for project_id, month, amount in await session.execute(statement):
        found[project_id][month] = amount
    return found


async def _acts(session: AsyncSession, ids: list[UUID], version: PlanVersion) -> Mapping[UUID, tuple[Act, ...]]:
    due_on = col(ContractActRow.due_on if version is PlanVersion.CURRENT else ContractActRow.original_due_on)
    statement = select(
        col(ContractActRow.project_id), col(ContractActRow.kind), due_on, col(ContractActRow.done_on)
    ).where(
        col(ContractActRow.project_id).in_(ids),
        col(ContractActRow.kind).in_([kind.value for kind in COUNTED_ACTS]),
    )
    found: defaultdict[UUID, tuple[Act, ...]] = defaultdict(tuple)
    for project_id, kind, due, done_on in await session.execute(statement):
        found[project_id] += (Act(ActKind(kind), due, done_on),)
    return found


async def _outputs(session: AsyncSession, ids: list[UUID]) -> Mapping[UUID, dict[date, Output]]:
    statement = select(
        col(OutputEntryRow.project_id),
        col(OutputEntryRow.month),
        col(OutputEntryRow.output_value_yuan),
        col(OutputEntryRow.tax_yuan),
    ).where(col(OutputEntryRow.project_id).in_(ids))
    found: defaultdict[UUID, dict[date, Output]] = defaultdict(dict)
    for project_id, month, value, tax in await session.execute(statement):
        found[project_id][month] = Output(value, tax)
    return found
