"""Tables as CSV, NDJSON, XLSX and Parquet, a batch of rows at a time."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import orjson
import polars as pl
import xlsxwriter

from libs.common.workdays import SHANGHAI
from services.projects.exchange.domain.columns import Column, Kind

# A spreadsheet takes what begins so for a formula. The reader of CSV takes the mark off again.
GUARDED = ("=", "+", "-", "@", "\t", "\r")
GUARD = "'"
_MAX_EXACT = 2**53
_ROW_GROUP = 50_000

Shown = Callable[[Any], Any]
Values = Sequence[Any]


class TableWriter(Protocol):
    """Writes a file; ``add`` may take long and is called in a thread."""

    def add(self, rows: Sequence[Values]) -> None: ...

    def close(self) -> None: ...


def guarded(text: str) -> str:
    """The text, marked if a spreadsheet would compute it."""
    return GUARD + text if text.startswith(GUARDED) else text


class CsvText:
    """CSV with the BOM by which Excel knows UTF-8; ``shown`` gives a column's values as texts."""

    def __init__(self, headings: Sequence[str], shown: Sequence[Shown]) -> None:
        self._headings = headings
        self._shown = shown

    def head(self) -> bytes:
        return ("\ufeff" + self._lines([self._headings])).encode()

    def rows(self, rows: Sequence[Values]) -> bytes:
        return self._lines([self._texts(row) for row in rows]).encode()

    def _texts(self, row: Values) -> list[str]:
        pairs = zip(self._shown, row, strict=True)
        return ["" if value is None else show(value) for show, value in pairs]

    def _lines(self, rows: Sequence[Sequence[str]]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        return text.getvalue()


class NdjsonText:
    """One JSON object a line, with the values that the API answers."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.field for column in columns]
        self._money = [column.kind is Kind.MONEY for column in columns]

    def head(self) -> bytes:
        return b""

    def rows(self, rows: Sequence[Values]) -> bytes:
        return b"".join(
            orjson.dumps(
                {
                    name: str(value) if is_money and value is not None else value
                    for name, is_money, value in zip(self._names, self._money, row, strict=True)
                },
                default=str,
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for row in rows
        )


class XlsxFile:
    """A workbook written row by row: what was written is on disk, not in memory."""

    def __init__(
        self, path: Path, sheet: str, headings: Sequence[str], columns: Sequence[Column], shown: Sequence[Shown]
    ) -> None:
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        self._sheet = self._book.add_worksheet(sheet[:31])
        self._kinds = [column.kind for column in columns]
        self._shown = shown
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._month = self._book.add_format({"num_format": "yyyy-mm"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._number = 0
        head = self._book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        for index, heading in enumerate(headings):
            self._sheet.set_column(index, index, min(40, max(12, 2 * len(heading))))
        self._sheet.freeze_panes(1, 0)
        for index, heading in enumerate(headings):
            self._sheet.write_string(0, index, heading, head)

    def add(self, rows: Sequence[Values]) -> None:
        for row in rows:
            self._number += 1
            for index, value in enumerate(row):
                if value is not None:
                    self._write(self._number, index, value)

    def _write(self, row: int, index: int, value: Any) -> None:
        match self._kinds[index]:
            case Kind.DATE:
                self._sheet.write_datetime(row, index, value, self._day)
            case Kind.MONTH:
                self._sheet.write_datetime(row, index, value, self._month)
            case Kind.INSTANT:
                local = value.astimezone(SHANGHAI).replace(tzinfo=None)
                self._sheet.write_datetime(row, index, local, self._instant)
            case Kind.INTEGER | Kind.MONEY | Kind.DECIMAL | Kind.PERCENT if abs(value) < _MAX_EXACT:
                self._sheet.write_number(row, index, value)
            case Kind.TEXT:
                # A workbook says itself that this is a text, whatever it begins with.
                self._sheet.write_string(row, index, str(value))
            case _:
                self._sheet.write_string(row, index, self._shown[index](value))

    def close(self) -> None:
        self._book.close()


_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: pl.Int64,
    Kind.MONEY: pl.Int64,
    Kind.DECIMAL: pl.Decimal(18, 3),
    Kind.PERCENT: pl.Decimal(5, 2),
    Kind.DATE: pl.Date,
    Kind.MONTH: pl.Date,
    Kind.BOOLEAN: pl.Boolean,
    Kind.INSTANT: pl.Datetime("us", "UTC"),
}


class ParquetFile:
    """Parquet in row groups. Batches wait in files of their own, and are put together at the end in a stream."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._schema = {column.field: _TYPES.get(column.kind, pl.String) for column in columns}
        self._texts = [index for index, type_ in enumerate(self._schema.values()) if type_ is pl.String]
        self._directory = tempfile.TemporaryDirectory(prefix="duban-parquet-")
        self._parts = 0
        self._rows: list[list[Any]] = []

    def add(self, rows: Sequence[Values]) -> None:
        for row in rows:
            values = list(row)
            for index in self._texts:
                if values[index] is not None:
                    values[index] = str(values[index])
            self._rows.append(values)
        if len(self._rows) >= _ROW_GROUP:
            self._write()

    def _write(self) -> None:
        frame = pl.DataFrame(self._rows, schema=self._schema, orient="row")
        frame.write_parquet(Path(self._directory.name) / f"{self._parts:06}.parquet")
        self._parts += 1
        self._rows = []

    def close(self) -> None:
        if self._rows or not self._parts:
            self._write()
        parts = pl.scan_parquet(Path(self._directory.name) / "*.parquet")
        parts.sink_parquet(self._path, row_group_size=_ROW_GROUP)
        self._directory.cleanup()


def shown_as(column: Column, terms: Callable[[Any], str], yes: str, no: str) -> Shown:
    """How a column's values read in a table for people."""
    match column.kind:
        case Kind.TERM:
            kind = column.terms
            assert kind is not None
            words = {value.value: terms(value) for value in kind}
            return lambda value: words.get(value, str(value))
        case Kind.BOOLEAN:
            return lambda value: yes if value else no
        case Kind.MONTH:
            return lambda value: f"{value:%Y-%m}"
        case Kind.INSTANT:
            return _instant
        case Kind.DECIMAL | Kind.PERCENT:
            return _decimal
        case Kind.TEXT:
            return lambda value: guarded(str(value))
        case _:
            return str


def _instant(value: datetime) -> str:
    return value.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _decimal(value: Decimal) -> str:
    return format(value, "f")
