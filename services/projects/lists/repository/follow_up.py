"""SQL of what is done about members: measures, progress, reforms, pilots."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.duties.domain.duty import PENDING
from services.projects.duties.repository import duty_fields
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import Reform, ReformForm, ReformStage
from services.projects.lists.repository.lists import member_scope
from services.projects.lists.tables import (
    ListMeasureRow,
    ListMeasureStepRow,
    ListMemberRow,
    ListProgressRow,
    PilotFollowUpRow,
    ReformChangeRow,
    ReformRow,
)

MEASURES = Listing(
    fields={
        **duty_fields(ListMeasureRow),
        "member_id": FilterField(col(ListMeasureRow.member_id), UUID),
        "list_id": FilterField(col(ListMemberRow.list_id), UUID),
        "enterprise_id": FilterField(col(ListMemberRow.enterprise_id), UUID),
        "title": FilterField(col(ListMeasureRow.title)),
        "agreed_on": FilterField(col(ListMeasureRow.agreed_on), date),
    },
    sortable=("due_on", "agreed_on"),
    default_sort="due_on",
)
PROGRESS = Listing(
    fields={
        "id": FilterField(col(ListProgressRow.id), UUID),
        "on": FilterField(col(ListProgressRow.on), date),
        "period_from": FilterField(col(ListProgressRow.period_from), date),
    },
    sortable=("on", "period_from"),
    default_sort="-on",
)
STEPS = Listing(fields={"version": FilterField(col(ListMeasureStepRow.version), int)}, key="version")
REFORM_CHANGES = Listing(fields={"version": FilterField(col(ReformChangeRow.version), int)}, key="version")
FOLLOW_UPS = Listing(
    fields={
        "id": FilterField(col(PilotFollowUpRow.id), UUID),
        "on": FilterField(col(PilotFollowUpRow.on), date),
        "stage": FilterField(col(PilotFollowUpRow.stage), PilotStage),
    },
    sortable=("on",),
    default_sort="-on",
)


def reform_of(row: ReformRow) -> Reform:
    facts = row.model_dump(exclude={"member_id", "version", "updated_at"})
    return Reform(**facts | {"form": ReformForm(row.form), "stage": ReformStage(row.stage)})


async def find_measure(session: AsyncSession, measure_id: UUID, *, lock: bool = False) -> ListMeasureRow | None:
    statement = select(ListMeasureRow).where(col(ListMeasureRow.id) == measure_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


def _measures() -> Select[Any]:
    return select(ListMeasureRow).join(ListMemberRow, col(ListMemberRow.id) == col(ListMeasureRow.member_id))


async def list_measures(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ListMeasureRow]:
    return await query.page(session, _measures().where(member_scope(principal)))


async def list_steps(session: AsyncSession, measure_id: UUID, query: ListQuery) -> Page[ListMeasureStepRow]:
    statement = select(ListMeasureStepRow).where(col(ListMeasureStepRow.measure_id) == measure_id)
    return await query.page(session, statement)


async def late_measures(session: AsyncSession, today: date, known: Collection[UUID]) -> list[UUID]:
    """Measures that are late, and those that are told of, in the order of ids."""
    pending = col(ListMeasureRow.status).in_([status.value for status in PENDING])
    late = and_(pending, or_(col(ListMeasureRow.due_on) < today, col(ListMeasureRow.overdue_since).is_not(None)))
    statement = select(col(ListMeasureRow.id)).where(or_(late, col(ListMeasureRow.id).in_(list(known))))
    return list((await session.scalars(statement.order_by(col(ListMeasureRow.id)))).all())


async def list_progress(session: AsyncSession, member_id: UUID, query: ListQuery) -> Page[ListProgressRow]:
    return await query.page(session, select(ListProgressRow).where(col(ListProgressRow.member_id) == member_id))


async def find_reform(session: AsyncSession, member_id: UUID) -> ReformRow | None:
    return await session.get(ReformRow, member_id, populate_existing=True)


async def list_reform_changes(session: AsyncSession, member_id: UUID, query: ListQuery) -> Page[ReformChangeRow]:
    return await query.page(session, select(ReformChangeRow).where(col(ReformChangeRow.member_id) == member_id))


async def list_follow_ups(session: AsyncSession, member_id: UUID, query: ListQuery) -> Page[PilotFollowUpRow]:
    return await query.page(session, select(PilotFollowUpRow).where(col(PilotFollowUpRow.member_id) == member_id))


async def last_follow_up_on(session: AsyncSession, member_id: UUID) -> date | None:
    statement = (
        select(col(PilotFollowUpRow.on))
        .where(col(PilotFollowUpRow.member_id) == member_id)
        .order_by(col(PilotFollowUpRow.on).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()
