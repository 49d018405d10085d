"""Stamps and dates of a feed as numbers; each distinct text is parsed once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from services.energy.metering.domain.slots import day_number

T = TypeVar("T")

NO_ZONE: Final = -(1 << 61)
NO_STAMP: Final = -(1 << 60)
MAX_OFFSET_MINUTES: Final = 14 * 60
_OFFSET: Final = re.compile(r"([+-])(\d{2}):?([0-5]\d)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def remembered(texts: Sequence[str], parse: Callable[[str], T]) -> list[T]:
    """Each distinct text is parsed once: a body names few stamps many times."""
    known: dict[str, T] = {}
    results = []
    for text in texts:
        result = known.get(text)
        if result is None:
            result = known[text] = parse(text)
        results.append(result)
    return results


def second_of(stamp: str) -> int:
    """Unix seconds of an ISO 8601 stamp, or ``NO_ZONE`` or ``NO_STAMP``; 24:00 is the next day's 00:00."""
    try:
        ends_day = "T24:00" in stamp
        instant = datetime.fromisoformat(stamp.replace("T24:00", "T00:00") if ends_day else stamp)
    except ValueError:
        return NO_STAMP
    if instant.tzinfo is None:
        return NO_ZONE
    try:
        instant = instant + timedelta(days=1) if ends_day else instant
        seconds, rest = divmod(instant - _EPOCH, timedelta(seconds=1))
    except OverflowError:
        return NO_STAMP
    # A fraction of a second is on no slot's edge: seconds are shifted off theirs as well.
    return seconds if not rest else seconds // 60 * 60 + 1


def offset_of(zone: str) -> int | None:
    """Minutes east of UTC of ``+08:00`` or ``Z``; None for what is no offset."""
    if zone == "Z":
        return 0
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return (minutes if found[1] == "+" else -minutes) if minutes <= MAX_OFFSET_MINUTES else None


def day_of(text: str) -> int:
    """Days since 1970 of an ISO 8601 date, or ``NO_STAMP``."""
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return NO_STAMP
