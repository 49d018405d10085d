"""Size bands: put in force, counted, and compared with targets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.ledger import repository
from services.projects.ledger.domain.size_bands import SizeBand, SizeBands, demand_bands_in_order, size_of
from services.projects.ledger.errors import PeriodNotOrdered, UnknownSizeBand
from services.projects.ledger.service.ledger import Ledger, Opened, amended
from services.projects.ledger.tables import SizeBandsRow, SizeBandTargetRow
from services.projects.registry.domain.validity import in_force
from services.projects.registry.repository import lock_key
from services.projects.registry.service.placing import demand_reach, place
from services.projects.registry.service.recording import demand_region, demand_region_form


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """What a region wants signed in a period; at least one of the two figures."""

    region_code: str
    period_from: date
    period_to: date
    band_code: str
    projects: int | None
    investment_yuan: int | None
    source: str


@dataclass(frozen=True, slots=True)
class BandCount:
    """What was signed of one band; ``band`` None are projects below the first edge or without an amount."""

    band: SizeBand | None
    below_yuan: int | None
    project_ids: tuple[UUID, ...]
    investment_yuan: int
    target: SizeBandTargetRow | None = None


async def put_size_bands(ledger: Ledger, ctx: Context, bands: SizeBands) -> SizeBandsRow:
    """Put a division in force from its first day on; if that has come, projects are sorted anew at once.

    Raises BandsNotOrdered, EverywhereForbidden, ValidityNotOrdered, ValidityOverlap, UnknownRegion.
    """
    demand_bands_in_order(bands)
    await demand_reach(ctx, bands.region_code)
    await lock_key(ctx.session, "size_bands", str(bands.region_code))
    rows = await repository.size_bands_rows(ctx.session, bands.region_code)
    row = place(ctx, SizeBandsRow, rows, bands, value_of=repository.size_bands_of)
    await ctx.session.flush()
    if bands.valid_from <= today_of(ctx):
        await sort_into_bands(ledger, ctx)
    return row


async def sort_into_bands(ledger: Ledger, ctx: Context) -> int:
    """Bring every project's band in line with the division in force today; answers how many changed.

    Each of them is a change of the project with its history and event.
    """
    known, today = await repository.all_size_bands(ctx.session), today_of(ctx)
    found: dict[str, SizeBands | None] = {}
    changing = []
    for project_id, region_code, size, code in await repository.banded_projects(ctx.session):
        if region_code not in found:
            found[region_code] = in_force(known, region_code, today)
        if _code(found[region_code], size) != code:
            changing.append(project_id)
    for project_id in sorted(changing):
        row = await repository.find_project(ctx.session, project_id, lock=True)
        assert row is not None, "projects are never deleted"
        opened = Opened(row, await repository.load_project(ctx.session, row))
        code = _code(found[row.region_code], size_of(opened.project))
        if code != opened.project.size_band:
            project = replace(opened.project, size_band=code)
            payload = amended(project, ("size_band",))
            await ledger.store(ctx, opened, project, payload, action="size_band_changed")
    return len(changing)


async def put_target(ctx: Context, draft: TargetDraft) -> SizeBandTargetRow:
    """Set or change a target. Raises UnknownRegion, PeriodNotOrdered, UnknownSizeBand."""
    await demand_region(ctx, draft.region_code)
    if draft.period_to < draft.period_from:
        raise PeriodNotOrdered(errors=[FieldError("period.ends_before_it_begins", "/period_to")])
    bands = in_force(await repository.all_size_bands(ctx.session), draft.region_code, draft.period_to)
    known = [] if bands is None else [band.code for band in bands.bands]
    if draft.band_code not in known:
        raise UnknownSizeBand(
            band_code=draft.band_code, known=known, errors=[FieldError("reference.unknown", "/band_code")]
        )
    key = f"{draft.region_code}:{draft.period_from}:{draft.period_to}:{draft.band_code}"
    await lock_key(ctx.session, "size_band_target", key)
    rows = await repository.size_band_targets(ctx.session, draft.region_code, draft.period_from, draft.period_to)
    row = rows.get(draft.band_code)
    if row is None:
        row = SizeBandTargetRow(id=ctx.new_id(), version=1, updated_at=ctx.now, **asdict(draft))
        ctx.session.add(row)
    elif any(getattr(row, name) != value for name, value in asdict(draft).items()):
        row.projects, row.investment_yuan, row.source = draft.projects, draft.investment_yuan, draft.source
        row.advance(ctx.now)
    await ctx.session.flush()
    return row


async def count_size_bands(
    ctx: Context, region_code: str, signed_from: date | None, signed_to: date | None
) -> tuple[BandCount, ...]:
    """Projects signed in the period by the bands in force on its last day, smallest band first.

    Terminated projects were signed and stay. Raises MalformedRequest, NotFound, PeriodNotOrdered.
    """
    demand_region_form(region_code, None, "region")
    ensure_region(ctx.principal, region_code)
    last = signed_to or today_of(ctx)
    if signed_from is not None and last < signed_from:
        raise PeriodNotOrdered(errors=[FieldError("period.ends_before_it_begins", parameter="signed_to")])
    bands = in_force(await repository.all_size_bands(ctx.session), region_code, last)
    sizes = await repository.sizes_of_signed(ctx.session, ctx.principal, region_code, signed_from, last)
    targets: Mapping[str, SizeBandTargetRow] = {}
    if signed_from is not None and not ctx.principal.is_enterprise_bound:
        targets = await repository.size_band_targets(ctx.session, region_code, signed_from, last)
    order: list[SizeBand | None] = [*(bands.bands if bands is not None else ()), None]
    sorted_in: dict[SizeBand | None, list[tuple[UUID, int]]] = {band: [] for band in order}
    for project_id, size in sizes:
        sorted_in[None if bands is None else bands.band_of(size)].append((project_id, size or 0))
    return tuple(
        BandCount(
            band=band,
            below_yuan=None if band is None or bands is None else bands.below_yuan(band),
            project_ids=tuple(project_id for project_id, _ in sorted_in[band]),
            investment_yuan=sum(yuan for _, yuan in sorted_in[band]),
            target=None if band is None else targets.get(band.code),
        )
        for band in order
    )


def _code(bands: SizeBands | None, size: int | None) -> str | None:
    band = None if bands is None else bands.band_of(size)
    return None if band is None else band.code
