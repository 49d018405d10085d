"""What a park adds up to, who ranks where, and what lies idle; each figure with the ids behind it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, true
from sqlmodel import col

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import ensure_region
from services.projects.ledger.tables import ProjectRow
from services.projects.parks.domain.sites import SiteKind, SiteState
from services.projects.parks.domain.tenants import (
    Candidate,
    NotRanked,
    Ranked,
    RankMeasure,
    months_between,
    months_of,
    rank,
)
from services.projects.parks.repository import parks as park_rows
from services.projects.parks.repository import sites as site_rows
from services.projects.parks.repository import tenants as tenant_rows
from services.projects.parks.service.parks import demand_park, get_park
from services.projects.parks.service.sites import Shown, standing_of
from services.projects.parks.tables import OccupancyRow, ParkRow, SiteRow, TenantFigureRow, TenantRow
from services.projects.registry.service.recording import demand_region_form

MEASURES = ("output_yuan", "value_added_yuan", "tax_yuan")
MAX_IDLE = 1000


@dataclass(frozen=True, slots=True)
class Sum:
    """What was said, of how many months that should have been said: null where nothing was."""

    amount_yuan: int | None
    tenant_ids: tuple[UUID, ...]
    months_known: int
    months_expected: int


@dataclass(frozen=True, slots=True)
class ParkTotals:
    park: ParkRow
    from_month: date
    to_month: date
    states: dict[SiteState, list[Shown]]
    tenant_ids: tuple[UUID, ...]
    sums: dict[str, Sum]
    jobs: int | None
    jobs_tenant_ids: tuple[UUID, ...]
    jobs_missing: tuple[UUID, ...]
    projects: list[ProjectRow]
    infrastructure: dict[str, int]


@dataclass(frozen=True, slots=True)
class Ranking:
    measure: RankMeasure
    from_month: date
    to_month: date
    ranked: tuple[Ranked, ...]
    unranked: tuple[NotRanked, ...]
    tenants: dict[UUID, tuple[TenantRow, str | None, str]]


def area_of(row: TenantRow, occupied: list[tuple[OccupancyRow, SiteRow]], day: date) -> Decimal | None:
    """The tenant's land in 亩 on the day: its parcels' sum, else what was said of it, else None."""
    parcels = [
        occupancy.size
        for occupancy, site in occupied
        if site.kind == SiteKind.PARCEL.value and site_rows.occupation_of(occupancy).covers(day)
    ]
    return sum(parcels, Decimal(0)) if parcels else row.area_mu


async def total_park(ctx: Context, code: str, first: date, last: date) -> ParkTotals:
    """A park over whole months; its sites and projects as of the end, or of today. Raises NotFound."""
    park = await get_park(ctx, code)
    months = months_between(first.replace(day=1), last.replace(day=1))
    end = _last_day(months[-1])
    sites = await site_rows.sites_of_park(ctx.session, park.id)
    occupancies = await site_rows.occupancies_on(ctx.session, [site.id for site in sites])
    states: dict[SiteState, list[Shown]] = {state: [] for state in SiteState}
    for site in sites:
        shown = Shown(site, park.code, standing_of(site, occupancies[site.id], end))
        states[shown.standing.state].append(shown)
    tenants = await tenant_rows.tenants_between(
        ctx.session, ctx.principal, col(TenantRow.park_id) == park.id, months[0], end
    )
    figures = await tenant_rows.current_figures(ctx.session, [row.id for row, _, _ in tenants], months)
    jobs, missing = _jobs(
        [row for row, _, _ in tenants if row.to_on is None or row.to_on >= end], figures, months[-1]
    )
    return ParkTotals(
        park=park,
        from_month=months[0],
        to_month=months[-1],
        states=states,
        tenant_ids=tuple(row.id for row, _, _ in tenants),
        sums={name: _sum(name, [row for row, _, _ in tenants], figures, months) for name in MEASURES},
        jobs=sum(jobs.values()) if jobs else None,
        jobs_tenant_ids=tuple(jobs),
        jobs_missing=missing,
        projects=await park_rows.projects_of_park(ctx.session, ctx.principal, park.code),
        infrastructure=await park_rows.infrastructure_states(ctx.session, park.id),
    )


def _sum(
    name: str,
    tenants: list[TenantRow],
    figures: dict[UUID, dict[date, TenantFigureRow]],
    months: tuple[date, ...],
) -> Sum:
    amounts: list[int] = []
    behind: list[UUID] = []
    expected = 0
    for row in tenants:
        due = months_of(months, row.from_on, row.to_on)
        expected += len(due)
        known = [
            value
            for month in due
            if (figure := figures[row.id].get(month)) is not None and (value := getattr(figure, name)) is not None
        ]
        if known:
            behind.append(row.id)
            amounts += known
    return Sum(sum(amounts) if amounts else None, tuple(behind), len(amounts), expected)


def _jobs(
    tenants: list[TenantRow], figures: dict[UUID, dict[date, TenantFigureRow]], month: date
) -> tuple[dict[UUID, int], tuple[UUID, ...]]:
    """Jobs are a stock: those of the last month count."""
    known = {
        row.id: figure.jobs
        for row in tenants
        if (figure := figures[row.id].get(month)) is not None and figure.jobs is not None
    }
    return known, tuple(row.id for row in tenants if row.id not in known)


async def rank_tenants(
    ctx: Context,
    measure: RankMeasure,
    first: date,
    last: date,
    *,
    park_code: str | None = None,
    region_code: str | None = None,
) -> Ranking:
    """Tenants of a park, or of all parks of the region, by what they bring per 亩.

    Raises PeriodNotOrdered, UnknownPark, NotFound.
    """
    months = months_between(first.replace(day=1), last.replace(day=1))
    where: Any = true()
    if park_code is not None:
        where = col(TenantRow.park_id) == (await demand_park(ctx, park_code)).id
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
        ensure_region(ctx.principal, region_code)
        where = and_(where, col(TenantRow.region_code).startswith(regions.prefix(region_code)))
    end = _last_day(months[-1])
    tenants = await tenant_rows.tenants_between(ctx.session, ctx.principal, where, months[0], end)
    ids = [row.id for row, _, _ in tenants]
    figures = await tenant_rows.current_figures(ctx.session, ids, months)
    occupied = await tenant_rows.occupancies_of(ctx.session, ids)
    name = f"{measure.value}_yuan"
    candidates = [
        Candidate(
            row.id,
            area_of(row, occupied[row.id], min(end, row.to_on or end)),
            months_of(months, row.from_on, row.to_on),
            {month: getattr(figure, name) for month, figure in figures[row.id].items()},
        )
        for row, _, _ in tenants
    ]
    ranked, unranked = rank(candidates)
    by_id = {row.id: (row, code, label) for row, code, label in tenants}
    return Ranking(measure, months[0], months[-1], ranked, unranked, by_id)


async def list_idle(
    ctx: Context, day: date, *, kind: SiteKind | None, park_code: str | None, region_code: str | None
) -> list[Shown]:
    """Idle parcels and plants, the longest idle first, those of whom nobody knows since when last."""
    within: Any = true()
    if park_code is not None:
        within = col(SiteRow.park_id) == (await demand_park(ctx, park_code)).id
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
        ensure_region(ctx.principal, region_code)
        within = and_(within, col(SiteRow.region_code).startswith(regions.prefix(region_code)))
    found = await site_rows.idle_sites(ctx.session, ctx.principal, day, within=within, kind=kind, limit=MAX_IDLE)
    occupancies = await site_rows.occupancies_on(ctx.session, [row.id for row, _ in found])
    shown = [Shown(row, code, standing_of(row, occupancies[row.id], day)) for row, code in found]
    return sorted(shown, key=lambda one: (one.standing.idle_since or date.max, one.row.number))


def _last_day(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
