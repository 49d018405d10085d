"""CSV bodies: wide day curves (meter_no,date,P1…Pn) and single readings (meter_no,at,value[,quality])."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.energy.feeds.domain.body import CurveBody, Fault, Header, ReadingBody, UnreadableBody
from services.energy.feeds.formats.json_format import SLOT_COUNTS

# How utilities write "no value".
_BLANKS: Final = frozenset({"", "--", "-", "null", "NULL", "NaN", "nan"})
READING_NAMES: Final = (["meter_no", "at", "value"], ["meter_no", "at", "value", "quality"])
_numbers = msgspec.json.Decoder(list[float | None])


def sniff_curves(head: bytes) -> bool:
    """Whether the first line is ``meter_no,date`` and as many columns as a day has slots."""
    names = _first_names(head)
    return names[:2] == ["meter_no", "date"] and len(names) - 2 in SLOT_COUNTS


def sniff_readings(head: bytes) -> bool:
    """Whether the first line is that of single readings."""
    return _first_names(head) in READING_NAMES


def _first_names(head: bytes) -> list[str]:
    # The headings of 288 slots take less than 2 kB.
    line = head[:8192].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").partition(b"\n")[0]
    return [name.strip(' "').lower() for name in line.decode("utf-8", "replace").strip().split(",")]


def _text(body: bytes) -> str:
    """UTF-8 with or without a mark, else GB 18030, which every Chinese spreadsheet program writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableBody("neither UTF-8 nor GB 18030")


def _lines(text: str) -> list[tuple[int, str]]:
    """Numbered lines that are not blank; quoted fields are unquoted."""
    if '"' in text:
        rows = csv.reader(io.StringIO(text))
        try:
            joined = [(rows.line_num, ",".join(fields)) for fields in rows]
        except csv.Error as error:
            raise UnreadableBody(str(error)) from error
        return [(number, line) for number, line in joined if line.strip(", ")]
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and not line.isspace()]


def parse_curves(body: bytes) -> CurveBody:
    """Raises UnreadableBody when there is no header line ``meter_no,date,P1…Pn`` with n of 24, 48, 96, 288."""
    lines = _lines(_text(body))
    names = [name.strip() for name in lines[0][1].split(",")] if lines else []
    slots = len(names) - 2
    if [name.lower() for name in names[:2]] != ["meter_no", "date"] or slots not in SLOT_COUNTS:
        raise UnreadableBody("the first line must be meter_no,date,P1,…,Pn with n of 24, 48, 96 or 288")
    faults: list[Fault] = []
    numbers, meter_nos, dates, rests = [], [], [], []
    for number, line in lines[1:]:
        if line.count(",") != slots + 1:
            params = {"count": line.count(",") - 1, "expected": slots}
            faults.append(Fault(number, "", "curve.length", params))
            continue
        meter_no, day, rest = line.split(",", 2)
        numbers.append(number)
        meter_nos.append(meter_no.strip())
        dates.append(day.strip())
        rests.append(rest)
    values, broken = _values(rests, slots)
    not_a_number = {"reason": "a field is not a number"}
    faults += [Fault(numbers[place], "", "reading.malformed", not_a_number) for place in sorted(broken)]
    kept = [place for place in range(len(rests)) if place not in broken]
    return CurveBody(
        header=Header(),
        meter_nos=[meter_nos[place] for place in kept] if broken else meter_nos,
        dates=[dates[place] for place in kept] if broken else dates,
        values=values,
        lines=np.array([numbers[place] for place in kept], np.int64),
        faults=faults,
    )


def _values(rests: Sequence[str], slots: int) -> tuple[NDArray[np.float64], set[int]]:
    """Numbers of the lines that hold nothing else, and the places of the others."""
    try:
        # A CSV line of plain numbers is the inside of a JSON array, and nothing reads those faster.
        flat = _numbers.decode("[" + ",".join(rests) + "]")
        return np.array(flat, np.float64).reshape(len(rests), slots), set()
    except msgspec.DecodeError:
        pass
    rows: list[list[float]] = []
    broken: set[int] = set()
    for place, rest in enumerate(rests):
        try:
            rows.append([_number(field) for field in rest.split(",")])
        except ValueError:
            broken.add(place)
    return np.array(rows, np.float64).reshape(len(rows), slots), broken


def _number(field: str) -> float:
    field = field.strip()
    return math.nan if field in _BLANKS else float(field)


def parse_readings(body: bytes) -> ReadingBody:
    """Raises UnreadableBody when there is no header line ``meter_no,at,value`` with ``quality`` or without."""
    lines = _lines(_text(body))
    names = [name.strip().lower() for name in lines[0][1].split(",")] if lines else []
    if names not in READING_NAMES:
        raise UnreadableBody("the first line must be meter_no,at,value or meter_no,at,value,quality")
    faults: list[Fault] = []
    numbers, rows, values = [], [], []
    for number, line in lines[1:]:
        fields = [field.strip() for field in line.split(",")]
        try:
            if len(fields) != len(names):
                raise ValueError(f"{len(fields)} fields, expected {len(names)}")
            values.append(float(fields[2]))
        except ValueError as error:
            faults.append(Fault(number, "", "reading.malformed", {"reason": str(error)}))
            continue
        numbers.append(number)
        rows.append(fields)
    return ReadingBody(
        header=Header(),
        meter_nos=[row[0] for row in rows],
        stamps=[row[1] for row in rows],
        values=np.array(values, np.float64),
        lines=np.array(numbers, np.int64),
        qualities=[row[3] or None for row in rows] if len(names) == 4 else None,
        faults=faults,
    )
