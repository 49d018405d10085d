"""SQL of the meters."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.metering.domain.meter import Meter, Profile, Quantity
from services.energy.metering.errors import MeterNotFound
from services.energy.metering.tables import MeterCounterRow, MeterRow

METERS: Final = Listing(
    fields={
        "id": FilterField(MeterRow.meter_id, UUID),
        "meter_no": FilterField(MeterRow.meter_no, str),
        "name": FilterField(MeterRow.name, str),
        "region_code": FilterField(MeterRow.region_code, str),
        "enterprise_id": FilterField(MeterRow.enterprise_id, UUID),
        "quantity": FilterField(MeterRow.quantity, str),
        "profile": FilterField(MeterRow.profile, str),
        "interval_minutes": FilterField(MeterRow.interval_minutes, int),
        "valid_from": FilterField(MeterRow.valid_from, date),
    },
    sortable=("meter_no", "name", "region_code"),
    default_sort="meter_no",
)

# The transaction's own id: whoever reads later with a newer snapshot finds the row by it.
_MARK: ColumnElement[int] = literal_column("pg_current_xact_id()::text::bigint")
# All transactions below it have ended: what they wrote is visible from now on.
_HORIZON: ColumnElement[int] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


def visible_to(principal: Principal) -> list[ColumnElement[bool]]:
    """The meters of a caller: region subtree, own enterprise, the list of a feed key."""
    return [
        region_scope(col(MeterRow.region_code), principal),
        enterprise_scope(col(MeterRow.enterprise_id), principal),
        meter_scope(col(MeterRow.meter_no), principal),
    ]


async def find_row(session: AsyncSession, meter_no: str) -> MeterRow | None:
    """The row whoever may see it, locked when the caller goes on to change it."""
    statement = select(MeterRow).where(col(MeterRow.meter_no) == meter_no).with_for_update()
    return (await session.scalars(statement)).first()


async def list_meters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[MeterRow]:
    page: Page[MeterRow] = await query.page(session, select(MeterRow).where(*visible_to(principal)))
    return page


async def get_visible_row(session: AsyncSession, principal: Principal, meter_no: str) -> MeterRow:
    """Raises MeterNotFound, also for a meter that is somebody else's."""
    statement = select(MeterRow).where(*visible_to(principal), col(MeterRow.meter_no) == meter_no)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise MeterNotFound(meter_no=meter_no)
    return row


async def get_visible(session: AsyncSession, principal: Principal, meter_no: str) -> Meter:
    """Raises MeterNotFound, also for a meter that is somebody else's."""
    return meter_of(await get_visible_row(session, principal, meter_no))


async def insert_meter(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Add a meter under the next index; False when its number was taken at the same moment."""
    # The lock on the counter is held to the end: registrations take turns and no index is left out.
    statement = select(col(MeterCounterRow.next_index)).with_for_update()
    meter_index = (await session.scalars(statement)).one()
    added = await session.scalar(
        insert(MeterRow)
        .values(**values, meter_index=meter_index, change_mark=_MARK)
        .on_conflict_do_nothing(index_elements=["meter_no"])
        .returning(col(MeterRow.meter_index))
    )
    if added is not None:
        await session.execute(update(MeterCounterRow).values(next_index=meter_index + 1))
    return added is not None


async def update_meter(session: AsyncSession, meter_no: str, values: dict[str, Any]) -> None:
    await session.execute(
        update(MeterRow).where(col(MeterRow.meter_no) == meter_no).values(**values, change_mark=_MARK)
    )


async def changed_since(session: AsyncSession, mark: int) -> tuple[list[Meter], int]:
    """Meters whose change was not yet visible to a reader who got ``mark`` last time, and the next mark."""
    # Read the horizon first: what commits in between is then read twice rather than never.
    horizon = await session.scalar(select(_HORIZON))
    # Plain rows: an object of the ORM for each of a million meters costs a minute at the start.
    columns = [col(getattr(MeterRow, name)) for name in MeterRow.model_fields]
    rows = await session.execute(select(*columns).where(col(MeterRow.change_mark) >= mark))
    return [meter_of(row) for row in rows], int(horizon or 0)


def meter_of(row: MeterRow | Row[Any]) -> Meter:
    return Meter(
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        meter_index=row.meter_index,
        name=row.name,
        quantity=Quantity(row.quantity),
        profile=Profile(row.profile),
        interval_minutes=row.interval_minutes,
        offset_minutes=row.offset_minutes,
        capacity_kw=row.capacity_kw,
        low_kw=row.low_kw,
        high_kw=row.high_kw,
        multiplier=row.multiplier,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        valid_from=row.valid_from,
        version=row.version,
    )
