"""Templates to fill in: the headings, and a sheet that says what each column takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

_ROWS = 2_000
# Excel takes a list of choices of this length in all.
_MAX_CHOICES = 255


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column in the caller's language; ``choices`` for columns with a set of values."""

    heading: str
    help: str
    requirement: str
    kind: str
    example: str = ""
    choices: Sequence[str] = ()
    is_date: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class TemplateTexts:
    """Names of the two sheets, headings of the help sheet, and notes below it."""

    sheet: str
    help_sheet: str
    help_headings: Sequence[str]
    notes: Sequence[str]


def template_csv(columns: Sequence[TemplateColumn]) -> bytes:
    """The headings alone, with the BOM by which Excel knows UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow([column.heading for column in columns])
    return ("\ufeff" + text.getvalue()).encode()


def template_xlsx(columns: Sequence[TemplateColumn], texts: TemplateTexts) -> bytes:
    """A workbook with the headings, lists of choices below them, and the help sheet."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        plain = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(texts.sheet)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.heading, head)
            # Codes must not lose their zeros, days must not become numbers.
            form = day if column.is_date else plain if column.is_text else None
            sheet.set_column(index, index, max(12, 2 * len(column.heading)), form)
            if column.choices and len(",".join(column.choices)) <= _MAX_CHOICES:
                options = {"validate": "list", "source": list(column.choices)}
                sheet.data_validation(1, index, _ROWS, index, options)
        _write_help(book.add_worksheet(texts.help_sheet), columns, texts, head)
    return target.getvalue()


def _write_help(
    sheet: xlsxwriter.worksheet.Worksheet, columns: Sequence[TemplateColumn], texts: TemplateTexts, head: object
) -> None:
    for index, heading in enumerate(texts.help_headings):
        sheet.write_string(0, index, heading, head)
        sheet.set_column(index, index, 24)
    for number, column in enumerate(columns, 1):
        # A leading mark keeps the help from being taken for headings when the sheet is read back.
        cells = (f"▸ {column.heading}", column.requirement, column.kind, column.example, column.help)
        for index, text in enumerate(cells):
            sheet.write_string(number, index, text)
        sheet.write_string(number, len(cells), "、".join(column.choices))
    for number, note in enumerate(texts.notes, len(columns) + 2):
        sheet.write_string(number, 0, note)
