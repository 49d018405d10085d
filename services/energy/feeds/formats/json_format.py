"""JSON and NDJSON bodies: decoded at once by msgspec; only a body with a fault is looked at row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from services.energy.feeds.domain.body import CurveBody, Fault, Header, ReadingBody, UnreadableBody
from services.energy.metering.domain.slots import INTERVALS, slots_a_day

T = TypeVar("T")
SLOT_COUNTS: Final = frozenset(slots_a_day(interval) for interval in INTERVALS)


class _Curve(msgspec.Struct, gc=False):
    meter_no: str
    date: str
    values: list[float | None]
    quality: list[str] | None = None


class _Curves(msgspec.Struct):
    curves: list[_Curve]
    unit: str | None = None
    interval_minutes: int | None = None
    source: str | None = None
    created_at: str | None = None


class _RawCurves(msgspec.Struct):
    curves: list[msgspec.Raw]
    unit: str | None = None
    interval_minutes: int | None = None
    source: str | None = None
    created_at: str | None = None


class _Reading(msgspec.Struct, gc=False):
    meter_no: str
    at: str
    value: float
    quality: str | None = None


class _Readings(msgspec.Struct):
    readings: list[_Reading]
    unit: str | None = None
    interval_minutes: int | None = None
    source: str | None = None
    created_at: str | None = None


class _RawReadings(msgspec.Struct):
    readings: list[msgspec.Raw]
    unit: str | None = None
    interval_minutes: int | None = None
    source: str | None = None
    created_at: str | None = None


_BOM: Final = b"\xef\xbb\xbf"
_curves = msgspec.json.Decoder(_Curves)
_raw_curves = msgspec.json.Decoder(_RawCurves)
_curve = msgspec.json.Decoder(_Curve)
_reading = msgspec.json.Decoder(_Reading)
_reading_list = msgspec.json.Decoder(list[_Reading])
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_readings = msgspec.json.Decoder(_Readings)
_raw_readings = msgspec.json.Decoder(_RawReadings)
_PATH = re.compile(r"`\$(.*)`")


def parse_curves(body: bytes) -> CurveBody:
    """``{"unit", "interval_minutes", "source"?, "created_at"?, "curves": […]}``. Raises UnreadableBody."""
    body = body.removeprefix(_BOM)
    faults: list[Fault] = []
    try:
        decoded = _curves.decode(body)
        rows: Sequence[_Curve | None] = decoded.curves
        header = _header(decoded)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raw = _all_of(_raw_curves, body)
        header = _header(raw)
        singly = _each(_curve, raw.curves, "/curves/", faults)
        rows = singly
    return _curve_columns(header, rows, faults)


def _curve_columns(header: Header, rows: Sequence[_Curve | None], faults: list[Fault]) -> CurveBody:
    wanted = _wanted_slots(header, rows)
    kept, lines = [], []
    for number, row in enumerate(rows):
        if row is None:
            continue
        if len(row.values) != wanted:
            params = {"count": len(row.values), "expected": wanted}
            faults.append(Fault(number + 1, f"/curves/{number}/values", "curve.length", params))
        elif row.quality is not None and len(row.quality) != wanted:
            params = {"count": len(row.quality), "expected": wanted}
            faults.append(Fault(number + 1, f"/curves/{number}/quality", "curve.length", params))
        else:
            kept.append(row)
            lines.append(number + 1)
    values = np.array([row.values for row in kept], np.float64).reshape(len(kept), wanted)
    has_quality = any(row.quality is not None for row in kept)
    return CurveBody(
        header=header,
        meter_nos=[row.meter_no for row in kept],
        dates=[row.date for row in kept],
        values=values,
        lines=np.array(lines, np.int64),
        qualities=[row.quality for row in kept] if has_quality else None,
        faults=faults,
        pointer_prefix="/curves/",
    )


def _wanted_slots(header: Header, rows: Sequence[_Curve | None]) -> int:
    """The length all rows must have: by the interval, or by the first row of a possible length."""
    if header.interval_minutes in INTERVALS:
        return slots_a_day(header.interval_minutes)
    lengths = (len(row.values) for row in rows if row is not None)
    return next((length for length in lengths if length in SLOT_COUNTS), 96)


def parse_readings(body: bytes) -> ReadingBody:
    """A JSON array of readings, or an object with them under ``readings``. Raises UnreadableBody."""
    body = body.removeprefix(_BOM)
    faults: list[Fault] = []
    header = Header()
    rows: Sequence[_Reading | None]
    is_list = body.lstrip()[:1] == b"["
    prefix = "/" if is_list else "/readings/"
    try:
        if is_list:
            rows = _reading_list.decode(body)
        else:
            decoded = _readings.decode(body)
            rows, header = decoded.readings, _header(decoded)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if is_list:
            pieces = _all_of(_raw_list, body)
        else:
            raw = _all_of(_raw_readings, body)
            pieces, header = raw.readings, _header(raw)
        singly = _each(_reading, pieces, prefix, faults)
        rows = singly
    return _reading_columns(header, rows, None, faults, prefix)


def parse_lines(body: bytes) -> ReadingBody:
    """One reading a line (NDJSON). A broken line is a fault, the others count."""
    body = body.removeprefix(_BOM)
    faults: list[Fault] = []
    try:
        rows: Sequence[_Reading | None] = _reading.decode_lines(body)
        if len(rows) == body.count(b"\n") + (0 if body.endswith(b"\n") or not body else 1):
            return _reading_columns(Header(), rows, None, faults, "")
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    pieces = [line for _, line in lines]
    singly = _each(_reading, pieces, "", faults, [number for number, _ in lines])
    return _reading_columns(Header(), singly, [number for number, _ in lines], faults, "")


def _reading_columns(
    header: Header, rows: Sequence[_Reading | None], numbers: list[int] | None, faults: list[Fault], prefix: str
) -> ReadingBody:
    if faults or numbers is not None:
        numbers = numbers or list(range(1, len(rows) + 1))
        lines = np.array([number for number, row in zip(numbers, rows, strict=True) if row is not None], np.int64)
    else:
        lines = np.arange(1, len(rows) + 1)
    kept = [row for row in rows if row is not None]
    return ReadingBody(
        header=header,
        meter_nos=[row.meter_no for row in kept],
        stamps=[row.at for row in kept],
        values=np.fromiter((row.value for row in kept), np.float64, len(kept)),
        lines=lines,
        qualities=[row.quality for row in kept] if any(row.quality is not None for row in kept) else None,
        faults=faults,
        pointer_prefix=prefix,
    )


def _header(decoded: Any) -> Header:
    return Header(decoded.unit, decoded.interval_minutes, decoded.source, decoded.created_at)


def _all_of(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableBody(str(error)) from error


def _each(
    decoder: msgspec.json.Decoder[T],
    pieces: Sequence[bytes | msgspec.Raw],
    prefix: str,
    faults: list[Fault],
    numbers: Sequence[int] | None = None,
) -> list[T | None]:
    rows: list[T | None] = []
    for place, piece in enumerate(pieces):
        try:
            rows.append(decoder.decode(piece))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            line = place + 1 if numbers is None else numbers[place]
            path = _PATH.search(str(error))
            inner = path[1].replace("[...]", "").replace(".", "/") if path else ""
            pointer = (f"{prefix}{place}" if prefix else "") + inner
            faults.append(Fault(line, pointer, "reading.malformed", {"reason": str(error)[:200]}))
            rows.append(None)
    return rows
