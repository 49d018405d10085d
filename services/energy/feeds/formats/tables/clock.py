"""Dates, times of day and stamps as exports write them, turned into ISO 8601."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})(?=\d{4,6}$|\D|$)"
)
_CLOCK: Final = re.compile(
    r"(\d{1,2})\s*[:：时点]\s*(\d{1,2})(?:\s*[:：分]\s*(\d{1,2})(?:\.0+)?)?\s*[分秒]?|(\d{2})(\d{2})(\d{2})?"
)
_HOUR: Final = re.compile(r"(\d{1,2})\s*[时点]")
_ZONE: Final = re.compile(r"\s*(Z|UTC|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
_EXCEL_EPOCH: Final = date(1899, 12, 30).toordinal()


def iso_date(text: str) -> str:
    """``2026-07-14`` of a day however written, and the text itself if it is none."""
    text = text.strip().strip("'\"")
    found = _DATE.match(text)
    if found is None:
        return text
    rest = text[found.end() :].strip().removeprefix("T")
    if rest and (minute_of(rest) != 0):
        return text
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(4, 5, 6)
    return f"{year}-{int(month):02}-{int(day):02}"


def serial_date(text: str) -> str:
    """The day of a workbook's number without a date format, and the text itself if it is none."""
    if not re.fullmatch(r"[2-7]\d{4}(\.0+)?", text):
        return text
    return date.fromordinal(_EXCEL_EPOCH + int(float(text))).isoformat()


def minute_of(text: str) -> int | None:
    """Minutes since midnight of a time of day, 1440 for 24:00; None for what is no whole minute of a day."""
    text = text.strip()
    found = _CLOCK.fullmatch(text)
    if found is None:
        hour = _HOUR.fullmatch(text)
        return int(hour[1]) * 60 if hour and int(hour[1]) <= 24 else None
    hour_text, minute_text, second_text = found.group(1, 2, 3) if found[1] else found.group(4, 5, 6)
    minute = int(hour_text) * 60 + int(minute_text)
    if int(minute_text) > 59 or minute > 1440 or (second_text is not None and int(second_text)):
        return None
    return minute


def iso_stamp(text: str) -> str:
    """``2026-07-14T00:15:00`` and the zone if there is one; the text itself if it is no stamp. 24:00 stays."""
    text = text.strip().strip("'\"")
    found = _DATE.match(text)
    if found is None:
        return text
    rest = text[found.end() :].strip().removeprefix("T")
    zone = _ZONE.search(rest)
    offset = ""
    if zone is not None:
        rest = rest[: zone.start()]
        offset = "Z" if zone[1].upper() in {"Z", "UTC"} else zone[1]
    if not rest.strip():
        clock: int | None = 0
    else:
        clock = minute_of(rest)
    year, month, day = found.group(1, 2, 3) if found[1] else found.group(4, 5, 6)
    if clock is None:
        # Seconds are the reader's business: what is on no slot's edge is refused there.
        seconds = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)", rest.strip())
        if seconds is None:
            return text
        return f"{year}-{int(month):02}-{int(day):02}T{int(seconds[1]):02}:{seconds[2]}:{seconds[3]}{offset}"
    return f"{year}-{int(month):02}-{int(day):02}T{clock // 60:02}:{clock % 60:02}:00{offset}"
