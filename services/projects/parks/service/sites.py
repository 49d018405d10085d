"""Parcels and plants: registering, amending, reserving."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import SiteRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.parks.domain import sites
from services.projects.parks.domain.sites import LandUse, SiteKind, Standing
from services.projects.parks.errors import (
    DateAhead,
    SiteExists,
    SiteMalformed,
    SiteOccupied,
    SiteReserved,
    SiteShrunk,
    SiteUnknown,
)
from services.projects.parks.repository import parks as park_rows
from services.projects.parks.repository import sites as repository
from services.projects.parks.service.parks import demand_park
from services.projects.parks.tables import OccupancyRow, SiteRow
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """A site as it is registered; ``region_code`` only outside of parks, in one it is the park's."""

    kind: SiteKind
    number: str
    name: str
    park_code: str | None = None
    region_code: str | None = None
    area_mu: Decimal | None = None
    floor_area_m2: Decimal | None = None
    land_use: LandUse | None = None
    parcel_id: UUID | None = None
    owner: str = ""
    features: str = ""
    idle_since: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A site, its park's code and how it stands on a day."""

    row: SiteRow
    park_code: str | None
    standing: Standing


async def show(ctx: Context, row: SiteRow, park_code: str | None, day: date) -> Shown:
    occupancies = (await repository.occupancies_on(ctx.session, [row.id]))[row.id]
    return Shown(row, park_code, standing_of(row, occupancies, day))


def standing_of(row: SiteRow, occupancies: list[OccupancyRow], day: date) -> Standing:
    return sites.standing(
        repository.size_of(row),
        [repository.occupation_of(one) for one in occupancies],
        day,
        reserved=row.reserved_for is not None,
        reserved_until=row.reserved_until,
        idle_since=row.idle_since,
    )


async def get_site(ctx: Context, site_id: UUID, *, lock: bool = False) -> SiteRow:
    """Raises NotFound."""
    row = await repository.find_site(ctx.session, site_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def park_code_of(ctx: Context, row: SiteRow) -> str | None:
    return (await park_rows.park_codes(ctx.session, [row.park_id])).get(row.park_id) if row.park_id else None


async def create_site(ctx: Context, draft: SiteDraft) -> Shown:
    """Register a parcel of a park, or a plant in or outside of one.

    Raises SiteMalformed, UnknownPark, UnknownRegion, SiteExists, SiteUnknown (the plant's parcel).
    """
    sites.demand_measures(draft.kind, draft.area_mu, draft.floor_area_m2, draft.land_use)
    park_id, region_code = await _place(ctx, draft)
    _demand_past(ctx, draft.idle_since)
    if draft.parcel_id is not None:
        parcel = await repository.find_site(ctx.session, draft.parcel_id)
        fits = parcel is not None and parcel.kind == SiteKind.PARCEL.value and parcel.park_id == park_id
        if draft.kind is not SiteKind.PLANT or not fits:
            raise SiteUnknown(errors=[FieldError("reference.unknown", "/parcel_id")])
    await lock_key(ctx.session, "park_site", f"{park_id}:{region_code}:{draft.number}")
    if await repository.number_is_taken(ctx.session, park_id, region_code, draft.number):
        raise SiteExists(number=draft.number, errors=[FieldError("entry.exists", "/number")])
    row = SiteRow(
        id=ctx.new_id(),
        kind=draft.kind.value,
        number=draft.number,
        name=draft.name,
        park_id=park_id,
        region_code=region_code,
        area_mu=draft.area_mu,
        floor_area_m2=draft.floor_area_m2,
        land_use=None if draft.land_use is None else draft.land_use.value,
        parcel_id=draft.parcel_id,
        owner=draft.owner,
        features=draft.features,
        idle_since=draft.idle_since,
        version=0,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await _store(ctx, row)
    return await show(ctx, row, draft.park_code, today_of(ctx))


async def _place(ctx: Context, draft: SiteDraft) -> tuple[UUID | None, str]:
    if draft.park_code is not None:
        if draft.region_code is not None:
            raise SiteMalformed(kind=draft.kind, errors=[FieldError("site.region_of_park", "/region_code")])
        park = await demand_park(ctx, draft.park_code)
        return park.id, park.region_code
    if draft.kind is SiteKind.PARCEL:
        raise SiteMalformed(kind=draft.kind, errors=[FieldError("fact.required", "/park_code")])
    if draft.region_code is None:
        raise SiteMalformed(kind=draft.kind, errors=[FieldError("fact.required", "/region_code")])
    await demand_region(ctx, draft.region_code)
    return None, draft.region_code


async def amend_site(ctx: Context, row: SiteRow, facts: dict[str, Any]) -> Shown:
    """Change a locked site's name, measures, use, owner, features. Raises SiteMalformed, SiteShrunk."""
    for name, value in facts.items():
        setattr(row, name, value)
    land_use = None if row.land_use is None else LandUse(row.land_use)
    sites.demand_measures(SiteKind(row.kind), row.area_mu, row.floor_area_m2, land_use)
    _demand_past(ctx, row.idle_since)
    occupancies = (await repository.occupancies_on(ctx.session, [row.id]))[row.id]
    taken = [repository.occupation_of(one) for one in occupancies]
    if taken:
        most = sites.most_taken(taken, min(one.from_on for one in taken), None)
        if most > repository.size_of(row):
            raise SiteShrunk(number=row.number, size=repository.size_of(row), taken=most)
    await _store(ctx, row)
    return await show(ctx, row, await park_code_of(ctx, row), today_of(ctx))


async def reserve_site(ctx: Context, row: SiteRow, reserved_for: str, until: date | None) -> Shown:
    """Keep a locked, idle site for somebody. Raises SiteOccupied, SiteReserved (for another)."""
    shown = await show(ctx, row, await park_code_of(ctx, row), today_of(ctx))
    if shown.standing.state is sites.SiteState.OCCUPIED:
        raise SiteOccupied(number=row.number)
    if shown.standing.state is sites.SiteState.RESERVED and row.reserved_for != reserved_for:
        raise SiteReserved(number=row.number, reserved_for=row.reserved_for)
    row.reserved_for, row.reserved_until = reserved_for, until
    await _store(ctx, row)
    return await show(ctx, row, shown.park_code, today_of(ctx))


async def free_site(ctx: Context, row: SiteRow) -> None:
    """Lift the reservation of a locked site, if there is one."""
    if row.reserved_for is not None:
        row.reserved_for = row.reserved_until = None
        await _store(ctx, row)


def _demand_past(ctx: Context, idle_since: date | None) -> None:
    if idle_since is not None and idle_since > today_of(ctx):
        raise DateAhead(on=idle_since, errors=[FieldError("date.in_future", "/idle_since")])


async def _store(ctx: Context, row: SiteRow) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = SiteRecordedV1(
        site_id=row.id,
        kind=row.kind,
        number=row.number,
        name=row.name,
        park_id=row.park_id,
        region_code=row.region_code,
        area_mu=None if row.area_mu is None else float(row.area_mu),
        floor_area_m2=None if row.floor_area_m2 is None else float(row.floor_area_m2),
        reserved_for=row.reserved_for,
        reserved_until=row.reserved_until,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
