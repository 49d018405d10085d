"""What a cell of a spreadsheet or a delimited text holds."""

from __future__ import annotations

from typing import NamedTuple


class Number(NamedTuple):
    """A number of a workbook, as it is written there; ``is_date`` and ``is_percent`` come from its format."""

    text: str
    is_date: bool = False
    is_percent: bool = False


class Broken(NamedTuple):
    """A cell that holds no value: an error such as #REF!, or a formula that nobody has computed."""

    code: str
    shown: str


Cell = str | bool | Number | Broken | None
