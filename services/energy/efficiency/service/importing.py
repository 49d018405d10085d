"""Taking figures of many enterprises and months by a table: all of them, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.trial import on_trial
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.books import Key
from services.energy.efficiency.domain.sheet import Items, SheetFault, SheetFigure, read_figures
from services.energy.efficiency.errors import TableRefused, TableUnreadable
from services.energy.efficiency.repository import figures
from services.energy.efficiency.service.clock import last_month_over
from services.energy.efficiency.service.judging import judge_after
from services.energy.efficiency.service.statements import (
    Stated,
    Vocabulary,
    lay_over,
    open_month,
    process_ids,
    vocabulary,
)
from services.energy.feeds.domain.body import UnreadableFile

MAX_FAULTS: Final = 1000


@dataclass(slots=True)
class Outcome:
    """Figures by what became of them; ``faults`` in the order of the file."""

    rows: int = 0
    figures: int = 0
    months: int = 0
    faults: list[SheetFault] = field(default_factory=list)


async def import_figures(ctx: Context, body: bytes, reason: str, *, dry_run: bool) -> Outcome:
    """Take the table, or only tell what would be wrong. Raises TableUnreadable, TableRefused."""
    known = await vocabulary(ctx)
    try:
        report = read_figures(
            body, Items(known.carriers, {code: row.name for code, row in known.products.items()})
        )
    except UnreadableFile as fault:
        error = FieldError(fault.code, pointer=fault.pointer, params=fault.params)
        raise TableUnreadable(line=fault.line, errors=[error]) from fault
    outcome = Outcome(rows=report.rows, figures=len(report.figures), faults=report.faults)
    async with on_trial(ctx.session, dry_run=dry_run):
        touched = await _apply(ctx, known, report.figures, reason, outcome)
        outcome.faults.sort(key=lambda fault: fault.line)
        if outcome.faults and not dry_run:
            raise _refusal(outcome.faults)
    if dry_run:
        return outcome
    await judge_after(ctx, {enterprise for enterprise, _ in touched}, {month.year for _, month in touched})
    return outcome


def _refusal(faults: list[SheetFault]) -> TableRefused:
    errors = [
        FieldError(fault.code, f"/{fault.line}/{fault.column}".rstrip("/"), fault.params)
        for fault in faults[:MAX_FAULTS]
    ]
    return TableRefused(count=len(faults), errors=errors)


async def _apply(
    ctx: Context, known: Vocabulary, found: list[SheetFigure], reason: str, outcome: Outcome
) -> set[tuple[UUID, date]]:
    """Lay the figures over what stands, a month of an enterprise at a time, in one order for all imports."""
    enterprises = await figures.enterprises_by_code(ctx.session, ctx.principal, {one.credit_code for one in found})
    groups: dict[tuple[str, date], list[SheetFigure]] = {}
    for one in found:
        if one.credit_code not in enterprises:
            params: dict[str, object] = {"text": one.credit_code[:40]}
            outcome.faults.append(SheetFault(one.line, "", "figure.enterprise_unknown", params))
        elif one.month > last_month_over(ctx):
            outcome.faults.append(SheetFault(one.line, "", "figure.month_ahead", {"month": one.month}))
        else:
            groups.setdefault((one.credit_code, one.month), []).append(one)
    touched = set()
    for (credit_code, month), ones in sorted(groups.items()):
        enterprise = enterprises[credit_code]
        row = await open_month(ctx, enterprise.enterprise_id, month)
        wanted = _wanted(known, ones, month, await process_ids(ctx, enterprise.enterprise_id), outcome)
        _, fault = await lay_over(ctx, enterprise, row, month, wanted, reason)
        if fault is not None:
            outcome.faults.append(SheetFault(ones[0].line, "", fault.code, dict(fault.params)))
        touched.add((enterprise.enterprise_id, month))
    outcome.months = len(touched)
    return touched


def _wanted(
    known: Vocabulary, ones: list[SheetFigure], month: date, processes: dict[str, UUID], outcome: Outcome
) -> dict[Key, Decimal | None]:
    wanted: dict[Key, Decimal | None] = {}
    lines: dict[Key, int] = {}
    for one in ones:
        stated = Stated(one.kind, one.code, one.quantity, "", one.process_code, one.flow, one.unit)
        found = known.key_of(stated, month, processes)
        if isinstance(found, FieldError):
            outcome.faults.append(SheetFault(one.line, one.column, found.code, dict(found.params)))
        elif found[0] in wanted:
            params: dict[str, object] = {"line": lines[found[0]]}
            outcome.faults.append(SheetFault(one.line, one.column, "figure.row_repeated", params))
        else:
            wanted[found[0]], lines[found[0]] = found[1], one.line
    return wanted
