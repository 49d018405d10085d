"""Tables with headings: the first row that names what is needed is the head, what follows it are the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from libs.common.sheets.cells import Broken, Cell, Number
from libs.common.sheets.model import SheetRow, column_name

# How far down the head may stand.
HEAD_ROWS: Final = 10
_NAME_SHOWN: Final = 40
_EPOCH: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_MOST_DAYS: Final = 200_000


class Why(StrEnum):
    """What is wrong with the headings."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    TWICE = "twice"


class HeadUnfit(Exception):
    """No head is there, or ``column`` has a name that nobody knows, or one that another column has."""

    def __init__(self, why: Why, column: str = "", name: str = "") -> None:
        super().__init__(why, column, name)
        self.why, self.column, self.name = why, column, name[:_NAME_SHOWN]

    def reason(self, missing: str) -> str:
        """In words; ``missing``: those for a head that is not there."""
        if self.why is Why.MISSING:
            return missing
        fault = "is not known" if self.why is Why.UNKNOWN else "stands there twice"
        return f"column {self.column}: {self.name} {fault}"


def plain_heading(name: str) -> str:
    return name.strip().lower().replace("（", "(").replace("）", ")")


def headed_rows(
    rows: Iterable[SheetRow],
    fact_of: Callable[[str], str | None],
    needed: Collection[str],
    *,
    plain: Callable[[str], str] = plain_heading,
) -> Iterator[tuple[SheetRow, Mapping[int, str]]]:
    """The rows after the head that are not empty, each with the head: the fact of each place.

    ``fact_of``: what a heading means, spelled as :func:`plain_heading` (or ``plain``) spells it. Raises HeadUnfit:
    a column is never passed over silently.
    """
    head: dict[int, str] | None = None
    for seen, row in enumerate(rows):
        if head is None:
            head = _head(row, fact_of, needed, plain)
            if head is None and seen + 1 >= HEAD_ROWS:
                break
        elif any(cell not in (None, "") for cell in row.cells):
            yield row, head
    if head is None:
        raise HeadUnfit(Why.MISSING)


def _head(
    row: SheetRow, fact_of: Callable[[str], str | None], needed: Collection[str], plain: Callable[[str], str]
) -> dict[int, str] | None:
    names = [plain(cell_text(cell)) for cell in row.cells]
    if not {fact_of(name) for name in names}.issuperset(needed):
        return None
    found: dict[int, str] = {}
    for place, name in enumerate(names):
        if not name:
            continue
        fact = fact_of(name)
        if fact is None:
            raise HeadUnfit(Why.UNKNOWN, column_name(place), name)
        if fact in found.values():
            raise HeadUnfit(Why.TWICE, column_name(place), name)
        found[place] = fact
    return found


def by_name(columns: Mapping[str, Iterable[str]]) -> Callable[[str], str | None]:
    """For ``fact_of``: by the names that each fact's column may have."""
    return {name: fact for fact, names in columns.items() for name in names}.get


def cell_text(cell: Cell) -> str:
    """A cell as it was meant: 421224.0 is the code 421224 in every spreadsheet."""
    if isinstance(cell, Number):
        return cell.text.removesuffix(".0")
    return "" if cell is None or isinstance(cell, Broken) else str(cell)


def serial_day(cell: Number, *, date1904: bool) -> date | None:
    """The day a date cell shows; None for a number that is no date, or none that a calendar has."""
    if not cell.is_date:
        return None
    try:
        days = int(float(cell.text))
    except ValueError:
        return None
    return (_EPOCH_1904 if date1904 else _EPOCH) + timedelta(days=days) if 0 < days < _MOST_DAYS else None


def written_day(text: str) -> date | None:
    """The day that 2026-09-15, 2026/9/15, 2026.9.15, 2026年9月15日 or 20260915 means."""
    for mark in "/.年月":
        text = text.replace(mark, "-")
    text = text.removesuffix("日")
    parts = text.split("-") if "-" in text else [text[:4], text[4:6], text[6:]]
    try:
        return date(*(int(part) for part in parts)) if len(parts) == 3 else None
    except ValueError:
        return None
