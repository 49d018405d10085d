"""Reports of a month, and the empty table to fill in, as CSV and XLSX: what is exported can be imported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from libs.common import regions
from libs.common.context import Context
from libs.common.sheets.writing import Row, Value, csv_of, xlsx_of
from services.projects.economy.domain.arithmetic import plain
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.reports import Edition, Line
from services.projects.economy.domain.sheet import CONFIRMATION, CREDIT_CODE, NAME, headings
from services.projects.economy.repository import catalogue
from services.projects.economy.repository import reports as repository

_BATCH = 500


async def template(ctx: Context, language: str) -> list[str]:
    """Column titles of the empty table."""
    known = await catalogue.all_indicators(ctx.session)
    return [title for _, title in headings(known, language)]


async def report_table(
    ctx: Context, month: date, edition: Edition, region_code: str | None, language: str
) -> tuple[list[str], list[Row]]:
    """Titles and rows of the reports that the caller sees, in units of the catalogue."""
    known = await catalogue.all_indicators(ctx.session)
    columns = headings(known, language)
    prefix = None if region_code is None else regions.prefix(region_code)
    found = await repository.reports_to_export(ctx.session, ctx.principal, month, edition, prefix)
    rows: list[Row] = []
    for _, enterprise, stored in found:
        lines = {} if stored is None else repository.lines_of(stored)
        facts = {CREDIT_CODE: enterprise.credit_code, NAME: enterprise.name, CONFIRMATION: None}
        rows.append([facts[fact] if fact in facts else _cell(fact, lines, known) for fact, _ in columns])
    return [title for _, title in columns], rows


def _cell(fact: str, lines: Mapping[str, Line], known: Mapping[str, Indicator]) -> Value:
    code, which = fact.split("|")
    line = lines.get(code, Line())
    value = line.month if which == "month" else line.cumulative
    return None if value is None else _shown(value)


def _shown(value: Decimal) -> Value:
    """Whole numbers of a spreadsheet are exact up to 2 to the 53rd; what is not is written as text."""
    if value == value.to_integral_value():
        return int(value) if abs(value) < 2**53 else plain(value)
    return float(value) if Decimal(repr(float(value))) == value else plain(value)


def written(is_workbook: bool, sheet: str, titles: Sequence[str], rows: Sequence[Row]) -> AsyncIterator[bytes]:
    """The table, in pieces."""
    return xlsx_of(sheet, titles, _batches(rows)) if is_workbook else csv_of(titles, _batches(rows))


async def _batches(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
