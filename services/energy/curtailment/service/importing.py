"""A plan's rows, and users, by a table: all of it or nothing, and before that a preview of every fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from libs.common.context import Context
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.scope import region_scope
from libs.common.sheets.model import Limits
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError, FieldError
from services.energy.curtailment import plan_repository, repository
from services.energy.curtailment.domain.findings import Finding
from services.energy.curtailment.domain.plan import QuotaUnit
from services.energy.curtailment.domain.sheet import (
    KEY,
    PLAN_COLUMNS,
    USER_COLUMNS,
    CellFault,
    Names,
    SheetLine,
    read_lines,
)
from services.energy.curtailment.domain.users import Category, Measure, Offer
from services.energy.curtailment.errors import PlanImportRefused, PlanImportUnreadable
from services.energy.curtailment.service.deciding import find_faults
from services.energy.curtailment.service.drafting import Entry, replace_entries
from services.energy.curtailment.service.users import UserTerms, put_user
from services.energy.curtailment.tables import CurtailmentPlanRow
from services.energy.sheet_table import read_file

MAX_ROWS: Final = 10_000
MAX_FAULTS: Final = 1000
_LIMITS: Final = Limits(expanded_bytes=128 * 2**20, rows=MAX_ROWS + 20, columns=64)
_QUOTAS: Final = ("quota_kw", "quota_mw", "quota_percent")


@dataclass(slots=True)
class Imported:
    """What an import does: rows that are new, other than before, the same, and gone; what a check would find."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    faults: list[CellFault] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_table(body: bytes, names: Names) -> list[SheetLine]:
    """The rows of an XLSX or CSV file. Raises PlanImportUnreadable."""
    return read_file(
        body,
        lambda rows, _date1904: read_lines(rows, names),
        PlanImportUnreadable,
        limits=_LIMITS,
        max_rows=MAX_ROWS,
        head_missing=f"no column {KEY}",
    )


async def import_plan(ctx: Context, plan: CurtailmentPlanRow, body: bytes, *, dry_run: bool) -> Imported:
    """The table takes the place of all rows of a locked draft; the preview also tells what a check would find.

    Raises PlanStateUnfit, PlanImportUnreadable, PlanImportRefused.
    """
    lines = read_table(body, PLAN_COLUMNS)
    enterprises = await _enterprises(ctx, lines)
    users = await repository.users_by_enterprise(ctx.session, set(enterprises.values()))
    entries: list[Entry] = []
    seen: dict[tuple[UUID, int, Measure], int] = {}
    for line in lines:
        enterprise = _enterprise(line, enterprises)
        if enterprise is not None and enterprise not in users:
            line.fault("credit_code", "curtailment.import_no_user")
        entry = None if enterprise is None else _entry(line, enterprise)
        if entry is None or line.faults:
            continue
        key = (entry.enterprise_id, entry.tier, entry.measure)
        if key in seen:
            line.fault("credit_code", "curtailment.import_row_repeated", row=seen[key])
            continue
        seen[key] = line.row
        entries.append(entry)
    outcome = await _compared(ctx, plan, entries)
    outcome.rows = len(lines)
    outcome.faults = [fault for line in lines for fault in line.faults]
    if not dry_run:
        _refuse(outcome.faults)
    async with on_trial(ctx.session, dry_run=dry_run):
        await replace_entries(ctx, plan, entries)
        outcome.findings = await find_faults(ctx, plan)
    if dry_run:
        await ctx.session.refresh(plan)
    return outcome


async def import_users(ctx: Context, body: bytes, *, dry_run: bool) -> Imported:
    """Record users, or change them, by a table. Raises PlanImportUnreadable, PlanImportRefused."""
    lines = read_table(body, USER_COLUMNS)
    enterprises = await _enterprises(ctx, lines)
    outcome = Imported(rows=len(lines))
    seen: dict[UUID, int] = {}
    async with on_trial(ctx.session, dry_run=dry_run):
        for line in lines:
            enterprise = _enterprise(line, enterprises)
            if enterprise is not None and enterprise in seen:
                line.fault("credit_code", "curtailment.import_row_repeated", row=seen[enterprise])
            if enterprise is not None and not line.faults:
                seen[enterprise] = line.row
                await _put_user(ctx, line, enterprise, outcome)
        outcome.faults = [fault for line in lines for fault in line.faults]
        if not dry_run:
            _refuse(outcome.faults)
    return outcome


async def _put_user(ctx: Context, line: SheetLine, enterprise: UUID, outcome: Imported) -> None:
    terms = _terms(line)
    if terms is None:
        return
    try:
        async with ctx.session.begin_nested():
            known = await repository.find_user(ctx.session, enterprise)
            version = 0 if known is None else known.version
            row, is_new = await put_user(ctx, enterprise, terms)
    except DomainError as error:
        pointer = error.errors[0].pointer.removeprefix("/") if error.errors else ""
        line.fault(pointer.partition("/")[0], error.code, **error.params)
        return
    outcome.created += is_new
    outcome.changed += not is_new and row.version != version
    outcome.unchanged += row.version == version


async def _enterprises(ctx: Context, lines: Sequence[SheetLine]) -> dict[str, UUID]:
    """Enterprises of the caller's regions by their codes."""
    codes = {str(line.facts["credit_code"]) for line in lines if "credit_code" in line.facts}
    statement = select(col(EnterpriseReplicaRow.credit_code), col(EnterpriseReplicaRow.enterprise_id)).where(
        col(EnterpriseReplicaRow.credit_code).in_(codes),
        col(EnterpriseReplicaRow.deleted).is_(False),
        region_scope(col(EnterpriseReplicaRow.region_code), ctx.principal),
    )
    return dict((await ctx.session.execute(statement)).all())


def _enterprise(line: SheetLine, enterprises: dict[str, UUID]) -> UUID | None:
    code = line.facts.get("credit_code")
    if code is None:
        line.fault("credit_code", "curtailment.import_missing", name="credit_code")
        return None
    found = enterprises.get(str(code))
    if found is None:
        line.fault("credit_code", "curtailment.import_enterprise_unknown", code=code)
    return found


def _entry(line: SheetLine, enterprise: UUID) -> Entry | None:
    for name in ("tier", "measure"):
        if name not in line.facts and not any(fault.column == line.columns.get(name) for fault in line.faults):
            line.fault(name, "curtailment.import_missing", name=name)
    named = [name for name in _QUOTAS if name in line.facts]
    if len(named) != 1 and not line.faults:
        line.fault(named[1] if named else "quota_kw", "curtailment.import_quota_ambiguous")
    if line.faults:
        return None
    quota = cast(float, line.facts[named[0]])
    unit = QuotaUnit.PERCENT if named[0] == "quota_percent" else QuotaUnit.KW
    if quota <= 0 or (unit is QuotaUnit.PERCENT and quota > 100):
        line.fault(named[0], "curtailment.import_cell_unfit", value=f"{quota:g}")
        return None
    return Entry(
        enterprise_id=enterprise,
        tier=cast(int, line.facts["tier"]),
        measure=cast(Measure, line.facts["measure"]),
        quota=quota * 1000 if named[0] == "quota_mw" else quota,
        quota_unit=unit,
        rotation_group=cast("str | None", line.facts.get("rotation_group")),
        note=str(line.facts.get("note", "")),
    )


def _terms(line: SheetLine) -> UserTerms | None:
    facts = line.facts
    for name in ("category", "max_load_kw"):
        if name not in facts:
            line.fault(name, "curtailment.import_missing", name=name)
    numbers = [name for name, value in facts.items() if isinstance(value, float) and value < 0]
    if facts.get("max_load_kw") == 0:
        numbers.append("max_load_kw")
    for name in numbers:
        line.fault(name, "curtailment.import_cell_unfit", value=f"{facts[name]:g}")
    if line.faults:
        return None
    yuan = cast("float | None", facts.get("output_yuan_per_kwh"))
    return UserTerms(
        category=cast(Category, facts["category"]),
        max_load_kw=cast(float, facts["max_load_kw"]),
        security_load_kw=cast(float, facts.get("security_load_kw", 0.0)),
        meter_nos=tuple(cast("list[str]", facts.get("meter_nos", []))),
        offers=tuple(_offer(facts, measure) for measure in Measure if facts.get(f"{measure}.load_kw")),
        rest_weekdays=tuple(cast("list[int]", facts.get("rest_weekdays", []))),
        output_yuan_per_kwh=yuan or None,
        note=str(facts.get("note", "")),
    )


def _offer(facts: dict[str, object], measure: Measure) -> Offer:
    terms: dict[str, Any] = {
        name: int(cast(float, facts[f"{measure}.{name}"]))
        for name in ("notice_minutes", "min_minutes", "max_minutes", "recovery_minutes")
        if f"{measure}.{name}" in facts
    }
    return Offer(measure, cast(float, facts[f"{measure}.load_kw"]), **terms)


async def _compared(ctx: Context, plan: CurtailmentPlanRow, entries: Sequence[Entry]) -> Imported:
    def said(entry: Entry) -> tuple[object, ...]:
        return entry.quota, entry.quota_unit.value, entry.rotation_group, entry.note

    rows = await plan_repository.entries_of(ctx.session, plan.id)
    before = {
        (row.enterprise_id, row.tier, row.measure): (row.quota, row.quota_unit, row.rotation_group, row.note)
        for row, _ in rows
    }
    after = {(entry.enterprise_id, entry.tier, entry.measure.value): said(entry) for entry in entries}
    same = sum(before.get(key) == value for key, value in after.items())
    known = len(before.keys() & after.keys())
    return Imported(created=len(after) - known, changed=known - same, unchanged=same, removed=len(before) - known)


def _refuse(faults: Sequence[CellFault]) -> None:
    """Raises PlanImportRefused naming each fault by row and column."""
    if faults:
        errors = [
            FieldError(fault.code, f"/{fault.row}/{fault.column or ''}".rstrip("/"), fault.params)
            for fault in faults[:MAX_FAULTS]
        ]
        raise PlanImportRefused(count=len(faults), errors=errors)
