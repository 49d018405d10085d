"""Wide CSV: ``meter_no,date,P1,…,Pn`` and a line a meter and day."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled
from services.energy.feeds.domain.body import CurveBody, Header
from services.energy.feeds.domain.scanner.curves import round_long
from services.energy.feeds.domain.scanner.texts import Places, Texts, read_rest
from services.energy.feeds.domain.scanner.tokens import (
    COMMA,
    DEVIATES,
    LONG,
    MINUS,
    NEWLINE,
    QUOTE,
    RETURN,
    SPACE,
    UNREAD,
    Bytes,
    day_at,
    number,
)
from services.energy.feeds.domain.stamps import day_of

# The header as our own documents show it; other headers are the parser's.
_HEADER: Final = re.compile(rb"(?:\xef\xbb\xbf)?meter_no,date((?:,P\d{1,3})+)\r?\n", re.IGNORECASE)
_SLOT_COUNTS: Final = frozenset({24, 48, 96, 288})


def scan_wide(body: bytes) -> CurveBody | None:
    """Lines of plain numbers, blanks and ``--``; no quotes, no blank line."""
    header = _HEADER.match(body)
    if header is None:
        return None
    names = header[1][1:].split(b",")
    slots = len(names)
    if slots not in _SLOT_COUNTS or [int(name[1:]) for name in names] != list(range(1, slots + 1)):
        return None
    first = header.end()
    rows = body.count(b"\n", first) + (0 if body.endswith(b"\n") else 1)
    places = np.empty((4, rows), np.int32)
    day = np.empty(rows, np.int64)
    values = np.empty((rows, slots), np.float64)
    long = np.empty((2, rows * slots), np.int32)
    longs = scan_table(np.frombuffer(body, np.uint8), first, places, day, values, long) if rows else DEVIATES
    if longs == DEVIATES:
        return None
    round_long(body, values, long[:, :longs])
    return CurveBody(
        header=Header(),
        meter_nos=Texts(body, places[0], places[1]),
        dates=read_rest(Texts(body, places[2], places[3]), day, UNREAD, day_of),
        values=values,
        lines=np.arange(2, rows + 2),
    )


@compiled
def _field(text: Bytes, at: int, end: int) -> int:
    """The comma behind a text without blanks and quotes."""
    while at < end and text[at] != COMMA:
        if text[at] <= SPACE or text[at] > 126 or text[at] == QUOTE:
            return DEVIATES
        at += 1
    return at if at < end else DEVIATES


@compiled
def scan_table(
    text: Bytes, at: int, places: Places, day: NDArray[np.int64], values: NDArray[np.float64], long: Places
) -> int:
    """All lines: how many long numbers, or ``DEVIATES``."""
    end, longs, slots = len(text), 0, values.shape[1]
    for row in range(len(day)):
        close = _field(text, at, end)
        if close == DEVIATES:
            return DEVIATES
        places[0, row], places[1, row] = at, close - at
        at = close + 1
        close = _field(text, at, end)
        if close == DEVIATES:
            return DEVIATES
        places[2, row], places[3, row] = at, close - at
        day[row] = day_at(text, at) if close - at == 10 else UNREAD
        at = close
        for slot in range(slots):
            if at >= end or text[at] != COMMA:
                return DEVIATES
            at += 1
            if at >= end or text[at] == COMMA or text[at] == NEWLINE or text[at] == RETURN:
                values[row, slot] = np.nan
            elif at + 1 < end and text[at] == MINUS and text[at + 1] == MINUS:
                values[row, slot] = np.nan
                at += 2
            else:
                start = at
                value, at, state = number(text, at, end)
                if at == DEVIATES:
                    return DEVIATES
                values[row, slot] = value
                if state == LONG:
                    values[row, slot] = start
                    long[0, longs], long[1, longs] = row * slots + slot, at
                    longs += 1
        if at < end and text[at] == RETURN:
            at += 1
        if at < end:
            if text[at] != NEWLINE:
                return DEVIATES
            at += 1
    return longs if at == end else DEVIATES
