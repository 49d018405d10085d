"""Elexon as its BMRS told the same data until 2024: XML answers, CSV under remarks, records between HDR and FTR.

Rows come out named as the Insights service names them. Generation by unit is MW there, a mean of the half hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.formats.tables.grid import encoding_of, text_grid, text_lines
from services.energy.feeds.formats.xml_reading import (
    ended_elements,
    forget,
    leaves,
    line_of,
    local_name,
    root_name,
)

Row = tuple[int, dict[str, Any]]

# The columns of a record of generation by fuel, in the order in which they were added over the years.
_FUELS: Final = (
    *("CCGT", "OIL", "COAL", "NUCLEAR", "WIND", "PS", "NPSHYD", "OCGT", "OTHER", "INTFR", "INTIRL", "INTNED"),
    *("INTEW", "BIOMASS", "INTNEM", "INTELEC", "INTIFA2", "INTNSL", "INTVKL"),
)
_NAMES: Final = {
    "sp": "settlementperiod",
    "bmunitid": "bmunit",
    "powersystemresourcetype": "psrtype",
    "starttimeofhalfhrperiod": "settlementdate",
    "publishingperiodcommencingtime": "starttime",
    "quantitymw": "quantity",
    "settlementdate": "settlementdate",
}
_RECORD: Final = re.compile(rb"^FUEL(?:HH|INST),", re.MULTILINE)
_HEADINGS: Final = re.compile(rb"^[^*\n]*settlement ?date", re.MULTILINE | re.IGNORECASE)
_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_STAMP: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")


def sniff(head: bytes) -> bool:
    """Whether the body begins like an answer of BMRS."""
    if root_name(head) == "response":
        return b"<responseBody" in head or b"<responseMetadata" in head
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"HDR,"):
        return re.search(rb"^FUEL(?:HH|INST),", text, re.MULTILINE) is not None
    return (
        text.startswith(b"*")
        and re.search(rb"^[^*\n]*settlement ?date", text, re.MULTILINE | re.IGNORECASE) is not None
    )


def rows(body: bytes) -> Iterator[Row]:
    """Rows with their names in lower case. Raises UnreadableFile."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        yield from _xml(body)
    elif text.startswith(b"HDR,"):
        yield from _records(body)
    else:
        yield from _remarked(body)


def _xml(body: bytes) -> Iterator[Row]:
    dataset = ""
    for element in ended_elements(body, {"dataItem", "item", "httpCode", "description"}):
        name = local_name(element)
        if name == "dataItem":
            dataset = (element.text or "").strip()
        elif name == "item":
            found = {_plain(key): value for key, value in leaves(element).items()}
            row = _named(found) | {"dataset": found.get("recordtype", "") or dataset}
            yield from ((line_of(element), one) for one in _by_fuel(row, found))
            forget(element)
        elif name == "httpCode" and (element.text or "").strip() not in {"", "200"}:
            raise UnreadableFile("elexon.refused", line_of(element), answer=(element.text or "").strip()[:20])


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _named(found: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {_NAMES.get(name, name): value for name, value in found.items()}
    if "bmunit" in row:
        row["unit"] = "MW"
    return row


def _by_fuel(row: dict[str, Any], found: dict[str, str]) -> Iterator[dict[str, Any]]:
    """One row for each fuel of an item that holds them side by side."""
    fuels = [fuel for fuel in _FUELS if fuel.lower() in found]
    if not fuels or "quantity" in row:
        yield row
        return
    for fuel in fuels:
        yield row | {"fueltype": fuel, "generation": found[fuel.lower()]}


def _remarked(body: bytes) -> Iterator[Row]:
    names: list[str] | None = None
    has_ended = False
    for line, cells in text_grid(body).rows:
        first = cells[0].strip()
        if first.startswith("*"):
            continue
        if first.upper() == "<EOF>":
            has_ended = True
            break
        if names is None:
            names = [_plain(cell) for cell in cells]
            continue
        if len(cells) != len(names):
            raise UnreadableFile("elexon.line_broken", line, count=len(cells), expected=len(names))
        yield line, _named(dict(zip(names, (cell.strip() for cell in cells), strict=True)))
    if not has_ended:
        raise UnreadableFile("elexon.end_missing")


def _records(body: bytes) -> Iterator[Row]:
    told = -1
    count = 0
    for line, text in text_lines(body, encoding_of(body)):
        cells = [cell.strip() for cell in text.split(",")]
        if cells[0] in {"", "HDR"}:
            continue
        if cells[0] == "FTR":
            told = int(cells[1]) if len(cells) > 1 and cells[1].isdigit() else count
            break
        count += 1
        yield from ((line, row) for row in _record(line, cells))
    if told != count:
        raise UnreadableFile("elexon.end_missing")


def _record(line: int, cells: list[str]) -> Iterator[dict[str, Any]]:
    if cells[0] not in {"FUELHH", "FUELINST"} or len(cells) < 4:
        yield {"dataset": cells[0]}
        return
    row: dict[str, Any] = {"dataset": cells[0], "settlementperiod": cells[2]}
    row["settlementdate"] = _DATE.sub(r"\1-\2-\3", cells[1])
    values = cells[3:]
    if _STAMP.fullmatch(values[0]):
        row["starttime"] = _STAMP.sub(r"\1-\2-\3T\4:\5:\6", values[0])
        values = values[1:]
    if len(values) > len(_FUELS):
        raise UnreadableFile("elexon.line_broken", line, count=len(cells), expected=len(_FUELS) + 3)
    for fuel, value in zip(_FUELS, values, strict=False):
        yield row | {"fueltype": fuel, "generation": value}
