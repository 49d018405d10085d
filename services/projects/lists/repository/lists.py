"""SQL of lists and their members."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import dated_scope, enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.lists.domain.facts import EntryVerdict
from services.projects.lists.domain.lists import ListKind
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import ReformStage
from services.projects.lists.tables import EnterpriseListRow, ListMemberRow, ReformRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

# A membership with its list and its enterprise.
Membership = tuple[ListMemberRow, EnterpriseListRow, EnterpriseRow]

LISTS = Listing(
    fields={
        "id": FilterField(col(EnterpriseListRow.id), UUID),
        "code": FilterField(col(EnterpriseListRow.code)),
        "name": FilterField(col(EnterpriseListRow.name)),
        "kind": FilterField(col(EnterpriseListRow.kind), ListKind),
        "region_code": region_filter(col(EnterpriseListRow.region_code)),
        "valid_from": FilterField(col(EnterpriseListRow.valid_from), date),
        "valid_to": FilterField(col(EnterpriseListRow.valid_to), date),
    },
    sortable=("code", "name", "kind", "valid_from"),
    default_sort="code",
)
MEMBERS = Listing(
    fields={
        "id": FilterField(col(ListMemberRow.id), UUID),
        "list_id": FilterField(col(ListMemberRow.list_id), UUID),
        "kind": FilterField(col(EnterpriseListRow.kind), ListKind),
        "enterprise_id": FilterField(col(ListMemberRow.enterprise_id), UUID),
        "enterprise_name": FilterField(col(EnterpriseRow.name)),
        "sector_code": FilterField(col(EnterpriseRow.sector_code)),
        "region_code": region_filter(col(ListMemberRow.region_code)),
        "joined_on": FilterField(col(ListMemberRow.joined_on), date),
        "left_on": FilterField(col(ListMemberRow.left_on), date),
        "leader_person_id": FilterField(col(ListMemberRow.leader_person_id), UUID),
        "unit_id": FilterField(col(ListMemberRow.unit_id), UUID),
        "verdict": FilterField(col(ListMemberRow.verdict), EntryVerdict),
        "progress_due_on": FilterField(col(ListMemberRow.progress_due_on), date),
        "pilot_stage": FilterField(col(ListMemberRow.pilot_stage), PilotStage),
        "reform_stage": FilterField(col(ReformRow.stage), ReformStage),
    },
    sortable=("joined_on", "left_on", "enterprise_name", "progress_due_on"),
    default_sort="enterprise_name",
)


async def find_list(session: AsyncSession, list_id: UUID, *, lock: bool = False) -> EnterpriseListRow | None:
    statement = select(EnterpriseListRow).where(col(EnterpriseListRow.id) == list_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_by_code(session: AsyncSession, code: str) -> EnterpriseListRow | None:
    return (await session.scalars(select(EnterpriseListRow).where(col(EnterpriseListRow.code) == code))).first()


async def list_lists(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[EnterpriseListRow]:
    """Lists of the caller's subtree and of the regions above it, whose members may be the caller's."""
    scope = dated_scope(col(EnterpriseListRow.region_code), principal)
    return await query.page(session, select(EnterpriseListRow).where(scope))


async def has_members(session: AsyncSession, list_id: UUID) -> bool:
    statement = select(ListMemberRow).where(col(ListMemberRow.list_id) == list_id)
    return bool(await session.scalar(select(statement.exists())))


def memberships() -> Any:
    return (
        select(ListMemberRow, EnterpriseListRow, EnterpriseRow)
        .join(EnterpriseListRow, col(EnterpriseListRow.id) == col(ListMemberRow.list_id))
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(ListMemberRow.enterprise_id))
        .outerjoin(ReformRow, col(ReformRow.member_id) == col(ListMemberRow.id))
    )


def member_scope(principal: Principal) -> ColumnElement[bool]:
    """Members in the caller's region, and of the caller's enterprise."""
    return and_(
        region_scope(col(ListMemberRow.region_code), principal),
        enterprise_scope(col(ListMemberRow.enterprise_id), principal),
    )


def visible_members(principal: Principal) -> Select[Any]:
    return select(col(ListMemberRow.id)).where(member_scope(principal))


async def find_member(session: AsyncSession, member_id: UUID, *, lock: bool = False) -> Membership | None:
    statement = memberships().where(col(ListMemberRow.id) == member_id)
    if lock:
        statement = statement.with_for_update(of=ListMemberRow).execution_options(populate_existing=True)
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1], found[2])


async def list_members(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, memberships().where(member_scope(principal)))


async def latest_membership(session: AsyncSession, list_id: UUID, enterprise_id: UUID) -> ListMemberRow | None:
    statement = (
        select(ListMemberRow)
        .where(col(ListMemberRow.list_id) == list_id, col(ListMemberRow.enterprise_id) == enterprise_id)
        .order_by(col(ListMemberRow.joined_on).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


def standing_on(day: date) -> ColumnElement[bool]:
    """Memberships that hold on the day."""
    left = col(ListMemberRow.left_on)
    return and_(col(ListMemberRow.joined_on) <= day, or_(left.is_(None), left > day))


async def enterprises_on(session: AsyncSession, list_id: UUID, day: date) -> list[UUID]:
    """Who is on a list on the day."""
    statement = select(col(ListMemberRow.enterprise_id)).where(
        col(ListMemberRow.list_id) == list_id, standing_on(day)
    )
    return list(await session.scalars(statement))


async def kinds_of(session: AsyncSession, enterprise_ids: Iterable[UUID], day: date) -> dict[UUID, set[str]]:
    """The kinds of lists that enterprises are on, on the day."""
    statement = (
        select(col(ListMemberRow.enterprise_id), col(EnterpriseListRow.kind))
        .join(EnterpriseListRow, col(EnterpriseListRow.id) == col(ListMemberRow.list_id))
        .where(col(ListMemberRow.enterprise_id).in_(list(enterprise_ids)), standing_on(day))
    )
    found: dict[UUID, set[str]] = {}
    for enterprise_id, kind in await session.execute(statement):
        found.setdefault(enterprise_id, set()).add(kind)
    return found


async def enterprise_ids_of(session: AsyncSession, list_id: UUID, day: date) -> list[UUID]:
    """Whose figures are those of the list on the day: for roll-ups by list."""
    statement = select(col(ListMemberRow.enterprise_id)).where(
        col(ListMemberRow.list_id) == list_id, standing_on(day)
    )
    return list((await session.scalars(statement.order_by(col(ListMemberRow.enterprise_id)))).all())


async def enterprises_in(
    session: AsyncSession, region_code: str, without: Collection[UUID]
) -> list[EnterpriseRow]:
    """Living enterprises of a region's subtree, by their codes."""
    statement = (
        select(EnterpriseRow)
        .where(
            col(EnterpriseRow.deleted_at).is_(None),
            col(EnterpriseRow.region_code).startswith(regions.prefix(region_code)),
            col(EnterpriseRow.enterprise_id).not_in(list(without)),
        )
        .order_by(col(EnterpriseRow.credit_code))
    )
    return list((await session.scalars(statement)).all())


async def owing_members(session: AsyncSession, today: date, known: Collection[UUID]) -> list[UUID]:
    """Members whose progress is past its calendar day, and those that are told of, in the order of ids."""
    late = and_(col(ListMemberRow.progress_due_on) < today, col(ListMemberRow.left_on).is_(None))
    statement = select(col(ListMemberRow.id)).where(or_(late, col(ListMemberRow.id).in_(list(known))))
    return list((await session.scalars(statement.order_by(col(ListMemberRow.id)))).all())


async def summary(session: AsyncSession, principal: Principal, day: date, region_code: str | None) -> list[Any]:
    """(kind, list id, code, name, members standing, entered in the day's year, left in it) by list."""
    first = date(day.year, 1, 1)
    joined = and_(col(ListMemberRow.joined_on) >= first, col(ListMemberRow.joined_on) <= day)
    left = and_(col(ListMemberRow.left_on) >= first, col(ListMemberRow.left_on) <= day)
    statement = (
        select(
            col(EnterpriseListRow.kind),
            col(EnterpriseListRow.id),
            col(EnterpriseListRow.code),
            col(EnterpriseListRow.name),
            func.count().filter(standing_on(day)),
            func.count().filter(joined),
            func.count().filter(left),
        )
        .join(ListMemberRow, col(ListMemberRow.list_id) == col(EnterpriseListRow.id))
        .where(member_scope(principal))
        .group_by(
            *(col(EnterpriseListRow.kind), col(EnterpriseListRow.id)),
            *(col(EnterpriseListRow.code), col(EnterpriseListRow.name)),
        )
        .order_by(col(EnterpriseListRow.kind), col(EnterpriseListRow.code))
    )
    if region_code is not None:
        statement = statement.where(col(ListMemberRow.region_code).startswith(regions.prefix(region_code)))
    return list((await session.execute(statement)).all())


async def may_see(session: AsyncSession, principal: Principal, list_id: UUID) -> bool:
    statement = select(EnterpriseListRow).where(
        col(EnterpriseListRow.id) == list_id, dated_scope(col(EnterpriseListRow.region_code), principal)
    )
    return bool(await session.scalar(select(statement.exists())))
