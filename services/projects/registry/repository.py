"""SQL of the registry. Deleted entries are found only where a caller asks for them."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.database import PublishedTable
from services.projects.registry.domain.records import Post
from services.projects.registry.tables import CalendarDayRow, EnterpriseRow, PersonRow, RegionRow, UnitRow

RowT = TypeVar("RowT", bound=PublishedTable)


def _within(column: Any, code: Any) -> Any:
    # A code that is none contains nothing; the filter itself takes any text.
    try:
        return column.startswith(regions.prefix(str(code)))
    except regions.InvalidRegionCode:
        return column.is_(None)


def region_filter(column: Any) -> FilterField:
    """A region column with the operator ``within``: the region and its subtree."""
    return FilterField(column, own={"within": _within})


REGIONS = Listing(
    fields={"code": region_filter(col(RegionRow.code)), "name": FilterField(col(RegionRow.name))},
    sortable=("name",),
    key="code",
)
UNITS = Listing(
    fields={
        "code": FilterField(col(UnitRow.code)),
        "name": FilterField(col(UnitRow.name)),
        "region_code": region_filter(col(UnitRow.region_code)),
    },
    sortable=("name", "region_code"),
    key="code",
)
PERSONS = Listing(
    fields={
        "code": FilterField(col(PersonRow.code)),
        "name": FilterField(col(PersonRow.name)),
        "region_code": region_filter(col(PersonRow.region_code)),
        "unit_id": FilterField(col(PersonRow.unit_id), UUID),
        "post": FilterField(col(PersonRow.post), Post),
        "active": FilterField(col(PersonRow.active), bool),
    },
    sortable=("name", "region_code"),
    key="code",
)
ENTERPRISES = Listing(
    fields={
        "credit_code": FilterField(col(EnterpriseRow.credit_code)),
        "name": FilterField(col(EnterpriseRow.name)),
        "region_code": region_filter(col(EnterpriseRow.region_code)),
        "sector_code": FilterField(col(EnterpriseRow.sector_code)),
        "key_energy_user": FilterField(col(EnterpriseRow.key_energy_user), bool),
    },
    sortable=("name", "region_code", "sector_code"),
    key="credit_code",
)


_NAMED: dict[str, tuple[Any, Any]] = {
    "person": (col(PersonRow.person_id), col(PersonRow.name)),
    "unit": (col(UnitRow.unit_id), col(UnitRow.name)),
    "enterprise": (col(EnterpriseRow.enterprise_id), col(EnterpriseRow.name)),
    "region": (col(RegionRow.code), col(RegionRow.name)),
}


async def region_codes(session: AsyncSession) -> list[str]:
    """The codes of all regions."""
    statement = (
        select(col(RegionRow.code)).where(col(RegionRow.deleted_at).is_(None)).order_by(col(RegionRow.code))
    )
    return list(await session.scalars(statement))


async def lock_key(session: AsyncSession, kind: str, key: str) -> None:
    """Make other writers of the same key wait: an upsert of a key that is new has no row to lock."""
    await session.execute(
        select(
            func.pg_advisory_xact_lock_shared(func.hashtextextended(kind, 0)),
            func.pg_advisory_xact_lock(func.hashtextextended(f"{kind}:{key}", 0)),
        )
    )


async def lock_kind(session: AsyncSession, kind: str) -> None:
    """Make all writers of the kind wait, for whoever writes thousands of its keys in one transaction."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(kind, 0))))


async def find_region(session: AsyncSession, code: str) -> RegionRow | None:
    return await session.get(RegionRow, code)


async def find_unit(session: AsyncSession, code: str) -> UnitRow | None:
    return (await session.scalars(select(UnitRow).where(col(UnitRow.code) == code))).first()


async def find_person(session: AsyncSession, code: str) -> PersonRow | None:
    return (await session.scalars(select(PersonRow).where(col(PersonRow.code) == code))).first()


async def find_enterprise(session: AsyncSession, credit_code: str) -> EnterpriseRow | None:
    statement = select(EnterpriseRow).where(col(EnterpriseRow.credit_code) == credit_code)
    return (await session.scalars(statement)).first()


async def person_of(session: AsyncSession, person_id: UUID) -> PersonRow | None:
    """A living person by their id."""
    row = await session.get(PersonRow, person_id)
    return None if row is None or row.deleted_at is not None else row


async def enterprise_of(session: AsyncSession, enterprise_id: UUID) -> EnterpriseRow | None:
    """A living enterprise by its id."""
    row = await session.get(EnterpriseRow, enterprise_id)
    return None if row is None or row.deleted_at is not None else row


async def by_keys(session: AsyncSession, table: type[RowT], key: str, values: Iterable[Any]) -> list[RowT]:
    """The rows, deleted ones too, whose column ``key`` has one of the values; they stay in the session."""
    wanted = [value for value in values if value is not None]
    if not wanted:
        return []
    statement = select(table).where(getattr(table, key).in_(wanted))
    return list((await session.scalars(statement)).all())


@remembered
async def has_region(session: AsyncSession, code: str) -> bool:
    row = await session.get(RegionRow, code)
    return row is not None and row.deleted_at is None


async def has_unit(session: AsyncSession, unit_id: UUID) -> bool:
    row = await session.get(UnitRow, unit_id)
    return row is not None and row.deleted_at is None


async def has_person(session: AsyncSession, person_id: UUID) -> bool:
    row = await session.get(PersonRow, person_id)
    return row is not None and row.deleted_at is None


async def has_enterprise(session: AsyncSession, enterprise_id: UUID) -> bool:
    row = await session.get(EnterpriseRow, enterprise_id)
    return row is not None and row.deleted_at is None


async def names_of_entries(session: AsyncSession, kind: str, keys: Iterable[str]) -> dict[str, str]:
    """Names of persons, units, enterprises (by id) or regions (by code), deleted entries included."""
    key, name = _NAMED[kind]
    wanted = list(keys) if kind == "region" else [UUID(one) for one in keys]
    if not wanted:
        return {}
    rows = await session.execute(select(key, name).where(key.in_(wanted)))
    return {str(found): text for found, text in rows}


async def region_is_used(session: AsyncSession, code: str) -> bool:
    """Whether a living unit, person, enterprise or region below refers to the region."""
    tables: tuple[tuple[Any, Any], ...] = (
        (UnitRow, UnitRow.region_code),
        (PersonRow, PersonRow.region_code),
        (EnterpriseRow, EnterpriseRow.region_code),
    )
    below = select(RegionRow).where(
        col(RegionRow.code).startswith(regions.prefix(code)),
        col(RegionRow.code) != code,
        col(RegionRow.deleted_at).is_(None),
    )
    users = [select(table).where(col(column) == code, _alive(table)).exists() for table, column in tables]
    return bool(await session.scalar(select(or_(below.exists(), *users))))


async def unit_is_used(session: AsyncSession, unit_id: UUID) -> bool:
    people = select(PersonRow).where(col(PersonRow.unit_id) == unit_id, _alive(PersonRow))
    return bool(await session.scalar(select(people.exists())))


async def people_of(session: AsyncSession, unit_ids: Iterable[UUID]) -> list[PersonRow]:
    """The living people of units."""
    statement = select(PersonRow).where(col(PersonRow.unit_id).in_(list(unit_ids)), _alive(PersonRow))
    return list((await session.scalars(statement)).all())


async def list_regions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[RegionRow]:
    statement = select(RegionRow).where(_alive(RegionRow), region_scope(col(RegionRow.code), principal))
    return await query.page(session, statement)


async def list_units(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[UnitRow]:
    statement = select(UnitRow).where(_alive(UnitRow), region_scope(col(UnitRow.region_code), principal))
    return await query.page(session, statement)


async def list_persons(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PersonRow]:
    statement = select(PersonRow).where(_alive(PersonRow), region_scope(col(PersonRow.region_code), principal))
    return await query.page(session, statement)


async def list_enterprises(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[EnterpriseRow]:
    statement = select(EnterpriseRow).where(
        _alive(EnterpriseRow),
        region_scope(col(EnterpriseRow.region_code), principal),
        enterprise_scope(col(EnterpriseRow.enterprise_id), principal),
    )
    return await query.page(session, statement)


async def list_calendar_days(session: AsyncSession) -> list[CalendarDayRow]:
    """All overrides, oldest first: a few dozen a year."""
    statement = select(CalendarDayRow).where(_alive(CalendarDayRow)).order_by(col(CalendarDayRow.on))
    return list((await session.scalars(statement)).all())


def _alive(table: type[PublishedTable]) -> Any:
    return col(table.deleted_at).is_(None)
