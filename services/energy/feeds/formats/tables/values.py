"""Numbers of a table: plain ones at once, the others with all that exports put around them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.formats.tables.grid import BROKEN

# How utilities write "no value".
BLANKS: Final = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "—",
        "——",
        "/",
        "\\",
        "null",
        "none",
        "nan",
        "n/a",
        "na",
        "#n/a",
        "无",
        "空",
        "缺失",
        "缺数",
    }
)
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_COMMA: Final = re.compile(r"[+-]?\d+,\d+")
_numbers = msgspec.json.Decoder(list[float | None])


def number_of(cell: str, delimiter: str) -> float:
    """The number in a cell, NaN for a blank. Raises ValueError."""
    cell = cell.strip().strip("'\u00a0")
    if cell.casefold() in BLANKS:
        return math.nan
    if cell.startswith(BROKEN):
        raise ValueError(cell)
    if "," in cell:
        # Between semicolons the comma is the decimal sign; between tabs 1,234 may be either and is told.
        if delimiter not in {",", ""} and _COMMA.fullmatch(cell):
            if delimiter != ";" and _THOUSANDS.fullmatch(cell):
                raise ValueError(cell)
            cell = cell.replace(",", ".")
        elif _THOUSANDS.fullmatch(cell):
            cell = cell.replace(",", "")
    if "_" in cell:
        raise ValueError(cell)
    value = float(cell)
    if math.isinf(value):
        raise ValueError(cell)
    return value


def matrix(rows: Sequence[list[str]], slots: int, delimiter: str) -> tuple[NDArray[np.float64], dict[int, int]]:
    """Values (rows, slots), and for each row that holds something else the place of its first bad cell."""
    try:
        flat = _numbers.decode("[" + ",".join([",".join(row) for row in rows]) + "]")
        if len(flat) == len(rows) * slots:
            values = np.array(flat, np.float64).reshape(len(rows), slots)
            if not np.isinf(values).any():
                return values, {}
    except msgspec.DecodeError:
        pass
    values = np.full((len(rows), slots), np.nan)
    broken: dict[int, int] = {}
    for place, row in enumerate(rows):
        try:
            values[place] = [number_of(cell, delimiter) for cell in row]
        except ValueError:
            broken[place] = _first_bad(row, delimiter)
    return values, broken


def _first_bad(row: list[str], delimiter: str) -> int:
    for column, cell in enumerate(row):
        try:
            number_of(cell, delimiter)
        except ValueError:
            return column
    return 0
