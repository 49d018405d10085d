"""Faults of a file, by sheet, row and column, with what is wrong said in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """``column`` are the letters of the spreadsheet, ``field`` is the column's name in the API."""

    code: str
    sheet: str = ""
    row: int | None = None
    column: str | None = None
    heading: str = ""
    field: str = ""
    value: str = ""
    message_zh: str = ""
    message_en: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was passed over and is no fault: a hidden sheet, a sheet of notes."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
