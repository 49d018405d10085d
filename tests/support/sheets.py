"""Small spreadsheets for tests, as people and programs make them."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from libs.common.sheets.cells import Number
from libs.common.sheets.model import Limits
from libs.common.sheets.reading import read_book


def xlsx(rows: Sequence[Any], *, name: str = "项目", date1904: bool = False, **options: Any) -> bytes:
    """A workbook with one sheet. Texts stay texts, days get a day's format; ``=…`` is a formula."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "date_1904": date1904, **options}) as book:
        write_sheet(book, name, rows)
    return target.getvalue()


def write_sheet(book: xlsxwriter.Workbook, name: str, rows: Sequence[Any]) -> Any:
    """One more sheet of a workbook that is being written."""
    sheet = book.add_worksheet(name)
    day = book.add_format({"num_format": "yyyy/m/d"})
    for number, cells in enumerate(rows):
        for index, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(number, index, cell, day)
            elif isinstance(cell, str) and not cell.startswith("="):
                sheet.write_string(number, index, cell)
            elif cell is not None:
                sheet.write(number, index, cell)
    return sheet


def repacked(workbook: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """The workbook with parts of its archive replaced, added, or (None) left out."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in source.namelist():
            if name not in parts:
                made.writestr(name, source.read(name))
        for name, body in parts.items():
            if body is not None:
                made.writestr(name, body)
    return target.getvalue()


def csv_text(rows: Sequence[Any], delimiter: str = ",") -> str:
    """Rows as text, nothing quoted."""
    return "\r\n".join(delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows) + "\r\n"


def columns_of(workbook: bytes, sheet: str) -> dict[str, list[Any]]:
    """What stands under each heading of a sheet whose first row is its head; numbers as floats."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        path.write_bytes(workbook)
        (found,) = (one for one in read_book(path, Limits()).sheets if one.name == sheet)
        head, *rows = (
            [float(cell.text) if isinstance(cell, Number) else cell for cell in row.cells] for row in found.rows()
        )
    # Empty cells at the end of a row are not there.
    return {
        str(name): [row[place] if place < len(row) else None for row in rows] for place, name in enumerate(head)
    }
