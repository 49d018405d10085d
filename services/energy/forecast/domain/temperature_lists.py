"""Lists of temperatures as weather services export them (气温实况, 气温预报): wide or long, CSV or XLSX, °C.

A wide row holds a day of a region, a long row one moment: the value stands for the time until the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from math import gcd
from typing import Final

import numpy as np

from services.energy.feeds.domain.body import CurveBody, Fault, ReadingBody, UnreadableFile
from services.energy.feeds.formats.archive import is_zip
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, text_grid, workbook_grids
from services.energy.feeds.formats.tables.headings import Layout, layout_of, plain
from services.energy.feeds.formats.tables.long import LongRows
from services.energy.feeds.formats.tables.vocabulary import words
from services.energy.feeds.formats.tables.wide import WideRows
from services.energy.forecast.domain.due import STANDARD_MINUTES
from services.energy.forecast.domain.series import Floats
from services.energy.forecast.domain.temperature import TemperatureKind, out_of_range
from services.energy.metering.domain.slots import INTERVALS, MINUTES_A_DAY, day_number, local_minute
from services.energy.quotas.domain.quota import is_same, overlaid
from services.energy.utility.domain.lists import MAX_ROWS, TITLE_ROWS, ListFault

_REGIONS: Final = words(
    """行政区划代码 区划代码 区域代码 地区代码 站点 气象站 站名 城市 地区 区县 县区 区域 region_code region station
    city area"""
)
_KINDS: Final = words("类型 类别 性质 数据类型 kind type")
_VALUES: Final = words(
    "气温 温度 平均气温 实况气温 预报气温 temperature temp celsius air_temperature t2m value 数值 值"
)
_MEASURED: Final = words("measured observed actual 实测 实况 观测")
_FORECAST: Final = words("forecast foreseen predicted 预报 预测")
_IMPOSSIBLE: Final = "temperature.value_impossible"
_HOUR: Final = 60
# Days that curves and calendars know; a typed year of 20260 is a fault of its row.
_FIRST_YEAR, _LAST_YEAR = 1990, 2199


@dataclass(frozen=True, slots=True, eq=False)
class TemperatureLine:
    """A region's day; ``region`` as the list writes it, ``celsius`` by slot, ``day`` since 1970."""

    line: int
    column: str
    region: str
    kind: TemperatureKind
    day: int
    celsius: Floats


@dataclass(slots=True)
class TemperatureList:
    lines: list[TemperatureLine] = field(default_factory=list)
    faults: list[ListFault] = field(default_factory=list)
    rows: int = 0


@dataclass(slots=True)
class _Table:
    grid: Grid
    headings: list[str]
    layout: Layout
    region: int | None
    kind: int | None


_Key = tuple[str, TemperatureKind]


@dataclass(slots=True)
class _Part:
    """What a list says of one region and kind: whole days, and single moments."""

    column: str
    days: list[TemperatureLine] = field(default_factory=list)
    moments: list[tuple[int, int, float]] = field(default_factory=list)


def read_temperatures(body: bytes, zone: str, kind: TemperatureKind, region: str | None = None) -> TemperatureList:
    """The list; ``kind`` and ``region`` where it does not say, ``zone`` of times without one.

    Raises UnreadableFile when nothing in it is a table of temperatures.
    """
    found = TemperatureList()
    minutes = (-1 if zone[0] == "-" else 1) * (int(zone[1:3]) * 60 + int(zone[4:6]))
    is_any = False
    for table in _tables(body, region is not None):
        is_any = True
        _read(table, minutes, kind, region, found)
    if not is_any:
        raise UnreadableFile("utility.header_missing")
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _tables(body: bytes, is_region_known: bool) -> Iterator[_Table]:
    for grid in workbook_grids(body) if is_zip(body[:4]) else [text_grid(body)]:
        for line, cells in islice(grid.rows, TITLE_ROWS):
            table = _table(grid, line, cells, is_region_known)
            if table is not None:
                yield table
                break


def _table(grid: Grid, line: int, cells: Sequence[str], is_region_known: bool) -> _Table | None:
    names = [plain(cell) for cell in cells]
    region, kind, value = (
        next((names.index(name) for name in known if name in names), None) for known in (_REGIONS, _KINDS, _VALUES)
    )
    if region is None and not is_region_known:
        return None
    told = [cell.strip() for cell in cells]
    # The readers of load curves know these columns by other names.
    for place, heading in ((region, "表号"), (kind, "备注"), (value, "负荷(kW)")):
        if place is not None:
            told[place] = heading
    if region is None:
        told.append("表号")
    layout = layout_of(told, line)
    if layout is None or (value is None and not layout.slots):
        return None
    return _Table(grid, [cell.strip() for cell in cells], layout, region, kind)


def _read(
    table: _Table, zone_minutes: int, kind: TemperatureKind, region: str | None, found: TemperatureList
) -> None:
    parts: dict[_Key, _Part] = {}
    names: dict[str, _Key] = {}
    shape = WideRows if table.layout.slots else LongRows
    rows = shape(table.grid, table.headings, table.layout, "kW")
    for line, short in table.grid.rows:
        if not any(cell.strip() for cell in short):
            continue
        found.rows += 1
        if found.rows > MAX_ROWS:
            raise UnreadableFile("utility.too_many_rows", line, limit=MAX_ROWS)
        cells = short + [""] * (len(table.headings) - len(short))
        key = _key_of(table, cells, kind, region)
        if key is None:
            found.faults.append(ListFault(line, _heading(table, table.region), "temperature.region_missing"))
            continue
        if not isinstance(key, tuple):
            found.faults.append(
                ListFault(line, _heading(table, table.kind), "temperature.kind_unknown", {"text": key[:40]})
            )
            continue
        parts.setdefault(key, _Part(_heading(table, table.region)))
        name = "\x1f".join(key)
        names[name] = key
        rows.add(line, name, cells)
    for body in rows.bodies():
        found.faults += [_told(fault) for fault in body.faults]
        if isinstance(body, CurveBody):
            _take_days(body, names, parts, found)
        elif isinstance(body, ReadingBody):
            _take_moments(body, names, parts, zone_minutes, found)
    for key, part in parts.items():
        found.lines += _lines(key, part, found.faults)


def _heading(table: _Table, place: int | None) -> str:
    return "" if place is None else table.headings[place]


def _key_of(table: _Table, cells: Sequence[str], kind: TemperatureKind, region: str | None) -> _Key | str | None:
    own = "" if table.region is None else cells[table.region].strip().removesuffix(".0")
    code = own or region or ""
    if not code or code.startswith(BROKEN):
        return None
    said = "" if table.kind is None else plain(cells[table.kind])
    if said in _MEASURED:
        return code, TemperatureKind.MEASURED
    if said in _FORECAST:
        return code, TemperatureKind.FORECAST
    return said or (code, kind)


def _take_days(body: CurveBody, names: dict[str, _Key], parts: dict[_Key, _Part], found: TemperatureList) -> None:
    for row, (name, text) in enumerate(zip(body.meter_nos, body.dates, strict=True)):
        key, line = names[name], int(body.lines[row])
        day = _day(text)
        if day is None:
            found.faults.append(ListFault(line, "", "utility.time_malformed", {"text": text[:40]}))
            continue
        part = parts[key]
        part.days.append(TemperatureLine(line, part.column, *key, day, body.values[row].astype(np.float64)))


def _take_moments(
    body: ReadingBody, names: dict[str, _Key], parts: dict[_Key, _Part], zone_minutes: int, found: TemperatureList
) -> None:
    columns = (body.meter_nos, body.stamps, body.values.tolist(), body.lines.tolist())
    for name, stamp, value, line in zip(*columns, strict=True):
        minute = _minute(stamp, zone_minutes)
        if minute is None:
            found.faults.append(ListFault(line, "", "utility.time_malformed", {"text": stamp[:40]}))
            continue
        part = parts[names[name]]
        if out_of_range(np.array([value])) is not None:
            found.faults.append(ListFault(line, part.column, _IMPOSSIBLE, {"value": value}))
            continue
        part.moments.append((line, minute, value))


def _minute(stamp: str, zone_minutes: int) -> int | None:
    """Minutes of standard time since 1970; 24:00 is the next day's beginning. None for no whole minute."""
    day_over = stamp[10:16] == "T24:00"
    try:
        moment = datetime.fromisoformat(stamp.replace("T24:00", "T00:00", 1) if day_over else stamp)
    except ValueError:
        return None
    if moment.second or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(minutes=zone_minutes)))
    return local_minute(aware, STANDARD_MINUTES) + MINUTES_A_DAY * day_over


def _day(text: str) -> int | None:
    """A day since 1970; None for what no calendar of ours knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day_number(day) if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _lines(key: _Key, part: _Part, faults: list[ListFault]) -> list[TemperatureLine]:
    """One for each day; what is said twice and otherwise, or cannot be, is among the faults."""
    by_day: dict[int, TemperatureLine] = {}
    for found in [*part.days, *_by_day(key, part, faults)]:
        wrong = out_of_range(found.celsius)
        if wrong is not None:
            faults.append(ListFault(found.line, found.column, _IMPOSSIBLE, {"value": wrong}))
            continue
        before = by_day.get(found.day)
        if before is None:
            by_day[found.day] = found
            continue
        both = overlaid(before.celsius, found.celsius)
        if not is_same(both, overlaid(found.celsius, before.celsius)):
            faults.append(ListFault(found.line, found.column, "utility.quota_repeated", {"line": before.line}))
            continue
        by_day[found.day] = TemperatureLine(before.line, part.column, *key, found.day, both)
    return [found for found in by_day.values() if np.isfinite(found.celsius).any()]


def _by_day(key: _Key, part: _Part, faults: list[ListFault]) -> list[TemperatureLine]:
    if not part.moments:
        return []
    interval = gcd(_HOUR, *(minute for _, minute, _ in part.moments))
    if interval not in INTERVALS:
        faults.append(ListFault(part.moments[0][0], part.column, "utility.quota_misaligned"))
        return []
    slots = MINUTES_A_DAY // interval
    found: dict[int, TemperatureLine] = {}
    for line, minute, value in part.moments:
        day, slot = minute // MINUTES_A_DAY, minute % MINUTES_A_DAY // interval
        one = found.get(day)
        if one is None:
            one = found[day] = TemperatureLine(line, part.column, *key, day, np.full(slots, np.nan))
        if np.isfinite(one.celsius[slot]) and one.celsius[slot] != value:
            faults.append(ListFault(line, part.column, "utility.quota_repeated", {"line": one.line}))
            continue
        one.celsius[slot] = value
    return list(found.values())


def _told(fault: Fault) -> ListFault:
    return ListFault(fault.line, fault.pointer.removeprefix("/"), fault.code, dict(fault.params))
