"""Tenants: moving in, taking sites, leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import TenantLeftV1, TenantMovedInV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger.repository import find_project
from services.projects.parks.domain import sites as site_rules
from services.projects.parks.domain.sites import Occupation
from services.projects.parks.errors import (
    OutsideTenancy,
    SiteReserved,
    SiteTooSmall,
    SiteUnknown,
    TenantAlreadyHere,
    TenantLeft,
    TenantNeedsPlace,
    UnknownTenant,
)
from services.projects.parks.repository import sites as site_rows
from services.projects.parks.repository import tenants as repository
from services.projects.parks.service.parks import demand_park
from services.projects.parks.service.sites import free_site
from services.projects.parks.tables import OccupancyRow, SiteRow, TenantRow
from services.projects.registry.repository import has_enterprise, lock_key


@dataclass(frozen=True, slots=True)
class Take:
    """How much of a site a tenant takes; None is all of it."""

    site_id: UUID
    size: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TenantDraft:
    from_on: date
    to_on: date | None = None
    park_code: str | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    area_mu: Decimal | None = None
    note: str = ""
    takes: tuple[Take, ...] = ()


async def get_tenant(ctx: Context, tenant_id: UUID, *, lock: bool = False) -> TenantRow:
    """Raises NotFound."""
    row = await repository.find_tenant(ctx.session, tenant_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def move_in(ctx: Context, draft: TenantDraft) -> TenantRow:
    """A tenant comes, with the sites it takes.

    Raises UnknownTenant, UnknownPark, TenantNeedsPlace, TenantAlreadyHere, OutsideTenancy, SiteUnknown,
    SiteTooSmall, SiteReserved.
    """
    if draft.to_on is not None and draft.to_on < draft.from_on:
        fault = FieldError("tenant.leaves_before_it_comes", "/to_on")
        raise OutsideTenancy(on=draft.to_on, from_on=draft.from_on, to_on=None, errors=[fault])
    enterprise_id = await _demand_somebody(ctx, draft)
    park = None if draft.park_code is None else await demand_park(ctx, draft.park_code)
    taken = await site_rows.lock_sites(ctx.session, [take.site_id for take in draft.takes])
    park_id = None if park is None else park.id
    _demand_sites(draft.takes, taken, park_id)
    if park is None and not taken:
        raise TenantNeedsPlace(errors=[FieldError("fact.required", "/park_code")])
    region_code = park.region_code if park is not None else next(iter(taken.values())).region_code
    ensure_region(ctx.principal, region_code)
    subject = draft.project_id or draft.enterprise_id
    await lock_key(ctx.session, "park_tenant", f"{park_id}:{subject}")
    await _demand_absent(ctx, park_id, draft)
    row = TenantRow(
        id=ctx.new_id(),
        park_id=park_id,
        region_code=region_code,
        enterprise_id=enterprise_id,
        project_id=draft.project_id,
        from_on=draft.from_on,
        to_on=draft.to_on,
        area_mu=draft.area_mu,
        note=draft.note,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    for number, take in enumerate(draft.takes):
        pointer = f"/sites/{number}"
        await _occupy(ctx, row, taken[take.site_id], take.size, draft.from_on, draft.to_on, pointer)
    await _tell_arrival(ctx, row)
    return row


async def take_site(ctx: Context, row: TenantRow, take: Take, from_on: date, to_on: date | None) -> TenantRow:
    """A locked tenant takes one more site, or more of one, while it is there.

    Raises OutsideTenancy, SiteUnknown, SiteTooSmall, SiteReserved.
    """
    if to_on is None:
        to_on = row.to_on
    _demand_within(row, from_on, "/from_on")
    if to_on is not None and (to_on < from_on or (row.to_on is not None and to_on > row.to_on)):
        fault = FieldError("tenant.outside", "/to_on")
        raise OutsideTenancy(on=to_on, from_on=row.from_on, to_on=row.to_on, errors=[fault])
    taken = await site_rows.lock_sites(ctx.session, [take.site_id])
    _demand_sites([take], taken, row.park_id, "")
    await _occupy(ctx, row, taken[take.site_id], take.size, from_on, to_on, "")
    row.advance(ctx.now)
    await _tell_arrival(ctx, row)
    return row


async def leave(ctx: Context, row: TenantRow, on: date, reason: str) -> TenantRow:
    """A locked tenant leaves: ``on`` is its last day, and that of all it occupies.

    A coming day is a notice, and may be moved until it has passed. Raises TenantLeft, OutsideTenancy.
    """
    if row.to_on is not None and row.leaving_reason is not None and row.to_on < today_of(ctx):
        raise TenantLeft(to_on=row.to_on)
    fault = FieldError("tenant.outside", "/on")
    if on < row.from_on or await repository.has_figures_after(ctx.session, row.id, on):
        raise OutsideTenancy(on=on, from_on=row.from_on, to_on=row.to_on, errors=[fault])
    occupancies = (await repository.occupancies_of(ctx.session, [row.id]))[row.id]
    # The sites stay locked while what is free on them changes.
    await site_rows.lock_sites(ctx.session, {site.id for _, site in occupancies})
    for occupancy, site in occupancies:
        if occupancy.from_on > on:
            await ctx.session.delete(occupancy)
        elif occupancy.to_on is None or occupancy.to_on > on:
            occupancy.to_on = on
        elif occupancy.to_on == row.to_on and occupancy.to_on < on:
            await _demand_room(ctx, site, occupancy.size, occupancy.to_on, on, "/on", but=occupancy.id)
            occupancy.to_on = on
    row.to_on, row.leaving_reason = on, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = TenantLeftV1(tenant_id=row.id, park_id=row.park_id, to_on=on, reason=reason)
    await _record(ctx, row, payload)
    return row


async def _demand_somebody(ctx: Context, draft: TenantDraft) -> UUID | None:
    """The enterprise that may see the tenant. Raises UnknownTenant."""
    if (draft.enterprise_id is None) == (draft.project_id is None):
        raise UnknownTenant(errors=[FieldError("tenant.one_of_both", "")])
    if draft.enterprise_id is not None:
        if not await has_enterprise(ctx.session, draft.enterprise_id):
            raise UnknownTenant(errors=[FieldError("reference.unknown", "/enterprise_id")])
        return draft.enterprise_id
    assert draft.project_id is not None
    project = await find_project(ctx.session, draft.project_id)
    if project is None:
        raise UnknownTenant(errors=[FieldError("reference.unknown", "/project_id")])
    ensure_region(ctx.principal, project.region_code)
    return project.enterprise_id


def _demand_sites(
    takes: Sequence[Take], taken: dict[UUID, SiteRow], park_id: UUID | None, pointer: str = "/sites"
) -> None:
    errors = []
    for number, take in enumerate(takes):
        site = taken.get(take.site_id)
        if site is None or site.park_id != park_id:
            place = f"{pointer}/{number}/site_id" if pointer else "/site_id"
            errors.append(FieldError("site.not_here", place))
    if errors:
        raise SiteUnknown(errors=errors)


async def _demand_absent(ctx: Context, park_id: UUID | None, draft: TenantDraft) -> None:
    known = await repository.same_tenants(ctx.session, park_id, draft.enterprise_id, draft.project_id)
    for other in known:
        begins_before = draft.to_on is None or other.from_on <= draft.to_on
        ends_after = other.to_on is None or other.to_on >= draft.from_on
        if begins_before and ends_after:
            raise TenantAlreadyHere(tenant_id=other.id, from_on=other.from_on, to_on=other.to_on)


async def _occupy(
    ctx: Context,
    row: TenantRow,
    site: SiteRow,
    size: Decimal | None,
    from_on: date,
    to_on: date | None,
    pointer: str,
) -> None:
    wanted = site_rows.size_of(site) if size is None else size
    is_reserved = site.reserved_for is not None and (site.reserved_until is None or site.reserved_until >= from_on)
    if is_reserved:
        _, name = await repository.name_of(ctx.session, row)
        if site.reserved_for != name:
            fault = FieldError("site.reserved_for", f"{pointer}/site_id", {"reserved_for": site.reserved_for})
            raise SiteReserved(number=site.number, reserved_for=site.reserved_for, errors=[fault])
        await free_site(ctx, site)
    await _demand_room(ctx, site, wanted, from_on, to_on, f"{pointer}/size")
    ctx.session.add(
        OccupancyRow(id=ctx.new_id(), tenant_id=row.id, site_id=site.id, size=wanted, from_on=from_on, to_on=to_on)
    )
    await ctx.session.flush()


async def _demand_room(
    ctx: Context,
    site: SiteRow,
    wanted: Decimal,
    from_on: date,
    to_on: date | None,
    pointer: str,
    *,
    but: UUID | None = None,
) -> None:
    others = [
        site_rows.occupation_of(one)
        for one in (await site_rows.occupancies_on(ctx.session, [site.id]))[site.id]
        if one.id != but
    ]
    most = site_rules.most_taken([*others, Occupation(wanted, from_on, to_on)], from_on, to_on)
    size = site_rows.size_of(site)
    if most > size:
        fault = FieldError("site.no_room", pointer, {"free": size - (most - wanted)})
        raise SiteTooSmall(
            number=site.number, size=size, wanted=wanted, free=size - (most - wanted), errors=[fault]
        )


def _demand_within(row: TenantRow, day: date, pointer: str) -> None:
    if day < row.from_on or (row.to_on is not None and day > row.to_on):
        fault = FieldError("tenant.outside", pointer)
        raise OutsideTenancy(on=day, from_on=row.from_on, to_on=row.to_on, errors=[fault])


async def _tell_arrival(ctx: Context, row: TenantRow) -> None:
    await ctx.session.flush()
    occupancies = (await repository.occupancies_of(ctx.session, [row.id]))[row.id]
    payload = TenantMovedInV1(
        tenant_id=row.id,
        park_id=row.park_id,
        enterprise_id=row.enterprise_id,
        project_id=row.project_id,
        from_on=row.from_on,
        to_on=row.to_on,
        site_ids=tuple(dict.fromkeys(site.id for _, site in occupancies)),
    )
    await _record(ctx, row, payload)


async def _record(ctx: Context, row: TenantRow, payload: TenantMovedInV1 | TenantLeftV1) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
