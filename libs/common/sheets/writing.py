"""Plain tables for people: CSV with the BOM by which Excel knows UTF-8, and XLSX written row by row."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from libs.common.workdays import SHANGHAI

# A spreadsheet takes what begins so for a formula; libs.common.sheets.delimited takes the mark off again.
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
_READ = 256 * 1024
# Of a sheet, without its headings.
XLSX_MOST_ROWS = 1_048_575

Value = str | int | float | datetime | None
Row = Sequence[Value]


async def csv_of(headings: Sequence[str], batches: AsyncIterable[Sequence[Row]]) -> AsyncIterator[bytes]:
    """The table as CSV, a batch of rows at a time; instants are local time."""
    yield ("\ufeff" + _lines([headings])).encode()
    async for rows in batches:
        yield _lines([[_text(value) for value in row] for row in rows]).encode()


async def xlsx_of(
    sheet: str, headings: Sequence[str], batches: AsyncIterable[Sequence[Row]]
) -> AsyncIterator[bytes]:
    """The table as a workbook; it rests in a temporary file until it is sent."""
    directory = tempfile.TemporaryDirectory(prefix="duban-table-")
    path = Path(directory.name) / "table.xlsx"
    try:
        await write_xlsx(path, sheet, headings, batches)
    except BaseException:
        directory.cleanup()
        raise
    async for chunk in sent(path, directory):
        yield chunk


async def sent(path: Path, directory: tempfile.TemporaryDirectory[str]) -> AsyncIterator[bytes]:
    """The file's bytes; the directory goes when they are sent, or nobody wants them any more."""
    try:
        with path.open("rb") as stream:
            while chunk := await asyncio.to_thread(stream.read, _READ):
                yield chunk
    finally:
        directory.cleanup()


async def write_xlsx(path: Path, name: str, headings: Sequence[str], batches: AsyncIterable[Sequence[Row]]) -> int:
    """Write the table as a workbook; returns how many rows it has."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet(name[:31])
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        for index, heading in enumerate(headings):
            sheet.set_column(index, index, min(40, max(12, 2 * len(heading))))
            sheet.write_string(0, index, heading, head)
        number = 0
        async for rows in batches:
            for row in rows:
                number += 1
                for index, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(
                            number, index, value.astimezone(SHANGHAI).replace(tzinfo=None), instant
                        )
                    elif isinstance(value, int | float):
                        sheet.write_number(number, index, value)
                    elif value is not None:
                        sheet.write_string(number, index, value)
    return number


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return "'" + text if isinstance(value, str) and text.startswith(_COMPUTED) else text


def _lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
