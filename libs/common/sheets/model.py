"""What reading a file yields, and what can be wrong with the file as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from libs.common.sheets.cells import Cell


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost: bytes when unpacked, rows and columns of a sheet."""

    expanded_bytes: int = 1024 * 1024 * 1024
    rows: int = 200_000
    columns: int = 256


@dataclass(frozen=True, slots=True)
class SheetRow:
    """``number`` is the row's as the spreadsheet shows it, from 1."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` reads the sheet from the start, each time it is called; ``merged`` are ranges such as ``A1:C1``."""

    name: str
    rows: Callable[[], Iterator[SheetRow]]
    hidden: bool = False
    merged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """``encoding`` and ``delimiter`` of a text, empty for a workbook."""

    sheets: tuple[Sheet, ...]
    date1904: bool = False
    encoding: str = ""
    delimiter: str = ""


@dataclass
class FileFault(Exception):
    """The file as a whole cannot be read; ``code`` has a message in the catalogues."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    sheet: str = ""
    row: int | None = None

    def __str__(self) -> str:
        return f"{self.code} {dict(self.params)}"


def column_name(index: int) -> str:
    """A, B, … Z, AA: the column's letters for its place from 0."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(reference: str) -> int:
    """The place from 0 of ``AB12`` or ``AB``."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number - 1
