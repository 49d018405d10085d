"""Which cell formats of a workbook show a day or a percentage: a number says neither by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from libs.common.sheets.xml import name_of, parse

# Built-in formats that show days and times, those of Chinese, Japanese and Korean versions included.
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN_PERCENT = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)


class Style(Enum):
    """What a cell format makes of a number."""

    PLAIN = auto()
    DATE = auto()
    PERCENT = auto()


def style_of(number_format: int, code: str | None) -> Style:
    """The style of a number format: built in, or by its code, of which the first section counts."""
    if code is None:
        if number_format in _BUILT_IN_DATES:
            return Style.DATE
        return Style.PERCENT if number_format in _BUILT_IN_PERCENT else Style.PLAIN
    plain = _QUOTED.sub("", code).split(";", 1)[0]
    if "general" in plain.casefold():
        return Style.PLAIN
    if _DATE_LETTERS.search(plain):
        return Style.DATE
    return Style.PERCENT if "%" in plain else Style.PLAIN


def read_styles(chunks: Iterator[bytes]) -> list[Style]:
    """The style of each cell format (``cellXfs``) by its number."""
    codes: dict[int, str] = {}
    styles: list[Style] = []
    inside = {"cellXfs": False}

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = name_of(tag)
        if name == "numFmt":
            codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside["cellXfs"] = True
        elif name == "xf" and inside["cellXfs"]:
            number_format = int(attributes.get("numFmtId", "0"))
            styles.append(style_of(number_format, codes.get(number_format)))

    def end(tag: str) -> None:
        if name_of(tag) == "cellXfs":
            inside["cellXfs"] = False

    for _ in parse(chunks, start, end, lambda _: None, "xl/styles.xml"):
        pass
    return styles
