"""SQL of saved filters."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.registry.repository import region_filter
from services.projects.search.domain.saved_filters import Visibility
from services.projects.search.tables import SavedFilterRow

SAVED_FILTERS = Listing(
    fields={
        "id": FilterField(col(SavedFilterRow.id), UUID),
        "entity": FilterField(col(SavedFilterRow.entity)),
        "name": FilterField(col(SavedFilterRow.name)),
        "visibility": FilterField(col(SavedFilterRow.visibility), Visibility),
        "region_code": region_filter(col(SavedFilterRow.region_code)),
        "owner": FilterField(col(SavedFilterRow.owner)),
    },
    sortable=("entity", "name"),
    default_sort="entity,name",
)


def _shared_with(principal: Principal) -> ColumnElement[bool]:
    """Filters shared with a region that the caller's lies in, or that lies in the caller's."""
    if principal.is_enterprise_bound:
        return false()
    region = col(SavedFilterRow.region_code)
    reached: ColumnElement[bool] = region_scope(region, principal)
    if principal.region_code is not None:
        above = [principal.region_code, *regions.ancestors(principal.region_code)]
        reached = or_(reached, region.in_(above))
    return and_(col(SavedFilterRow.visibility) == Visibility.REGION.value, reached)


def _seen_by(principal: Principal) -> ColumnElement[bool]:
    return or_(col(SavedFilterRow.owner) == principal.subject, _shared_with(principal))


async def list_saved_filters(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[SavedFilterRow]:
    return await query.page(session, select(SavedFilterRow).where(_seen_by(principal)))


async def find_saved_filter(
    session: AsyncSession, principal: Principal, filter_id: UUID, *, lock: bool = False
) -> SavedFilterRow | None:
    """The filter, if the caller may see it."""
    statement = select(SavedFilterRow).where(col(SavedFilterRow.id) == filter_id, _seen_by(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def name_is_taken(
    session: AsyncSession, owner: str, entity: str, name: str, but: UUID | None = None
) -> bool:
    statement = select(SavedFilterRow).where(
        col(SavedFilterRow.owner) == owner,
        col(SavedFilterRow.entity) == entity,
        col(SavedFilterRow.name) == name,
        col(SavedFilterRow.id).is_distinct_from(but),
    )
    return bool(await session.scalar(select(statement.exists())))
