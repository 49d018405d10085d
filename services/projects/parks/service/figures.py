"""What tenants bring a month, stated by their park or by themselves until the economy's reports feed it."""

from datetime import date

from libs.common.context import Context
from libs.common.contracts.projects import TenantFiguresRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from services.projects.parks.domain.tenants import Figures, demand_month, demand_note
from services.projects.parks.repository import tenants as repository
from services.projects.parks.tables import TenantFigureRow, TenantRow


async def record_figures(
    ctx: Context, row: TenantRow, month: date, figures: Figures, note: str
) -> tuple[TenantFigureRow, bool]:
    """State or, with a note, correct a month of a locked tenant; whether it is the first word on it.

    Raises DateAhead, OutsideTenancy, FigureCorrectionNeedsNote.
    """
    month = month.replace(day=1)
    demand_month(month, row.from_on, row.to_on, today_of(ctx))
    known = await repository.find_figure(ctx.session, row.id, month)
    if known is not None and repository.figures_of(known) == figures:
        return known, False
    demand_note(None if known is None else repository.figures_of(known), figures, month, note)
    if known is not None:
        await repository.supersede(ctx.session, known)
    stated = TenantFigureRow(
        tenant_id=row.id,
        month=month,
        revision=1 if known is None else known.revision + 1,
        is_current=True,
        output_yuan=figures.output_yuan,
        value_added_yuan=figures.value_added_yuan,
        tax_yuan=figures.tax_yuan,
        jobs=figures.jobs,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(stated)
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = TenantFiguresRecordedV1(
        tenant_id=row.id,
        month=month,
        revision=stated.revision,
        output_yuan=figures.output_yuan,
        value_added_yuan=figures.value_added_yuan,
        tax_yuan=figures.tax_yuan,
        jobs=figures.jobs,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    return stated, known is None
