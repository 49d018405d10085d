"""Meters from which nothing comes (数据缺失, S18), judged at ticks of the partition's own clock.

The clock is the creation stamp of what arrives, never the wall's: a worker that lags sees its meters as punctual
as they were, and a replayed log gives the same decisions. How long a meter is used to be silent is learned at
the ticks, so that one whose curves come once a day is missed after a day and a half and not every two hours. When
most meters of a partition fall silent at once it is their feed, which has a watch of its own, and nobody is told
of thousands of meters.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.detection.domain.kernel import CLEARED, EXTENDED, MISSING, NEVER, OPENED
from services.energy.detection.domain.layout import SIGNAL, IntArray
from services.energy.detection.domain.state import MeterStates

TICK_MINUTES: Final = 15
# What a meter's usual silence is taken to be at most, and how fast a long one is forgotten at each arrival.
_LONGEST: Final = 3 * 1440.0
FORGET: Final = 0.98
# A meter is watched when it has been known for so long and was seen to report at so many ticks.
_KNOWN_FOR: Final = 2 * 1440
_ARRIVALS: Final = 4
# Fewer meters than this are no feed.
_FEED: Final = 8


def tick(
    states: MeterStates,
    clock: int,
    offset: IntArray,
    rules: NDArray[np.void],
    awaited_from: IntArray | None = None,
) -> NDArray[np.void]:
    """Open and clear at ``clock`` (minutes UTC since 1970); returns SIGNAL records, ``row`` being the state's row.

    ``offset``: minutes of standard time east of UTC by row of the state; ``rules``: one record a row;
    ``awaited_from``: until when silence was expected, minutes UTC by row, 0 where it never was: a meter has its
    whole limit from then on.
    """
    meters = states.meters
    interval = 1440 // states.slots
    now = clock + offset
    known = meters["count"] > 0
    age = np.where(known, now - meters["last"] - interval, 0).astype(np.float32)
    came = known & (meters["last"] > meters["seen"])
    is_open = meters["opened"][:, MISSING] != NEVER
    excused = np.zeros(len(meters), np.bool_) if awaited_from is None else awaited_from > clock - age - interval

    usual = np.where(
        # Not from the first two: a meter begins with what had piled up.
        came & ~is_open & (meters["arrivals"] >= 2) & ~excused,
        np.maximum(meters["silence"] * FORGET, np.minimum(meters["age"], _LONGEST)),
        meters["silence"],
    ).astype(np.float32)
    limit = np.maximum(rules["missing_minutes"], rules["missing_times"] * usual)
    watched = known & (meters["last"] - meters["first"] >= _KNOWN_FOR) & (meters["arrivals"] >= _ARRIVALS)
    hot = watched & ~is_open & (age >= limit) & (now >= meters["quiet"][:, MISSING])
    if awaited_from is not None:
        hot &= clock - awaited_from >= limit
    if np.count_nonzero(watched) >= _FEED and len(hot):
        share = np.count_nonzero(hot) / np.count_nonzero(watched)
        hot &= share <= rules["missing_feed_share"]
    clears = is_open & (age <= rules["missing_clear_minutes"])
    # Told again each time the silence has doubled: its severity grows.
    grows = is_open & ~clears & (age >= limit * np.exp2(meters["hits"][:, MISSING]))

    due = (meters["last"] + interval).astype(np.int64)
    changed = np.flatnonzero(hot | clears | grows)
    out = np.zeros(len(changed), SIGNAL)
    out["kind"], out["row"] = MISSING, changed
    out["phase"] = np.where(hot[changed], OPENED, np.where(grows[changed], EXTENDED, CLEARED))
    out["at"] = np.where(
        hot[changed], due[changed], np.where(grows[changed], now[changed], meters["last"][changed])
    )
    out["opened"] = np.where(hot[changed], due[changed], meters["opened"][changed, MISSING])
    out["meter_index"] = meters["meter_index"][changed]
    out["value"] = out["expected"] = meters["before"][changed]
    out["limit"] = limit[changed]

    meters["silence"], meters["age"], meters["seen"] = usual, age, meters["last"]
    meters["arrivals"] += came
    opened = np.flatnonzero(hot)
    meters["opened"][opened, MISSING] = due[opened]
    meters["hits"][opened, MISSING] = 0
    meters["hits"][np.flatnonzero(hot | grows), MISSING] += 1
    meters["quiet"][opened, MISSING] = (now + rules["missing_quiet_minutes"].astype(np.int64))[opened]
    meters["opened"][np.flatnonzero(clears), MISSING] = NEVER
    return out
