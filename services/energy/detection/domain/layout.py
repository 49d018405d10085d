"""How the detector's state and its decisions lie in memory."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.detection.domain.kernel import KINDS, ROLLS

IntArray = NDArray[np.int64]

# Working day, Saturday, Sunday and holiday, first day after rest; see day_types.py.
PROFILE_DAYS: Final = 4
HOURS: Final = 24

# A meter's scalars, packed: padding would make equal states unequal bytes. Minutes are of its standard time since
# 1970, powers kW.
METER: Final = np.dtype(
    [
        ("meter_index", "i8"),
        # What is known of the meter: its driver (kernel), its capacity (NaN: none).
        ("driver", "i4"),
        ("capacity", "f4"),
        # Readings learned from, the first and the last of them.
        ("count", "i8"),
        ("first", "i4"),
        ("last", "i4"),
        # Conditions: since when open, until when silent, calm readings in a row, readings that showed it.
        ("opened", "i4", (KINDS,)),
        ("quiet", "i4", (KINDS,)),
        ("calm", "i4", (KINDS,)),
        ("hits", "i4", (KINDS,)),
        # The forecast: level and variance of its errors, usual size, remembered extremes.
        ("level", "f8"),
        ("variance", "f8"),
        ("scale", "f8"),
        ("top", "f8"),
        ("bottom", "f8"),
        # Standing values: since when, and how long they are used to stand.
        ("before", "f8"),
        ("last_value", "f8"),
        ("run_start", "i4"),
        ("zero_start", "i4"),
        ("natural_run", "f4"),
        ("natural_zero", "f4"),
        ("jump", "f4"),
        ("deep_run", "i4"),
        ("changes", "i4"),
        # Drift from the profile, as a share, and how far it is used to go.
        ("drift", "f8"),
        ("drift_up", "f4"),
        ("drift_down", "f4"),
        ("today_up", "f4"),
        ("today_down", "f4"),
        ("older_up", "f4"),
        ("older_down", "f4"),
        # The running day against the profile, as it is and moved by some hours.
        ("day", "i4"),
        ("exempt", "i4"),
        ("days", "i4"),
        ("day_count", "i4"),
        ("odd_count", "i4"),
        ("clock_days", "i4"),
        ("clock_roll", "i4"),
        # How long nothing had come at the last tick, the newest reading then, the usual longest silence.
        ("age", "f4"),
        ("seen", "i4"),
        ("silence", "f4"),
        # Ticks at which something new had come.
        ("arrivals", "i4"),
        ("day_error", "f8"),
        ("usual_error", "f8"),
        ("rolled", "f8", (ROLLS,)),
    ]
)

# One decision; ``opened`` is the start of the episode it belongs to.
SIGNAL: Final = np.dtype(
    [
        ("kind", "i4"),
        ("phase", "i4"),
        ("row", "i4"),
        ("slot", "i4"),
        ("at", "i4"),
        ("opened", "i4"),
        ("meter_index", "i8"),
        ("value", "f8"),
        ("expected", "f8"),
        ("sigma", "f8"),
        ("limit", "f8"),
    ],
    align=True,
)
