"""Tables that people hand in (XLSX, CSV): rows by heading in either language, every fault by row and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

from pydantic import BaseModel

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import HeadUnfit, cell_text, headed_rows, plain_heading, serial_day, written_day
from libs.common.sheets.model import FileFault, Limits, SheetRow, column_name
from libs.common.sheets.reading import read_book
from libs.common.web.catalogue import Catalogue
from libs.common.web.problems import DomainError, FieldError

MAX_ROWS: Final = 20_000
MAX_FAULTS: Final = 1000
_LIMITS: Final = Limits(expanded_bytes=256 * 2**20, rows=MAX_ROWS + 20, columns=400)

RowT = TypeVar("RowT")


class TableUnreadable(DomainError):
    """The file is no table, or none of its first rows holds the headings that are needed."""

    code = "table.unreadable"
    status = 422


class TableRefused(DomainError):
    """Rows of the table cannot be taken; nothing was."""

    code = "table.refused"


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong where; ``row`` and ``column`` as the file shows them."""

    row: int
    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    def error(self) -> FieldError:
        return FieldError(self.code, f"/{self.row}/{self.column}".rstrip("/"), self.params)


class TableFaultRead(BaseModel):
    """A fault as the API tells it."""

    row: int
    column: str
    code: str
    message: str


def told_faults(faults: Sequence[CellFault], catalogue: Catalogue, language: str) -> list[TableFaultRead]:
    """The first thousand, in the caller's language."""
    ordered = sorted(faults, key=lambda fault: (fault.row, fault.column))
    return [
        TableFaultRead(
            row=fault.row,
            column=fault.column,
            code=fault.code,
            message=catalogue.title(fault.code, language, fault.params),
        )
        for fault in ordered[:MAX_FAULTS]
    ]


@dataclass(slots=True)
class TableRow:
    """A row's cells as text by fact; absent where the cell is empty. ``columns``: the letter of each fact."""

    number: int
    texts: dict[str, str]
    columns: Mapping[str, str]
    faults: list[CellFault]

    def fault(self, fact: str, code: str, **params: object) -> None:
        self.faults.append(CellFault(self.number, self.columns.get(fact, ""), code, params))

    def text(self, fact: str, *, required: bool = False) -> str | None:
        found = self.texts.get(fact)
        if found is None and required:
            self.fault(fact, "table.cell_missing", name=fact)
        return found

    def number_of(self, fact: str, *, required: bool = False) -> float | None:
        text = self.text(fact, required=required)
        if text is None:
            return None
        try:
            return float(text.replace(",", "").replace("，", ""))
        except ValueError:
            self.fault(fact, "table.cell_unfit", value=text[:40])
            return None

    def date_of(self, fact: str, *, required: bool = False) -> date | None:
        text = self.text(fact, required=required)
        if text is None:
            return None
        found = day_in(text)
        if found is None:
            self.fault(fact, "table.cell_unfit", value=text[:40])
        return found


def read_file(
    body: bytes,
    read: Callable[[Iterable[SheetRow], bool], Iterator[RowT]],
    unreadable: type[DomainError],
    *,
    limits: Limits,
    max_rows: int,
    head_missing: str,
) -> list[RowT]:
    """What ``read`` makes of the first visible sheet's rows (and whether its days count from 1904).

    Raises ``unreadable`` for a file that is no table, has no fitting head or more than ``max_rows``.
    """
    with TemporaryDirectory(prefix="duban-table-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(body)
        try:
            book = read_book(path, limits)
            sheet = next((sheet for sheet in book.sheets if not sheet.hidden), None)
            if sheet is None:
                raise unreadable(reason="no visible sheet")
            rows = list(read(sheet.rows(), book.date1904))
        except FileFault as fault:
            errors = [FieldError(f"meter.{fault.code.replace('.', '_')}", params=fault.params)]
            raise unreadable(reason=fault.code.rpartition(".")[2], errors=errors) from fault
        except HeadUnfit as error:
            raise unreadable(reason=error.reason(head_missing)) from error
    if len(rows) > max_rows:
        raise unreadable(reason=f"more than {max_rows} rows")
    return rows


def read_table(body: bytes, columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> list[TableRow]:
    """The rows under the first row that has the headings ``needed``; ``columns`` says what headings mean.

    Raises TableUnreadable, also for a heading that nobody knows: a column is never passed over silently.
    """
    return read_file(
        body,
        lambda rows, date1904: _rows(rows, columns, needed, date1904=date1904),
        TableUnreadable,
        limits=_LIMITS,
        max_rows=MAX_ROWS,
        head_missing=f"no row of headings with {', '.join(needed)}",
    )


def refuse(faults: Sequence[CellFault]) -> None:
    """Raises TableRefused naming each fault by row and column, if there is one."""
    if faults:
        ordered = sorted(faults, key=lambda fault: (fault.row, fault.column))
        raise TableRefused(count=len(faults), errors=[fault.error() for fault in ordered[:MAX_FAULTS]])


def day_in(text: str) -> date | None:
    """As :func:`written_day`; a time behind the day says nothing here."""
    return written_day(text.strip().partition(" ")[0].partition("T")[0])


def _rows(
    rows: Iterable[SheetRow], columns: Mapping[str, Sequence[str]], needed: Sequence[str], *, date1904: bool
) -> Iterator[TableRow]:
    known = {_plain(name): fact for fact, names in columns.items() for name in (fact, *names)}
    for row, head in headed_rows(rows, known.get, needed, plain=_plain):
        yield _row(row, head, date1904=date1904)


def _row(row: SheetRow, header: Mapping[int, str], *, date1904: bool) -> TableRow:
    columns = {fact: column_name(place) for place, fact in header.items()}
    found = TableRow(row.number, {}, columns, [])
    for place, fact in header.items():
        cell = row.cells[place] if place < len(row.cells) else None
        if isinstance(cell, Broken):
            found.fault(fact, "table.cell_broken", shown=cell.shown)
            continue
        text = _text(cell, date1904=date1904).strip()
        if text:
            found.texts[fact] = text
    return found


def _text(cell: Cell, *, date1904: bool) -> str:
    day = serial_day(cell, date1904=date1904) if isinstance(cell, Number) else None
    return cell_text(cell) if day is None else day.isoformat()


def _plain(name: str) -> str:
    return plain_heading(name).replace(" ", "")
