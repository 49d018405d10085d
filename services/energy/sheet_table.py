"""Tables that people hand in (XLSX, CSV): rows by heading in either language, every fault by row and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import BaseModel

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.model import Book, FileFault, Limits, SheetRow, column_name
from libs.common.sheets.reading import read_book
from libs.common.web.catalogue import Catalogue
from libs.common.web.problems import DomainError, FieldError

MAX_ROWS: Final = 20_000
MAX_FAULTS: Final = 1000
_HEAD_ROWS: Final = 10
_EPOCH: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_MOST_DAYS: Final = 200_000


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


def read_table(body: bytes, columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> list[TableRow]:
    """The rows under the first row that has the headings ``needed``; ``columns`` says what headings mean.

    Raises TableUnreadable, also for a heading that nobody knows: a column is never passed over silently.
    """
    with TemporaryDirectory(prefix="duban-table-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(body)
        try:
            book = read_book(path, Limits(expanded_bytes=256 * 2**20, rows=MAX_ROWS + 20, columns=400))
            rows = list(_rows(book, columns, needed))
        except FileFault as fault:
            code = f"meter.{fault.code.replace('.', '_')}"
            errors = [FieldError(code, params=fault.params)]
            raise TableUnreadable(reason=fault.code.rpartition(".")[2], errors=errors) from fault
    if len(rows) > MAX_ROWS:
        raise TableUnreadable(reason=f"more than {MAX_ROWS} rows")
    return rows


def refuse(faults: Sequence[CellFault]) -> None:
    """Raises TableRefused naming each fault by row and column, if there is one."""
    if faults:
        ordered = sorted(faults, key=lambda fault: (fault.row, fault.column))
        raise TableRefused(count=len(faults), errors=[fault.error() for fault in ordered[:MAX_FAULTS]])


def day_in(text: str) -> date | None:
    """The day that 2026-09-15, 2026/9/15, 2026年9月15日 or 20260915 means."""
    plain = text.strip().partition(" ")[0].partition("T")[0]
    for mark in "/.年月":
        plain = plain.replace(mark, "-")
    plain = plain.removesuffix("日")
    parts: Sequence[str] = plain.split("-") if "-" in plain else (plain[:4], plain[4:6], plain[6:])
    try:
        return date(*(int(part) for part in parts)) if len(parts) == 3 else None
    except ValueError:
        return None


def _rows(book: Book, columns: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Iterator[TableRow]:
    sheet = next((sheet for sheet in book.sheets if not sheet.hidden), None)
    if sheet is None:
        raise TableUnreadable(reason="no visible sheet")
    by_name = {_plain(name): fact for fact, names in columns.items() for name in (fact, *names)}
    header: dict[int, str] | None = None
    for seen, row in enumerate(sheet.rows()):
        if header is None:
            header = _header(row, by_name, needed)
            if header is None and seen + 1 >= _HEAD_ROWS:
                break
        elif any(cell not in (None, "") for cell in row.cells):
            yield _row(row, header, date1904=book.date1904)
    if header is None:
        raise TableUnreadable(reason=f"no row of headings with {', '.join(needed)}")


def _header(row: SheetRow, by_name: Mapping[str, str], needed: Sequence[str]) -> dict[int, str] | None:
    names = [_plain(_text(cell, date1904=False)) for cell in row.cells]
    facts = {by_name.get(name) for name in names}
    if not facts.issuperset(needed):
        return None
    found: dict[int, str] = {}
    for place, name in enumerate(names):
        if not name:
            continue
        fact = by_name.get(name)
        if fact is None:
            raise TableUnreadable(reason=f"column {column_name(place)}: {name[:40]} is not known")
        if fact in found.values():
            raise TableUnreadable(reason=f"column {column_name(place)}: {name[:40]} stands there twice")
        found[place] = fact
    return found


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
    if isinstance(cell, Number):
        return _number_text(cell, date1904=date1904)
    return "" if cell is None or isinstance(cell, Broken) else str(cell)


def _number_text(cell: Number, *, date1904: bool) -> str:
    if cell.is_date:
        try:
            days = int(float(cell.text))
        except ValueError:
            return cell.text
        if 0 < days < _MOST_DAYS:
            return ((_EPOCH_1904 if date1904 else _EPOCH) + timedelta(days=days)).isoformat()
    # 421224.0 is the code 421224 in every spreadsheet.
    return cell.text.removesuffix(".0")


def _plain(name: str) -> str:
    return name.strip().lower().replace("（", "(").replace("）", ")").replace(" ", "")
