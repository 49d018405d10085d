"""SQL of the ledger, and the way between rows and the domain's values."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.project import Channel, PlannedDate, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.tables import (
    InvestmentEntryRow,
    ProgressEntryRow,
    ProjectChangeRow,
    ProjectPlanRow,
    ProjectRow,
)
from services.projects.registry.repository import region_filter

_COLUMNS = tuple(spec.name for spec in fields(Project) if spec.name != "plan")

PROJECTS = Listing(
    fields={
        "id": FilterField(col(ProjectRow.id), UUID),
        "code": FilterField(col(ProjectRow.code)),
        "name": FilterField(col(ProjectRow.name)),
        "kind": FilterField(col(ProjectRow.kind), ProjectKind),
        "stage": FilterField(col(ProjectRow.stage), Stage),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "park_code": FilterField(col(ProjectRow.park_code)),
        "sector_code": FilterField(col(ProjectRow.sector_code)),
        "channel": FilterField(col(ProjectRow.channel), Channel),
        "enterprise_id": FilterField(col(ProjectRow.enterprise_id), UUID),
        "responsible_person_id": FilterField(col(ProjectRow.responsible_person_id), UUID),
        "responsible_unit_id": FilterField(col(ProjectRow.responsible_unit_id), UUID),
        "total_investment_yuan": FilterField(col(ProjectRow.total_investment_yuan), int),
        "invested_yuan": FilterField(col(ProjectRow.invested_yuan), int),
        "percent": FilterField(col(ProjectRow.percent), Decimal),
        "signed_on": FilterField(col(ProjectRow.signed_on), date),
        "last_progress_on": FilterField(col(ProjectRow.last_progress_on), date),
    },
    sortable=(
        "code",
        "name",
        "total_investment_yuan",
        "invested_yuan",
        "percent",
        "signed_on",
        "last_progress_on",
    ),
)
CHANGES = Listing(
    fields={
        "version": FilterField(col(ProjectChangeRow.version), int),
        "action": FilterField(col(ProjectChangeRow.action)),
    },
    key="version",
)
PROGRESS = Listing(
    fields={
        "id": FilterField(col(ProgressEntryRow.id), UUID),
        "on": FilterField(col(ProgressEntryRow.on), date),
    },
    sortable=("on",),
    default_sort="on",
)
INVESTMENTS = Listing(
    fields={"month": FilterField(col(InvestmentEntryRow.month), date)},
    key="month",
)


async def find_project(session: AsyncSession, project_id: UUID, *, lock: bool = False) -> ProjectRow | None:
    """The row; with ``lock`` nobody else changes the project until this transaction ends."""
    statement = select(ProjectRow).where(col(ProjectRow.id) == project_id)
    if lock:
        # What the session may have read before the lock is read again.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def code_is_taken(session: AsyncSession, code: str) -> bool:
    return bool(await session.scalar(select(select(ProjectRow).where(col(ProjectRow.code) == code).exists())))


async def plans_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[Milestone, PlannedDate]]:
    """The planned dates of several projects."""
    wanted = list(ids)
    plans: dict[UUID, dict[Milestone, PlannedDate]] = {project_id: {} for project_id in wanted}
    statement = select(ProjectPlanRow).where(col(ProjectPlanRow.project_id).in_(wanted))
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        plans[row.project_id][Milestone(row.milestone)] = PlannedDate(
            row.original_on, row.current_on, row.actual_on
        )
    return plans


def project_of(row: ProjectRow, plan: Mapping[Milestone, PlannedDate]) -> Project:
    """The domain's value of a row."""
    facts: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    facts |= {
        "kind": ProjectKind(row.kind),
        "stage": Stage(row.stage),
        "channel": None if row.channel is None else Channel(row.channel),
        "interrupted_stage": None if row.interrupted_stage is None else Stage(row.interrupted_stage),
        "plan": dict(plan),
    }
    return Project(**facts)


def columns_of(project: Project) -> dict[str, Any]:
    """The row's columns of a value."""
    return {name: value.value if isinstance(value := getattr(project, name), Enum) else value for name in _COLUMNS}


async def load_project(session: AsyncSession, row: ProjectRow) -> Project:
    return project_of(row, (await plans_of(session, [row.id]))[row.id])


async def store_plan(session: AsyncSession, before: Project | None, after: Project) -> None:
    """Write the planned dates that changed."""
    known = before.plan if before is not None else {}
    for milestone, planned in after.plan.items():
        if known.get(milestone) == planned:
            continue
        if planned == PlannedDate():
            await session.execute(
                delete(ProjectPlanRow).where(
                    col(ProjectPlanRow.project_id) == after.id,
                    col(ProjectPlanRow.milestone) == milestone.value,
                )
            )
            continue
        days = {
            "original_on": planned.original_on,
            "current_on": planned.current_on,
            "actual_on": planned.actual_on,
        }
        statement = insert(ProjectPlanRow).values(project_id=after.id, milestone=milestone.value, **days)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["project_id", "milestone"], set_=days)
        )


async def progress_of(session: AsyncSession, project_id: UUID) -> list[Progress]:
    """All entries, oldest day first; entries of one day as they were recorded."""
    statement = (
        select(col(ProgressEntryRow.on), col(ProgressEntryRow.percent))
        .where(col(ProgressEntryRow.project_id) == project_id)
        .order_by(col(ProgressEntryRow.on), col(ProgressEntryRow.id))
    )
    return [Progress(on, percent) for on, percent in await session.execute(statement)]


async def investments_of(session: AsyncSession, project_id: UUID) -> list[Investment]:
    statement = select(col(InvestmentEntryRow.month), col(InvestmentEntryRow.amount_yuan)).where(
        col(InvestmentEntryRow.project_id) == project_id
    )
    return [Investment(month, amount) for month, amount in await session.execute(statement)]


async def store_investment(session: AsyncSession, row: InvestmentEntryRow) -> None:
    """Insert a month or replace its amount."""
    values = row.model_dump()
    statement = insert(InvestmentEntryRow).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["project_id", "month"],
            set_={name: value for name, value in values.items() if name not in {"project_id", "month"}},
        )
    )


def visible_projects(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """Projects of the caller's subtree; of these, an enterprise's own."""
    return (
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )


async def list_projects(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (row, project)."""
    statement = select(ProjectRow).where(*visible_projects(principal))
    page = await query.page(session, statement)
    plans = await plans_of(session, [row.id for row in page.items])
    return replace(page, items=[(row, project_of(row, plans[row.id])) for row in page.items])


async def list_changes(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[ProjectChangeRow]:
    statement = select(ProjectChangeRow).where(col(ProjectChangeRow.project_id) == project_id)
    return await query.page(session, statement)


async def list_progress(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[ProgressEntryRow]:
    statement = select(ProgressEntryRow).where(col(ProgressEntryRow.project_id) == project_id)
    return await query.page(session, statement)


async def list_investments(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[InvestmentEntryRow]:
    statement = select(InvestmentEntryRow).where(col(InvestmentEntryRow.project_id) == project_id)
    return await query.page(session, statement)


async def projects_in(session: AsyncSession, stages: Iterable[Stage], also: Iterable[UUID]) -> list[Project]:
    """Projects in one of the stages, and those of the ids ``also`` wherever they stand; ordered by id."""
    statement = (
        select(ProjectRow)
        .where(col(ProjectRow.stage).in_([stage.value for stage in stages]) | col(ProjectRow.id).in_(list(also)))
        .order_by(col(ProjectRow.id))
    )
    rows = (await session.scalars(statement)).all()
    plans = await plans_of(session, [row.id for row in rows])
    return [project_of(row, plans[row.id]) for row in rows]
