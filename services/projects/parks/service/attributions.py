"""Putting shares in force, and totals of regions that count what is shared once."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import AttributionSetV1, AttributionShare
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.projects.ledger.repository import find_project
from services.projects.parks.domain.attribution import (
    Amount,
    Attribution,
    Measure,
    Totals,
    demand_attribution,
    heirs_of,
    total_up,
)
from services.projects.parks.domain.shares import Share
from services.projects.parks.domain.tenants import months_between
from services.projects.parks.errors import UnknownTenant
from services.projects.parks.repository import attributions as repository
from services.projects.parks.tables import AttributionRow
from services.projects.registry.domain.validity import succession
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region, demand_region_form
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class AttributionDraft:
    measure: Measure
    shares: tuple[Share, ...]
    valid_from: date
    valid_to: date | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    reason: str = ""


async def put_attribution(ctx: Context, draft: AttributionDraft) -> AttributionRow:
    """Put shares in force from their first day on; those before them end there, what follows ends them.

    Raises UnknownTenant, UnknownRegion, NotFound (a region outside of the caller's), SharesNotWhole,
    ShareRepeated, AttributionMonth, ValidityNotOrdered, ValidityOverlap.
    """
    region_code = await _stands_in(ctx, draft)
    new = Attribution(
        region_code=region_code,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        shares=tuple(sorted(draft.shares, key=lambda share: share.region_code)),
    )
    demand_attribution(new)
    for number, share in enumerate(draft.shares):
        await demand_region(ctx, share.region_code, f"/shares/{number}/region_code")
    subject_id = draft.project_id or draft.enterprise_id
    assert subject_id is not None
    await lock_key(ctx.session, "attribution", f"{subject_id}:{draft.measure}")
    rows = await repository.attributions_of_subject(ctx.session, subject_id, draft.measure)
    by_start = {row.valid_from: row for row in rows}
    known = [repository.attribution_of(row) for row in rows]
    for placed in succession(known, new):
        row = by_start.get(placed.valid_from)
        if row is None:
            row = AttributionRow(
                id=ctx.new_id(),
                subject_id=subject_id,
                enterprise_id=draft.enterprise_id,
                project_id=draft.project_id,
                measure=draft.measure.value,
                region_code=region_code,
                valid_from=placed.valid_from,
                shares=[],
                reason="",
                decided_by=ctx.principal.subject,
                version=0,
                updated_at=ctx.now,
            )
            ctx.session.add(row)
            by_start[placed.valid_from] = row
        if row.version == 0 or repository.attribution_of(row) != placed:
            row.shares = [
                {"region_code": share.region_code, "basis_points": share.basis_points} for share in placed.shares
            ]
            row.valid_to = placed.valid_to
            if placed.valid_from == new.valid_from:
                row.reason, row.decided_by = draft.reason, ctx.principal.subject
            row.advance(ctx.now)
            await ctx.session.flush()
            await _tell(ctx, row)
    return by_start[new.valid_from]


async def _stands_in(ctx: Context, draft: AttributionDraft) -> str:
    """The region where the subject stands. Raises UnknownTenant, NotFound."""
    if (draft.enterprise_id is None) == (draft.project_id is None):
        raise UnknownTenant(errors=[FieldError("tenant.one_of_both", "")])
    region_code: str | None = None
    if draft.project_id is not None:
        project = await find_project(ctx.session, draft.project_id)
        region_code = None if project is None else project.region_code
    elif draft.enterprise_id is not None:
        enterprise = await ctx.session.get(EnterpriseRow, draft.enterprise_id)
        region_code = None if enterprise is None or enterprise.deleted_at is not None else enterprise.region_code
    if region_code is None:
        name = "project_id" if draft.project_id is not None else "enterprise_id"
        raise UnknownTenant(errors=[FieldError("reference.unknown", f"/{name}")])
    ensure_region(ctx.principal, region_code)
    return region_code


async def _tell(ctx: Context, row: AttributionRow) -> None:
    payload = AttributionSetV1(
        attribution_id=row.id,
        measure=row.measure,
        enterprise_id=row.enterprise_id,
        project_id=row.project_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        shares=tuple(AttributionShare(**share) for share in row.shares),
        reason=row.reason,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )


@dataclass(frozen=True, slots=True)
class AttributedTotals:
    """``source_type`` says what the ids behind are: tenants, or for investment projects."""

    measure: Measure
    from_month: date
    to_month: date
    within: str | None
    totals: Totals
    source_type: str


async def total_attributed(
    ctx: Context, measure: Measure, first: date, last: date, region_code: str | None
) -> AttributedTotals:
    """What the regions count of a measure over whole months. Raises PeriodNotOrdered, NotFound (the region)."""
    within = region_code or (None if ctx.principal.is_unbound else ctx.principal.region_code)
    if within is not None:
        demand_region_form(within, None, "region_code")
        ensure_region(ctx.principal, within)
    first, last = first.replace(day=1), last.replace(day=1)
    months_between(first, last)
    session = ctx.session
    also = [] if within is None else await repository.subjects_sharing_with(session, measure, within)
    attributions = await repository.attributions_for(session, measure)
    if measure is Measure.INVESTMENT:
        amounts = [
            Amount(heirs_of(project_id, enterprise_id), project_id, code, month, yuan)
            for project_id, enterprise_id, code, month, yuan in await repository.investment_amounts(
                session, first, last, within, also
            )
        ]
        source_type = "project"
    else:
        amounts = [
            Amount(heirs_of(row.project_id, row.enterprise_id), row.id, row.region_code, month, yuan)
            for row, month, yuan in await repository.tenant_amounts(session, measure, first, last, within, also)
        ]
        source_type = "tenant"
    return AttributedTotals(measure, first, last, within, total_up(amounts, attributions, within), source_type)
