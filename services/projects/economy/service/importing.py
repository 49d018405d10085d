"""Reports of a month by a table: every fault by row and column first, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import EconomyReportEnteredV1
from libs.common.local_time import today_of
from libs.common.outbox.record import EventRow
from libs.common.security.scope import reaches_region
from libs.common.sheets.headed import HeadUnfit
from libs.common.sheets.model import FileFault, Limits
from libs.common.sheets.reading import read_book
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError, FieldError
from services.projects.conditions.repository import open_conditions
from services.projects.economy.domain import months
from services.projects.economy.domain import reports as rules
from services.projects.economy.domain.deriving import Derived
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.reports import PENDING, EconomyStatus, Edition
from services.projects.economy.domain.sheet import CREDIT_CODE, CellFault, HeadUnsound, SheetReport, read_reports
from services.projects.economy.errors import (
    ImportRefused,
    ImportUnreadable,
    ReportIncomplete,
    ReportUnsound,
    WarningsUnconfirmed,
)
from services.projects.economy.repository import catalogue, counted
from services.projects.economy.repository import reports as repository
from services.projects.economy.service.duties import JUDGED, settle_duty
from services.projects.economy.service.recording import OpenedReport, new_report, say, step
from services.projects.economy.service.reporting import doubts_of, hand_in, store
from services.projects.economy.service.terms import Closings, Terms, load_closings, load_terms
from services.projects.economy.tables.reports import ReportRow
from services.projects.registry.repository import by_keys
from services.projects.registry.tables import EnterpriseRow

MAX_ROWS, MAX_FAULTS = 10_000, 1000
_LIMITS = Limits(expanded_bytes=256 * 2**20, rows=MAX_ROWS + 20, columns=256)


@dataclass(slots=True)
class Imported:
    """What an import did, or would do."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    submitted: int = 0
    faults: list[CellFault] = field(default_factory=list)


@dataclass(slots=True)
class _World:
    """What all rows of a table are held against."""

    month: date
    edition: Edition
    terms: Terms
    closings: Closings
    places: Mapping[UUID, tuple[str, str]]
    reports: dict[UUID, ReportRow]
    lines: Mapping[UUID, rules.Lines]
    before: Mapping[UUID, Mapping[str, Derived]]
    finals: set[UUID]
    events: list[EventRow] = field(default_factory=list)


async def import_reports(
    ctx: Context, body: bytes, month: date, edition: Edition, *, submit: bool, dry_run: bool
) -> Imported:
    """Drafts of the month from a table, handed in at once if asked. Cells that are empty leave what was said.

    Raises ImportUnreadable, ImportRefused, MonthNotOver, EditionNotOwed, UnknownCalendarYear.
    """
    rules.demand_over(month, today_of(ctx))
    terms = await load_terms(ctx)
    rows = read_table(body, terms.catalogue)
    outcome = Imported(rows=len(rows))
    found = await by_keys(ctx.session, EnterpriseRow, "credit_code", {row.credit_code for row in rows})
    enterprises = {one.credit_code: one for one in found if one.deleted_at is None}
    async with on_trial(ctx.session, dry_run=dry_run):
        world = await _load(ctx, month, edition, terms, [one.enterprise_id for one in enterprises.values()])
        seen: dict[str, int] = {}
        taken: list[tuple[SheetReport, EnterpriseRow, ReportRow]] = []
        for row in rows:
            enterprise = _enterprise(ctx, row, enterprises, world, seen)
            if enterprise is not None and _is_sound(row, terms):
                taken.append((row, enterprise, _report_of(ctx, enterprise, world)))
        await ctx.session.flush()
        handed_in: list[tuple[ReportRow, EnterpriseRow]] = []
        for row, enterprise, report in taken:
            _enter(ctx, row, enterprise, report, world, outcome)
            if submit and _submit(ctx, row, report, enterprise, world, outcome):
                handed_in.append((report, enterprise))
        outcome.faults = [fault for row in rows for fault in row.faults]
        if not dry_run:
            _refuse(outcome.faults)
        await store(ctx, world.events)
        told = await open_conditions(ctx.session, JUDGED, [report.id for report, _ in handed_in])
        for report, enterprise in handed_in:
            if report.id in told:
                await settle_duty(ctx, report, enterprise, terms, may_open=False)
    return outcome


def read_table(body: bytes, known: Mapping[str, Indicator]) -> list[SheetReport]:
    """The rows of an XLSX or CSV file. Raises ImportUnreadable."""
    with TemporaryDirectory(prefix="duban-table-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(body)
        try:
            book = read_book(path, _LIMITS)
            sheet = next((sheet for sheet in book.sheets if not sheet.hidden), None)
            if sheet is None:
                raise ImportUnreadable(reason="no visible sheet")
            rows = list(read_reports(sheet.rows(), known))
        except FileFault as fault:
            errors = [FieldError(fault.code, "", fault.params)]
            raise ImportUnreadable(reason=fault.code.rpartition(".")[2], errors=errors) from fault
        except HeadUnfit as error:
            raise ImportUnreadable(reason=error.reason("no column credit_code / 统一社会信用代码")) from error
        except HeadUnsound as error:
            fault_at = FieldError(error.code, f"/{error.column}", {"column": error.column})
            raise ImportUnreadable(reason=f"column {error.column}", errors=[fault_at]) from error
    if len(rows) > MAX_ROWS:
        raise ImportUnreadable(reason=f"more than {MAX_ROWS} rows")
    return rows


async def _load(
    ctx: Context, month: date, edition: Edition, terms: Terms, enterprise_ids: Sequence[UUID]
) -> _World:
    await repository.lock_register(ctx.session, enterprise_ids)
    reports = await repository.reports_of(ctx.session, enterprise_ids, month, edition)
    finals: set[UUID] = set()
    if edition is Edition.FLASH:
        others = await repository.reports_of(ctx.session, enterprise_ids, month, Edition.FINAL, lock=False)
        finals = {key for key, row in others.items() if row.accepted_revision is not None}
    return _World(
        month,
        edition,
        terms,
        await load_closings(ctx, month),
        await catalogue.places_in(ctx.session, enterprise_ids, month),
        reports,
        await repository.lines_now(ctx.session, reports.values()),
        await counted.figures_at(ctx.session, enterprise_ids, months.plus(month, -1)),
        finals,
    )


def _enterprise(
    ctx: Context, row: SheetReport, known: Mapping[str, EnterpriseRow], world: _World, seen: dict[str, int]
) -> EnterpriseRow | None:
    if not row.credit_code:
        return None
    if row.credit_code in seen:
        row.fault(CREDIT_CODE, "economy_import.row_repeated", row=seen[row.credit_code])
    seen.setdefault(row.credit_code, row.row)
    enterprise = known.get(row.credit_code)
    place = None if enterprise is None else world.places.get(enterprise.enterprise_id)
    own_region = enterprise.region_code if enterprise is not None and place is None else place and place[0]
    if enterprise is None or not reaches_region(ctx.principal, own_region):
        row.fault(CREDIT_CODE, "economy_import.enterprise_unknown", credit_code=row.credit_code[:40])
        return None
    if place is None:
        row.fault(CREDIT_CODE, "economy_import.not_in_register", month=f"{world.month:%Y-%m}")
        return None
    if world.closings.hold_in(place[0]):
        row.fault(CREDIT_CODE, "economy_import.month_closed", month=f"{world.month:%Y-%m}")
    if enterprise.enterprise_id in world.finals:
        row.fault(CREDIT_CODE, "economy_import.flash_after_final")
    report = world.reports.get(enterprise.enterprise_id)
    if report is not None and report.status not in PENDING:
        row.fault(CREDIT_CODE, "economy_import.not_writable", status=EconomyStatus(report.status))
    return enterprise


def _is_sound(row: SheetReport, terms: Terms) -> bool:
    try:
        rules.demand_sound(row.lines, terms.catalogue)
    except ReportUnsound as error:
        _faults(row, error)
    return not row.faults


def _report_of(ctx: Context, enterprise: EnterpriseRow, world: _World) -> ReportRow:
    """The enterprise's report of the month, a new one if there is none; the caller flushes."""
    report = world.reports.get(enterprise.enterprise_id)
    if report is None:
        place = world.places[enterprise.enterprise_id]
        due_on = world.terms.due_on(world.edition, world.month, place[0])
        report = new_report(ctx, enterprise.enterprise_id, world.month, world.edition.value, due_on, place)
        ctx.session.add(report)
    return report


def _enter(
    ctx: Context, row: SheetReport, enterprise: EnterpriseRow, report: ReportRow, world: _World, outcome: Imported
) -> None:
    before = world.lines.get(report.id, {})
    after = rules.merged(before, row.lines)
    row.lines = dict(after)
    if after == before and report.revision:
        outcome.unchanged += 1
        return
    if report.revision:
        outcome.changed += 1
    else:
        outcome.created += 1
        report.status = EconomyStatus.DRAFT.value
    say(ctx, report, after)
    world.events.append(step(ctx, report, enterprise, "entered", lambda facts: EconomyReportEnteredV1(**facts)))


def _submit(
    ctx: Context, row: SheetReport, report: ReportRow, enterprise: EnterpriseRow, world: _World, outcome: Imported
) -> bool:
    opened = OpenedReport(report, enterprise, row.lines)
    before = world.before.get(enterprise.enterprise_id, {})
    # One explanation a row: whoever wrote it had all of the row's figures before their eyes.
    reasons = {one.key: row.confirmation for one in doubts_of(opened, world.terms, before)}
    try:
        world.events.append(hand_in(ctx, opened, world.terms, before, reasons, "imported"))
    except (ReportIncomplete, WarningsUnconfirmed) as error:
        _faults(row, error)
        return False
    outcome.submitted += 1
    return True


def _faults(row: SheetReport, error: DomainError) -> None:
    """What is wrong with the lines, in the columns that said them."""
    for one in error.errors:
        code = str(one.params.get("indicator", ""))
        said = next((fact for fact in (f"{code}|month", f"{code}|cumulative") if fact in row.columns), "")
        row.fault(said, one.code, **one.params)


def _refuse(faults: Sequence[CellFault]) -> None:
    """Raises ImportRefused naming each fault by row and column."""
    if faults:
        errors = [
            FieldError(fault.code, f"/{fault.row}/{fault.column}".rstrip("/"), fault.params)
            for fault in faults[:MAX_FAULTS]
        ]
        raise ImportRefused(count=len(faults), errors=errors)
