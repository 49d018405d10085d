"""Columns of a table that is exchanged: their kind, and which heading means which column.

A heading may be the column's name in the API or its title in either language, in any width and case. A column of
money says its unit in the heading (元 or 万元): without one nobody can tell 5000 from 50 million.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MONTH = "month"
    BOOLEAN = "boolean"
    TERM = "term"
    INSTANT = "instant"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Column:
    """``field`` is what the API calls it, and what errors point to; ``terms`` the values of a TERM column.

    ``required`` ones must stand in the file and be filled; ``on_new`` only for rows that are new.
    ``read_only`` ones are exported, and passed over when they come back. ``example`` is shown in the template.
    """

    field: str
    kind: Kind = Kind.TEXT
    terms: type[Enum] | None = None
    required: bool = False
    on_new: bool = False
    read_only: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column found in a file: its place from 0, the text above it, and yuan a unit for money."""

    column: Column
    index: int
    text: str
    factor: int = 1


@dataclass(frozen=True, slots=True)
class HeadingFault:
    """What is wrong with a heading; ``index`` None when something is missing altogether."""

    code: str
    index: int | None
    text: str
    params: Mapping[str, object]


UNITS: Mapping[str, int] = {
    "元": 1,
    "人民币元": 1,
    "yuan": 1,
    "cny": 1,
    "rmb": 1,
    "万元": 10_000,
    "人民币万元": 10_000,
    "10k yuan": 10_000,
    "10000 yuan": 10_000,
    "10,000 yuan": 10_000,
    "ten thousand yuan": 10_000,
    "wan yuan": 10_000,
}
_SPACES = re.compile(r"\s+")
_UNIT = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]")


def normal(text: str) -> str:
    """A heading as it is compared: full-width characters, case, stars and spaces do not matter."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip(" *＊:：\t\r\n")
    return _SPACES.sub(" ", plain)


class Headings:
    """The headings a table knows; ``titles`` gives each column's titles in all languages."""

    def __init__(self, columns: Sequence[Column], titles: Mapping[str, Iterable[str]]) -> None:
        self._columns = {column.field: column for column in columns}
        self._names = {
            normal(name): column for column in columns for name in (column.field, *titles.get(column.field, ()))
        }

    def knows(self, text: str) -> bool:
        """Whether the text could be the heading of one of the columns."""
        return self._find(text)[0] is not None

    def read(self, cells: Sequence[str | None]) -> tuple[list[Heading], list[HeadingFault]]:
        """The columns of a row of headings, and everything that is wrong with it."""
        found: dict[str, Heading] = {}
        faults: list[HeadingFault] = []
        for index, text in enumerate(cells):
            if text is None or not text.strip():
                continue
            column, unit = self._find(text)
            if column is None:
                faults.append(HeadingFault("import.column_unknown", index, text, {"heading": text.strip()[:80]}))
            elif column.field in found:
                first = found[column.field].text
                faults.append(HeadingFault("import.column_twice", index, text, {"heading": text, "first": first}))
            else:
                found[column.field] = Heading(column, index, text.strip(), UNITS.get(unit or "", 1))
                if column.kind is Kind.MONEY and not column.read_only and unit not in UNITS:
                    code = "import.unit_missing" if unit is None else "import.unit_unknown"
                    faults.append(HeadingFault(code, index, text, {"heading": text.strip(), "unit": unit or ""}))
        faults += [
            HeadingFault("import.column_missing", None, "", {"field": column.field})
            for column in self._columns.values()
            if column.required and column.field not in found
        ]
        return list(found.values()), faults

    def _find(self, text: str) -> tuple[Column | None, str | None]:
        name = normal(text)
        column = self._names.get(name)
        if column is not None and column.kind is Kind.MONEY and name == normal(column.field):
            # The API's own names say the unit: total_investment_yuan.
            return column, "yuan" if name.endswith("_yuan") else None
        if column is not None:
            return column, None
        match = _UNIT.fullmatch(name)
        if match is None:
            return None, None
        column = self._names.get(match[1])
        return (column, match[2].strip()) if column is not None and column.kind is Kind.MONEY else (None, None)
