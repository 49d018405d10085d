"""From a file's sheets to rows of an entity and faults, in the order they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from libs.common.sheets.cells import Cell
from libs.common.sheets.model import (
    Book,
    FileFault,
    Limits,
    Sheet,
    SheetRow,
    column_index,
    column_name,
)
from services.projects.exchange.domain.cells import CLEARED, CellFault, Reading, is_empty, shown, value_of
from services.projects.exchange.domain.columns import Heading, Headings
from services.projects.exchange.domain.faults import Fault, Notice
from services.projects.exchange.entities.base import ImportEntity, Row
from services.projects.exchange.wording import Words

# Titles and notes may stand above the headings, but not without end.
_MAX_ROWS_ABOVE = 20
_MIN_HEADINGS = 2


@dataclass(slots=True)
class Placed:
    """Where the fields of a sheet stand, to say where a later fault is."""

    headings: dict[str, Heading] = field(default_factory=dict)


class Parser:
    """Reads one file once. ``notices`` and ``placed`` fill while it is read."""

    def __init__(self, entity: ImportEntity, words: Words, limits: Limits) -> None:
        self._entity = entity
        self._words = words
        self._limits = limits
        self._headings: Headings = words.headings(entity.name, entity.columns)
        self._seen: dict[tuple[Any, ...], tuple[str, int]] = {}
        self._count = 0
        self.notices: list[Notice] = []
        self.placed: dict[str, Placed] = {}

    def read(self, book: Book) -> Iterator[Row | Fault]:
        """Rows and faults. Raises FileFault where reading on makes no sense."""
        reading = Reading(book.date1904, self._words.terms(self._entity.columns))
        found_any = False
        for sheet in book.sheets:
            if sheet.hidden:
                if next(sheet.rows(), None) is not None:
                    self.notices.append(Notice("import.hidden_sheet", {"sheet": sheet.name}))
                continue
            rows = sheet.rows()
            above, head = self._find_head(rows)
            if head is None:
                if above:
                    self.notices.append(Notice("import.sheet_passed_over", {"sheet": sheet.name}))
                continue
            found_any = True
            yield from self._sheet(sheet, head, rows, reading)
        if not found_any:
            raise FileFault("import.no_headings")

    def _find_head(self, rows: Iterator[SheetRow]) -> tuple[bool, SheetRow | None]:
        has_rows = False
        for row in rows:
            has_rows = True
            known = sum(1 for cell in row.cells if isinstance(cell, str) and self._headings.knows(cell))
            if known >= _MIN_HEADINGS:
                return True, row
            if row.number > _MAX_ROWS_ABOVE:
                break
        return has_rows, None

    def _sheet(
        self, sheet: Sheet, head: SheetRow, rows: Iterator[SheetRow], reading: Reading
    ) -> Iterator[Row | Fault]:
        texts = [cell if isinstance(cell, str) else (shown(cell) or None) for cell in head.cells]
        headings, faults = self._headings.read(texts)
        self.placed[sheet.name] = Placed({heading.column.field: heading for heading in headings})
        for one in faults:
            column = None if one.index is None else column_name(one.index)
            params = dict(one.params)
            if "field" in params:
                name = str(params["field"])
                params["titles"] = " / ".join(self._words.titles(self._entity.name, name))
            yield self._fault(one.code, params, sheet.name, head.number, column, one.text, value=one.text)
        yield from self._merged(sheet, head.number)
        if faults:
            # Without its headings a table says nothing; the rows would repeat the same fault thousands of times.
            return
        known = {heading.index for heading in headings}
        for row in rows:
            yield from self._row(sheet.name, row, headings, known, reading)

    def _merged(self, sheet: Sheet, head: int) -> Iterator[Fault]:
        for merged in sheet.merged:
            first, _, last = merged.partition(":")
            end = int("".join(filter(str.isdigit, last)))
            if end >= head:
                start = int("".join(filter(str.isdigit, first)))
                column = column_name(column_index(first))
                yield self._fault("import.merged_cells", {"range": merged}, sheet.name, start, column)

    def _row(
        self, sheet: str, row: SheetRow, headings: Sequence[Heading], known: set[int], reading: Reading
    ) -> Iterator[Row | Fault]:
        if all(is_empty(cell) for cell in row.cells):
            return
        self._count += 1
        if self._count > self._limits.rows:
            raise FileFault("import.too_many_rows", {"limit": self._limits.rows}, sheet, row.number)
        values: dict[str, Any] = {}
        cleared: set[str] = set()
        faults: list[Fault] = []
        for heading in headings:
            cell = row.cells[heading.index] if heading.index < len(row.cells) else None
            if heading.column.read_only:
                continue
            try:
                value = value_of(cell, heading, reading)
            except CellFault as error:
                faults.append(self._of_cell(error, sheet, row.number, heading, cell))
                continue
            if value is CLEARED:
                cleared.add(heading.column.field)
            elif value is not None:
                values[heading.column.field] = value
            elif heading.column.required:
                faults.append(self._of_cell(CellFault("fact.required"), sheet, row.number, heading, cell))
        for index, cell in enumerate(row.cells):
            if index not in known and not is_empty(cell):
                faults.append(
                    self._fault(
                        "import.cell_without_heading", {}, sheet, row.number, column_name(index), value=shown(cell)
                    )
                )
        faults += self._twice(sheet, row.number, values)
        if faults:
            yield from faults
        else:
            yield Row(sheet, row.number, values, frozenset(cleared))

    def _twice(self, sheet: str, number: int, values: dict[str, Any]) -> Iterator[Fault]:
        key = tuple(values.get(name) for name in self._entity.key)
        if None in key:
            return
        first = self._seen.setdefault(key, (sheet, number))
        if first != (sheet, number):
            heading = self.placed[sheet].headings[self._entity.key[0]]
            params = {"sheet": first[0], "row": first[1]}
            shown_key = " ".join(str(part) for part in key)
            yield self._of_cell(CellFault("import.key_twice", **params), sheet, number, heading, shown_key)

    def _of_cell(self, error: CellFault, sheet: str, row: int, heading: Heading, cell: Cell) -> Fault:
        return self._fault(
            error.code,
            error.params,
            sheet,
            row,
            column_name(heading.index),
            heading.text,
            heading.column.field,
            shown(cell),
        )

    def of_field(self, row: Row, name: str, code: str, texts: tuple[str, str]) -> Fault:
        """A fault that a use case found in a row."""
        # Use cases speak of ids, tables of codes.
        for candidate in (self._entity.places.get(name, name), f"{name.removesuffix('_id')}_code"):
            heading = self.placed[row.sheet].headings.get(candidate)
            if heading is not None or candidate in self._entity.known:
                name = candidate
                break
        else:
            heading = None
        value = row.values.get(name)
        return Fault(
            code,
            row.sheet,
            row.number,
            None if heading is None else column_name(heading.index),
            "" if heading is None else heading.text,
            name,
            "" if value is None else str(value)[:500],
            *texts,
        )

    def _fault(
        self,
        code: str,
        params: Any,
        sheet: str,
        row: int | None,
        column: str | None,
        heading: str = "",
        name: str = "",
        value: str = "",
    ) -> Fault:
        texts = self._words.both(code, params)
        return Fault(code, sheet, row, column, heading.strip()[:200], name, value[:500], *texts)

    def of_file(self, error: FileFault) -> Fault:
        """A fault of the file as a whole."""
        return self._fault(error.code, error.params, error.sheet, error.row, None)
