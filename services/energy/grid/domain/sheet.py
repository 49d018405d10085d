"""Tables of the grid (电网台账): which column is which fact, and what a cell means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import by_name, cell_text, headed_rows, serial_day, written_day
from libs.common.sheets.model import SheetRow, column_name

Columns = Mapping[str, tuple[str, ...]]

# By fact: the names its column may have, in either language.
NODES: Final[Columns] = {
    "code": ("code", "编码", "节点编码", "设备编码"),
    "name": ("name", "名称", "设备名称"),
    "kind": ("kind", "类型", "种类", "设备类型"),
    "region_code": ("region_code", "区划代码", "行政区划代码"),
    "voltage_kv": ("voltage_kv", "电压等级", "电压等级(kv)", "电压(kv)"),
    "quota_code": ("quota_code", "指标编码"),
    "parent_code": ("parent_code", "上级编码", "所属编码", "上级"),
    "rated_mva": ("rated_mva", "额定容量", "额定容量(mva)", "容量(mva)", "主变容量(mva)"),
    "units": ("units", "台数", "主变台数"),
    "overload_factor": ("overload_factor", "短时过载倍数", "过载倍数"),
    "power_factor": ("power_factor", "功率因数"),
    "valid_from": ("valid_from", "投运日期", "启用日期"),
    "valid_to": ("valid_to", "退运日期"),
    "reason": ("reason", "备注", "说明"),
}
PLACEMENTS: Final[Columns] = {
    "meter_no": ("meter_no", "meter no.", "计量点编号", "表号", "电表编号"),
    "node_code": ("node_code", "节点编码", "所属编码", "编码"),
    "role": ("role", "角色", "用途"),
    "valid_from": ("valid_from", "启用日期", "生效日期"),
    "valid_to": ("valid_to", "失效日期", "终止日期"),
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {
        "供区": "area",
        "供电区域": "area",
        "变电站": "substation",
        "变压器": "transformer",
        "主变": "transformer",
        "配变": "transformer",
        "台区": "transformer",
        "线路": "feeder",
        "馈线": "feeder",
    },
    "role": {"负荷": "load", "用电": "load", "关口": "gateway", "关口表": "gateway"},
}
_DATES: Final = frozenset({"valid_from", "valid_to"})
_NUMBERS: Final = frozenset({"voltage_kv", "rated_mva", "units", "overload_factor", "power_factor"})
_UNITS: Final = ("kv", "mva", "千伏", "兆伏安")


@dataclass(frozen=True, slots=True)
class GridCellFault:
    """A cell that says nothing usable; ``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class GridSheetRow:
    """Facts by name as the API takes them, and the letter of each column."""

    row: int
    facts: dict[str, Any]
    columns: Mapping[str, str]
    faults: list[GridCellFault]

    def fault(self, fact: str, code: str, **params: Any) -> GridCellFault:
        return GridCellFault(self.row, self.columns.get(fact), code, params)


def read_rows(
    rows: Iterable[SheetRow], columns: Columns, keys: Sequence[str], *, date1904: bool
) -> Iterator[GridSheetRow]:
    """The rows after the header, which names all ``keys``. Raises HeadUnfit."""
    for row, head in headed_rows(rows, by_name(columns), keys):
        yield _row(row, head, date1904=date1904)


def _row(row: SheetRow, header: Mapping[int, str], *, date1904: bool) -> GridSheetRow:
    parsed = GridSheetRow(row.number, {}, {fact: column_name(place) for place, fact in header.items()}, [])
    for place, fact in header.items():
        cell = row.cells[place] if place < len(row.cells) else None
        if isinstance(cell, Broken):
            parsed.faults.append(parsed.fault(fact, "meter.import_cell_broken", shown=cell.shown))
            continue
        text = cell_text(cell).strip()
        if not text:
            continue
        value = _value(fact, cell, text, date1904=date1904)
        if value is None:
            parsed.faults.append(parsed.fault(fact, "meter.import_cell_unfit", value=text[:40]))
        else:
            parsed.facts[fact] = value
    return parsed


def _value(fact: str, cell: Cell, text: str, *, date1904: bool) -> object | None:
    if fact in _WORDS:
        return _WORDS[fact].get(text, text)
    if fact in _DATES:
        return _date(cell, text, date1904=date1904)
    if fact not in _NUMBERS:
        return text
    plain = text.lower().replace(",", "")
    for unit in _UNITS:
        plain = plain.removesuffix(unit).strip()
    try:
        number = float(plain)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _date(cell: Cell, text: str, *, date1904: bool) -> str | None:
    is_date = isinstance(cell, Number) and cell.is_date
    day = serial_day(cell, date1904=date1904) if isinstance(cell, Number) and is_date else written_day(text)
    return None if day is None else day.isoformat()
