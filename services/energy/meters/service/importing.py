"""Registering and changing many meters by a table, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from libs.common.context import Context
from libs.common.sheets.model import Limits
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError, FieldError
from services.energy.metering.domain.meter import is_meter_no
from services.energy.metering.errors import ImportRefused, ImportUnreadable
from services.energy.metering.tables import MeterRow
from services.energy.meters.domain.record import MeterRecord
from services.energy.meters.domain.sheet import CellFault, SheetMeter, read_meters
from services.energy.meters.service import aliases, enrolment, registration
from services.energy.sheet_table import read_file

MAX_ROWS: Final = 20_000
MAX_FAULTS: Final = 1000
_LIMITS: Final = Limits(expanded_bytes=256 * 2**20, rows=MAX_ROWS + 20, columns=64)


@dataclass(frozen=True, slots=True)
class ParsedMeter:
    """A row that can be taken."""

    row: SheetMeter
    meter_no: str
    record: MeterRecord


@dataclass(slots=True)
class Outcome:
    created: int = 0
    changed: int = 0
    unchanged: int = 0


def read_table(body: bytes) -> list[SheetMeter]:
    """The rows of an XLSX or CSV file. Raises ImportUnreadable."""
    return read_file(
        body,
        lambda rows, date1904: read_meters(rows, date1904=date1904),
        ImportUnreadable,
        limits=_LIMITS,
        max_rows=MAX_ROWS,
        head_missing="no column meter_no in the first rows",
    )


def repeated(rows: Sequence[SheetMeter]) -> list[CellFault]:
    """Numbers that stand in the table twice, or are none."""
    seen: dict[object, int] = {}
    faults = []
    for row in rows:
        meter_no = row.facts.get("meter_no")
        column = row.columns["meter_no"]
        if not isinstance(meter_no, str) or not is_meter_no(meter_no):
            faults.append(CellFault(row.row, column, "meter.number_malformed"))
        elif meter_no in seen:
            params = {"row": seen[meter_no]}
            faults.append(CellFault(row.row, column, "meter.import_row_repeated", params))
        else:
            seen[meter_no] = row.row
    return faults


async def import_table(
    ctx: Context,
    meters: Sequence[ParsedMeter],
    faults: Sequence[CellFault],
    effective_from: date | None,
    *,
    dry_run: bool,
) -> tuple[Outcome, list[CellFault]]:
    """Register or change the meters; returns what was or would be done, and the faults. Raises ImportRefused."""
    outcome, found = Outcome(), list(faults)
    async with on_trial(ctx.session, dry_run=dry_run):
        outcome, found = await _apply(ctx, meters, faults, effective_from)
        if not dry_run:
            _refuse(found)
    return outcome, found


async def _apply(
    ctx: Context, meters: Sequence[ParsedMeter], faults: Sequence[CellFault], effective_from: date | None
) -> tuple[Outcome, list[CellFault]]:
    """New meters and those that are as the table says go together; a change is tried by itself.

    So all faults are told at once, and a register of ten thousand takes seconds.
    """
    outcome, found = Outcome(), list(faults)
    known = await enrolment.lock_register(ctx, [meter.meter_no for meter in meters])
    new: list[ParsedMeter] = []
    same: list[ParsedMeter] = []
    for meter in meters:
        try:
            if meter.meter_no not in known.rows:
                enrolment.check_new(ctx, meter.meter_no, meter.record)
                new.append(meter)
            elif enrolment.is_as_recorded(ctx, known, meter.meter_no, meter.record, effective_from):
                same.append(meter)
            else:
                async with ctx.session.begin_nested():
                    await _change(ctx, meter, effective_from, outcome)
        except DomainError as error:
            found.append(_fault_of(meter.row, error))
    found += await _enrol(ctx, known.rows, new, same, outcome)
    return outcome, sorted(found, key=lambda fault: (fault.row, fault.column or ""))


async def _enrol(
    ctx: Context,
    known: Mapping[str, MeterRow],
    new: Sequence[ParsedMeter],
    same: Sequence[ParsedMeter],
    outcome: Outcome,
) -> list[CellFault]:
    """Register the new meters, and give them and those that stay their codes; returns the faults."""
    rows = await enrolment.enrol(ctx, [(meter.meter_no, meter.record) for meter in new])
    wanted = [
        (meter.meter_no, rows.get(meter.meter_no) or known[meter.meter_no], system, code)
        for meter in (*new, *same)
        for system, code in meter.row.aliases.items()
    ]
    renewed, taken = await enrolment.add_aliases(ctx, wanted)
    faulty = len([meter for meter in new if meter.meter_no in taken])
    outcome.created += len(new) - faulty
    named = [meter.meter_no for meter in same if meter.meter_no not in taken]
    changed = sum(meter_no in renewed for meter_no in named)
    outcome.changed += changed
    outcome.unchanged += len(named) - changed
    return [_fault_of(meter.row, taken[meter.meter_no]) for meter in (*new, *same) if meter.meter_no in taken]


async def _change(ctx: Context, meter: ParsedMeter, effective_from: date | None, outcome: Outcome) -> None:
    version = await registration.find_version(ctx, meter.meter_no)
    row, _ = await registration.put_meter(ctx, meter.meter_no, meter.record, effective_from)
    renamed = False
    for system, code in meter.row.aliases.items():
        renamed |= await aliases.add_alias(ctx, row, system, code)
    if renamed or row.version != version:
        outcome.changed += 1
    else:
        outcome.unchanged += 1


def _fault_of(row: SheetMeter, error: DomainError) -> CellFault:
    """A broken rule as a fault of its cell, where it names one."""
    name = error.errors[0].pointer.removeprefix("/") if error.errors else ""
    params: Mapping[str, Any] = dict(error.params)
    return CellFault(row.row, row.columns.get(name), error.code, params)


def _refuse(faults: Sequence[CellFault]) -> None:
    """Raises ImportRefused naming each fault by row and column."""
    if faults:
        errors = [
            FieldError(fault.code, f"/{fault.row}/{fault.column or ''}".rstrip("/"), fault.params)
            for fault in faults[:MAX_FAULTS]
        ]
        raise ImportRefused(count=len(faults), errors=errors)
