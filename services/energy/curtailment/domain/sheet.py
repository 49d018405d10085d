"""A plan, and its users, as tables (方案表、用户表): which column is which fact, and what a cell means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import by_name, cell_text, headed_rows
from libs.common.sheets.model import SheetRow, column_name
from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.users import TIER_NAMES, TIERS, Category, Measure

Names = Mapping[str, tuple[str, ...]]

# By fact: the names its column may have; the second is that of the Chinese template, the first of the English one.
PLAN_COLUMNS: Final[Names] = {
    "credit_code": ("credit_code", "统一社会信用代码", "信用代码"),
    "name": ("name", "企业名称", "用户名称", "户名"),
    "tier": ("tier", "等级", "方案等级", "预警等级"),
    "measure": ("measure", "措施", "有序用电措施"),
    "quota_kw": ("quota_kw", "压减指标(千瓦)", "指标(千瓦)", "压减指标(kw)"),
    "quota_mw": ("quota_mw", "压减指标(兆瓦)", "指标(兆瓦)", "压减指标(mw)"),
    "quota_percent": ("quota_percent", "压减比例(%)", "压减比例"),
    "rotation_group": ("rotation_group", "轮休组"),
    "note": ("note", "备注"),
}
USER_COLUMNS: Final[Names] = {
    "credit_code": ("credit_code", "统一社会信用代码", "信用代码"),
    "name": ("name", "企业名称", "用户名称", "户名"),
    "category": ("category", "用户类别", "类别"),
    "max_load_kw": ("max_load_kw", "最大负荷(千瓦)", "最大负荷(kw)"),
    "security_load_kw": ("security_load_kw", "保安负荷(千瓦)", "保安负荷(kw)"),
    "meter_nos": ("meter_nos", "计量点编号", "计量点"),
    "rest_weekdays": ("rest_weekdays", "厂休日"),
    "output_yuan_per_kwh": ("output_yuan_per_kwh", "每千瓦时产值(元)"),
    "note": ("note", "备注"),
    **{
        f"{measure}.{fact}": (f"{measure}.{fact}", f"{wording.MEASURES[measure][0]}{zh}")
        for measure in Measure
        for fact, zh in (
            ("load_kw", "负荷(千瓦)"),
            ("notice_minutes", "通知(分钟)"),
            ("min_minutes", "最短(分钟)"),
            ("max_minutes", "最长(分钟)"),
            ("recovery_minutes", "恢复(分钟)"),
        )
    },
}
KEY: Final = "credit_code"
# Columns whose cells are texts, or lists of them.
_TEXTS: Final = frozenset({KEY, "name", "rotation_group", "note"})
_LISTS: Final = frozenset({"meter_nos", "rest_weekdays"})
_APART: Final = re.compile(r"[\s,;，；、/]+")
_LEVELS: Final = {
    **{name: tier for tier, name in TIER_NAMES.items()},
    **{f"{name}级": tier for tier, name in TIER_NAMES.items()},
    **{words[0]: tier for tier, words in wording.TIERS.items()},
    **dict(zip(("iv", "iii", "ii", "i"), TIERS, strict=True)),
    **dict(zip(("蓝色", "黄色", "橙色", "红色"), TIERS, strict=True)),
    **dict(zip(("blue", "yellow", "orange", "red"), TIERS, strict=True)),
    **{str(tier): tier for tier in TIERS},
}
_MEASURES: Final = {
    **{measure.value: measure for measure in Measure},
    **{words[0]: measure for measure, words in wording.MEASURES.items()},
}
_CATEGORIES: Final = {
    **{category.value: category for category in Category},
    **{words[0]: category for category, words in wording.CATEGORIES.items()},
}
_WEEKDAYS: Final = {
    **{wording.weekday(number)[0]: number for number in range(1, 8)},
    **{wording.weekday(number)[1].lower(): number for number in range(1, 8)},
    **{str(number): number for number in range(1, 8)},
    "周天": 7,
}


@dataclass(frozen=True, slots=True)
class CellFault:
    """What cannot be taken; ``row`` and ``column`` as the file shows them."""

    row: int
    column: str | None
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SheetLine:
    """A row: facts by name, the letter of each column, what cannot be read."""

    row: int
    facts: dict[str, object]
    columns: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)

    def fault(self, name: str, code: str, /, **params: object) -> None:
        self.faults.append(CellFault(self.row, self.columns.get(name), code, params))


def read_lines(rows: Iterable[SheetRow], names: Names) -> Iterator[SheetLine]:
    """The rows after the header. Raises HeadUnfit."""
    for row, head in headed_rows(rows, by_name(names), (KEY,)):
        if any(cell_text(cell).strip() for cell in row.cells):
            yield _line(row, head)


def _line(row: SheetRow, header: Mapping[int, str]) -> SheetLine:
    columns = {fact: column_name(place) for place, fact in header.items()}
    line = SheetLine(row.number, {}, columns)
    for place, fact in header.items():
        cell = row.cells[place] if place < len(row.cells) else None
        if isinstance(cell, Broken):
            line.fault(fact, "curtailment.import_cell_broken", shown=cell.shown)
            continue
        text = cell_text(cell).strip()
        if not text:
            continue
        value = _value(fact, cell, text)
        if value is None:
            line.fault(fact, "curtailment.import_cell_unfit", value=text[:40])
        else:
            line.facts[fact] = value
    return line


def _value(fact: str, cell: Cell, text: str) -> object | None:
    """The fact; None when the cell cannot be one."""
    if fact in _TEXTS:
        return text
    if fact in _LISTS:
        return _list(fact, text)
    match fact:
        case "tier":
            return _LEVELS.get(text.lower()) or _LEVELS.get(text)
        case "measure":
            return _MEASURES.get(text.lower())
        case "category":
            return _CATEGORIES.get(text.lower())
        case _:
            return _number(fact, cell, text)


def _number(fact: str, cell: Cell, text: str) -> float | None:
    is_percent = text.endswith("%") or (isinstance(cell, Number) and cell.is_percent)
    try:
        number = float(text.removesuffix("%").replace(",", ""))
    except ValueError:
        return None
    # A workbook keeps 15 % as 0.15.
    if isinstance(cell, Number) and cell.is_percent:
        number *= 100
    if is_percent and fact != "quota_percent":
        return None
    return number if isfinite(number) else None


def _list(fact: str, text: str) -> list[object] | None:
    parts = [part for part in _APART.split(text) if part]
    if fact == "meter_nos":
        return list(parts)
    days = [_WEEKDAYS.get(part.lower()) for part in parts]
    return None if None in days else list(days)
