"""A meter register as a table (计量点台账): which column is which fact, and what a cell means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import by_name, cell_text, headed_rows, serial_day, written_day
from libs.common.sheets.model import SheetRow, column_name

# By fact: the names its column may have, in either language.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "meter_no": ("meter_no", "meter no.", "计量点编号", "表号", "电表编号"),
    "name": ("name", "名称", "计量点名称"),
    "kind": ("kind", "种类", "计量方式"),
    "quantity": ("quantity", "电量类型", "量类"),
    "profile": ("profile", "负荷类型"),
    "interval_minutes": ("interval_minutes", "采集间隔", "采集间隔(分钟)", "间隔"),
    "offset_minutes": ("offset_minutes", "时差", "时差(分钟)"),
    "region_code": ("region_code", "区划代码", "行政区划代码"),
    "enterprise_id": ("enterprise_id", "企业标识"),
    "capacity_kw": ("capacity_kw", "容量", "容量(kw)", "合同容量"),
    "low_kw": ("low_kw", "下限", "下限(kw)"),
    "high_kw": ("high_kw", "上限", "上限(kw)"),
    "multiplier": ("multiplier", "倍率", "综合倍率"),
    "ct_ratio": ("ct_ratio", "ct", "ct变比", "电流互感器变比"),
    "pt_ratio": ("pt_ratio", "pt", "pt变比", "电压互感器变比"),
    "register_digits": ("register_digits", "位数", "表码位数", "整数位数"),
    "pulses_per_kwh": ("pulses_per_kwh", "脉冲常数"),
    "asset_no": ("asset_no", "资产编号", "电能表资产编号"),
    "feeder_code": ("feeder_code", "线路编码", "馈线编码", "10kv线路"),
    "transformer_code": ("transformer_code", "变压器编码", "台区编码"),
    "valid_from": ("valid_from", "启用日期", "投运日期"),
}
# 户号 and others: a code of the meter in that system.
ALIASES: Final[Mapping[str, str]] = {"户号": "account", "用户编号": "account", "nmi": "nmi"}
ALIAS_PREFIX: Final = "alias."

# Words of a register for what the API says in English.
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {"间隔": "interval", "表码": "register", "示数": "register", "脉冲": "pulse", "脉冲累计": "counter"},
    "quantity": {
        "正向有功": "active_import_kw",
        "反向有功": "active_export_kw",
        "正向无功": "reactive_import_kvar",
        "反向无功": "reactive_export_kvar",
        "有功功率": "active_power_kw",
        "视在功率": "apparent_kva",
    },
    "profile": {"用电": "consumption", "水电": "hydro", "风电": "wind", "净负荷": "net"},
}
_RATIOS: Final = ("ct_ratio", "pt_ratio")
_DATES: Final = ("valid_from",)
_TEXTS: Final = ("meter_no", "name", "region_code", "asset_no", "feeder_code", "transformer_code")


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that says nothing; ``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SheetMeter:
    """A row: facts by name as the API takes them, codes by system, the letter of each column."""

    row: int
    facts: dict[str, object]
    aliases: dict[str, str]
    columns: Mapping[str, str]
    faults: list[CellFault]


def read_meters(rows: Iterable[SheetRow], *, date1904: bool) -> Iterator[SheetMeter]:
    """The rows after the header. Raises HeadUnfit."""
    for row, head in headed_rows(rows, _fact_of, ("meter_no",)):
        yield _meter(row, head, date1904=date1904)


_fact_by_name = by_name(COLUMNS)


def _fact_of(name: str) -> str | None:
    alias = ALIASES.get(name) or (name.removeprefix(ALIAS_PREFIX) if name.startswith(ALIAS_PREFIX) else None)
    return _fact_by_name(name) if alias is None else ALIAS_PREFIX + alias


def _meter(row: SheetRow, header: Mapping[int, str], *, date1904: bool) -> SheetMeter:
    columns = {fact: column_name(place) for place, fact in header.items()}
    meter = SheetMeter(row.number, {}, {}, columns, [])
    for place, fact in header.items():
        cell = row.cells[place] if place < len(row.cells) else None
        if isinstance(cell, Broken):
            fault = CellFault(row.number, columns[fact], "meter.import_cell_broken", {"shown": cell.shown})
            meter.faults.append(fault)
            continue
        if cell is None or cell_text(cell).strip() == "":
            continue
        if fact.startswith(ALIAS_PREFIX):
            meter.aliases[fact.removeprefix(ALIAS_PREFIX)] = cell_text(cell).strip()
            continue
        value = _value(fact, cell, date1904=date1904)
        if value is None:
            params = {"value": cell_text(cell)[:40]}
            meter.faults.append(CellFault(row.number, columns[fact], "meter.import_cell_unfit", params))
        else:
            meter.facts[fact] = value
    return meter


def _value(fact: str, cell: Cell, *, date1904: bool) -> object | None:
    """The fact as the API takes it; None when the cell cannot be one."""
    text = cell_text(cell).strip()
    if fact in WORDS:
        return WORDS[fact].get(text, text)
    if fact in _DATES:
        return _date(cell, text, date1904=date1904)
    if fact in _TEXTS or fact == "enterprise_id":
        return text
    if fact in _RATIOS and "/" in text:
        return _ratio(text)
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _ratio(text: str) -> float | None:
    """``200/5`` is 40, ``10kV/100V`` is 100."""
    parts = [_magnitude(part) for part in text.split("/")]
    if len(parts) != 2 or parts[0] is None or not parts[1]:
        return None
    return parts[0] / parts[1]


def _magnitude(text: str) -> float | None:
    plain = text.strip().lower().removesuffix("v").removesuffix("a")
    scale = 1000.0 if plain.endswith("k") else 1.0
    try:
        return float(plain.removesuffix("k")) * scale
    except ValueError:
        return None


def _date(cell: Cell, text: str, *, date1904: bool) -> str | None:
    day = None
    if isinstance(cell, Number):
        day = serial_day(cell, date1904=date1904)
        text = text.partition(".")[0]
    day = day or written_day(text)
    return None if day is None else day.isoformat()
