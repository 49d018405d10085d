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
    is_equal,
    is_word,
    number,
    second_at,
    skip_blanks,
    skip_spaces,
    string,
)
from services.energy.feeds.domain.stamps import second_of

_METER, _AT, _VALUE, _QUALITY = 1, 2, 4, 8
_NEEDED = _METER | _AT | _VALUE
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
def _label(text: Bytes, start: int, size: int) -> int:
    """The code of a quality's name, or ``DEVIATES``."""
    end = len(text)
    if size == 8 and is_word(text, start, end, _MEASURED_WORD):
        return 1
    if size == 9 and is_word(text, start, end, _ESTIMATED_WORD):
        return 2
    if size == 6 and is_word(text, start, end, _EDITED_WORD):
        return 3
    if size == 7 and is_word(text, start, end, _MISSING_WORD):
        return 0
    return DEVIATES


@compiled
def _field(text: Bytes, key: int, length: int) -> int:
    """Which field a key names, 0 for none."""
    end = len(text)
    if length == 8 and is_word(text, key, end, _METER_WORD):
        return _METER
    if length == 2 and is_word(text, key, end, _AT_WORD):
        return _AT
    if length == 5 and is_word(text, key, end, _VALUE_WORD):
        return _VALUE
    if length == 7 and is_word(text, key, end, _QUALITY_WORD):
        return _QUALITY
    return 0


@compiled
def _key(text: Bytes, at: int) -> tuple[int, int]:
    """A key and its colon: the field it names (0 for none), the place of its value."""
    end = len(text)
    at = skip_spaces(text, at, end)
    if at >= end or text[at] != QUOTE:
        return 0, at
    close = string(text, at + 1, end)
    if close == DEVIATES:
        return 0, at
    field = _field(text, at + 1, close - at - 1)
    at = skip_spaces(text, close + 1, end)
    if at >= end or text[at] != COLON:
        return 0, at
    at = skip_spaces(text, at + 1, end)
    return (field, at) if at < end else (0, at)


@compiled
def _scan_text(
    text: Bytes, at: int, field: int, row: int, places: Places, second: NDArray[np.int64], quality: Bytes
) -> int:
    """A text's value from its opening quote: the place behind its closing one, or ``DEVIATES``."""
    end = len(text)
    if text[at] != QUOTE:
        return DEVIATES
    start = at + 1
    # Most readings of a body bear the stamp of the one before.
    again = field == _AT and row > 0 and is_again(text, start, end, places[2, row - 1], places[3, row - 1])
    close = start + places[3, row - 1] if again else string(text, start, end)
    if close == DEVIATES:
        return DEVIATES
    size = close - start
    if field == _METER:
        places[0, row], places[1, row] = start, size
    elif field == _AT:
        places[2, row], places[3, row] = start, size
        second[row] = second[row - 1] if again else second_at(text, start, size)
    else:
        code = _label(text, start, size)
        if code == DEVIATES:
            return DEVIATES
        quality[row] = code
    return close + 1


@compiled
def _behind_object(text: Bytes, at: int, is_list: bool) -> int:
    """From behind one reading to the beginning of the next, or to the end; ``DEVIATES`` for anything else."""
    end = len(text)
    if is_list:
        at = skip_blanks(text, at, end)
        if at >= end:
            return DEVIATES
        if text[at] == CLOSE_LIST:
            at = skip_blanks(text, at + 1, end)
            return end if at == end else DEVIATES
        return skip_blanks(text, at + 1, end) if text[at] == COMMA else DEVIATES
    at = skip_spaces(text, at, end)
    if at < end and text[at] == RETURN:
        at += 1
    if at >= end:
        return end
    return skip_spaces(text, at + 1, end) if text[at] == NEWLINE else DEVIATES


@compiled
def _like_before(
    text: Bytes, at: int, row: int, opened: int, value_at: int, places: Places, second: NDArray[np.int64]
) -> int:
    """The place of the value of a reading that differs from the one before in meter number and value only.

    Most bodies hold one stamp and one spelling: comparing them costs a third of reading them. ``opened`` and
    ``value_at``: where the reading before begins and where its value, its last field, does. ``DEVIATES`` where
    the reading is another one, or where there is none before.
    """
    end = len(text)
    if opened == DEVIATES:
        return DEVIATES
    number_at, size, stamp_at = int(places[0, row - 1]), int(places[1, row - 1]), int(places[2, row - 1])
    head, tail_at = number_at - opened, number_at + size
    tail = value_at - tail_at
    start = at + head
    if start > end or not is_equal(text[at:start], text[opened:number_at]):
        return DEVIATES
    close = string(text, start, end)
    behind = close + tail
    if close == DEVIATES or behind >= end or not is_equal(text[close:behind], text[tail_at:value_at]):
        return DEVIATES
    places[0, row], places[1, row] = start, close - start
    places[2, row] = stamp_at - opened + at if stamp_at < number_at else stamp_at - tail_at + close
    places[3, row], second[row] = places[3, row - 1], second[row - 1]
    return behind


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
    before, value_before = DEVIATES, DEVIATES
    at = skip_blanks(text, at, end) if is_list else skip_spaces(text, at, end)
    while at < end:
        if text[at] != OPEN_OBJECT or count >= len(values):
            return DEVIATES, longs, labels
        opened, seen = at, 0
        quality[count] = 1
        value_at = _like_before(text, at, count, before, value_before, places, second)
        if value_at != DEVIATES:
            value, behind, state = number(text, value_at, end)
            if behind != DEVIATES and behind < end and text[behind] == CLOSE_OBJECT and state != LONG:
                values[count], seen, at = value, _NEEDED, behind
        while at < end and text[at] != CLOSE_OBJECT:
            # Past the opening brace or a comma.
            field, at = _key(text, at + 1)
            if field == 0 or seen & field:
                return DEVIATES, longs, labels
            seen |= field
            value_at = DEVIATES
            if field == _VALUE:
                value_at = at
                value, at, state = number(text, at, end)
                values[count] = value
                if state == LONG:
                    values[count] = value_at
                    long[0, longs], long[1, longs] = count, at
                    longs += 1
            else:
                labels += field == _QUALITY
                at = _scan_text(text, at, field, count, places, second, quality)
            if at == DEVIATES:
                return DEVIATES, longs, labels
            at = skip_spaces(text, at, end)
            if at < end and text[at] != COMMA and text[at] != CLOSE_OBJECT:
                return DEVIATES, longs, labels
        if (seen & _NEEDED) != _NEEDED or at >= end:
            return DEVIATES, longs, labels
        # The next one is compared with this, unless more follows its value or a quality is told.
        before, value_before = (opened, value_at) if seen == _NEEDED and value_at != DEVIATES else (DEVIATES, 0)
        count += 1
        at = _behind_object(text, at + 1, is_list)
        if at == DEVIATES:
            return DEVIATES, longs, labels
    return count, longs, labels
