"""Delimited texts and workbooks as rows of texts, one at a time; what cannot be read says where it breaks."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.model import FileFault, Limits, column_name
from libs.common.sheets.workbook import read_workbook
from services.energy.feeds.domain.body import UnreadableFile

_CHUNK: Final = 1 << 20
_MAX_LINE: Final = 1 << 20
_LOOK_AHEAD: Final = 1 << 16
_DELIMITERS: Final = (",", ";", "\t", "|")
_LIMITS: Final = Limits(expanded_bytes=128 * 2**20, rows=1_000_000, columns=512)
# A cell that holds no value is carried as this mark and its cause; no export writes it.
BROKEN: Final = "\x00"
_EXCEL_DAY: Final = datetime(1899, 12, 30)  # noqa: DTZ001
_EXACT: Final = 2**53
_EXCEL_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001


def shown(cell: str) -> str:
    """What a cell shows, also one that holds no value."""
    return (cell.partition(":")[2] if cell.startswith(BROKEN) else cell).strip()[:40]


@dataclass(frozen=True, slots=True)
class Grid:
    """``rows``: number from 1 and cells, blank rows left out; ``name`` of the sheet, empty for a text."""

    name: str
    rows: Iterator[tuple[int, list[str]]]
    delimiter: str = ""

    def cell(self, line: int, column: int) -> str:
        """Where a cell stands, as a spreadsheet names it."""
        return f"{column_name(column)}{line}"


def text_grid(body: bytes) -> Grid:
    """A delimited text: UTF-8 with or without a mark, UTF-16 with one, else GB 18030. Raises UnreadableFile."""
    encoding = encoding_of(body)
    head = body[:_LOOK_AHEAD].decode(encoding, "ignore")
    counts = {mark: head.count(mark) for mark in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda mark: counts[mark])
    return Grid("", _text_rows(body, encoding, delimiter), delimiter)


def encoding_of(body: bytes) -> str:
    """The name of the encoding in which the bytes are a text. Raises UnreadableFile."""
    if not body.strip():
        raise UnreadableFile("file.empty")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            candidates = [encoding]
            break
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        if _decodes(body, encoding):
            return encoding
    raise UnreadableFile("file.encoding_unknown")


def _decodes(body: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(body), _CHUNK):
            # No table holds a zero: it is the sign of another encoding or of no text at all.
            if BROKEN in decoder.decode(body[start : start + _CHUNK]):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def text_lines(body: bytes, encoding: str) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends. Raises UnreadableFile for a line without end."""
    stream = io.TextIOWrapper(io.BytesIO(body), encoding)
    number = 0
    while line := stream.readline(_MAX_LINE):
        number += 1
        if len(line) >= _MAX_LINE and not line.endswith("\n"):
            raise UnreadableFile("file.line_too_long", number)
        yield number, line.rstrip("\n")


def _text_rows(body: bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines = text_lines(body, encoding)
    if b'"' not in body:
        for number, line in lines:
            if line and not line.isspace():
                yield number, line.split(delimiter)
        return
    reader = csv.reader((line + "\n" for _, line in lines), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableFile("file.quotes_broken", reader.line_num + 1) from error


def workbook_grids(body: bytes) -> list[Grid]:
    """The visible sheets of a workbook. Raises UnreadableFile."""
    try:
        book = read_workbook(io.BytesIO(body), _LIMITS)
    except FileFault as fault:
        raise _unreadable(fault) from fault
    first_day = _EXCEL_1904 if book.date1904 else _EXCEL_DAY

    def rows(sheet_rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[str]]]:
        try:
            for number, cells in sheet_rows:
                yield number, [_text_of(cell, first_day) for cell in cells]
        except FileFault as fault:
            raise _unreadable(fault) from fault

    return [
        Grid(sheet.name, rows((row.number, row.cells) for row in sheet.rows()))
        for sheet in book.sheets
        if not sheet.hidden
    ]


def _unreadable(fault: FileFault) -> UnreadableFile:
    code = "file." + fault.code.removeprefix("import.")
    pointer = f"/{fault.sheet}" if fault.sheet else ""
    return UnreadableFile(code, fault.row or 0, pointer, **fault.params)


def _text_of(cell: Cell, first_day: datetime) -> str:
    match cell:
        case None:
            return ""
        case Number(text, is_date, _):
            return _moment(text, first_day) if is_date else _plain(text)
        case Broken(code, shown):
            return f"{BROKEN}{code}:{shown}"
        case bool():
            return str(cell).lower()
        case _:
            return cell


def _plain(text: str) -> str:
    """A whole number without exponent: long meter numbers are stored as 3.40100012345601E+14."""
    if "E" not in text and "e" not in text:
        return text
    try:
        number = Decimal(text)
        return f"{number:f}" if number == number.to_integral_value() and abs(number) < _EXACT else text
    except ArithmeticError:
        return text


def _moment(serial: str, first_day: datetime) -> str:
    """An ISO date, date with time, or time of day for a number that is shown as one."""
    try:
        days = float(serial)
        # A workbook's fraction of a day is off by microseconds; no reading is.
        seconds = round(days * 86_400)
        if 0 <= days <= 1:
            hours, rest = divmod(seconds, 3600)
            return f"{hours:02}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
        moment = first_day + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return serial
    return moment.isoformat(" ", "seconds").removesuffix(" 00:00:00")
