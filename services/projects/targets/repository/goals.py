"""SQL of targets and their history."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import RegionRow
from services.projects.targets.domain.goals import Counting, Direction, Goal, Milestone, Profile
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.domain.standing import Light, Verdict
from services.projects.targets.tables import TargetChangeRow, TargetRow

TARGETS = Listing(
    fields={
        "id": FilterField(col(TargetRow.id), UUID),
        "code": FilterField(col(TargetRow.code)),
        "name": FilterField(col(TargetRow.name)),
        "parent_id": FilterField(col(TargetRow.parent_id), UUID),
        "indicator_code": FilterField(col(TargetRow.indicator_code)),
        "scope_type": FilterField(col(TargetRow.scope_type), ScopeType),
        "region_code": region_filter(col(TargetRow.region_code)),
        "park_code": FilterField(col(TargetRow.park_code)),
        "cluster_code": FilterField(col(TargetRow.cluster_code)),
        "first_year": FilterField(col(TargetRow.first_year), int),
        "last_year": FilterField(col(TargetRow.last_year), int),
        "responsible_unit_id": FilterField(col(TargetRow.responsible_unit_id), UUID),
        "responsible_person_id": FilterField(col(TargetRow.responsible_person_id), UUID),
        "verdict": FilterField(col(TargetRow.verdict), Verdict),
        "light": FilterField(col(TargetRow.light), Light),
        "letter_state": FilterField(col(TargetRow.letter_state)),
        "behind_points": FilterField(col(TargetRow.behind_points), Decimal),
        "judged_month": FilterField(col(TargetRow.judged_month), date),
        "withdrawn": FilterField(col(TargetRow.withdrawn_on).is_not(None), bool, frozenset({"eq"})),
    },
    sortable=("code", "first_year", "last_year", "behind_points", "region_code", "indicator_code"),
    default_sort="code",
)
CHANGES = Listing(
    fields={"version": FilterField(col(TargetChangeRow.version), int)}, default_sort="version", key="version"
)


def scope_of(row: TargetRow) -> Scope:
    """Without a cluster's members, which are read when figures are asked for."""
    return Scope(
        type=ScopeType(row.scope_type),
        region_code=row.region_code,
        unit_id=row.unit_id,
        person_id=row.person_id,
        park_code=row.park_code,
        sectors=tuple(row.sectors),
        cluster_code=row.cluster_code,
    )


def goal_of(row: TargetRow, indicator: Indicator) -> Goal:
    return Goal(
        id=row.id,
        parent_id=row.parent_id,
        code=row.code,
        indicator=indicator,
        scope=scope_of(row),
        first_year=row.first_year,
        last_year=row.last_year,
        direction=Direction(row.direction),
        counting=Counting(row.counting),
        amount=row.amount,
        base_amount=row.base_amount,
        profile=Profile(row.profile),
        milestones=tuple(
            Milestone(date.fromisoformat(one["month"]), Decimal(one["percent"])) for one in row.milestones
        ),
    )


async def find_target(session: AsyncSession, target_id: UUID, *, lock: bool = False) -> TargetRow | None:
    statement = select(TargetRow).where(col(TargetRow.id) == target_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def target_by_code(session: AsyncSession, code: str) -> TargetRow | None:
    return (await session.scalars(select(TargetRow).where(col(TargetRow.code) == code))).first()


async def same_standing(session: AsyncSession, row: TargetRow) -> UUID | None:
    """Another standing target of the same indicator, scope and period."""
    statement = select(col(TargetRow.id)).where(
        col(TargetRow.indicator_code) == row.indicator_code,
        col(TargetRow.scope_key) == row.scope_key,
        col(TargetRow.first_year) == row.first_year,
        col(TargetRow.last_year) == row.last_year,
        col(TargetRow.counting) == row.counting,
        col(TargetRow.withdrawn_on).is_(None),
        col(TargetRow.id) != row.id,
    )
    return (await session.scalars(statement)).first()


async def lock_targets(session: AsyncSession, target_ids: Iterable[UUID]) -> list[TargetRow]:
    """Standing targets, locked in one order."""
    statement = (
        select(TargetRow)
        .where(col(TargetRow.id).in_(list(target_ids)), col(TargetRow.withdrawn_on).is_(None))
        .order_by(col(TargetRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def ids_to_follow(session: AsyncSession, year: int) -> list[UUID]:
    """Standing targets whose period has begun and did not end before the year that went before ``year``."""
    statement = (
        select(col(TargetRow.id))
        .where(
            col(TargetRow.withdrawn_on).is_(None),
            col(TargetRow.first_year) <= year,
            col(TargetRow.last_year) >= year - 1,
        )
        .order_by(col(TargetRow.id))
    )
    return list((await session.scalars(statement)).all())


async def children_of(session: AsyncSession, parent_ids: Collection[UUID]) -> list[TargetRow]:
    statement = (
        select(TargetRow)
        .where(col(TargetRow.parent_id).in_(list(parent_ids)), col(TargetRow.withdrawn_on).is_(None))
        .order_by(col(TargetRow.code))
    )
    return list((await session.scalars(statement)).all())


async def subtree(session: AsyncSession, root: TargetRow) -> list[TargetRow]:
    """The target and all that stand below it, level by level."""
    found, level = [root], [root]
    while level:
        level = await children_of(session, [row.id for row in level])
        found += level
    return found


async def regions_below(session: AsyncSession, code: str) -> list[str]:
    """Living regions directly below one: those of its subtree that have no other of it above them."""
    statement = select(col(RegionRow.code)).where(
        col(RegionRow.code).startswith(regions.prefix(code)),
        col(RegionRow.code) != code,
        col(RegionRow.deleted_at).is_(None),
    )
    codes = sorted(await session.scalars(statement), key=lambda one: (len(regions.prefix(one)), one))
    direct: list[str] = []
    for one in codes:
        if not any(regions.contains(above, one) for above in direct):
            direct.append(one)
    return direct


async def targets_of_year(
    session: AsyncSession,
    region_code: str,
    year: int,
    *,
    unit_id: UUID | None = None,
    person_id: UUID | None = None,
) -> list[TargetRow]:
    """Standing targets of a region's subtree that the year belongs to, of those who answer if named; by code."""
    statement = (
        select(TargetRow)
        .where(
            col(TargetRow.region_code).startswith(regions.prefix(region_code)),
            col(TargetRow.first_year) <= year,
            col(TargetRow.last_year) >= year,
            col(TargetRow.withdrawn_on).is_(None),
        )
        .order_by(col(TargetRow.code))
    )
    if unit_id is not None:
        statement = statement.where(col(TargetRow.responsible_unit_id) == unit_id)
    if person_id is not None:
        statement = statement.where(col(TargetRow.responsible_person_id) == person_id)
    return list((await session.scalars(statement)).all())


async def list_targets(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[TargetRow]:
    return await query.page(session, visible(principal))


def visible_targets(principal: Principal) -> Select[Any]:
    return select(col(TargetRow.id)).where(region_scope(col(TargetRow.region_code), principal))


def visible(principal: Principal) -> Select[Any]:
    return select(TargetRow).where(region_scope(col(TargetRow.region_code), principal))


async def list_changes(session: AsyncSession, target_id: UUID, query: ListQuery) -> Page[TargetChangeRow]:
    statement = select(TargetChangeRow).where(col(TargetChangeRow.target_id) == target_id)
    return await query.page(session, statement)


async def count_light(session: AsyncSession, principal: Principal, region_code: str, year: int) -> list[Any]:
    """How many standing targets of the year there are of each verdict and light."""
    statement = (
        select(col(TargetRow.verdict), col(TargetRow.light), func.count())
        .where(
            region_scope(col(TargetRow.region_code), principal),
            col(TargetRow.region_code).startswith(regions.prefix(region_code)),
            col(TargetRow.first_year) <= year,
            col(TargetRow.last_year) >= year,
            col(TargetRow.withdrawn_on).is_(None),
        )
        .group_by(col(TargetRow.verdict), col(TargetRow.light))
        .order_by(col(TargetRow.verdict))
    )
    return list(await session.execute(statement))
