"""SQL of situations."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.energy import SituationKind
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.situations.errors import SituationNotFound
from services.energy.situations.tables import SituationRow

SITUATIONS: Final = Listing(
    fields={
        "id": FilterField(SituationRow.id, UUID),
        "kind": FilterField(SituationRow.kind, SituationKind),
        "subject_type": FilterField(SituationRow.subject_type, str),
        "subject_id": FilterField(SituationRow.subject_id, UUID),
        "subject_code": FilterField(SituationRow.subject_code, str),
        "region_code": FilterField(SituationRow.region_code, str),
        "enterprise_id": FilterField(SituationRow.enterprise_id, UUID),
        "level": FilterField(SituationRow.level, int),
        "highest_level": FilterField(SituationRow.highest_level, int),
        "open": FilterField(col(SituationRow.cleared_at).is_(None), bool, frozenset({"eq"})),
        "opened_at": FilterField(SituationRow.opened_at, datetime),
        "expected_at": FilterField(SituationRow.expected_at, datetime),
        "reference_on": FilterField(SituationRow.reference_on, date),
        "cleared_at": FilterField(SituationRow.cleared_at, datetime),
    },
    sortable=("opened_at", "level", "kind"),
    default_sort="-opened_at",
)


async def open_situations(
    session: AsyncSession, kinds: Collection[SituationKind], subject_ids: Iterable[UUID] | None = None
) -> dict[UUID, dict[SituationKind, SituationRow]]:
    """Open situations of some kinds by subject and kind, of all subjects or of some; locked."""
    statement = (
        select(SituationRow)
        .where(col(SituationRow.cleared_at).is_(None), col(SituationRow.kind).in_([kind.value for kind in kinds]))
        .order_by(col(SituationRow.id))
        .with_for_update()
    )
    if subject_ids is not None:
        # One array rather than a parameter for each id: a grid has thousands.
        wanted = cast(list(subject_ids), ARRAY(Uuid))
        statement = statement.where(col(SituationRow.subject_id) == func.any(wanted))
    found: dict[UUID, dict[SituationKind, SituationRow]] = {}
    # Read anew: another transaction may have changed what this session saw before it took the lock.
    for row in await session.scalars(statement.execution_options(populate_existing=True)):
        found.setdefault(row.subject_id, {})[SituationKind(row.kind)] = row
    return found


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(SituationRow.region_code), principal),
        enterprise_scope(col(SituationRow.enterprise_id), principal),
    )


async def list_situations(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SituationRow]:
    page: Page[SituationRow] = await query.page(session, select(SituationRow).where(*_visible(principal)))
    return page


async def get_situation(session: AsyncSession, principal: Principal, situation_id: UUID) -> SituationRow:
    """Raises SituationNotFound."""
    statement = select(SituationRow).where(col(SituationRow.id) == situation_id, *_visible(principal))
    row = (await session.scalars(statement)).first()
    if row is None:
        raise SituationNotFound(situation_id=situation_id)
    return row
