"""What stands in the energy service's tables, read past the software: from the bytes themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import asyncpg
import numpy as np

# A slot whose value the service worked out itself, as it stands in the bytes.
_ESTIMATED = 2

# Meter number, day, slot.
Cell = tuple[str, date, int]


@dataclass(frozen=True)
class Stored:
    """Values by cell as float32 gives them, and how many rows hold a meter's day: one."""

    values: dict[Cell, float]
    rows_a_day: Counter[tuple[str, date]]


async def stored_since(energy: asyncpg.Connection, first: date) -> Stored:
    """What was sent: of day rows, and of the snapshots of running days that no day row has yet.

    Estimates are left out: they stand where nobody sent anything.
    """
    values: dict[Cell, float] = {}
    rows_a_day: Counter[tuple[str, date]] = Counter()
    for row in await energy.fetch(
        "SELECT meter_no, day, load_kw, quality FROM curve_day JOIN meter USING (meter_index) WHERE day >= $1",
        first,
    ):
        rows_a_day[row["meter_no"], row["day"]] += 1
        for slot, value in enumerate(np.frombuffer(row["load_kw"], "<f4").tolist()):
            is_estimated = row["quality"] is not None and row["quality"][slot] == _ESTIMATED
            if not np.isnan(value) and not is_estimated:
                values[row["meter_no"], row["day"], slot] = value
    running = await _running_values(energy, first)
    rows_a_day.update({(meter_no, day) for meter_no, day, _ in running})
    return Stored(values | running, rows_a_day)


async def _running_values(energy: asyncpg.Connection, first: date) -> dict[Cell, float]:
    """Values of running days: float32, one a meter of a block."""
    meter_of = {row["meter_index"]: row["meter_no"] for row in await energy.fetch("SELECT * FROM meter")}
    values: dict[Cell, float] = {}
    for row in await energy.fetch(
        "SELECT s.block, s.day, s.slot, s.load_kw, r.in_curves FROM snapshot AS s "
        "JOIN running_day AS r USING (block, day, quantity, slots) WHERE s.day >= $1 AND NOT r.is_closed",
        first,
    ):
        for place, value in enumerate(np.frombuffer(row["load_kw"], "<f4").tolist()):
            is_elsewhere = row["in_curves"][place // 8] >> (7 - place % 8) & 1
            if not np.isnan(value) and not is_elsewhere:
                values[meter_of[row["block"] * 1000 + place], row["day"], row["slot"]] = value
    return values
