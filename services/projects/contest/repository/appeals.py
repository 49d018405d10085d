"""SQL of appeals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.tables import ContestAppealRow, ContestEntryRow, ContestRow
from services.projects.registry.repository import region_filter

APPEALS = Listing(
    fields={
        "id": FilterField(col(ContestAppealRow.id), UUID),
        "contest_id": FilterField(col(ContestAppealRow.contest_id), UUID),
        "standing_id": FilterField(col(ContestAppealRow.standing_id), UUID),
        "participant_id": FilterField(col(ContestAppealRow.participant_id), UUID),
        "region_code": region_filter(col(ContestAppealRow.region_code)),
        "state": FilterField(col(ContestAppealRow.state), AppealState),
        "filed_on": FilterField(col(ContestAppealRow.filed_on), date),
        "due_on": FilterField(col(ContestAppealRow.due_on), date),
    },
    sortable=("filed_on", "due_on"),
    default_sort="-filed_on",
)


def _scope(principal: Principal) -> ColumnElement[bool]:
    """Of participants in the caller's subtree; those of its contests, wherever their participants are by now."""
    own = and_(
        region_scope(col(ContestAppealRow.region_code), principal),
        enterprise_scope(col(ContestAppealRow.enterprise_id), principal),
    )
    if principal.is_enterprise_bound:
        return own
    return or_(own, region_scope(col(ContestRow.region_code), principal))


def _joined() -> Any:
    """Appeals with their contests and what the standing calls the participants."""
    return (
        select(ContestAppealRow, ContestRow, col(ContestEntryRow.name))
        .join(ContestRow, col(ContestRow.id) == col(ContestAppealRow.contest_id))
        .join(
            ContestEntryRow,
            and_(
                col(ContestEntryRow.standing_id) == col(ContestAppealRow.standing_id),
                col(ContestEntryRow.participant_id) == col(ContestAppealRow.participant_id),
            ),
        )
    )


async def list_appeals(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, _joined().where(_scope(principal)))


async def read_appeal(
    session: AsyncSession, principal: Principal, appeal_id: UUID
) -> tuple[ContestAppealRow, ContestRow, str] | None:
    statement = _joined().where(col(ContestAppealRow.id) == appeal_id, _scope(principal))
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1], row[2])


async def find_appeal(
    session: AsyncSession, appeal_id: UUID, *, lock: bool = False
) -> tuple[ContestAppealRow, ContestRow, str] | None:
    statement = _joined().where(col(ContestAppealRow.id) == appeal_id)
    if lock:
        statement = statement.with_for_update(of=ContestAppealRow).execution_options(populate_existing=True)
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1], row[2])


async def lock_appeals(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, ContestAppealRow]:
    """By id, locked in one order."""
    statement = (
        select(ContestAppealRow)
        .where(col(ContestAppealRow.id).in_(list(ids)))
        .order_by(col(ContestAppealRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in await session.scalars(statement)}


async def is_waiting(session: AsyncSession, standing_id: UUID, participant_id: UUID) -> bool:
    statement = select(func.count()).where(
        col(ContestAppealRow.standing_id) == standing_id,
        col(ContestAppealRow.participant_id) == participant_id,
        col(ContestAppealRow.state) == AppealState.FILED.value,
    )
    return bool(await session.scalar(statement))


async def overdue(
    session: AsyncSession, today: date, known: Collection[UUID]
) -> list[tuple[ContestAppealRow, ContestRow, str]]:
    """Appeals that wait beyond their day, and those of which that was told; locked in one order."""
    late = and_(col(ContestAppealRow.state) == AppealState.FILED.value, col(ContestAppealRow.due_on) < today)
    statement = (
        _joined()
        .where(or_(late, col(ContestAppealRow.id).in_(list(known))))
        .order_by(col(ContestAppealRow.id))
        .with_for_update(of=ContestAppealRow)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]
