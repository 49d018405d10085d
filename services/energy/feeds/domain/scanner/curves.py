"""Day curves: ``{"unit", …, "curves": [{"meter_no", "date", "values"}, …]}``."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled
from services.energy.feeds.domain.body import CurveBody, Header
from services.energy.feeds.domain.scanner.texts import Places, Texts, read_rest
from services.energy.feeds.domain.scanner.tokens import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    DEVIATES,
    LONG,
    LOWER_N,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    UNREAD,
    Bytes,
    day_at,
    is_word,
    number,
    skip_blanks,
    string,
)
from services.energy.feeds.domain.stamps import day_of
from services.energy.metering.domain.slots import INTERVALS, slots_a_day

_METER_WORD = np.frombuffer(b"meter_no", np.uint8)
_DATE_WORD = np.frombuffer(b"date", np.uint8)
_VALUES_WORD = np.frombuffer(b"values", np.uint8)
_NULL_WORD = np.frombuffer(b"null", np.uint8)
_CURVES_WORD = np.frombuffer(b"curves", np.uint8)
_UNIT_WORD = np.frombuffer(b"unit", np.uint8)
_SOURCE_WORD = np.frombuffer(b"source", np.uint8)
_CREATED_WORD = np.frombuffer(b"created_at", np.uint8)
_INTERVAL_WORD = np.frombuffer(b"interval_minutes", np.uint8)

_BOM: Final = b"\xef\xbb\xbf"
_SLOT_COUNTS: Final = frozenset(slots_a_day(interval) for interval in INTERVALS)
_METER, _DATE, _VALUES = 1, 2, 4
# Places of the header's texts: start and length.
_UNIT, _SOURCE, _CREATED, _INTERVAL = range(4)


def scan_curves(body: bytes) -> CurveBody | None:
    """Rows without a quality, all of the length of the first."""
    rows = body.count(b'"values"')
    slots = _slots_of_first(body)
    if not rows or slots not in _SLOT_COUNTS:
        return None
    places = np.empty((4, rows), np.int32)
    day = np.empty(rows, np.int64)
    values = np.empty((rows, slots), np.float64)
    long = np.empty((2, rows * slots), np.int32)
    facts = np.full((4, 2), -1, np.int32)
    first = len(_BOM) if body.startswith(_BOM) else 0
    longs = scan_object(np.frombuffer(body, np.uint8), first, places, day, values, long, facts)
    header = _header(body, facts)
    if longs == DEVIATES or header is None:
        return None
    if header.interval_minutes in INTERVALS and slots_a_day(header.interval_minutes) != slots:
        return None
    round_long(body, values, long[:, :longs])
    return CurveBody(
        header=header,
        meter_nos=Texts(body, places[0], places[1]),
        dates=read_rest(Texts(body, places[2], places[3]), day, UNREAD, day_of),
        values=values,
        lines=np.arange(1, rows + 1),
        pointer_prefix="/curves/",
    )


def round_long(body: bytes, values: NDArray[np.float64], long: Places) -> None:
    """Numbers that take more than 53 bits to round: ``long`` has their place in ``values`` and their end."""
    flat = values.reshape(-1)
    for place, end in long.T.tolist():
        flat[place] = float(body[int(flat[place]) : end])


def _slots_of_first(body: bytes) -> int:
    key = body.find(b'"values"')
    return body.count(b",", key + 8, body.find(b"]", key)) + 1 - body.count(b",", key + 8, body.find(b"[", key))


def _header(body: bytes, facts: Places) -> Header | None:
    texts = [
        None if start < 0 else body[start : start + length].decode("ascii") for start, length in facts.tolist()
    ]
    interval = texts[_INTERVAL]
    if interval is not None and not interval.isdecimal():
        return None
    return Header(texts[_UNIT], None if interval is None else int(interval), texts[_SOURCE], texts[_CREATED])


@compiled
def _behind_key(text: Bytes, at: int, end: int) -> tuple[int, int]:
    """From a key's opening quote: the key's closing quote and the place of its value."""
    close = string(text, at + 1, end) if at < end and text[at] == QUOTE else DEVIATES
    if close == DEVIATES:
        return DEVIATES, DEVIATES
    at = skip_blanks(text, close + 1, end)
    if at >= end or text[at] != COLON:
        return DEVIATES, DEVIATES
    return close, skip_blanks(text, at + 1, end)


@compiled
def scan_object(
    text: Bytes,
    at: int,
    places: Places,
    day: NDArray[np.int64],
    values: NDArray[np.float64],
    long: Places,
    facts: Places,
) -> int:
    """The whole body: how many long numbers, or ``DEVIATES``. ``facts``: start and length of header texts."""
    end, longs, rows = len(text), 0, -1
    at = skip_blanks(text, at, end)
    if at >= end or text[at] != OPEN_OBJECT:
        return DEVIATES
    while True:
        key = skip_blanks(text, at + 1, end)
        close, at = _behind_key(text, key, end)
        if close == DEVIATES or at >= end:
            return DEVIATES
        length, key = close - key - 1, key + 1
        if length == 6 and is_word(text, key, end, _CURVES_WORD):
            if rows >= 0:
                return DEVIATES
            rows, longs, at = scan_rows(text, at, places, day, values, long)
            if rows < 0:
                return DEVIATES
        else:
            fact = -1
            if length == 4 and is_word(text, key, end, _UNIT_WORD):
                fact = _UNIT
            elif length == 6 and is_word(text, key, end, _SOURCE_WORD):
                fact = _SOURCE
            elif length == 10 and is_word(text, key, end, _CREATED_WORD):
                fact = _CREATED
            elif length == 16 and is_word(text, key, end, _INTERVAL_WORD):
                fact = _INTERVAL
            if fact < 0 or facts[fact, 0] >= 0:
                return DEVIATES
            if fact == _INTERVAL:
                start = at
                _, at, _ = number(text, at, end)
            else:
                start = at + 1
                at = string(text, start, end) if text[at] == QUOTE else DEVIATES
            if at == DEVIATES:
                return DEVIATES
            facts[fact, 0], facts[fact, 1] = start, at - start
            if fact != _INTERVAL:
                at += 1
        at = skip_blanks(text, at, end)
        if at >= end:
            return DEVIATES
        if text[at] == CLOSE_OBJECT:
            break
        if text[at] != COMMA:
            return DEVIATES
    if rows != len(day) or skip_blanks(text, at + 1, end) != end:
        return DEVIATES
    return longs


@compiled
def scan_rows(
    text: Bytes, at: int, places: Places, day: NDArray[np.int64], values: NDArray[np.float64], long: Places
) -> tuple[int, int, int]:
    """The list of curves: rows (``DEVIATES`` for anything else), long numbers, place behind it."""
    end, rows, longs = len(text), 0, 0
    if text[at] != OPEN_LIST:
        return DEVIATES, longs, at
    while True:
        at = skip_blanks(text, at + 1, end)
        if at >= end or text[at] != OPEN_OBJECT or rows >= len(day):
            return DEVIATES, longs, at
        seen = 0
        while True:
            key = skip_blanks(text, at + 1, end)
            close, at = _behind_key(text, key, end)
            if close == DEVIATES or at >= end:
                return DEVIATES, longs, at
            length, key = close - key - 1, key + 1
            if length == 6 and is_word(text, key, end, _VALUES_WORD):
                field = _VALUES
                longs, at = scan_values(text, at, rows, values, long, longs)
                if at == DEVIATES:
                    return DEVIATES, longs, at
            else:
                start = at + 1
                at = string(text, start, end) if text[at] == QUOTE else DEVIATES
                if at == DEVIATES:
                    return DEVIATES, longs, at
                if length == 8 and is_word(text, key, end, _METER_WORD):
                    field = _METER
                    places[0, rows], places[1, rows] = start, at - start
                elif length == 4 and is_word(text, key, end, _DATE_WORD):
                    field = _DATE
                    places[2, rows], places[3, rows] = start, at - start
                    day[rows] = day_at(text, start) if at - start == 10 else UNREAD
                else:
                    return DEVIATES, longs, at
                at += 1
            if seen & field:
                return DEVIATES, longs, at
            seen |= field
            at = skip_blanks(text, at, end)
            if at >= end:
                return DEVIATES, longs, at
            if text[at] == CLOSE_OBJECT:
                break
            if text[at] != COMMA:
                return DEVIATES, longs, at
        if seen != 7:
            return DEVIATES, longs, at
        rows += 1
        at = skip_blanks(text, at + 1, end)
        if at >= end:
            return DEVIATES, longs, at
        if text[at] == CLOSE_LIST:
            return rows, longs, at + 1
        if text[at] != COMMA:
            return DEVIATES, longs, at


@compiled
def scan_values(
    text: Bytes, at: int, row: int, values: NDArray[np.float64], long: Places, longs: int
) -> tuple[int, int]:
    """A list of exactly as many numbers or nulls as there are slots: long numbers so far, place behind it."""
    end, slots = len(text), values.shape[1]
    if text[at] != OPEN_LIST:
        return longs, DEVIATES
    at += 1
    for slot in range(slots):
        at = skip_blanks(text, at, end)
        if at < end and text[at] == LOWER_N:
            if not is_word(text, at, end, _NULL_WORD):
                return longs, DEVIATES
            values[row, slot] = np.nan
            at += 4
        else:
            start = at
            value, at, state = number(text, at, end)
            if at == DEVIATES:
                return longs, DEVIATES
            values[row, slot] = value
            if state == LONG:
                values[row, slot] = start
                long[0, longs], long[1, longs] = row * slots + slot, at
                longs += 1
        at = skip_blanks(text, at, end)
        if at >= end or text[at] != (CLOSE_LIST if slot == slots - 1 else COMMA):
            return longs, DEVIATES
        at += 1
    return longs, at
