"""Recording progress and investment."""

from datetime import date
from decimal import Decimal

from libs.common.context import Context
from libs.common.contracts.projects import ProjectInvestmentRecordedV1, ProjectProgressRecordedV1
from libs.common.local_time import today_of
from services.projects.ledger.domain import entries
from services.projects.ledger.domain.amounts import Amount, AmountKind
from services.projects.ledger.domain.history import FieldChange, to_json
from services.projects.ledger.service.amounts import basis_of, demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.ledger.tables import InvestmentEntryRow, ProgressEntryRow


async def record_progress(
    ledger: Ledger, ctx: Context, opened: Opened, on: date, percent: Decimal, note: str
) -> tuple[Opened, ProgressEntryRow]:
    """Add a progress entry. Raises DateInFuture, OutsideConstruction, ProgressFallNeedsNote."""
    known = await ledger.progress_of(ctx, opened.project.id)
    entry = entries.Progress(on, percent)
    project = entries.add_progress(opened.project, known, entry, note, today_of(ctx))
    row = ProgressEntryRow(
        id=ctx.new_id(),
        project_id=project.id,
        on=on,
        percent=percent,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    await ledger.keep_progress(ctx, row)
    payload = ProjectProgressRecordedV1(
        project_id=project.id, code=project.code, on=on, percent=float(percent), note=note
    )
    told = FieldChange(f"progress.{on}", None, to_json(percent))
    stored = await ledger.store(
        ctx, opened, project, payload, action="progress_recorded", reason=note, also=[told]
    )
    return stored, row


async def record_investment(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    month: date,
    amount_yuan: int,
    note: str,
    *,
    confirmed: bool = False,
) -> tuple[Opened, InvestmentEntryRow]:
    """Record or, with a note, correct a month's investment.

    Raises DateInFuture, OutsideConstruction, CorrectionNeedsNote, AmountNeedsConfirmation.
    """
    known = await ledger.investments_of(ctx, opened.project.id)
    entry = entries.Investment(month.replace(day=1), amount_yuan)
    project = entries.set_investment(opened.project, known, entry, note, today_of(ctx))
    amount = Amount(AmountKind.INVESTMENT, "/amount_yuan", amount_yuan, basis_of(project))
    meant = await demand_plausible(ctx, project.region_code, [amount], confirmed=confirmed)
    row = InvestmentEntryRow(
        project_id=project.id,
        month=entry.month,
        amount_yuan=amount_yuan,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    await ledger.keep_investment(ctx, row)
    payload = ProjectInvestmentRecordedV1(
        project_id=project.id, code=project.code, month=entry.month, amount_yuan=amount_yuan
    )
    before = next((one.amount_yuan for one in known if one.month == entry.month), None)
    told = FieldChange(f"investment.{entry.month:%Y-%m}", before, amount_yuan)
    stored = await ledger.store(
        ctx, opened, project, payload, action="investment_recorded", reason=note, also=[told, *meant]
    )
    return stored, row
