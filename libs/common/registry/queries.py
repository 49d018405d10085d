"""Questions to the replica: names, people, enterprises, the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.contracts.projects import declares_year
from libs.common.registry.tables import (
    CalendarDayReplicaRow,
    EnterpriseReplicaRow,
    PersonReplicaRow,
    RegionReplicaRow,
    UnitReplicaRow,
)
from libs.common.remember import remembered
from libs.common.workdays import WorkCalendar

# Where a region without a row of its own sends what concerns nobody known: the contract's own default.
FALLBACK_POST = "officer"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who holds a post and may be told things."""

    person_id: UUID
    name: str
    unit_id: UUID
    region_code: str
    post: str
    email: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Enterprise:
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    key_energy_user: bool


@remembered
async def region_name(session: AsyncSession, code: str) -> str | None:
    statement = select(col(RegionReplicaRow.name)).where(
        col(RegionReplicaRow.code) == code, col(RegionReplicaRow.deleted).is_(False)
    )
    return await session.scalar(statement)


async def region_names(session: AsyncSession, codes: Sequence[str]) -> dict[str, str]:
    """Names of the known ones among the codes."""
    statement = select(col(RegionReplicaRow.code), col(RegionReplicaRow.name)).where(
        col(RegionReplicaRow.code).in_(set(codes)), col(RegionReplicaRow.deleted).is_(False)
    )
    return dict((await session.execute(statement)).all())


@remembered
async def unit_name(session: AsyncSession, unit_id: UUID) -> str | None:
    statement = select(col(UnitReplicaRow.name)).where(
        col(UnitReplicaRow.unit_id) == unit_id, col(UnitReplicaRow.deleted).is_(False)
    )
    return await session.scalar(statement)


@remembered
async def person_by_id(session: AsyncSession, person_id: UUID) -> Person | None:
    """The person while active; None for the unknown, the inactive and the deleted."""
    found = await _persons(session, _active().where(col(PersonReplicaRow.person_id) == person_id))
    return found[0] if found else None


@remembered
async def persons_with_post(session: AsyncSession, region_code: str, post: str) -> list[Person]:
    """Holders of the post in the region, or else in the nearest region above it that has one; by name.

    Empty when no region up to the province has one. Raises regions.InvalidRegionCode.
    """
    chain = (region_code, *regions.ancestors(region_code))
    statement = _active().where(col(PersonReplicaRow.region_code).in_(chain), col(PersonReplicaRow.post) == post)
    found = await _persons(session, statement)
    for code in chain:
        nearest = [person for person in found if person.region_code == code]
        if nearest:
            return nearest
    return []


@remembered
async def persons_of_unit(
    session: AsyncSession, unit_id: UUID | None, region_code: str, post: str | None = None
) -> list[Person]:
    """People of the unit (with the post, if one is named); what concerns nobody falls to the region.

    When the unit is unknown, deleted or without such people: the holders of ``post``, or of the region's
    default post when none is named, by :func:`persons_with_post`. Raises regions.InvalidRegionCode.
    """
    if unit_id is not None and await unit_name(session, unit_id) is not None:
        statement = _active().where(col(PersonReplicaRow.unit_id) == unit_id)
        if post is not None:
            statement = statement.where(col(PersonReplicaRow.post) == post)
        found = await _persons(session, statement)
        if found:
            return found
    return await persons_with_post(session, region_code, post or await default_post(session, region_code))


@remembered
async def default_post(session: AsyncSession, region_code: str) -> str:
    """The post that takes what no known unit is responsible for: of the region or the nearest known above."""
    chain = (region_code, *regions.ancestors(region_code))
    statement = select(col(RegionReplicaRow.code), col(RegionReplicaRow.default_post)).where(
        col(RegionReplicaRow.code).in_(chain), col(RegionReplicaRow.deleted).is_(False)
    )
    posts = dict((await session.execute(statement)).all())
    return next((posts[code] for code in chain if code in posts), FALLBACK_POST)


async def home_region(session: AsyncSession) -> str | None:
    """The smallest region that holds all that is registered; None before there is any."""
    statement = select(col(RegionReplicaRow.code)).where(col(RegionReplicaRow.deleted).is_(False))
    codes = list(await session.scalars(statement.order_by(col(RegionReplicaRow.code))))
    return regions.common_region(codes) if codes else None


@remembered
async def enterprise_by_id(session: AsyncSession, enterprise_id: UUID) -> Enterprise | None:
    return await _enterprise(session, col(EnterpriseReplicaRow.enterprise_id) == enterprise_id)


async def enterprise_by_credit_code(session: AsyncSession, credit_code: str) -> Enterprise | None:
    return await _enterprise(session, col(EnterpriseReplicaRow.credit_code) == credit_code)


@remembered
async def calendar_overrides(session: AsyncSession) -> dict[date, bool]:
    """Days recorded as worked (True) or as rest (False), for :class:`libs.common.workdays.WorkCalendar`."""
    statement = select(col(CalendarDayReplicaRow.on), col(CalendarDayReplicaRow.working)).where(
        col(CalendarDayReplicaRow.deleted).is_(False)
    )
    return dict((await session.execute(statement)).all())


async def work_calendar(session: AsyncSession) -> WorkCalendar:
    """The calendar with the recorded days; see :func:`declared_years`."""
    overrides = await calendar_overrides(session)
    return WorkCalendar(overrides, declared_years=declared_years(overrides))


def declared_years(overrides: Iterable[date]) -> frozenset[int]:
    """Years whose whole notice has been recorded; see :func:`libs.common.contracts.projects.declares_year`.

    A single extra day off (a local holiday, a snow day) does not make an unannounced year look known.
    """
    return frozenset(on.year for on in overrides if declares_year(on))


def _active() -> Select[Any]:
    return select(PersonReplicaRow).where(col(PersonReplicaRow.active), col(PersonReplicaRow.deleted).is_(False))


async def _persons(session: AsyncSession, statement: Select[Any]) -> list[Person]:
    ordered = statement.order_by(col(PersonReplicaRow.name), col(PersonReplicaRow.person_id))
    return [
        Person(row.person_id, row.name, row.unit_id, row.region_code, row.post, row.email, row.phone)
        for row in await session.scalars(ordered.execution_options(populate_existing=True))
    ]


async def _enterprise(session: AsyncSession, condition: Any) -> Enterprise | None:
    statement = (
        select(EnterpriseReplicaRow)
        .where(condition, col(EnterpriseReplicaRow.deleted).is_(False))
        .order_by(col(EnterpriseReplicaRow.version).desc())
        .execution_options(populate_existing=True)
    )
    row = (await session.scalars(statement)).first()
    if row is None:
        return None
    return Enterprise(
        row.enterprise_id, row.credit_code, row.name, row.region_code, row.sector_code, row.key_energy_user
    )
