"""Energy and output tables (能源购进消费与产量报表) from CSV or XLSX: long with an item a row, or wide.

Wide: a column for each carrier, product or 产值, its unit in brackets, ``外供`` or ``原料`` before a carrier's
name for the flow; a blank says nothing. Of other columns only remarks are passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Final

from services.energy.efficiency.domain.books import OUTPUT_VALUE, FigureKind, Flow
from services.energy.efficiency.domain.carriers import Carrier
from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.formats.archive import is_zip
from services.energy.feeds.formats.tables.grid import BROKEN, Grid, shown, text_grid, workbook_grids
from services.energy.feeds.formats.tables.headings import plain
from services.energy.feeds.formats.tables.vocabulary import words

MAX_ROWS: Final = 20_000
_TITLE_ROWS: Final = 40
_CODES: Final = words("credit_code 统一社会信用代码 信用代码 社会信用代码 企业代码")
_MONTHS: Final = words("month 月份 报告期 年月 所属期 期间")
_PROCESSES: Final = words("process process_code 工序 工序编号 工序代码")
_ITEMS: Final = words("item code 项目 指标 品种 能源品种 能源名称 指标名称")
_FLOWS: Final = words("flow 流向 用途")
_QUANTITIES: Final = words("quantity value 数量 消费量 数值 本月 本月数 实物量")
_UNITS: Final = words("unit 单位 计量单位")
_REMARKS: Final = words("name enterprise 企业名称 单位名称 企业 备注 说明 序号 no. remark note")
_VALUES: Final = words("output_value 产值 工业总产值 总产值")
_FLOW_WORDS: Final[Mapping[str, Flow]] = {
    **dict.fromkeys(words("consumed 消费 消费量 加工转换投入 自用"), Flow.CONSUMED),
    **dict.fromkeys(words("supplied 外供 外销 回收外供"), Flow.SUPPLIED),
    **dict.fromkeys(words("feedstock 原料 用作原料 原料用能"), Flow.FEEDSTOCK),
}
_PREFIXES: Final = (("外供", Flow.SUPPLIED), ("原料", Flow.FEEDSTOCK))
_UNIT_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(words("吨 t"), "t"),
    **dict.fromkeys(words("万吨 万t"), "万t"),
    **dict.fromkeys(words("千克 公斤 kg"), "kg"),
    **dict.fromkeys(words("千瓦时 度 kwh"), "kWh"),
    **dict.fromkeys(words("万千瓦时 万度 万kwh"), "万kWh"),
    **dict.fromkeys(words("兆瓦时 mwh"), "MWh"),
    **dict.fromkeys(words("立方米 m3"), "m3"),
    **dict.fromkeys(words("千立方米 千m3"), "千m3"),
    **dict.fromkeys(words("万立方米 万m3"), "万m3"),
    **dict.fromkeys(words("兆焦 mj"), "MJ"),
    **dict.fromkeys(words("吉焦 gj"), "GJ"),
    **dict.fromkeys(words("百万千焦 百万kj"), "百万kJ"),
}
_YUAN: Final[Mapping[str, Decimal]] = {
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万元": Decimal(10_000),
    "亿元": Decimal(100_000_000),
    "yuan": Decimal(1),
}
_TAIL: Final = re.compile(r"[(\[【（]([^)\]】）]+)[)\]】）]\s*$")
_MONTH: Final = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*(?:月|[-/.](\d{1,2}))?(?:日)?(?:[ T].*)?")
_EMPTY: Final = frozenset({"", "-", "--", "—", "/", "null"})


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A row that cannot be taken; ``column`` is its heading."""

    line: int
    column: str
    code: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SheetFigure:
    """A figure of a table; ``unit`` None: the base unit. Output value is in yuan already."""

    line: int
    column: str
    credit_code: str
    month: date
    kind: FigureKind
    code: str
    flow: Flow | None
    quantity: Decimal
    unit: str | None
    process_code: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """What a heading or a cell names."""

    kind: FigureKind
    code: str
    flow: Flow | None = None


@dataclass(slots=True)
class SheetReport:
    rows: int = 0
    figures: list[SheetFigure] = field(default_factory=list)
    faults: list[SheetFault] = field(default_factory=list)


class Items:
    """Names of carriers and products, in either language or by code."""

    def __init__(self, carriers: Mapping[str, Carrier], products: Mapping[str, str]) -> None:
        self._known: dict[str, Item] = {}
        for code, name in products.items():
            for text in (code, name):
                self._known[plain(text)] = Item(FigureKind.OUTPUT, code)
        for carrier in carriers.values():
            for text in (carrier.code, carrier.name, carrier.name_en):
                self._known[plain(text)] = Item(FigureKind.USE, carrier.code)
        for text in _VALUES:
            self._known[text] = Item(FigureKind.VALUE, OUTPUT_VALUE)

    def find(self, text: str) -> Item | None:
        name = plain(text)
        found = self._known.get(name)
        if found is not None:
            return found
        for prefix, flow in _PREFIXES:
            rest = self._known.get(name.removeprefix(prefix)) if name.startswith(prefix) else None
            if rest is not None and rest.kind is FigureKind.USE:
                return Item(rest.kind, rest.code, flow)
        return None


@dataclass(slots=True)
class _Columns:
    headings: list[str]
    code: int
    month: int
    process: int | None
    item: int | None
    flow: int | None
    quantity: int | None
    unit: int | None
    wide: dict[int, Item]


def read_figures(body: bytes, items: Items) -> SheetReport:
    """The figures of all sheets. Raises UnreadableFile when nothing in it is such a table."""
    report = SheetReport()
    is_any = False
    for grid in workbook_grids(body) if is_zip(body[:4]) else [text_grid(body)]:
        for line, cells in islice(grid.rows, _TITLE_ROWS):
            columns = _columns(cells, items, line)
            if columns is not None:
                is_any = True
                _read(grid, columns, items, report)
                break
    if not is_any:
        raise UnreadableFile("utility.header_missing")
    report.faults.sort(key=lambda fault: fault.line)
    return report


def _columns(cells: Sequence[str], items: Items, line: int) -> _Columns | None:
    names = [plain(cell) for cell in cells]

    def place(known: Sequence[str]) -> int | None:
        return next((names.index(name) for name in known if name in names), None)

    code, month = place(_CODES), place(_MONTHS)
    if code is None or month is None:
        return None
    headings = [cell.strip() for cell in cells]
    found = _Columns(headings, code, month, place(_PROCESSES), place(_ITEMS), None, None, place(_UNITS), {})
    if found.item is not None:
        found.quantity, found.flow = place(_QUANTITIES), place(_FLOWS)
        if found.quantity is None:
            raise UnreadableFile("figure.column_missing", line, name="quantity")
        return found
    taken = {found.code, found.month, found.process, found.unit}
    for number, heading in enumerate(headings):
        if number in taken or not names[number] or names[number] in _REMARKS:
            continue
        item = items.find(heading)
        if item is None:
            raise UnreadableFile("figure.column_unknown", line, name=heading[:40])
        found.wide[number] = item
    return found if found.wide else None


def _read(grid: Grid, columns: _Columns, items: Items, report: SheetReport) -> None:
    for line, short in grid.rows:
        if not any(cell.strip() for cell in short):
            continue
        report.rows += 1
        if report.rows > MAX_ROWS:
            raise UnreadableFile("utility.too_many_rows", line, limit=MAX_ROWS)
        cells = short + [""] * (len(columns.headings) - len(short))
        for found in _row(line, cells, columns, items):
            if isinstance(found, SheetFault):
                report.faults.append(found)
            else:
                report.figures.append(found)


def _row(line: int, cells: list[str], columns: _Columns, items: Items) -> Iterator[SheetFigure | SheetFault]:
    headings = columns.headings
    code = cells[columns.code].strip().upper()
    month = month_of(cells[columns.month])
    if not code or code.startswith(BROKEN):
        yield SheetFault(line, headings[columns.code], "figure.cell_empty")
        return
    if month is None:
        params: dict[str, object] = {"text": shown(cells[columns.month])}
        yield SheetFault(line, headings[columns.month], "figure.month_malformed", params)
        return
    process = None if columns.process is None else cells[columns.process].strip() or None
    unit = None if columns.unit is None else cells[columns.unit].strip() or None
    if columns.item is None:
        for place, item in columns.wide.items():
            if cells[place].strip() in _EMPTY:
                continue
            own = _TAIL.search(headings[place])
            yield _figure(line, headings[place], cells[place], item, own[1] if own else None, code, month, process)
        return
    found = items.find(cells[columns.item])
    if found is None:
        yield SheetFault(line, headings[columns.item], "figure.item_unknown", {"text": shown(cells[columns.item])})
        return
    flow = found.flow
    if columns.flow is not None and cells[columns.flow].strip():
        flow = _FLOW_WORDS.get(plain(cells[columns.flow]))
        if flow is None:
            yield SheetFault(
                line, headings[columns.flow], "figure.flow_unknown", {"text": shown(cells[columns.flow])}
            )
            return
    place = columns.quantity or 0
    if cells[place].strip() in _EMPTY:
        yield SheetFault(line, headings[place], "figure.cell_empty")
        return
    item = Item(found.kind, found.code, flow)
    unit = unit or (own[1] if (own := _TAIL.search(cells[columns.item])) else None)
    yield _figure(line, headings[place], cells[place], item, unit, code, month, process)


def _figure(
    line: int, column: str, cell: str, item: Item, unit: str | None, code: str, month: date, process: str | None
) -> SheetFigure | SheetFault:
    quantity = _number(cell)
    if quantity is None:
        return SheetFault(line, column, "figure.not_number", {"text": shown(cell)})
    base = None if unit is None else unit_of(unit)
    flow = (item.flow or Flow.CONSUMED) if item.kind is FigureKind.USE else None
    if item.kind is FigureKind.VALUE:
        scale = _YUAN.get(base or "元")
        if scale is None:
            return SheetFault(line, column, "figure.unit_unknown", {"unit": base})
        quantity, base = quantity * scale, None
    return SheetFigure(line, column, code, month, item.kind, item.code, flow, quantity, base, process)


def unit_of(text: str) -> str:
    """A unit as it is kept: 吨 is t, 万千瓦时 is 万kWh."""
    name = unicodedata.normalize("NFKC", text).strip()
    return _UNIT_WORDS.get(name.casefold(), name)


def month_of(text: str) -> date | None:
    """The month of ``2026-03``, ``2026年3月``, ``202603`` or a day in it."""
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None


def _number(cell: str) -> Decimal | None:
    try:
        value = Decimal(unicodedata.normalize("NFKC", cell).strip().replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
