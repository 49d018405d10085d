"""Reports of a month as a table: a row an enterprise, a column an indicator's month or year, with its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.headed import cell_text, headed_rows, plain_heading
from libs.common.sheets.model import SheetRow, column_name
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.reports import Line

CREDIT_CODE, NAME, CONFIRMATION = "credit_code", "name", "confirmation"
_NAMES = {
    CREDIT_CODE: ("credit_code", "统一社会信用代码", "信用代码"),
    NAME: ("name", "企业名称", "单位名称"),
    CONFIRMATION: ("confirmation", "核实说明", "异常说明"),
}
# What a heading says after the indicator's name; without it the month is meant.
_MONTH, _YEAR = ("本月", "当月", "month"), ("1-本月累计", "本年累计", "累计", "cumulative", "ytd")
_FACTORS = {
    "yuan": {"元": 1, "yuan": 1, "万元": 10_000, "10k yuan": 10_000, "亿元": 100_000_000},
    "kwh": {"千瓦时": 1, "kwh": 1, "度": 1, "万千瓦时": 10_000, "10k kwh": 10_000},
    "person": {"人": 1, "person": 1},
}
UNIT_MISSING = "unit_missing"
_PART = re.compile(r"\(([^()]*)\)")
_MOST = Decimal(10) ** 19


@dataclass(frozen=True, slots=True)
class CellFault:
    """What cannot be taken; ``row`` and ``column`` as the file shows them."""

    row: int
    column: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SheetReport:
    """A row: the enterprise, what it says by indicator, why doubts are right, and what cannot be read."""

    row: int
    credit_code: str
    confirmation: str
    lines: dict[str, Line]
    columns: Mapping[str, str]
    faults: list[CellFault] = field(default_factory=list)

    def fault(self, fact: str, code: str, **params: object) -> None:
        self.faults.append(CellFault(self.row, self.columns.get(fact, ""), code, params))


def headings(catalogue: Mapping[str, Indicator], language: str) -> list[tuple[str, str]]:
    """Facts and titles of the template's columns; an import reads either language."""
    zh = language == "zh-CN"
    found = [(fact, names[1] if zh else names[0]) for fact, names in _NAMES.items()]
    for indicator in catalogue.values():
        if indicator.active:
            units = list(_FACTORS.get(indicator.unit, {indicator.unit: 1}))
            unit = units[0] if zh else indicator.unit
            name = indicator.name_zh if zh else indicator.name_en
            found.append((f"{indicator.code}|month", f"{name}{'本月' if zh else ' month'}({unit})"))
            found.append((f"{indicator.code}|cumulative", f"{name}{'累计' if zh else ' cumulative'}({unit})"))
    return found


def fact_reader(catalogue: Mapping[str, Indicator]) -> Callable[[str], str | None]:
    """What a heading means: ``credit_code``, or ``output_value|month|10000``, whose last part is the factor."""
    fixed = {name: fact for fact, names in _NAMES.items() for name in names}
    named = {
        _tight(name): indicator
        for indicator in catalogue.values()
        if indicator.active
        for name in (indicator.code, indicator.name_zh, indicator.name_en)
    }

    def read(heading: str) -> str | None:
        if heading in fixed:
            return fixed[heading]
        parts = [part.strip() for part in _PART.findall(heading)]
        base = _tight(_PART.sub("", heading))
        which = "month"
        for suffixes, meant in ((_YEAR, "cumulative"), (_MONTH, "month")):
            if base not in named:
                found = next((one for one in suffixes if base.endswith(_tight(one))), None)
                if found is not None:
                    base, which = base.removesuffix(_tight(found)), meant
            spoken = [part for part in parts if part in suffixes]
            if spoken:
                which = meant
                parts = [part for part in parts if part not in suffixes]
        indicator = named.get(base)
        return None if indicator is None else _fact(indicator, which, parts)

    return read


def _tight(text: str) -> str:
    return re.sub(r"[\s_.]+", "", text).lower()


def _fact(indicator: Indicator, which: str, parts: list[str]) -> str | None:
    factors = _FACTORS.get(indicator.unit, {indicator.unit: 1})
    if not parts:
        # Without a unit nobody can tell 5000 yuan from 50 million.
        return f"{indicator.code}|{which}|{UNIT_MISSING if indicator.unit == 'yuan' else 1}"
    factor = factors.get(parts[0]) if len(parts) == 1 else None
    return None if factor is None else f"{indicator.code}|{which}|{factor}"


class HeadUnsound(Exception):
    """A column of money says no unit, or two columns say the same; ``code`` and ``column`` name it."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(code, column)
        self.code, self.column = code, column


def read_reports(rows: Iterable[SheetRow], catalogue: Mapping[str, Indicator]) -> Iterator[SheetReport]:
    """The rows after the head. Raises HeadUnfit, HeadUnsound."""
    checked = False
    for row, head in headed_rows(rows, fact_reader(catalogue), (CREDIT_CODE,), plain=plain_heading):
        if not checked:
            _check(head)
            checked = True
        if any(cell_text(cell).strip() for cell in row.cells):
            yield _report(row, head)


def _check(head: Mapping[int, str]) -> None:
    seen: set[str] = set()
    for place, fact in head.items():
        said, _, factor = fact.rpartition("|")
        if factor == UNIT_MISSING:
            raise HeadUnsound("economy_import.unit_missing", column_name(place))
        if said and said in seen:
            raise HeadUnsound("economy_import.column_twice", column_name(place))
        seen.add(said)


def _report(row: SheetRow, head: Mapping[int, str]) -> SheetReport:
    columns = {fact.rpartition("|")[0] or fact: column_name(place) for place, fact in head.items()}
    report = SheetReport(row.number, "", "", {}, columns)
    values: dict[str, dict[str, Decimal]] = {}
    for place, fact in head.items():
        cell = row.cells[place] if place < len(row.cells) else None
        said = fact.rpartition("|")[0] or fact
        if isinstance(cell, Broken):
            report.fault(said, "economy_import.cell_broken", shown=cell.shown)
            continue
        text = cell_text(cell).strip()
        if not text or fact == NAME:
            continue
        if fact == CREDIT_CODE:
            report.credit_code = text
        elif fact == CONFIRMATION:
            report.confirmation = text[:1000]
        else:
            code, which, factor = fact.split("|")
            value = _number(cell, text, int(factor))
            if value is None:
                report.fault(said, "economy_import.number_unreadable", value=text[:40])
            else:
                values.setdefault(code, {})[which] = value
    if not report.credit_code:
        report.fault(CREDIT_CODE, "economy_import.credit_code_missing")
    report.lines = {code: Line(said.get("month"), said.get("cumulative")) for code, said in values.items()}
    return report


def _number(cell: Cell, text: str, factor: int) -> Decimal | None:
    if isinstance(cell, Number) and (cell.is_date or cell.is_percent):
        return None
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) * factor >= _MOST:
        return None
    # A workbook keeps 1234.56 as the nearest binary fraction, which it writes out with seventeen digits.
    exact = value * factor
    rounded = exact.quantize(Decimal("0.0001"))
    return rounded if abs(exact - rounded) < Decimal("0.00001") else None
