"""SQL of plans, their rows and their history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.curtailment.domain.plan import EntryFacts, PlanFacts, PlanStatus, QuotaUnit, quota_kw
from services.energy.curtailment.domain.users import Measure
from services.energy.curtailment.errors import EntryNotFound, PlanNotFound
from services.energy.curtailment.tables import (
    CurtailmentEntryRow,
    CurtailmentPlanRow,
    CurtailmentPlanStepRow,
    CurtailmentUserRow,
)

PLANS: Final = Listing(
    fields={
        "id": FilterField(CurtailmentPlanRow.id, UUID),
        "region_code": FilterField(CurtailmentPlanRow.region_code, str),
        "year": FilterField(CurtailmentPlanRow.year, int),
        "edition": FilterField(CurtailmentPlanRow.edition, int),
        "status": FilterField(CurtailmentPlanRow.status, PlanStatus),
        "name": FilterField(CurtailmentPlanRow.name, str),
    },
    sortable=("year", "region_code", "edition"),
    default_sort="-year",
)
ENTRIES: Final = Listing(
    fields={
        "id": FilterField(CurtailmentEntryRow.id, UUID),
        "plan_id": FilterField(CurtailmentEntryRow.plan_id, UUID),
        "enterprise_id": FilterField(CurtailmentEntryRow.enterprise_id, UUID),
        "tier": FilterField(CurtailmentEntryRow.tier, int),
        "measure": FilterField(CurtailmentEntryRow.measure, Measure),
        "rotation_group": FilterField(CurtailmentEntryRow.rotation_group, str),
        "code": FilterField(CurtailmentUserRow.code, str),
        "name": FilterField(CurtailmentUserRow.name, str),
        "category": FilterField(CurtailmentUserRow.category, str),
        "region_code": FilterField(CurtailmentUserRow.region_code, str),
    },
    sortable=("tier", "code", "measure"),
    default_sort="tier,code",
)
# What an enterprise may know of: plans that were decided.
_DECIDED: Final = (PlanStatus.APPROVED.value, PlanStatus.IN_FORCE.value, PlanStatus.SUPERSEDED.value)

# A row of the plan with its user.
EntryRow = tuple[CurtailmentEntryRow, CurtailmentUserRow]


def _visible_plans(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    """A plan is the office's own paper: an enterprise sees its rows of decided ones."""
    is_office = false() if principal.is_enterprise_bound or principal.meter_nos is not None else true()
    return region_scope(col(CurtailmentPlanRow.region_code), principal), is_office


async def list_plans(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[CurtailmentPlanRow]:
    page: Page[CurtailmentPlanRow] = await query.page(
        session, select(CurtailmentPlanRow).where(*_visible_plans(principal))
    )
    return page


async def get_plan(
    session: AsyncSession, principal: Principal, plan_id: UUID, *, lock: bool = False
) -> CurtailmentPlanRow:
    """Raises PlanNotFound."""
    statement = select(CurtailmentPlanRow).where(col(CurtailmentPlanRow.id) == plan_id, *_visible_plans(principal))
    row = (await session.scalars(statement.with_for_update() if lock else statement)).first()
    if row is None:
        raise PlanNotFound(plan_id=plan_id)
    return row


async def last_edition(session: AsyncSession, region_code: str, year: int) -> int:
    """0 where the region has no plan for the year."""
    statement = select(func.max(col(CurtailmentPlanRow.edition))).where(
        col(CurtailmentPlanRow.region_code) == region_code, col(CurtailmentPlanRow.year) == year
    )
    return await session.scalar(statement) or 0


async def decided_plans(session: AsyncSession, region_codes: Sequence[str], year: int) -> list[CurtailmentPlanRow]:
    """Plans in force or approved of these regions; those in force first, then the newest."""
    statement = (
        select(CurtailmentPlanRow)
        .where(
            col(CurtailmentPlanRow.region_code).in_(region_codes),
            col(CurtailmentPlanRow.year) == year,
            col(CurtailmentPlanRow.status).in_([PlanStatus.IN_FORCE.value, PlanStatus.APPROVED.value]),
        )
        .order_by(
            case((col(CurtailmentPlanRow.status) == PlanStatus.IN_FORCE.value, 0), else_=1),
            col(CurtailmentPlanRow.edition).desc(),
        )
    )
    return list(await session.scalars(statement))


async def others_decided(
    session: AsyncSession, plan: CurtailmentPlanRow, status: PlanStatus
) -> list[CurtailmentPlanRow]:
    """Other editions of the plan's region and year with this status, locked."""
    statement = select(CurtailmentPlanRow).where(
        col(CurtailmentPlanRow.region_code) == plan.region_code,
        col(CurtailmentPlanRow.year) == plan.year,
        col(CurtailmentPlanRow.status) == status.value,
        col(CurtailmentPlanRow.id) != plan.id,
    )
    return list(await session.scalars(statement.order_by(col(CurtailmentPlanRow.edition)).with_for_update()))


async def due_plans(session: AsyncSession, today: date) -> list[CurtailmentPlanRow]:
    """Approved plans whose day has come, by edition."""
    statement = select(CurtailmentPlanRow).where(
        col(CurtailmentPlanRow.status) == PlanStatus.APPROVED.value, col(CurtailmentPlanRow.in_force_from) <= today
    )
    ordered = statement.order_by(col(CurtailmentPlanRow.in_force_from), col(CurtailmentPlanRow.edition))
    return list(await session.scalars(ordered))


async def past_plans(session: AsyncSession, year: int) -> list[CurtailmentPlanRow]:
    """Plans still in force or waiting whose year is over before ``year``."""
    statement = select(CurtailmentPlanRow).where(
        col(CurtailmentPlanRow.status).in_([PlanStatus.IN_FORCE.value, PlanStatus.APPROVED.value]),
        col(CurtailmentPlanRow.year) < year,
    )
    return list(await session.scalars(statement.order_by(col(CurtailmentPlanRow.id))))


async def steps_of(session: AsyncSession, plan_id: UUID) -> list[CurtailmentPlanStepRow]:
    statement = select(CurtailmentPlanStepRow).where(col(CurtailmentPlanStepRow.plan_id) == plan_id)
    return list(await session.scalars(statement.order_by(col(CurtailmentPlanStepRow.version))))


async def list_entries(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[EntryRow]:
    """Rows of plans. An enterprise sees its own, of plans that were decided."""
    decided = col(CurtailmentPlanRow.status).in_(_DECIDED)
    statement: Any = (
        select(CurtailmentEntryRow, CurtailmentUserRow)
        .join(CurtailmentUserRow, col(CurtailmentUserRow.id) == col(CurtailmentEntryRow.user_id))
        .join(CurtailmentPlanRow, col(CurtailmentPlanRow.id) == col(CurtailmentEntryRow.plan_id))
        .where(
            or_(
                and_(*_visible_plans(principal)),
                and_(
                    enterprise_scope(col(CurtailmentEntryRow.enterprise_id), principal),
                    region_scope(col(CurtailmentUserRow.region_code), principal),
                    decided,
                    true() if principal.is_enterprise_bound and principal.meter_nos is None else false(),
                ),
            )
        )
    )
    page: Page[EntryRow] = await query.page(session, statement)
    return page


async def entries_of(session: AsyncSession, plan_id: UUID) -> list[EntryRow]:
    """All rows of a plan by tier and code."""
    statement = (
        select(CurtailmentEntryRow, CurtailmentUserRow)
        .join(CurtailmentUserRow, col(CurtailmentUserRow.id) == col(CurtailmentEntryRow.user_id))
        .where(col(CurtailmentEntryRow.plan_id) == plan_id)
        .order_by(
            col(CurtailmentEntryRow.tier),
            col(CurtailmentUserRow.code),
            col(CurtailmentEntryRow.measure),
            col(CurtailmentEntryRow.id),
        )
        .execution_options(populate_existing=True)
    )
    return list(await session.execute(statement))


async def get_entry(session: AsyncSession, plan_id: UUID, entry_id: UUID) -> CurtailmentEntryRow:
    """Raises EntryNotFound."""
    statement = select(CurtailmentEntryRow).where(
        col(CurtailmentEntryRow.plan_id) == plan_id, col(CurtailmentEntryRow.id) == entry_id
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        raise EntryNotFound(entry_id=entry_id)
    return row


async def find_entry(
    session: AsyncSession, plan_id: UUID, user_id: UUID, tier: int, measure: str
) -> CurtailmentEntryRow | None:
    statement = select(CurtailmentEntryRow).where(
        col(CurtailmentEntryRow.plan_id) == plan_id,
        col(CurtailmentEntryRow.user_id) == user_id,
        col(CurtailmentEntryRow.tier) == tier,
        col(CurtailmentEntryRow.measure) == measure,
    )
    return (await session.scalars(statement)).first()


async def drop_entries(session: AsyncSession, plan_id: UUID, ids: Sequence[UUID] | None = None) -> None:
    """These rows of a plan, or all of them."""
    statement = delete(CurtailmentEntryRow).where(col(CurtailmentEntryRow.plan_id) == plan_id)
    if ids is not None:
        statement = statement.where(col(CurtailmentEntryRow.id).in_(ids))
    await session.execute(statement.execution_options(synchronize_session=False))


async def add_entries(session: AsyncSession, values: Sequence[dict[str, Any]]) -> None:
    if values:
        await session.execute(insert(CurtailmentEntryRow), list(values))


def entry_facts(entry: CurtailmentEntryRow, user: CurtailmentUserRow) -> EntryFacts:
    return EntryFacts(
        entry_id=entry.id,
        user_id=entry.user_id,
        tier=entry.tier,
        measure=Measure(entry.measure),
        quota_kw=quota_kw(entry.quota, QuotaUnit(entry.quota_unit), user.max_load_kw),
        rotation_group=entry.rotation_group,
    )


def plan_facts(plan: CurtailmentPlanRow, rows: Sequence[EntryRow]) -> PlanFacts:
    return PlanFacts(
        plan_id=plan.id,
        region_code=plan.region_code,
        year=plan.year,
        max_load_kw=plan.max_load_kw,
        entries=tuple(entry_facts(entry, user) for entry, user in rows),
        rotation={group: frozenset(days) for group, days in plan.rotation.items()},
        name=plan.name,
        edition=plan.edition,
        status=PlanStatus(plan.status),
    )
