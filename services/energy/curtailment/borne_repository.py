"""SQL of what keeps users from being called, and of what each enterprise has borne."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.curtailment.domain.selection import Burden
from services.energy.curtailment.errors import ExclusionNotFound
from services.energy.curtailment.tables import CurtailmentBurdenRow, CurtailmentExclusionRow
from services.energy.expected.domain.event import Cause
from services.energy.expected.tables import ExpectedEventRow

BURDENS: Final = Listing(
    fields={
        "activation_id": FilterField(CurtailmentBurdenRow.activation_id, UUID),
        "enterprise_id": FilterField(CurtailmentBurdenRow.enterprise_id, UUID),
        "region_code": FilterField(CurtailmentBurdenRow.region_code, str),
        "year": FilterField(CurtailmentBurdenRow.year, int),
        "key": FilterField(
            func.concat(CurtailmentBurdenRow.activation_id, "/", CurtailmentBurdenRow.enterprise_id), str
        ),
        "day": FilterField(CurtailmentBurdenRow.day, date),
    },
    sortable=("day",),
    default_sort="-day",
    key="key",
)


async def exclusions_of(session: AsyncSession, user_id: UUID) -> list[CurtailmentExclusionRow]:
    statement = select(CurtailmentExclusionRow).where(col(CurtailmentExclusionRow.user_id) == user_id)
    return list(await session.scalars(statement.order_by(col(CurtailmentExclusionRow.starts_at))))


async def get_exclusion(session: AsyncSession, user_id: UUID, exclusion_id: UUID) -> CurtailmentExclusionRow:
    """Locked. Raises ExclusionNotFound."""
    statement = select(CurtailmentExclusionRow).where(
        col(CurtailmentExclusionRow.id) == exclusion_id, col(CurtailmentExclusionRow.user_id) == user_id
    )
    row = (await session.scalars(statement.with_for_update())).first()
    if row is None:
        raise ExclusionNotFound(exclusion_id=exclusion_id)
    return row


async def exclusions_by_reference(session: AsyncSession, reference: UUID) -> list[CurtailmentExclusionRow]:
    """Those an activation holds, locked."""
    statement = select(CurtailmentExclusionRow).where(
        col(CurtailmentExclusionRow.reference) == reference, col(CurtailmentExclusionRow.withdrawn_at).is_(None)
    )
    return list(await session.scalars(statement.with_for_update()))


async def exclusions_between(
    session: AsyncSession, ids: Collection[UUID], first: datetime, last: datetime
) -> list[CurtailmentExclusionRow]:
    statement = (
        select(CurtailmentExclusionRow)
        .where(
            col(CurtailmentExclusionRow.user_id).in_(ids),
            col(CurtailmentExclusionRow.withdrawn_at).is_(None),
            col(CurtailmentExclusionRow.ends_at) > first,
            col(CurtailmentExclusionRow.starts_at) < last,
        )
        .order_by(col(CurtailmentExclusionRow.starts_at))
    )
    return list(await session.scalars(statement))


async def standstills_between(
    session: AsyncSession,
    enterprise_ids: Collection[UUID],
    meter_nos: Collection[str],
    first: datetime,
    last: datetime,
) -> list[ExpectedEventRow]:
    """Announced maintenance and shutdown of these enterprises and meters: what stands still gives nothing."""
    statement = select(ExpectedEventRow).where(
        col(ExpectedEventRow.status) == "planned",
        col(ExpectedEventRow.cause).in_([Cause.MAINTENANCE.value, Cause.SHUTDOWN.value]),
        col(ExpectedEventRow.ends_at) > first,
        col(ExpectedEventRow.starts_at) < last,
        or_(
            (col(ExpectedEventRow.scope) == "enterprise")
            & col(ExpectedEventRow.code).in_([str(one) for one in enterprise_ids]),
            (col(ExpectedEventRow.scope) == "meter") & col(ExpectedEventRow.code).in_(meter_nos),
        ),
    )
    return list(await session.scalars(statement.order_by(col(ExpectedEventRow.starts_at))))


def _visible_burdens(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(CurtailmentBurdenRow.region_code), principal),
        enterprise_scope(col(CurtailmentBurdenRow.enterprise_id), principal),
    )


async def list_burdens(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[CurtailmentBurdenRow]:
    page: Page[CurtailmentBurdenRow] = await query.page(
        session, select(CurtailmentBurdenRow).where(*_visible_burdens(principal))
    )
    return page


async def burdens_of_year(session: AsyncSession, year: int) -> dict[UUID, Burden]:
    """What each enterprise gave in the year; a call that gave nothing was borne by nobody."""
    statement = (
        select(
            col(CurtailmentBurdenRow.enterprise_id),
            func.sum(col(CurtailmentBurdenRow.kwh)),
            func.count().filter(col(CurtailmentBurdenRow.kwh) > 0),
            func.sum(col(CurtailmentBurdenRow.minutes)).filter(col(CurtailmentBurdenRow.kwh) > 0),
        )
        .where(col(CurtailmentBurdenRow.year) == year)
        .group_by(col(CurtailmentBurdenRow.enterprise_id))
    )
    rows = (await session.execute(statement)).all()
    return {
        enterprise: Burden(float(kwh), int(times), int(minutes or 0)) for enterprise, kwh, times, minutes in rows
    }


async def put_burdens(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """The last word on enterprises' parts in activations; an earlier edition never replaces a later one."""
    if not rows:
        return
    statement = insert(CurtailmentBurdenRow)
    statement = statement.on_conflict_do_update(
        index_elements=["activation_id", "enterprise_id"],
        set_={
            name: getattr(statement.excluded, name)
            for name in rows[0]
            if name not in {"activation_id", "enterprise_id"}
        },
        where=col(CurtailmentBurdenRow.edition) <= statement.excluded.edition,
    )
    await session.execute(statement, list(rows))


async def drop_burdens(session: AsyncSession, activation_id: UUID) -> None:
    """An activation that was withdrawn was borne by nobody."""
    await session.execute(
        delete(CurtailmentBurdenRow)
        .where(col(CurtailmentBurdenRow.activation_id) == activation_id)
        .execution_options(synchronize_session=False)
    )
