"""From what a cell holds to the value it means. Raises CellFault, which names what is wrong and what was there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from libs.common.sheets.cells import Broken, Cell, Number
from services.projects.exchange.domain.columns import Heading, Kind

Value = str | bool | int | Decimal | date | None

# Takes a fact away that is known already; an empty cell leaves it as it is.
CLEAR = frozenset({"#清空", "#clear"})


class Cleared:
    """The value of a cell that says so."""


CLEARED = Cleared()


class CellFault(Exception):
    """``code`` has a message in the catalogues; ``params`` go into it."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: Mapping[str, object] = params


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one file are read: the workbook's first day, and terms by what people write."""

    date1904: bool = False
    terms: Mapping[str, Mapping[str, str]] | None = None


_YES = frozenset({"true", "yes", "y", "1", "是", "有", "对"})
_NO = frozenset({"false", "no", "n", "0", "否", "无", "不"})
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?")
_DAY = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?)")
_COMPACT_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2})月)")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(?::00(?:\.0+)?)?$")
_SPACES = re.compile(r"\s+")
# Excel keeps fifteen digits; what stands behind them is the machine's, not the writer's.
_DIGITS = 15
_FIRST_1900, _FIRST_1904 = date(1899, 12, 30), date(1904, 1, 1)
# 1954 to 2119: a serial number outside is a typing error rather than a project's day.
_SERIALS = range(20_000, 80_500)
_MAX_NUMBER = 60


def shown(cell: Cell) -> str:
    """The cell as its writer sees it, for error lists."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case Number() | Broken():
            return cell[0] if isinstance(cell, Number) else cell.shown
        case _:
            return cell[:500]


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def value_of(cell: Cell, heading: Heading, reading: Reading) -> Value | Cleared:
    """The value of a cell below a heading; None for an empty one. Raises CellFault."""
    if is_empty(cell):
        return None
    if isinstance(cell, Broken):
        raise CellFault(cell.code, shown=cell.shown)
    if isinstance(cell, str):
        cell = cell.strip()
        if cell.casefold() in CLEAR:
            return CLEARED
    match heading.column.kind:
        case Kind.MONEY:
            return _money(cell, heading)
        case Kind.INTEGER:
            return _whole(_number(cell))
        case Kind.DECIMAL:
            return _number(cell)
        case Kind.PERCENT:
            return _percent(cell)
        case Kind.DATE:
            return _day(cell, reading)
        case Kind.MONTH:
            return _month(cell, reading)
        case Kind.BOOLEAN:
            return _boolean(cell)
        case Kind.TERM:
            return _term(cell, heading, reading)
        case _:
            return _text(cell)


def _text(cell: Cell) -> str:
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case Number():
            if cell.is_date:
                raise CellFault("import.date_not_expected", shown=cell.text)
            # A code that was typed as a number: 421224, not 421224.0.
            number = _decimal(cell)
            return format(number.quantize(Decimal(1)) if number == number.to_integral_value() else number, "f")
        case _:
            assert isinstance(cell, str)
            if "\x00" in cell:
                raise CellFault("field.string_nul")
            return cell


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, Number):
        if cell.is_date:
            raise CellFault("import.date_not_expected", shown=cell.text)
        return _decimal(cell)
    text = _SPACES.sub("", unicodedata.normalize("NFKC", str(cell))).casefold().replace("−", "-")
    if len(text) <= _MAX_NUMBER and not isinstance(cell, bool):
        if _GROUPED.fullmatch(text):
            return Decimal(text.replace(",", ""))
        if _PLAIN.fullmatch(text):
            return Decimal(text)
    if text.endswith(("元", "万", "亿", "yuan")):
        raise CellFault("import.unit_in_cell", shown=str(cell)[:80])
    raise CellFault("import.number_unreadable", shown=str(cell)[:80])


def _decimal(number: Number) -> Decimal:
    try:
        exact = Decimal(number.text)
    except InvalidOperation as error:
        raise CellFault("import.number_unreadable", shown=number.text[:80]) from error
    if not exact.is_finite():
        raise CellFault("import.number_unreadable", shown=number.text[:80])
    return exact if len(exact.as_tuple().digits) <= _DIGITS else Decimal(format(exact, f".{_DIGITS}g"))


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise CellFault("import.not_whole", shown=format(number, "f")[:80])
    return int(number)


def _money(cell: Cell, heading: Heading) -> int:
    amount = _number(cell) * heading.factor
    if amount != amount.to_integral_value():
        raise CellFault("import.not_whole_yuan", shown=shown(cell)[:80], heading=heading.text)
    return int(amount)


def _percent(cell: Cell) -> Decimal:
    if isinstance(cell, Number):
        return _decimal(cell) * 100 if cell.is_percent else _number(cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    return _number(text.removesuffix("%"))


def _day(cell: Cell, reading: Reading) -> date:
    if isinstance(cell, Number):
        return _day_of_number(cell, reading)
    text = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", str(cell)).strip())
    match = _DAY.fullmatch(text.replace(" ", "")) or _COMPACT_DAY.fullmatch(text)
    if match is None:
        raise CellFault("import.date_unreadable", shown=str(cell)[:80])
    return _date(*(int(part) for part in match.groups() if part is not None), shown=str(cell))


def _day_of_number(cell: Number, reading: Reading) -> date:
    number = _decimal(cell)
    if not cell.is_date and (match := _COMPACT_DAY.fullmatch(_text(cell))):
        return _date(int(match[1]), int(match[2]), int(match[3]), shown=cell.text)
    if number != number.to_integral_value():
        raise CellFault("import.date_with_time", shown=cell.text)
    first = _FIRST_1904 if reading.date1904 else _FIRST_1900
    day = first + timedelta(days=int(number)) if abs(number) < 10**6 else date.min
    if int((day - _FIRST_1900).days) not in _SERIALS:
        raise CellFault("import.date_unreadable", shown=cell.text)
    return day


def _month(cell: Cell, reading: Reading) -> date:
    if isinstance(cell, str) and (match := _MONTH.fullmatch(unicodedata.normalize("NFKC", cell).replace(" ", ""))):
        return _date(int(match[1]), int(match[2] or match[3]), 1, shown=cell)
    if isinstance(cell, Number) and not cell.is_date and re.fullmatch(r"[12][0-9]{5}", cell.text):
        return _date(int(cell.text[:4]), int(cell.text[4:]), 1, shown=cell.text)
    return _day(cell, reading).replace(day=1)


def _date(year: int, month: int, day: int, *, shown: str) -> date:
    try:
        found = datetime(year, month, day).date()  # noqa: DTZ001 - only the day is kept
    except ValueError as error:
        raise CellFault("import.date_impossible", shown=shown[:80]) from error
    if not 1900 <= found.year <= 2200:
        raise CellFault("import.date_impossible", shown=shown[:80])
    return found


def _boolean(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _text(cell).casefold()
    if text in _YES or text in _NO:
        return text in _YES
    raise CellFault("import.boolean_unreadable", shown=text[:80])


def _term(cell: Cell, heading: Heading, reading: Reading) -> str:
    assert heading.column.terms is not None
    known = (reading.terms or {}).get(heading.column.terms.__name__, {})
    text = _text(cell)
    found = known.get(unicodedata.normalize("NFKC", text).casefold().strip())
    if found is None:
        allowed = [str(term.value) for term in heading.column.terms]
        raise CellFault("import.term_unknown", shown=text[:80], allowed=allowed)
    return found
