"""Wide tables: one row a meter and day, one column a slot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.body import Body, CurveBody, Fault, Header
from services.energy.feeds.formats.channels import named
from services.energy.feeds.formats.tables.clock import iso_date, serial_date
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, shown
from services.energy.feeds.formats.tables.headings import Layout
from services.energy.feeds.formats.tables.values import matrix
from services.energy.feeds.formats.units import default_unit, meaning_of, unit_of

_BATCH: Final = 2_000


@dataclass(slots=True)
class _Group:
    """Rows of one unit and data item; cells are kept as texts for a batch only."""

    meters: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    waiting: list[tuple[int, str, str]] = field(default_factory=list)


class WideRows:
    """Collects rows; ``bodies`` gives one CurveBody for each unit and data item."""

    def __init__(self, grid: Grid, headings: list[str], layout: Layout, unit: str) -> None:
        self._grid, self._headings, self._layout, self._unit = grid, headings, layout, unit
        self._groups: dict[tuple[str, str], _Group] = {}
        self._faults: list[Fault] = []
        self._known_dates: dict[str, str] = {}
        slots = layout.slots
        # Columns that stand side by side are cut out at once.
        is_run = slots == tuple(range(slots[0], slots[0] + len(slots)))
        self._run = slice(slots[0], slots[-1] + 1) if is_run else None

    def refuse(self, fault: Fault) -> None:
        self._faults.append(fault)

    def add(self, line: int, meter: str, cells: list[str]) -> None:
        layout = self._layout
        unit = cells[layout.unit].strip() if layout.unit is not None and layout.unit < len(cells) else ""
        item = cells[layout.item].strip() if layout.item is not None and layout.item < len(cells) else ""
        group = self._groups.get((unit, item))
        if group is None:
            group = self._groups[unit, item] = _Group()
        assert layout.date is not None
        text = cells[layout.date]
        day = self._known_dates.get(text)
        if day is None:
            day = self._known_dates[text] = serial_date(iso_date(text)) if self._grid.name else iso_date(text)
        group.waiting.append((line, meter, day))
        group.cells.append(cells[self._run] if self._run is not None else [cells[place] for place in layout.slots])
        if len(group.cells) >= _BATCH:
            self._read(group)

    def _read(self, group: _Group) -> None:
        values, broken = matrix(group.cells, len(self._layout.slots), self._grid.delimiter)
        kept = [place for place in range(len(group.cells)) if place not in broken]
        for place, slot in broken.items():
            column = self._layout.slots[slot]
            line, text = group.waiting[place][0], group.cells[place][slot]
            params = {"cell": self._grid.cell(line, column), "text": shown(text)}
            code = "table.cell_broken" if text.startswith(BROKEN) else "table.cell_not_number"
            self._faults.append(Fault(line, f"/{self._headings[column]}", code, params))
        group.values.append(values[kept] if broken else values)
        for place in kept:
            line, meter, day = group.waiting[place]
            group.lines.append(line)
            group.meters.append(meter)
            group.dates.append(day)
        group.cells, group.waiting = [], []

    def bodies(self) -> list[Body]:
        slots = len(self._layout.slots)
        found: list[Body] = []
        for (unit_cell, item), group in self._groups.items():
            if group.cells:
                self._read(group)
            text = unit_cell or self._layout.unit_text or self._unit or default_unit(item)
            unit, factor = unit_of(text) if text else (None, 1.0)
            quantity, kind = meaning_of(item)
            values = np.concatenate(group.values) if group.values else np.empty((0, slots))
            found.append(
                CurveBody(
                    header=Header(unit=unit, quantity=quantity, kind=kind),
                    meter_nos=named(group.meters, quantity, kind),
                    dates=group.dates,
                    values=values if factor == 1.0 else values * factor,
                    lines=np.array(group.lines, np.int64),
                    place=self._grid.name,
                )
            )
        if not found:
            found.append(
                CurveBody(Header(), [], [], np.empty((0, slots)), np.empty(0, np.int64), place=self._grid.name)
            )
        found[0].faults.extend(self._faults)
        return found
