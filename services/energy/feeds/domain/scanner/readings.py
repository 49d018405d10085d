"""Single readings: NDJSON, a JSON array, or an object around one."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled
from services.energy.feeds.domain.body import Header, ReadingBody
from services.energy.feeds.domain.scanner.texts import Labels, Places, Texts, read_rest
from services.energy.feeds.domain.scanner.tokens import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    COLON,
    COMMA,
    DEVIATES,
    LONG,
    NEWLINE,
    OPEN_OBJECT,
    QUOTE,
    RETURN,
    UNREAD,
    Bytes,
    is_again,
    is_same,
    is_word,
    number,
    second_at,
    skip_blanks,
    skip_spaces,
    string,
)
from services.energy.feeds.domain.stamps import second_of

_METER, _AT, _VALUE, _QUALITY = 1, 2, 4, 8
_METER_WORD = np.frombuffer(b"meter_no", np.uint8)
_AT_WORD = np.frombuffer(b"at", np.uint8)
_VALUE_WORD = np.frombuffer(b"value", np.uint8)
_QUALITY_WORD = np.frombuffer(b"quality", np.uint8)
_MEASURED_WORD = np.frombuffer(b"measured", np.uint8)
_ESTIMATED_WORD = np.frombuffer(b"estimated", np.uint8)
_EDITED_WORD = np.frombuffer(b"edited", np.uint8)
_MISSING_WORD = np.frombuffer(b"missing", np.uint8)
_BOM: Final = b"\xef\xbb\xbf"


def scan_lines(body: bytes) -> ReadingBody | None:
    """One reading a line, no line blank but the end of the last."""
    return _scan(body, len(_BOM) if body.startswith(_BOM) else 0, is_list=False)


def scan_list(body: bytes) -> ReadingBody | None:
    """A JSON array of readings. An object around it is the parser's."""
    first = skip_blanks(np.frombuffer(body, np.uint8), len(_BOM) if body.startswith(_BOM) else 0, len(body))
    return _scan(body, first + 1, is_list=True) if body[first : first + 1] == b"[" else None


def _scan(body: bytes, first: int, *, is_list: bool) -> ReadingBody | None:
    room = body.count(b"{")
    places = np.empty((4, room), np.int32)
    second = np.empty(room, np.int64)
    values = np.empty(room, np.float64)
    quality = np.empty(room, np.uint8)
    long = np.empty((2, room), np.int32)
    count, longs, labels = scan_objects(
        np.frombuffer(body, np.uint8), first, is_list, places, second, values, quality, long
    )
    if count < 1:
        return None
    for place, end in long[:, :longs].T.tolist():
        start = int(values[place])
        values[place] = float(body[start:end])
    numbers, stamps = _texts(body, places[:2, :count]), _texts(body, places[2:, :count])
    return ReadingBody(
        header=Header(),
        meter_nos=numbers,
        stamps=read_rest(stamps, second[:count], UNREAD, second_of),
        values=values[:count],
        lines=np.arange(1, count + 1),
        qualities=Labels(quality[:count]) if labels else None,
        pointer_prefix="/" if is_list else "",
    )


def _texts(body: bytes, places: NDArray[np.int32]) -> Texts:
    return Texts(body, places[0], places[1])


@compiled
def scan_objects(
    text: Bytes,
    at: int,
    is_list: bool,
    places: Places,
    second: NDArray[np.int64],
    values: NDArray[np.float64],
    quality: Bytes,
    long: Places,
) -> tuple[int, int, int]:
    """Readings one after the other: how many, how many long numbers, how many with a quality.

    ``places``: start and length of meter number and stamp. A long number leaves its start in ``values`` and its
    row and end in ``long``. The count is ``DEVIATES`` when the text is anything but readings.
    """
    end, count, longs, labels = len(text), 0, 0, 0
    while True:
        at = skip_blanks(text, at, end) if is_list else skip_spaces(text, at, end)
        if at >= end:
            # A list must be closed; lines just end.
            return (DEVIATES if is_list else count), longs, labels
        if text[at] != OPEN_OBJECT or count >= len(values):
            return DEVIATES, longs, labels
        at += 1
        seen = 0
        quality[count] = 1
        while True:
            at = skip_spaces(text, at, end)
            if at >= end or text[at] != QUOTE:
                return DEVIATES, longs, labels
            key = at + 1
            at = string(text, key, end)
            if at == DEVIATES:
                return DEVIATES, longs, labels
            length = at - key
            at = skip_spaces(text, at + 1, end)
            if at >= end or text[at] != COLON:
                return DEVIATES, longs, labels
            at = skip_spaces(text, at + 1, end)
            if length == 5 and is_word(text, key, end, _VALUE_WORD):
                field = _VALUE
                value, behind, state = number(text, at, end)
                if behind == DEVIATES:
                    return DEVIATES, longs, labels
                values[count] = value
                if state == LONG:
                    values[count] = at
                    long[0, longs], long[1, longs] = count, behind
                    longs += 1
                at = behind
            else:
                if at >= end or text[at] != QUOTE:
                    return DEVIATES, longs, labels
                start = at + 1
                if (
                    count > 0
                    and length == 2
                    and is_again(text, start, end, places[2, count - 1], places[3, count - 1])
                ):
                    # Most readings of a body bear the stamp of the one before.
                    at = start + places[3, count - 1]
                else:
                    at = string(text, start, end)
                if at == DEVIATES:
                    return DEVIATES, longs, labels
                size = at - start
                at += 1
                if length == 8 and is_word(text, key, end, _METER_WORD):
                    field = _METER
                    places[0, count], places[1, count] = start, size
                elif length == 2 and is_word(text, key, end, _AT_WORD):
                    field = _AT
                    places[2, count], places[3, count] = start, size
                    before = count - 1
                    if count > 0 and places[3, before] == size and is_same(text, start, places[2, before], size):
                        second[count] = second[before]
                    else:
                        second[count] = second_at(text, start, size)
                elif length == 7 and is_word(text, key, end, _QUALITY_WORD):
                    field = _QUALITY
                    labels += 1
                    if size == 8 and is_word(text, start, end, _MEASURED_WORD):
                        quality[count] = 1
                    elif size == 9 and is_word(text, start, end, _ESTIMATED_WORD):
                        quality[count] = 2
                    elif size == 6 and is_word(text, start, end, _EDITED_WORD):
                        quality[count] = 3
                    elif size == 7 and is_word(text, start, end, _MISSING_WORD):
                        quality[count] = 0
                    else:
                        return DEVIATES, longs, labels
                else:
                    return DEVIATES, longs, labels
            if seen & field:
                return DEVIATES, longs, labels
            seen |= field
            at = skip_spaces(text, at, end)
            if at >= end:
                return DEVIATES, longs, labels
            if text[at] == COMMA:
                at += 1
            elif text[at] == CLOSE_OBJECT:
                at += 1
                break
            else:
                return DEVIATES, longs, labels
        if (seen & 7) != 7:
            return DEVIATES, longs, labels
        count += 1
        if is_list:
            at = skip_blanks(text, at, end)
            if at < end and text[at] == CLOSE_LIST:
                at = skip_blanks(text, at + 1, end)
                return (count if at == end else DEVIATES), longs, labels
            if at >= end or text[at] != COMMA:
                return DEVIATES, longs, labels
            at += 1
        else:
            at = skip_spaces(text, at, end)
            if at < end and text[at] == RETURN:
                at += 1
            if at >= end:
                return count, longs, labels
            if text[at] != NEWLINE:
                return DEVIATES, longs, labels
            at += 1
