"""Delimited texts: UTF-8 with or without BOM, UTF-16 with one, or GB18030; commas, semicolons or tabs."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from libs.common.sheets.cells import Cell
from libs.common.sheets.model import Book, FileFault, Limits, Sheet, SheetRow

_CHUNK = 1024 * 1024
_DELIMITERS = (",", ";", "\t")
_MAX_FIELD = 100_000
_COMPUTED = frozenset("=+-@\t\r")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SHEET = "CSV"


def read_delimited(path: Path, limits: Limits) -> Book:
    """Raises FileFault when the bytes are no text in any of the encodings."""
    encoding = _encoding_of(path)
    delimiter, skipped = _delimiter_of(path, encoding)

    def rows() -> Iterator[SheetRow]:
        return _rows(path, encoding, delimiter, skipped, limits)

    return Book((Sheet(SHEET, rows),), encoding=encoding.removesuffix("-sig"), delimiter=delimiter)


def _encoding_of(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise FileFault("import.encoding_unknown")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                text = decoder.decode(chunk)
                # No table holds these: they are the sign of another encoding, or of no text at all.
                if "\x00" in text or "\ufffd" in text:
                    return False
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _delimiter_of(path: Path, encoding: str) -> tuple[str, bool]:
    """The delimiter of the first line that holds one, and whether the first line is ``sep=`` and no row."""
    with path.open(encoding=encoding, newline="") as stream:
        for number, line in zip(range(20), iter(lambda: stream.readline(_MAX_FIELD), ""), strict=False):
            text = line.strip("\r\n")
            if number == 0 and text.casefold().startswith("sep=") and text[4:] in _DELIMITERS:
                return text[4:], True
            counts = {delimiter: text.count(delimiter) for delimiter in _DELIMITERS}
            if any(counts.values()):
                return max(_DELIMITERS, key=lambda delimiter: counts[delimiter]), False
    return ",", False


def _unguarded(cell: str) -> str:
    # Exports mark what a spreadsheet would compute.
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _COMPUTED else cell


def _rows(path: Path, encoding: str, delimiter: str, skipped: bool, limits: Limits) -> Iterator[SheetRow]:
    number = 0
    try:
        with path.open(encoding=encoding, newline="") as stream:
            if skipped:
                stream.readline()
                number = 1
            for cells in csv.reader(stream, delimiter=delimiter, strict=True):
                number += 1
                if len(cells) > limits.columns and any(cell.strip() for cell in cells[limits.columns :]):
                    raise FileFault("import.too_many_columns", {"limit": limits.columns}, SHEET, number)
                row: list[Cell] = [_unguarded(cell) or None for cell in cells]
                if any(row):
                    yield SheetRow(number, row)
    except csv.Error as error:
        raise FileFault("import.text_broken", {"reason": str(error)}, SHEET, number + 1) from error
