"""SQL of pairs and their days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.energy import ConditionKind
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.detection.tables import ConditionRow
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.indexes import is_among
from services.energy.power_factor.domain.factor import DayFactor
from services.energy.power_factor.errors import PairNotFound
from services.energy.power_factor.tables import PowerFactorDayRow, PowerFactorPairRow

PAIRS: Final = Listing(
    fields={
        "id": FilterField(PowerFactorPairRow.id, UUID),
        "active_meter_no": FilterField(PowerFactorPairRow.active_no, str),
        "standard": FilterField(PowerFactorPairRow.standard, str),
        "region_code": FilterField(PowerFactorPairRow.region_code, str),
        "enterprise_id": FilterField(PowerFactorPairRow.enterprise_id, UUID),
        "valid_from": FilterField(PowerFactorPairRow.valid_from, date),
    },
    sortable=("active_meter_no", "valid_from"),
    default_sort="active_meter_no",
)


def _visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(PowerFactorPairRow.region_code), principal),
        enterprise_scope(col(PowerFactorPairRow.enterprise_id), principal),
        meter_scope(col(PowerFactorPairRow.active_no), principal),
    )


async def list_pairs(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PowerFactorPairRow]:
    page: Page[PowerFactorPairRow] = await query.page(
        session, select(PowerFactorPairRow).where(*_visible(principal))
    )
    return page


async def get_pair(
    session: AsyncSession, principal: Principal, pair_id: UUID, *, lock: bool = False
) -> PowerFactorPairRow:
    """Raises PairNotFound."""
    statement = select(PowerFactorPairRow).where(col(PowerFactorPairRow.id) == pair_id, *_visible(principal))
    if lock:
        statement = statement.with_for_update()
    row = (await session.scalars(statement)).first()
    if row is None:
        raise PairNotFound(pair_id=pair_id)
    return row


async def pairs_of_active(session: AsyncSession, active_index: int) -> list[PowerFactorPairRow]:
    """All pairs of an active meter, by their beginning."""
    statement = (
        select(PowerFactorPairRow)
        .where(col(PowerFactorPairRow.active_index) == active_index)
        .order_by(col(PowerFactorPairRow.valid_from))
    )
    return list(await session.scalars(statement))


async def pairs_touching(session: AsyncSession, meters: Sequence[int] | None) -> list[PowerFactorPairRow]:
    """Pairs that any of the meters belongs to; None: all."""
    statement = select(PowerFactorPairRow).order_by(col(PowerFactorPairRow.active_index))
    if meters is not None:
        columns = (
            PowerFactorPairRow.active_index,
            PowerFactorPairRow.reactive_import_index,
            PowerFactorPairRow.reactive_export_index,
        )
        statement = statement.where(or_(*(is_among(column, meters) for column in columns)))
    return list(await session.scalars(statement))


async def put_days(
    session: AsyncSession, active_index: int, days: Sequence[tuple[DayFactor, float]], at: datetime
) -> None:
    """Write computed days with their standards."""
    if not days:
        return
    rows = [
        {
            "active_index": active_index,
            "day": date_of(one.day),
            "slots": one.slots,
            "loaded": one.loaded,
            "active_kwh": one.active_kwh,
            "reactive_kvarh": one.reactive_kvarh,
            "factor": one.factor,
            "standard": standard,
            "worst": one.worst,
            "worst_slot": one.worst_slot,
            "computed_at": at,
        }
        for one, standard in days
    ]
    statement = insert(PowerFactorDayRow)
    changes = {name: getattr(statement.excluded, name) for name in rows[0] if name not in {"active_index", "day"}}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["active_index", "day"], set_=changes), rows
    )


async def drop_days(session: AsyncSession, active_index: int, first: date) -> None:
    """Forget the days from ``first`` on that no pair holds for."""
    still = (
        select(col(PowerFactorPairRow.id))
        .where(
            col(PowerFactorPairRow.active_index) == active_index,
            col(PowerFactorPairRow.valid_from) <= col(PowerFactorDayRow.day),
            or_(
                col(PowerFactorPairRow.valid_to).is_(None),
                col(PowerFactorPairRow.valid_to) > col(PowerFactorDayRow.day),
            ),
        )
        .exists()
    )
    own = (col(PowerFactorDayRow.active_index) == active_index, col(PowerFactorDayRow.day) >= first)
    await session.execute(
        delete(PowerFactorDayRow).where(*own, ~still).execution_options(synchronize_session=False)
    )


async def days_of(session: AsyncSession, active_index: int, first: date, last: date) -> list[PowerFactorDayRow]:
    """The computed days of an active meter, in order, both ends included."""
    statement = (
        select(PowerFactorDayRow)
        .where(
            col(PowerFactorDayRow.active_index) == active_index,
            col(PowerFactorDayRow.day).between(first, last),
        )
        .order_by(col(PowerFactorDayRow.day))
        # Days of this run are written past the session.
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(statement))


def factor_row(row: PowerFactorDayRow) -> DayFactor:
    return DayFactor(
        day=day_number(row.day),
        slots=row.slots,
        loaded=row.loaded,
        active_kwh=row.active_kwh,
        reactive_kvarh=row.reactive_kvarh,
        factor=row.factor,
        worst=row.worst,
        worst_slot=row.worst_slot,
    )


async def conditions_of(session: AsyncSession, active_index: int, since: datetime) -> list[ConditionRow]:
    """The power factor conditions of a meter that are open or opened since, oldest first, locked."""
    statement = (
        select(ConditionRow)
        .where(
            col(ConditionRow.meter_index) == active_index,
            col(ConditionRow.kind) == ConditionKind.POWER_FACTOR.value,
            or_(col(ConditionRow.status) == "open", col(ConditionRow.opened_at) >= since),
        )
        .order_by(col(ConditionRow.opened_at), col(ConditionRow.revision))
        .with_for_update()
    )
    return list(await session.scalars(statement))
