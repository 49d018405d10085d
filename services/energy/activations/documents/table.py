"""The report of the day as a workbook: the table, and the day in sentences beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter

from services.energy.activations.documents.wording import (
    HEADINGS,
    acknowledged_of,
    measure_of,
    summary,
    title_of,
    verdict_of,
)
from services.energy.activations.domain.quarters import local_text
from services.energy.activations.domain.report import DayReport, Line

_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_WIDTHS: Final = (6, 22, 30, 22, 8, 17, 17, 14, 14, 14, 16, 16, 10, 10, 10, 18, 24)
_SHARES: Final = frozenset({12, 13})


def render_table(report: DayReport) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        # The moment of making would make every file another one.
        book.set_properties({"title": title_of(report), "created": _MADE.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        formats = {
            "number": book.add_format({"num_format": "#,##0.0", "border": 1}),
            "share": book.add_format({"num_format": "0.0%", "border": 1}),
            "text": book.add_format({"border": 1}),
        }
        sheet = book.add_worksheet("执行明细")
        sheet.freeze_panes(1, 3)
        for column, (heading, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, heading, head)
        for row, line in enumerate(report.lines, 1):
            for column, value in enumerate(_cells(row, line)):
                _write(sheet, row, column, value, formats)
        said = book.add_worksheet("汇总")
        said.set_column(0, 0, 110)
        for row, text in enumerate((title_of(report), *summary(report))):
            said.write_string(row, 0, text)
    return target.getvalue()


def _cells(number: int, line: Line) -> tuple[str | float | None, ...]:
    return (
        number,
        line.activation_code,
        line.enterprise_name,
        line.credit_code,
        measure_of(line),
        local_text(line.starts_at, "%Y-%m-%d %H:%M"),
        local_text(line.ends_at, "%Y-%m-%d %H:%M"),
        line.ordered_kw,
        line.mean_kw,
        line.peak_kw,
        line.energy_kwh,
        line.shortfall_kwh,
        line.rate,
        line.covered,
        line.notices,
        acknowledged_of(line),
        verdict_of(line),
    )


def _write(sheet: Any, row: int, column: int, value: str | float | None, formats: dict[str, Any]) -> None:
    if value is None:
        # An empty cell: what is not known is no number, and no sum may count it.
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, str):
        sheet.write_string(row, column, value, formats["text"])
    elif column in _SHARES:
        sheet.write_number(row, column, value, formats["share"])
    else:
        sheet.write_number(row, column, value, formats["text" if isinstance(value, int) else "number"])
