"""Recording output by month."""

from libs.common.context import Context
from libs.common.contracts.projects import ProjectOutputRecordedV1
from libs.common.local_time import today_of
from services.projects.ledger.domain.amounts import Amount, AmountKind
from services.projects.ledger.domain.history import FieldChange, to_json
from services.projects.ledger.domain.outputs import Output, set_output
from services.projects.ledger.service.amounts import demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.ledger.tables import OutputEntryRow


async def record_output(
    ledger: Ledger, ctx: Context, opened: Opened, entry: Output, note: str, *, confirmed: bool = False
) -> tuple[Opened, OutputEntryRow]:
    """Record or, with a note, correct a month's output; ``entry.month`` is its first day.

    Raises DateInFuture, OutsideProduction, OutputCorrectionNeedsNote, AmountNeedsConfirmation.
    """
    project = opened.project
    known = await ledger.outputs_of(ctx, project.id)
    before = set_output(project, known, entry, note, today_of(ctx))
    asked = [Amount(AmountKind.OUTPUT, "/output_value_yuan", entry.output_value_yuan)]
    meant = await demand_plausible(ctx, project.region_code, asked, confirmed=confirmed)
    row = OutputEntryRow(
        project_id=project.id,
        month=entry.month,
        output_value_yuan=entry.output_value_yuan,
        tax_yuan=entry.tax_yuan,
        physical_output=entry.physical_output,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    await ledger.keep_output(ctx, row)
    payload = ProjectOutputRecordedV1(
        project_id=project.id,
        code=project.code,
        month=entry.month,
        output_value_yuan=entry.output_value_yuan,
        tax_yuan=entry.tax_yuan,
        physical_output=None if entry.physical_output is None else float(entry.physical_output),
        output_unit=project.output_unit,
    )
    told = [FieldChange(f"output.{entry.month:%Y-%m}", to_json(before), to_json(entry)), *meant]
    stored = await ledger.store(ctx, opened, project, payload, action="output_recorded", reason=note, also=told)
    return stored, row
