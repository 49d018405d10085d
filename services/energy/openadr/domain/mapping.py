"""From orders of orderly use to OpenADR 3.1: programs are regions, events are orders, intervals are their steps.

``SIMPLE`` says how grave it is in the standard's levels 1 to 3. By how much load is to fall is said in a payload
of our own, ``LOAD_REDUCTION`` in kW below the baseline: the standard's ``DISPATCH_SETPOINT_RELATIVE`` takes no
negative value and leaves open which way a positive one points, and no VEN may take an order to reduce for one to
draw more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

LOAD_REDUCTION: Final = "LOAD_REDUCTION"
PREFIX: Final = "orderly-use-"
# User Guide 7.9: an event that does not take place has a window of no length at the beginning of time.
NEVER: Final = "0001-01-01T00:00:00Z"
NO_TIME: Final = "PT0S"


def program_id(region_code: str) -> str:
    return f"{PREFIX}{region_code}"


def region_of(program: str) -> str | None:
    """The region of a program's id; None of another's."""
    return program.removeprefix(PREFIX) if program.startswith(PREFIX) else None


def simple_level(level: int | None) -> int:
    """Blue and yellow are moderate, orange is high, red is an emergency; what has no level is moderate."""
    return {3: 2, 4: 3}.get(level or 1, 1)


def priority(level: int | None) -> int | None:
    """A lower number is a higher priority."""
    return None if level is None else 4 - level


def duration(length: timedelta) -> str:
    """ISO 8601, to the minute: orders begin and end on quarters of an hour."""
    minutes = length // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    text = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
    return f"PT{text}" if text else NO_TIME


def stretches(
    steps: tuple[tuple[datetime, float], ...], end: datetime
) -> tuple[tuple[datetime, timedelta, float], ...]:
    """Start, length and kW of each interval of an order, pauses left out; none of one that was lifted before."""
    ends = [at for at, _ in steps[1:]] + [end]
    return tuple(
        (at, until - at, kw) for (at, kw), until in zip(steps, ends, strict=True) if until > at and kw > 0
    )
