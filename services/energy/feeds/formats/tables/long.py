"""Long tables: one row a meter and slot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.energy.feeds.domain.body import Body, Fault, Header, ReadingBody, UnreadableFile
from services.energy.feeds.formats.channels import named
from services.energy.feeds.formats.tables.clock import iso_date, iso_stamp, minute_of, serial_date
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, shown
from services.energy.feeds.formats.tables.headings import SLOT_COUNTS, Layout
from services.energy.feeds.formats.tables.values import number_of
from services.energy.feeds.formats.units import default_unit, meaning_of, unit_of
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY

_MEASURED, _ESTIMATED, _EDITED = Quality.MEASURED.label, Quality.ESTIMATED.label, Quality.EDITED.label
_MISSING: Final = Quality.MISSING.label
QUALITIES: Final = {
    **dict.fromkeys(
        ("a", "actual", "measured", "valid", "good", "ok", "r", "实测", "正常", "有效", "实际", "补招"), _MEASURED
    ),
    **dict.fromkeys(
        ("e", "s", "f", "estimated", "substituted", "估计", "估算", "估值", "拟合", "补齐", "替代"), _ESTIMATED
    ),
    **dict.fromkeys(("m", "edited", "manual", "人工", "修改", "手工", "人工录入"), _EDITED),
    **dict.fromkeys(("n", "null", "missing", "缺失", "缺数", "无效"), _MISSING),
}


@dataclass(slots=True)
class _Group:
    meters: list[str] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    qualities: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


class LongRows:
    """Collects rows; ``bodies`` gives one ReadingBody for each unit and data item."""

    def __init__(self, grid: Grid, headings: list[str], layout: Layout, unit: str) -> None:
        self._grid, self._headings, self._layout, self._unit = grid, headings, layout, unit
        self._groups: dict[tuple[str, str], _Group] = {}
        self._faults: list[Fault] = []
        self._stamps: dict[tuple[str, str], str] = {}
        self._meters: dict[str, str] = {}
        self._largest_number = 0

    def refuse(self, fault: Fault) -> None:
        self._faults.append(fault)

    def add(self, line: int, meter: str, cells: list[str]) -> None:
        layout = self._layout
        assert layout.value is not None
        text = cells[layout.value]
        try:
            value = number_of(text, self._grid.delimiter)
        except ValueError:
            params = {"cell": self._grid.cell(line, layout.value), "text": shown(text)}
            code = "table.cell_broken" if text.startswith(BROKEN) else "table.cell_not_number"
            self._faults.append(Fault(line, f"/{self._headings[layout.value]}", code, params))
            return
        label = _cell(cells, layout.quality).strip()
        quality = QUALITIES.get(label.casefold(), label) if label else None
        if math.isnan(value) or quality == _MISSING:
            # The row says that nothing was measured, and so nothing is stored.
            return
        group = self._groups.setdefault(
            (_cell(cells, layout.unit).strip(), _cell(cells, layout.item).strip()), _Group()
        )
        # One string for each meter and stamp, however many rows name it.
        group.meters.append(self._meters.setdefault(meter, meter))
        group.stamps.append(self._stamp(cells))
        group.values.append(value)
        group.qualities.append(quality)
        group.lines.append(line)

    def _stamp(self, cells: list[str]) -> str:
        layout = self._layout
        if layout.stamp is not None:
            key = ("", cells[layout.stamp])
        else:
            assert layout.date is not None
            key = (cells[layout.date], _cell(cells, layout.clock))
        stamp = self._stamps.get(key)
        if stamp is None:
            stamp = self._stamps[key] = self._read_stamp(*key)
        return stamp

    def _read_stamp(self, day: str, clock: str) -> str:
        if not day:
            return iso_stamp(clock)
        date = serial_date(iso_date(day)) if self._grid.name else iso_date(day)
        minute = minute_of(clock) if not clock.strip().isdigit() or len(clock.strip()) == 4 else None
        if minute is not None:
            return f"{date}T{minute // 60:02}:{minute % 60:02}:00"
        number = clock.strip().removeprefix("第").removesuffix("点").lstrip("Pp")
        if not number.isdigit() or len(number) > 3:
            return f"{date} {clock}"
        self._largest_number = max(self._largest_number, int(number))
        return f"{date}#{number}"

    def bodies(self) -> list[Body]:
        found: list[Body] = []
        for (unit_cell, item), group in self._groups.items():
            words = f"{item} {self._layout.value_heading}"
            text = unit_cell or self._layout.unit_text or self._unit or default_unit(words)
            unit, factor = unit_of(text) if text else (None, 1.0)
            quantity, kind = meaning_of(words)
            stamps = self._numbered(group.stamps) if self._largest_number else group.stamps
            values = np.array(group.values, np.float64)
            found.append(
                ReadingBody(
                    header=Header(unit=unit, quantity=quantity, kind=kind),
                    meter_nos=named(group.meters, quantity, kind),
                    stamps=stamps,
                    values=values if factor == 1.0 else values * factor,
                    lines=np.array(group.lines, np.int64),
                    qualities=group.qualities if any(group.qualities) else None,
                    ends=kind is None and self._names_ends(group),
                    local=True,
                    place=self._grid.name,
                )
            )
        if not found:
            none: list[str] = []
            found.append(
                ReadingBody(Header(), none, none, np.empty(0), np.empty(0, np.int64), place=self._grid.name)
            )
        found[0].faults.extend(self._faults)
        return found

    def _numbered(self, stamps: list[str]) -> list[str]:
        """Slots named by their number within the day, which tells how many there are only at its end."""
        slots = self._largest_number
        if slots not in SLOT_COUNTS:
            known = ", ".join(map(str, sorted(SLOT_COUNTS)))
            raise UnreadableFile("table.slot_count", count=slots, known=known)
        interval = MINUTES_A_DAY // slots

        def start(stamp: str) -> str:
            date, mark, number = stamp.partition("#")
            minute = (int(number) - 1) * interval if mark else 0
            return f"{date}T{minute // 60:02}:{minute % 60:02}:00" if mark and minute >= 0 else stamp

        return [start(stamp) for stamp in stamps]

    def _names_ends(self, group: _Group) -> bool:
        """Whether the stamps name the ends of intervals: by the heading, a 24:00, or days from 00:15 to 00:00."""
        if self._layout.ends is not None:
            return self._layout.ends
        if any("T24:00" in stamp for stamp in group.stamps):
            return True
        first = group.meters[0]
        own = sorted({stamp for meter, stamp in zip(group.meters, group.stamps, strict=True) if meter == first})
        if len(own) < min(SLOT_COUNTS) or "#" in own[0]:
            return False
        return own[0][11:16] != "00:00" and own[-1][11:16] == "00:00"


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""
