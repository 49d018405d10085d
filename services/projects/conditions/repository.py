"""SQL of conditions."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.conditions.tables import ConditionRow
from services.projects.registry.repository import region_filter

CONDITIONS = Listing(
    fields={
        "id": FilterField(col(ConditionRow.id), UUID),
        "kind": FilterField(col(ConditionRow.kind)),
        "subject_type": FilterField(col(ConditionRow.subject_type)),
        "subject_id": FilterField(col(ConditionRow.subject_id), UUID),
        "project_id": FilterField(col(ConditionRow.project_id), UUID),
        "region_code": region_filter(col(ConditionRow.region_code)),
        "level": FilterField(col(ConditionRow.level), int),
        "open": FilterField(col(ConditionRow.cleared_at).is_(None), bool, frozenset({"eq"})),
        "opened_on": FilterField(col(ConditionRow.opened_on), date),
        "opened_at": FilterField(col(ConditionRow.opened_at), datetime),
        "cleared_on": FilterField(col(ConditionRow.cleared_on), date),
    },
    sortable=("opened_at", "level", "kind"),
    default_sort="-opened_at",
)


async def open_conditions(
    session: AsyncSession, kinds: Collection[str], subject_ids: Iterable[UUID] | None = None
) -> dict[UUID, dict[str, ConditionRow]]:
    """Open conditions of some kinds by subject and kind, of all subjects or of some."""
    statement = select(ConditionRow).where(
        col(ConditionRow.cleared_at).is_(None), col(ConditionRow.kind).in_(kinds)
    )
    if subject_ids is not None:
        # One array rather than a parameter for each id: imports ask for thousands.
        wanted = cast(list(subject_ids), ARRAY(Uuid))
        statement = statement.where(col(ConditionRow.subject_id) == func.any(wanted))
    found: dict[UUID, dict[str, ConditionRow]] = {}
    # Read anew: another transaction may have changed what this session saw before it took the lock.
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(row.subject_id, {})[row.kind] = row
    return found


async def projects_with_open(
    session: AsyncSession, kinds: Collection[str], project_ids: Iterable[UUID]
) -> list[UUID]:
    """Which of many projects have an open condition of these kinds, of whatever subject; ordered."""
    wanted = cast(list(project_ids), ARRAY(Uuid))
    statement = (
        select(col(ConditionRow.project_id))
        .where(
            col(ConditionRow.cleared_at).is_(None),
            col(ConditionRow.kind).in_(kinds),
            col(ConditionRow.project_id) == func.any(wanted),
        )
        .distinct()
        .order_by(col(ConditionRow.project_id))
    )
    return [found for found in await session.scalars(statement) if found is not None]


async def list_conditions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    statement = select(ConditionRow).where(
        region_scope(col(ConditionRow.region_code), principal),
        enterprise_scope(col(ConditionRow.enterprise_id), principal),
    )
    return await query.page(session, statement)
