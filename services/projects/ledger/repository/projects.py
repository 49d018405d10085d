"""SQL of projects and their history."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.domain.project import Channel, KeyLevel, Project
from services.projects.ledger.domain.stages import Milestone, ProjectKind
from services.projects.ledger.repository.mapping import project_of
from services.projects.ledger.repository.plans import plan_column, plan_of, plans_of, reached_on
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow
from services.projects.registry.repository import region_filter

PROJECTS = Listing(
    fields={
        "id": FilterField(col(ProjectRow.id), UUID),
        "code": FilterField(col(ProjectRow.code)),
        "name": FilterField(col(ProjectRow.name)),
        "kind": FilterField(col(ProjectRow.kind), ProjectKind),
        "stage": FilterField(col(ProjectRow.stage), Stage),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "parent_id": FilterField(col(ProjectRow.parent_id), UUID),
        "is_key": FilterField(col(ProjectRow.is_key), bool),
        "key_level": FilterField(col(ProjectRow.key_level), KeyLevel),
        "key_since": FilterField(col(ProjectRow.key_since), date),
        "size_band": FilterField(col(ProjectRow.size_band)),
        "voltage_kv": FilterField(col(ProjectRow.voltage_kv), Decimal),
        "started_on": FilterField(reached_on(Milestone.START), date),
        "completed_on": FilterField(reached_on(Milestone.COMPLETION), date),
        "in_production_on": FilterField(reached_on(Milestone.PRODUCTION), date),
        "park_code": FilterField(col(ProjectRow.park_code)),
        "sector_code": FilterField(col(ProjectRow.sector_code)),
        "channel": FilterField(col(ProjectRow.channel), Channel),
        "enterprise_id": FilterField(col(ProjectRow.enterprise_id), UUID),
        "responsible_person_id": FilterField(col(ProjectRow.responsible_person_id), UUID),
        "responsible_unit_id": FilterField(col(ProjectRow.responsible_unit_id), UUID),
        "total_investment_yuan": FilterField(col(ProjectRow.total_investment_yuan), int),
        "invested_yuan": FilterField(col(ProjectRow.invested_yuan), int),
        "verified_funds_yuan": FilterField(col(ProjectRow.verified_funds_yuan), int),
        "percent": FilterField(col(ProjectRow.percent), Decimal),
        "signed_on": FilterField(col(ProjectRow.signed_on), date),
        "last_progress_on": FilterField(col(ProjectRow.last_progress_on), date),
    },
    sortable=(
        "code",
        "name",
        "key_since",
        "total_investment_yuan",
        "invested_yuan",
        "verified_funds_yuan",
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


async def find_project(session: AsyncSession, project_id: UUID, *, lock: bool = False) -> ProjectRow | None:
    """The row; with ``lock`` nobody else changes the project until this transaction ends."""
    statement = select(ProjectRow).where(col(ProjectRow.id) == project_id)
    if lock:
        # What the session may have read before the lock is read again.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def code_is_taken(session: AsyncSession, code: str) -> bool:
    return bool(await session.scalar(select(select(ProjectRow).where(col(ProjectRow.code) == code).exists())))


async def load_project(session: AsyncSession, row: ProjectRow) -> Project:
    return project_of(row, (await plans_of(session, [row.id]))[row.id])


def reach_of(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """Conditions of a query of projects: those of the caller's subtree; of these, an enterprise's own."""
    return (
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )


async def families_of(
    session: AsyncSession, principal: Principal, ids: Collection[UUID], parent_ids: Collection[UUID]
) -> list[ProjectRow]:
    """The phases of some projects and the projects of these ids, as far as the caller may see them; by code."""
    statement = select(ProjectRow).where(
        or_(col(ProjectRow.id).in_(parent_ids), col(ProjectRow.parent_id).in_(ids)), *reach_of(principal)
    )
    return list((await session.scalars(statement.order_by(col(ProjectRow.code)))).all())


def visible_projects(principal: Principal) -> Select[Any]:
    """Ids of the projects that the caller may see, as a query."""
    return select(col(ProjectRow.id)).where(*reach_of(principal))


async def list_projects(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (row, project)."""
    return await project_page(session, principal, select(ProjectRow), query)


async def list_changes(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[ProjectChangeRow]:
    statement = select(ProjectChangeRow).where(col(ProjectChangeRow.project_id) == project_id)
    return await query.page(session, statement)


async def project_batches(
    session: AsyncSession, stages: Iterable[Stage], also: Iterable[UUID], *, size: int
) -> AsyncIterator[list[Project]]:
    """Projects in one of the stages, and those named in ``also`` wherever they stand; by id, ``size`` at once."""
    # One array rather than a parameter for each id: there may be more of them than a statement takes.
    named = col(ProjectRow.id) == func.any(cast(list(also), ARRAY(Uuid)))
    chosen = col(ProjectRow.stage).in_([stage.value for stage in stages]) | named
    place = None
    while True:
        statement = select(ProjectRow).where(chosen).order_by(col(ProjectRow.id)).limit(size)
        if place is not None:
            statement = statement.where(col(ProjectRow.id) > place)
        rows = (await session.scalars(statement)).all()
        if not rows:
            return
        plans = await plans_of(session, [row.id for row in rows])
        yield [project_of(row, plans[row.id]) for row in rows]
        place = rows[-1].id


async def list_phases(session: AsyncSession, principal: Principal, parent_id: UUID, query: ListQuery) -> Page[Any]:
    """A page of (row, project) of a project's phases and parts."""
    statement = select(ProjectRow).where(col(ProjectRow.parent_id) == parent_id)
    return await project_page(session, principal, statement, query)


async def project_page(
    session: AsyncSession, principal: Principal, statement: Select[Any], query: ListQuery
) -> Page[Any]:
    """A page of (row, project) of those projects of ``statement`` that the caller may see."""
    page = await query.page(session, statement.where(*reach_of(principal)).add_columns(plan_column()))
    return replace(page, items=[(row, project_of(row, plan_of(plan))) for row, plan in page.items])


async def is_below(session: AsyncSession, project_id: UUID, ancestor_id: UUID) -> bool:
    """Whether the project is ``ancestor_id`` or a phase of it, however many steps down."""
    up = select(col(ProjectRow.id), col(ProjectRow.parent_id)).where(col(ProjectRow.id) == project_id)
    tree = up.cte("ancestry", recursive=True)
    above = select(col(ProjectRow.id), col(ProjectRow.parent_id)).join(
        tree, col(ProjectRow.id) == tree.c.parent_id
    )
    tree = tree.union(above)
    return bool(await session.scalar(select(select(tree.c.id).where(tree.c.id == ancestor_id).exists())))
