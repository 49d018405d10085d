"""What the scanners find in bytes: numbers, strings, stamps, dates. Compiled; see the package.

Every function takes ``text`` (uint8), a place in it and its end, and gives the place behind what it has read, or
``DEVIATES`` when there is something else than the plain form.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.compiled import compiled

Bytes = NDArray[np.uint8]

DEVIATES: Final = -1
# A stamp of a spelling that only its parser knows.
UNREAD: Final = -(1 << 62)

# What ``number`` says of a number: read, or right in form but to be rounded with more than 53 bits.
READ: Final = 0
LONG: Final = 1

QUOTE: Final = ord('"')
BACKSLASH: Final = ord("\\")
COMMA: Final = ord(",")
COLON: Final = ord(":")
OPEN_LIST: Final = ord("[")
CLOSE_LIST: Final = ord("]")
OPEN_OBJECT: Final = ord("{")
CLOSE_OBJECT: Final = ord("}")
NEWLINE: Final = ord("\n")
RETURN: Final = ord("\r")
SPACE: Final = ord(" ")
TAB: Final = ord("\t")
DOT: Final = ord(".")
MINUS: Final = ord("-")
PLUS: Final = ord("+")
ZERO: Final = ord("0")
LOWER_E: Final = ord("e")
UPPER_E: Final = ord("E")
LOWER_N: Final = ord("n")
LETTER_T: Final = ord("T")
LETTER_Z: Final = ord("Z")

# Powers of ten that a float64 holds exactly: one multiplication or division by them rounds once, as it should.
_EXACT_POWERS = np.array([10.0**power for power in range(23)])
_MAX_EXACT_POWER = 22
_MAX_EXACT_WHOLE = 1 << 53
_MAX_DIGITS = 18


@compiled
def skip_blanks(text: Bytes, at: int, end: int) -> int:
    """Past spaces, tabs and line ends."""
    while at < end and (text[at] == SPACE or text[at] == NEWLINE or text[at] == RETURN or text[at] == TAB):
        at += 1
    return at


@compiled
def skip_spaces(text: Bytes, at: int, end: int) -> int:
    """Past spaces and tabs of a line."""
    while at < end and (text[at] == SPACE or text[at] == TAB):
        at += 1
    return at


@compiled
def string(text: Bytes, at: int, end: int) -> int:
    """From behind an opening quote to the closing one; ASCII without escapes only."""
    while at < end:
        byte = text[at]
        if byte == QUOTE:
            return at
        if byte < SPACE or byte == BACKSLASH or byte > 126:
            return DEVIATES
        at += 1
    return DEVIATES


@compiled
def is_word(text: Bytes, at: int, end: int, word: Bytes) -> bool:
    """Whether ``word`` stands at this place."""
    if at + len(word) > end:
        return False
    for offset in range(len(word)):  # noqa: SIM110 - the compiler knows no generators
        if text[at + offset] != word[offset]:
            return False
    return True


@compiled
def number(text: Bytes, at: int, end: int) -> tuple[float, int, int]:
    """A JSON number: value, place behind it, ``READ`` or ``LONG`` (the caller rounds the text itself)."""
    negative = at < end and text[at] == MINUS
    if negative:
        at += 1
    digits = np.uint64(0)
    first = at
    while at < end and text[at] >= 48 and text[at] <= 57:
        digits = digits * np.uint64(10) + np.uint64(text[at] - 48)
        at += 1
    count = at - first
    if count == 0 or (count > 1 and text[first] == ZERO):
        return 0.0, DEVIATES, READ
    power = 0
    if at < end and text[at] == DOT:
        at += 1
        first_decimal = at
        while at < end and text[at] >= 48 and text[at] <= 57:
            digits = digits * np.uint64(10) + np.uint64(text[at] - 48)
            at += 1
        power = first_decimal - at
        if power == 0:
            return 0.0, DEVIATES, READ
        count -= power
    if at < end and (text[at] == LOWER_E or text[at] == UPPER_E):
        at += 1
        falls = at < end and text[at] == MINUS
        if at < end and (text[at] == MINUS or text[at] == PLUS):
            at += 1
        first_digit, exponent = at, 0
        while at < end and text[at] >= 48 and text[at] <= 57:
            if exponent < 100_000:
                exponent = exponent * 10 + int(text[at]) - 48
            at += 1
        if at == first_digit:
            return 0.0, DEVIATES, READ
        power += -exponent if falls else exponent
    if (
        count > _MAX_DIGITS
        or digits > np.uint64(_MAX_EXACT_WHOLE)
        or power > _MAX_EXACT_POWER
        or power < -_MAX_EXACT_POWER
    ):
        return 0.0, at, LONG
    value = np.float64(digits)
    value = value * _EXACT_POWERS[power] if power >= 0 else value / _EXACT_POWERS[-power]
    return (-value if negative else value), at, READ


@compiled
def digits_at(text: Bytes, at: int, count: int) -> int:
    """The number that ``count`` digits make, or ``DEVIATES``."""
    value = 0
    for place in range(at, at + count):
        digit = int(text[place]) - 48
        if digit < 0 or digit > 9:
            return DEVIATES
        value = value * 10 + digit
    return value


@compiled
def day_at(text: Bytes, at: int) -> int:
    """Days since 1970 of ``YYYY-MM-DD``, or ``UNREAD``. Ten bytes must be there."""
    year, month, day = digits_at(text, at, 4), digits_at(text, at + 5, 2), digits_at(text, at + 8, 2)
    if year < 1 or month < 1 or month > 12 or day < 1 or text[at + 4] != MINUS or text[at + 7] != MINUS:
        return UNREAD
    longest = 31
    if month in (4, 6, 9, 11):
        longest = 30
    elif month == 2:
        longest = 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    if day > longest:
        return UNREAD
    # Years from March on, so that the leap day is the last of its year.
    shifted = year - 1 if month <= 2 else year
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    era, in_era = shifted // 400, shifted % 400
    return era * 146_097 + in_era * 365 + in_era // 4 - in_era // 100 + of_year - 719_468


@compiled
def second_at(text: Bytes, at: int, length: int) -> int:
    """Unix seconds of ``YYYY-MM-DDThh:mm:ss`` with ``Z`` or ``±hh:mm``, or ``UNREAD``."""
    if length not in (20, 25):
        return UNREAD
    day = day_at(text, at)
    hour, minute, second = digits_at(text, at + 11, 2), digits_at(text, at + 14, 2), digits_at(text, at + 17, 2)
    if day == UNREAD or hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 59:
        return UNREAD
    if text[at + 10] != LETTER_T or text[at + 13] != COLON or text[at + 16] != COLON:
        return UNREAD
    seconds = day * 86_400 + hour * 3600 + minute * 60 + second
    sign = text[at + 19]
    if length == 20:
        return seconds if sign == LETTER_Z else UNREAD
    ahead_hours, ahead_minutes = digits_at(text, at + 20, 2), digits_at(text, at + 23, 2)
    if ahead_hours < 0 or ahead_hours > 23 or ahead_minutes < 0 or ahead_minutes > 59 or text[at + 22] != COLON:
        return UNREAD
    ahead = ahead_hours * 3600 + ahead_minutes * 60
    if sign == PLUS:
        return seconds - ahead
    return seconds + ahead if sign == MINUS else UNREAD


@compiled
def is_same(text: Bytes, one: int, other: int, length: int) -> bool:
    """Whether the same ``length`` bytes stand at both places."""
    for offset in range(length):  # noqa: SIM110 - the compiler knows no generators
        if text[one + offset] != text[other + offset]:
            return False
    return True


@compiled
def is_equal(one: Bytes, other: Bytes) -> bool:
    """Whether two stretches of one length are the same; without an early end, so that many bytes go at once."""
    different = np.uint8(0)
    for place in range(len(one)):
        different |= one[place] ^ other[place]
    return bool(different == 0)


@compiled
def is_again(text: Bytes, start: int, end: int, before: int, length: int) -> bool:
    """Whether the string that begins here is the one of ``length`` that began at ``before``."""
    behind = start + length
    return behind < end and text[behind] == QUOTE and is_same(text, start, before, length)
