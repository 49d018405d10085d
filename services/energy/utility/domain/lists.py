"""Lists as utilities export them (户号与电表对应表, 计划停电信息), read from CSV or XLSX into typed rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.formats.archive import is_zip
from services.energy.feeds.formats.tables.clock import iso_stamp
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, text_grid, workbook_grids
from services.energy.feeds.formats.tables.headings import plain
from services.energy.feeds.formats.tables.vocabulary import words
from services.energy.outages.domain.outage import Scope

TITLE_ROWS: Final = 40
MAX_ROWS: Final = 50_000

_METER: Final = words("meter_no meter 表号 电表号 电表编号 电能表编号 电能表号 表计编号")
# Systems by the headings their codes stand under.
_SYSTEMS: Final = {
    "consumer_no": words("户号 用户编号 用户号 客户编号 客户号 用电户号 consumer_no account_no"),
    "metering_point": words("计量点编号 计量点号 计量点 metering_point mpid"),
    "asset_no": words("资产编号 资产号 电能表资产号 电表资产号 局编号 asset_no"),
}
_EXTERNAL: Final = words("停电编号 计划编号 停电计划编号 工单编号 编号 external_id outage_no")
_SCOPES: Final = {
    Scope.METER: (*_METER, *_SYSTEMS["consumer_no"], *_SYSTEMS["asset_no"]),
    Scope.TRANSFORMER: words("变压器编号 变压器 台区编号 台区 配变编号 配变 transformer_code transformer"),
    Scope.FEEDER: words("线路编号 线路 停电线路 馈线编号 馈线 feeder_code feeder"),
    Scope.REGION: words("行政区划代码 区划代码 区域代码 地区代码 停电区域代码 region_code region"),
}
_STARTS: Final = words("停电开始时间 计划停电时间 停电时间 开始时间 计划开始时间 starts_at start from")
_ENDS: Final = words("停电结束时间 计划送电时间 送电时间 结束时间 计划结束时间 ends_at end to")
_REASONS: Final = words("停电原因 原因 工作内容 停电类型 reason")


@dataclass(frozen=True, slots=True)
class ListFault:
    """A row that is not taken; ``column`` is its heading."""

    line: int
    column: str
    code: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A code of the utility's for a meter."""

    line: int
    meter_no: str
    system: str
    code: str
    column: str


@dataclass(frozen=True, slots=True)
class OutageLine:
    """A planned outage; ``region_code`` where the list has that column too."""

    line: int
    scope: Scope
    code: str
    column: str
    region_code: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    external_id: str | None


class _Columns:
    """Where the columns of a list stand."""

    def __init__(self, headings: Sequence[str]) -> None:
        self.headings = [heading.strip() for heading in headings]
        self._names = [plain(heading) for heading in headings]

    def find(self, wanted: Sequence[str]) -> int | None:
        return next((self._names.index(name) for name in wanted if name in self._names), None)


def _rows(body: bytes, needed: Sequence[Sequence[str]]) -> Iterator[tuple[_Columns, int, list[str]]]:
    """Data rows of the first grid with a heading of each group. Raises UnreadableFile."""
    grids: list[Grid] = workbook_grids(body) if is_zip(body[:4]) else [text_grid(body)]
    for grid in grids:
        for _, cells in islice(grid.rows, TITLE_ROWS):
            columns = _Columns(cells)
            if all(columns.find(group) is not None for group in needed):
                for number, (line, row) in enumerate(grid.rows):
                    if number >= MAX_ROWS:
                        raise UnreadableFile("utility.too_many_rows", line, limit=MAX_ROWS)
                    if any(cell.strip() for cell in row):
                        # A cell that holds no value is looked up by what it shows, and found nowhere.
                        told = [cell.strip().replace(BROKEN, "") for cell in row]
                        yield columns, line, told + [""] * (len(cells) - len(row))
                return
    raise UnreadableFile("utility.header_missing")


def read_mapping(body: bytes) -> tuple[list[MappingRow], list[ListFault]]:
    """Codes of meters. Raises UnreadableFile when no row has headings for a meter and another code."""
    others = tuple(name for group in _SYSTEMS.values() for name in group)
    found: list[MappingRow] = []
    faults: list[ListFault] = []
    for columns, line, cells in _rows(body, (_METER, others)):
        place = columns.find(_METER)
        assert place is not None
        if not cells[place]:
            faults.append(ListFault(line, columns.headings[place], "utility.cell_empty"))
            continue
        for system, names in _SYSTEMS.items():
            other = columns.find(names)
            if other is not None and cells[other]:
                found.append(MappingRow(line, cells[place], system, cells[other], columns.headings[other]))
    return found, faults


def read_outages(body: bytes, zone: str) -> tuple[list[OutageLine], list[ListFault]]:
    """Planned outages; ``zone`` of times without one. Raises UnreadableFile when a needed heading is missing."""
    scopes = tuple(name for group in _SCOPES.values() for name in group)
    found: list[OutageLine] = []
    faults: list[ListFault] = []
    for columns, line, cells in _rows(body, (scopes, _STARTS, _ENDS)):
        outage = _outage(columns, line, cells, zone)
        if isinstance(outage, ListFault):
            faults.append(outage)
        else:
            found.append(outage)
    return found, faults


def _outage(columns: _Columns, line: int, cells: list[str], zone: str) -> OutageLine | ListFault:
    place, scope = _scope(columns, cells)
    if place is None:
        return ListFault(line, "", "utility.scope_missing")
    times: list[datetime] = []
    for names in (_STARTS, _ENDS):
        column = columns.find(names)
        assert column is not None
        moment = _moment(cells[column], zone)
        if moment is None:
            return ListFault(
                line, columns.headings[column], "utility.time_malformed", {"text": cells[column][:40]}
            )
        times.append(moment)
    region, reason, external = (columns.find(names) for names in (_SCOPES[Scope.REGION], _REASONS, _EXTERNAL))
    return OutageLine(
        line=line,
        scope=scope,
        code=cells[place],
        column=columns.headings[place],
        region_code=None if region is None else cells[region] or None,
        starts_at=times[0],
        ends_at=times[1],
        reason=(cells[reason] if reason is not None else "")[:500] or "计划停电",
        external_id=None if external is None else cells[external] or None,
    )


def _scope(columns: _Columns, cells: list[str]) -> tuple[int | None, Scope]:
    """The narrowest thing the row names."""
    for scope, names in _SCOPES.items():
        for name in names:
            place = columns.find((name,))
            if place is not None and cells[place]:
                return place, scope
    return None, Scope.REGION


def _moment(text: str, zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(iso_stamp(text))
        return moment if moment.tzinfo is not None else datetime.fromisoformat(iso_stamp(text) + zone)
    except ValueError:
        return None
