"""A grid with headings as bodies of curves or readings, one for each unit and quantity in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from services.energy.feeds.domain.body import Body, Fault, UnreadableFile
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, text_grid, workbook_grids
from services.energy.feeds.formats.tables.headings import Layout, layout_of, plain
from services.energy.feeds.formats.tables.long import LongRows
from services.energy.feeds.formats.tables.wide import WideRows

_TITLE_ROWS: Final = 40
_UNIT_IN_TITLE: Final = re.compile(r"单位\s*[:：]\s*([^\s)）,;，；]+)|\bunit\s*[:=]\s*([^\s),;]+)", re.IGNORECASE)
_METER_IN_TITLE: Final = re.compile(
    r"(?:计量点(?:编)?号|电?表(?:编)?号|资产(?:编)?号|meter(?:[ _]?no)?)\s*[:：=]\s*([^\s,;，；)）]+)"
    r"|(?:户号|用户编号)\s*[:：=]\s*([^\s,;，；)）]+)",
    re.IGNORECASE,
)
_TOTALS: Final = frozenset(
    {"合计", "总计", "小计", "累计", "total", "sum", "subtotal", "最大值", "最小值", "平均值"}
)


@dataclass(slots=True)
class Title:
    """What the rows above the headings say of all rows below."""

    unit: str = ""
    meter: str = ""
    rows: list[str] = field(default_factory=list)

    def read(self, cells: Sequence[str]) -> None:
        text = " ".join(cell for cell in cells if cell)
        unit, meter = _UNIT_IN_TITLE.search(text), _METER_IN_TITLE.search(text)
        if unit:
            self.unit = unit[1] or unit[2]
        if meter:
            self.meter = meter[1] or meter[2]


def parse_text(body: bytes) -> list[Body]:
    """Curves or readings of a delimited text. Raises UnreadableFile."""
    return _bodies_of(text_grid(body), pads=False)


def parse_workbook(body: bytes) -> list[Body]:
    """Curves or readings of all sheets with headings that are known. Raises UnreadableFile if there is none."""
    bodies: list[Body] = []
    first: UnreadableFile | None = None
    for grid in workbook_grids(body):
        try:
            bodies += _bodies_of(grid, pads=True)
        except UnreadableFile as fault:
            # A sheet of remarks is no reason to refuse the others; a broken one is.
            if fault.code not in {"table.header_missing", "file.empty"}:
                raise
            first = first or fault
    if not bodies:
        raise first or UnreadableFile("file.empty")
    return bodies


def _bodies_of(grid: Grid, *, pads: bool) -> list[Body]:
    title = Title()
    headings, layout = _find_headings(grid, title)
    if layout.meter is None and not title.meter:
        raise UnreadableFile("table.meter_missing", pointer=f"/{grid.name}" if grid.name else "")
    rows = (
        WideRows(grid, headings, layout, title.unit)
        if layout.slots
        else LongRows(grid, headings, layout, title.unit)
    )
    last = max(
        [
            *layout.slots,
            *(place for place in (layout.meter, layout.date, layout.stamp, layout.value) if place is not None),
        ]
    )
    for line, cells in _data_rows(grid.rows, headings):
        if len(cells) > last:
            full = cells
        elif pads:
            full = cells + [""] * (last + 1 - len(cells))
        elif _is_remark(cells):
            continue
        else:
            present = len(cells) - min(layout.slots) if layout.slots else len(cells)
            params = {"count": max(0, present), "expected": len(layout.slots) or last + 1}
            rows.refuse(Fault(line, "", "curve.length", params))
            continue
        meter = title.meter if layout.meter is None else full[layout.meter].strip().strip("'\u00a0")
        if meter.startswith(BROKEN):
            place = layout.meter or 0
            rows.refuse(Fault(line, f"/{headings[place]}", "table.cell_broken", {"cell": grid.cell(line, place)}))
        elif not _is_total(meter, full):
            # A workbook may hold a meter's number as 340100012345601.0.
            rows.add(line, meter.removesuffix(".0"), full)
    return rows.bodies()


def _find_headings(grid: Grid, title: Title) -> tuple[list[str], Layout]:
    fault: UnreadableFile | None = None
    seen = 0
    for line, cells in islice(grid.rows, _TITLE_ROWS):
        seen += 1
        layout = None
        try:
            layout = layout_of(cells, line)
        except UnreadableFile as error:
            fault = fault or error
        if layout is not None:
            return [cell.strip() for cell in cells], layout
        title.read(cells)
    if fault is not None:
        raise fault
    pointer = f"/{grid.name}" if grid.name else ""
    if not seen:
        raise UnreadableFile("file.empty", pointer=pointer)
    raise UnreadableFile("table.header_missing", pointer=pointer)


def _data_rows(rows: Iterator[tuple[int, list[str]]], headings: list[str]) -> Iterator[tuple[int, list[str]]]:
    first = next((place for place, heading in enumerate(headings) if heading), 0)
    for line, cells in rows:
        # Long exports repeat their headings on every page.
        repeats = len(cells) > first and cells[first].strip() == headings[first]
        if repeats and [plain(cell) for cell in cells] == [plain(heading) for heading in headings]:
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield line, cells


def _is_total(meter: str, cells: list[str]) -> bool:
    """A row of sums below the meters', or one without anything."""
    if meter:
        return meter.casefold() in _TOTALS
    return not any(cells) or any(cell.strip().casefold() in _TOTALS for cell in cells)


def _is_remark(cells: list[str]) -> bool:
    """A line below the table, such as who made it: one text, or totals."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return (len(cells) == 1 and not filled[0].replace(".", "").isdigit()) or filled[0].casefold() in _TOTALS
