"""Lists of supply quotas (供电指标, 用电指标): wide or long tables, spans of time, E files of a dispatch centre.

A wide row holds a day, a long row a slot, a row with start and end a span. Without a unit values are MW.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import Final

from services.energy.feeds.domain.body import CurveBody, Fault, ReadingBody, UnreadableFile
from services.energy.feeds.formats import efile
from services.energy.feeds.formats.archive import is_zip
from services.energy.feeds.formats.tables.clock import iso_stamp
from services.energy.feeds.formats.tables.grid import Grid, shown, text_grid, workbook_grids
from services.energy.feeds.formats.tables.headings import plain
from services.energy.feeds.formats.tables.long import LongRows
from services.energy.feeds.formats.tables.parsing import Title
from services.energy.feeds.formats.tables.values import number_of
from services.energy.feeds.formats.tables.wide import WideRows
from services.energy.feeds.formats.units import unit_of
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number, local_minute
from services.energy.utility.domain.lists import MAX_ROWS, TITLE_ROWS, ListFault
from services.energy.utility.domain.quota_parts import Key, Parts, QuotaLine, Stretch
from services.energy.utility.domain.quota_tables import OBJECTS, Table, named, table_of

_TO_MW: Final = {"MW": 1.0, "kW": 1e-3, "W": 1e-6}
_MAX_SPAN_DAYS: Final = 366
_DAY: Final = re.compile(r"\d{4}\D\d{1,2}\D\d{1,2}\D?|\d{8}")
# Days are those of Chinese standard time, as dispatch centres count them.
STANDARD_MINUTES: Final = 480


@dataclass(slots=True)
class QuotaList:
    """What a file says. ``issued``: its own time, if it tells one."""

    lines: list[QuotaLine] = field(default_factory=list)
    faults: list[ListFault] = field(default_factory=list)
    rows: int = 0
    issued: datetime | None = None


def read_quotas(body: bytes, zone: str) -> QuotaList:
    """The list; ``zone`` of times without one. Raises UnreadableFile when nothing in it is a table of quotas."""
    found = QuotaList()
    minutes = _zone_minutes(zone)
    tables = _sections(body, found, zone) if efile.sniff(body[:65536]) else _grids(body)
    is_any = False
    for table in tables:
        is_any = True
        _read(table, minutes, found)
    if not is_any:
        raise UnreadableFile("utility.header_missing")
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _zone_minutes(zone: str) -> int:
    return (-1 if zone[0] == "-" else 1) * (int(zone[1:3]) * 60 + int(zone[4:6]))


def _grids(body: bytes) -> Iterator[Table]:
    for grid in workbook_grids(body) if is_zip(body[:4]) else [text_grid(body)]:
        title = Title()
        for line, cells in islice(grid.rows, TITLE_ROWS):
            table = table_of(grid, line, cells, title.unit, grid.rows)
            if table is not None:
                yield table
                break
            title.read(cells)


def _sections(body: bytes, found: QuotaList, zone: str) -> Iterator[Table]:
    file = efile.read(body)
    found.faults += [_told(fault) for fault in file.faults]
    found.issued = _instant(file.stamp, zone)
    for section in file.sections:
        grid = Grid("", iter(()))
        table = table_of(grid, 0, section.headings, "MW", section.rows, {**OBJECTS, **named(section.headings)})
        if table is not None:
            yield table


def _instant(stamp: str, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stamp)
        return (moment if moment.tzinfo else datetime.fromisoformat(stamp + zone)).astimezone(UTC)
    except ValueError:
        return None


def _read(table: Table, zone_minutes: int, found: QuotaList) -> None:
    parts: dict[Key, Parts] = {}
    names: dict[str, Key] = {}
    rows: WideRows | LongRows | None = None
    if table.layout is not None:
        shape = WideRows if table.layout.slots else LongRows
        rows = shape(table.grid, table.headings, table.layout, table.unit)
    for line, short in table.rows:
        if not any(cell.strip() for cell in short):
            continue
        found.rows += 1
        if found.rows > MAX_ROWS:
            raise UnreadableFile("utility.too_many_rows", line, limit=MAX_ROWS)
        cells = short + [""] * (len(table.headings) - len(short))
        who = table.key_of(cells)
        if who is None:
            found.faults.append(ListFault(line, "", "utility.object_missing"))
            continue
        key, place = who
        part = parts.setdefault(key, Parts(table.headings[place]))
        if rows is None:
            _take_span(table, line, cells, part, zone_minutes, found)
        else:
            name = "\x1f".join(key)
            names[name] = key
            rows.add(line, name, cells)
    for body in [] if rows is None else rows.bodies():
        found.faults += [_told(fault) for fault in body.faults]
        if isinstance(body, CurveBody):
            _take_days(body, names, parts, found)
        else:
            _take_stamps(body, names, parts, zone_minutes, found)
    for key, part in parts.items():
        found.lines += part.lines(key, found.faults)


def _factor(unit: str | None) -> float:
    factor = _TO_MW.get(unit or "MW")
    if factor is None:
        raise UnreadableFile("utility.quota_unit_unknown", unit=str(unit)[:20])
    return factor


def _take_days(body: CurveBody, names: dict[str, Key], parts: dict[Key, Parts], found: QuotaList) -> None:
    values = body.values * _factor(body.header.unit)
    for row, (name, text) in enumerate(zip(body.meter_nos, body.dates, strict=True)):
        part, line = parts[names[name]], int(body.lines[row])
        try:
            day = day_number(date.fromisoformat(text))
        except ValueError:
            found.faults.append(ListFault(line, "", "utility.time_malformed", {"text": text[:40]}))
            continue
        part.days.append(QuotaLine(line, part.column, names[name], day, values[row]))


def _take_stamps(
    body: ReadingBody, names: dict[str, Key], parts: dict[Key, Parts], zone_minutes: int, found: QuotaList
) -> None:
    factor = _factor(body.header.unit)
    columns = (body.meter_nos, body.stamps, body.values.tolist(), body.lines.tolist())
    for name, stamp, value, line in zip(*columns, strict=True):
        minute = _minute(stamp, zone_minutes)
        if minute is None:
            found.faults.append(ListFault(line, "", "utility.time_malformed", {"text": stamp[:40]}))
            continue
        part = parts[names[name]]
        part.names_ends |= body.ends
        part.stretches.append(Stretch(line, minute, None, value * factor))


def _take_span(
    table: Table, line: int, cells: list[str], part: Parts, zone_minutes: int, found: QuotaList
) -> None:
    assert table.span is not None
    first, last, place = table.span
    edges = []
    for column in (first, last):
        text = iso_stamp(cells[column])
        minute = _minute(text, zone_minutes)
        if minute is None:
            params: dict[str, object] = {"text": cells[column][:40]}
            found.faults.append(ListFault(line, table.headings[column], "utility.time_malformed", params))
            return
        # A day without a time of day is meant to its end.
        is_day = column == last and _DAY.fullmatch(plain(cells[column])) is not None
        edges.append(minute + MINUTES_A_DAY if is_day else minute)
    start, end = edges
    if not 0 < end - start <= _MAX_SPAN_DAYS * MINUTES_A_DAY:
        params = {"limit": _MAX_SPAN_DAYS}
        found.faults.append(ListFault(line, table.headings[last], "utility.span_invalid", params))
        return
    unit, factor = unit_of(table.unit)
    try:
        value = number_of(cells[place], table.grid.delimiter) * factor * _factor(unit)
    except ValueError:
        params = {"cell": table.grid.cell(line, place), "text": shown(cells[place])}
        found.faults.append(ListFault(line, table.headings[place], "table.cell_not_number", params))
        return
    if not math.isnan(value):
        part.stretches.append(Stretch(line, start, end, value))


def _minute(stamp: str, zone_minutes: int) -> int | None:
    """Minutes of standard time since 1970; 24:00 is the next day's beginning. None for no whole minute."""
    day_over = stamp[10:16] == "T24:00"
    try:
        moment = datetime.fromisoformat(stamp.replace("T24:00", "T00:00", 1) if day_over else stamp)
    except ValueError:
        return None
    if moment.second:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(minutes=zone_minutes)))
    return local_minute(aware, STANDARD_MINUTES) + MINUTES_A_DAY * day_over


def _told(fault: Fault) -> ListFault:
    return ListFault(fault.line, fault.pointer.removeprefix("/"), fault.code, dict(fault.params))
