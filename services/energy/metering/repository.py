"""SQL of the meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, meter_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.metering.domain.meter import Kind, Meter, Profile, Quantity
from services.energy.metering.domain.periods import Facts, Period
from services.energy.metering.errors import MeterNotFound
from services.energy.metering.indexes import is_among
from services.energy.metering.tables import MeterAliasRow, MeterCounterRow, MeterPeriodRow, MeterRow


def _is_named(_column: Any, code: Any) -> ColumnElement[bool]:
    named = select(col(MeterAliasRow.meter_id)).where(col(MeterAliasRow.code) == code)
    return or_(col(MeterRow.meter_no) == code, col(MeterRow.meter_id).in_(named))


METERS: Final = Listing(
    fields={
        "id": FilterField(MeterRow.meter_id, UUID),
        "meter_no": FilterField(MeterRow.meter_no, str),
        "name": FilterField(MeterRow.name, str),
        "region_code": FilterField(MeterRow.region_code, str),
        "enterprise_id": FilterField(MeterRow.enterprise_id, UUID),
        "kind": FilterField(MeterRow.kind, str),
        "quantity": FilterField(MeterRow.quantity, str),
        "profile": FilterField(MeterRow.profile, str),
        "interval_minutes": FilterField(MeterRow.interval_minutes, int),
        "valid_from": FilterField(MeterRow.valid_from, date),
        "valid_to": FilterField(MeterRow.valid_to, date),
        "asset_no": FilterField(MeterRow.asset_no, str),
        "feeder_code": FilterField(MeterRow.feeder_code, str),
        "transformer_code": FilterField(MeterRow.transformer_code, str),
        # By its number or by a code of any other system: what stands on a bill or a device.
        "code": FilterField(MeterRow.meter_no, str, operators=frozenset({"eq"}), own={"eq": _is_named}),
    },
    sortable=("meter_no", "name", "region_code", "valid_from", "feeder_code", "transformer_code"),
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
    row = await get_visible_row(session, principal, meter_no)
    (meter,) = await visible_meters(session, principal, [row])
    return meter


async def visible_meters(session: AsyncSession, principal: Principal, rows: Sequence[MeterRow]) -> list[Meter]:
    """The caller's meters; to an enterprise a meter begins with the day it became its own."""
    meters = await with_lives(session, rows)
    if not principal.is_enterprise_bound:
        return meters
    begins = {row.meter_index: max(row.valid_from, row.owned_from) for row in rows}
    return [replace(meter, valid_from=begins[meter.meter_index]) for meter in meters]


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
    rows = (await session.execute(select(*columns).where(col(MeterRow.change_mark) >= mark))).all()
    codes = await _codes(session, [row.meter_id for row in rows] if mark else None)
    return await with_lives(session, rows, codes), int(horizon or 0)


async def meters_by_index(session: AsyncSession, indexes: Sequence[int]) -> dict[int, Meter]:
    """The meters of these indexes as they are now."""
    rows = list(await session.scalars(select(MeterRow).where(is_among(MeterRow.meter_index, indexes))))
    return {meter.meter_index: meter for meter in await with_lives(session, rows)}


async def mark_changed(session: AsyncSession, meter_id: UUID) -> None:
    """Make caches look at the meter again though its own row says what it said."""
    await session.execute(update(MeterRow).where(col(MeterRow.meter_id) == meter_id).values(change_mark=_MARK))


async def with_lives(
    session: AsyncSession, rows: Sequence[MeterRow | Row[Any]], codes: dict[UUID, tuple[str, ...]] | None = None
) -> list[Meter]:
    """The meters of the rows, those that changed in their life with their periods."""
    lived = [row.meter_id for row in rows if row.periods > 1]
    periods: dict[UUID, list[Period]] = {}
    if lived:
        statement = (
            select(MeterPeriodRow)
            .where(col(MeterPeriodRow.meter_id).in_(lived))
            .order_by(col(MeterPeriodRow.meter_id), col(MeterPeriodRow.from_minute))
        )
        for period in await session.scalars(statement):
            periods.setdefault(period.meter_id, []).append(period_of(period))
    known = codes or {}
    return [meter_of(row, tuple(periods.get(row.meter_id, ())), known.get(row.meter_id, ())) for row in rows]


async def _codes(session: AsyncSession, meters: list[UUID] | None) -> dict[UUID, tuple[str, ...]]:
    """Codes of these meters, or of all, bare and as ``system:code``."""
    if meters == []:
        return {}
    statement = select(col(MeterAliasRow.meter_id), col(MeterAliasRow.system), col(MeterAliasRow.code))
    if meters is not None:
        statement = statement.where(col(MeterAliasRow.meter_id).in_(meters))
    found: dict[UUID, tuple[str, ...]] = {}
    for meter_id, system, code in await session.execute(statement):
        found[meter_id] = (*found.get(meter_id, ()), code, f"{system}:{code}")
    return found


def period_of(row: MeterPeriodRow) -> Period:
    return Period(row.from_minute, facts_of(row.facts))


def facts_of(kept: dict[str, Any]) -> Facts:
    enterprise_id = kept.get("enterprise_id")
    return Facts(**kept | {"enterprise_id": None if enterprise_id is None else UUID(enterprise_id)})


def meter_of(row: MeterRow | Row[Any], periods: tuple[Period, ...] = (), codes: tuple[str, ...] = ()) -> Meter:
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
        multiplier=row.multiplier * row.ct_ratio * row.pt_ratio,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        valid_from=row.valid_from,
        version=row.version,
        kind=Kind(row.kind),
        valid_to=row.valid_to,
        register_digits=row.register_digits,
        pulses_per_kwh=row.pulses_per_kwh,
        periods=periods,
        codes=codes,
    )
