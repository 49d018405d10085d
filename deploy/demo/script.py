"""What happens on the live feed, slot by slot: a pure function of the slot, the same after a restart.

Times are counted in slots of 15 minutes from the script's first slot; after a day of 96 slots it begins again
with other meters. For projects to stall or fall overdue nothing is sent: nobody enters anything, and time passes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from deploy.demo.dataset.records import Meter
from deploy.demo.synth.generator import CurveGenerator, LoadKind
from deploy.demo.synth.noise import SLOTS, FloatArray

SLOT = timedelta(minutes=15)
ZONE = ZoneInfo("Asia/Shanghai")

# A furnace draws twice its usual power, from the second slot on, for two and a half hours: long enough to be
# chased up.
SPIKE_FROM, SPIKE_SLOTS, SPIKE_FACTOR = 1, 10, 2.0
DUPLICATE_AT = 5
CORRECTION_AT, CORRECTED_SLOT, CORRECTION_FACTOR = 12, 8, 1.03
STUCK_FROM, STUCK_SLOTS = 14, 24
OUTAGE_FROM, OUTAGE_SLOTS = 20, 10
SECOND_SPIKE_FROM, SECOND_SPIKE_SLOTS, SECOND_SPIKE_FACTOR = 44, 6, 1.7

# Families that make things all day: an event on an idle meter would show nothing.
_STEADY = (LoadKind.STONE, LoadKind.PHARMA, LoadKind.FIBRE)


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings of one body. `meters` are rows of the meter list, `starts` the slot each value belongs to.

    `name` is unique in the script; batches of one name are one body, sent again. `created_at` orders revisions.
    """

    name: str
    created_at: datetime
    meters: tuple[int, ...]
    starts: tuple[datetime, ...]
    values: tuple[float, ...]
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays in one day of the script; rows of the meter list."""

    spike: int
    second_spike: int
    stuck: int
    outage: tuple[int, ...]
    corrected: int


class LiveScript:
    """The feed's readings from `first_slot` (aware, at a quarter of an hour) on."""

    def __init__(
        self, meters: Sequence[Meter], curves: CurveGenerator, first_slot: datetime, *, seed: int
    ) -> None:
        self._meters, self._curves, self._seed = meters, curves, seed
        self.first_slot = first_slot
        self._day = lru_cache(maxsize=4)(curves.day)
        self._rows = {kind: [row for row, meter in enumerate(meters) if meter.kind is kind] for kind in LoadKind}

    def number(self, slot: datetime) -> int:
        """How many slots after the script's first one; negative before it."""
        return int((slot - self.first_slot) / SLOT)

    def cast(self, day: int) -> Cast:
        """The players of the script's day; the first day's spike is on the first furnace."""
        rng = random.Random(f"{self._seed}-cast-{day}")  # noqa: S311 - a script, seeded on purpose
        furnaces = self._rows[LoadKind.FURNACE]
        steady = [row for kind in _STEADY for row in self._rows[kind]]
        owner = self._meters[rng.choice(self._rows[LoadKind.PHARMA])].credit_code
        outage = tuple(row for row, meter in enumerate(self._meters) if meter.credit_code == owner)[:8]
        free = [row for row in steady if row not in outage]
        stuck, corrected = rng.sample(free, 2)
        count = len(furnaces)
        return Cast(
            spike=furnaces[day % count],
            second_spike=furnaces[(day + count // 2) % count],
            stuck=stuck,
            outage=outage,
            corrected=corrected,
        )

    def values(self, slot: datetime) -> FloatArray:
        """[meters] kW as the meters themselves would tell it, whether or not anybody hears it."""
        values = self._usual(slot).copy()
        day, at = divmod(self.number(slot), SLOTS)
        if day < 0:
            return values
        cast = self.cast(day)
        if SPIKE_FROM <= at < SPIKE_FROM + SPIKE_SLOTS:
            values[cast.spike] = round(values[cast.spike] * SPIKE_FACTOR, 2)
        if SECOND_SPIKE_FROM <= at < SECOND_SPIKE_FROM + SECOND_SPIKE_SLOTS:
            values[cast.second_spike] = round(values[cast.second_spike] * SECOND_SPIKE_FACTOR, 2)
        if STUCK_FROM <= at < STUCK_FROM + STUCK_SLOTS:
            stands_at = self.first_slot + (day * SLOTS + STUCK_FROM) * SLOT
            values[cast.stuck] = self._usual(stands_at)[cast.stuck]
        return values

    def batches(self, slot: datetime) -> list[Batch]:
        """The bodies to send at the end of `slot`, in their order."""
        day, at = divmod(self.number(slot), SLOTS)
        if day < 0:
            return [self._regular(slot, ())]
        cast = self.cast(day)
        silent = cast.outage if OUTAGE_FROM <= at < OUTAGE_FROM + OUTAGE_SLOTS else ()
        sent = [self._regular(slot, silent)]
        if at == DUPLICATE_AT:
            # The head-end repeats the body before, byte for byte.
            sent.append(self._regular(slot - SLOT, ()))
        if at == CORRECTION_AT:
            sent.append(self._correction(slot, cast.corrected))
        if at == OUTAGE_FROM + OUTAGE_SLOTS:
            sent.append(self._caught_up(slot, cast.outage))
        return sent

    def begins(self, slot: datetime) -> list[str]:
        """What begins in this slot, for whoever watches the feed."""
        day, at = divmod(self.number(slot), SLOTS)
        if day < 0:
            return []
        cast = self.cast(day)
        told = {
            SPIKE_FROM: f"{self._meters[cast.spike].name} draws {SPIKE_FACTOR:g} times its usual power",
            DUPLICATE_AT: "the body before is sent a second time",
            CORRECTION_AT: f"{self._meters[cast.corrected].name}: an earlier value is corrected",
            STUCK_FROM: f"{self._meters[cast.stuck].name} stands still for {STUCK_SLOTS} slots",
            OUTAGE_FROM: f"{len(cast.outage)} meters are silent for {OUTAGE_SLOTS} slots",
            OUTAGE_FROM + OUTAGE_SLOTS: "the silent meters deliver what they kept",
            SECOND_SPIKE_FROM: f"{self._meters[cast.second_spike].name} draws more, by {SECOND_SPIKE_FACTOR:g}",
        }
        return [told[at]] if at in told else []

    def _usual(self, slot: datetime) -> FloatArray:
        local = slot.astimezone(ZONE)
        row: FloatArray = self._day(local.date())[:, local.hour * 4 + local.minute // 15]
        return row

    def _regular(self, slot: datetime, silent: tuple[int, ...]) -> Batch:
        values = self.values(slot)
        rows = [row for row in range(len(self._meters)) if row not in silent]
        return Batch(
            name=slot_name(slot),
            created_at=slot + SLOT,
            meters=tuple(rows),
            starts=(slot,) * len(rows),
            values=tuple(float(value) for value in np.round(values[rows], 2)),
        )

    def _correction(self, slot: datetime, row: int) -> Batch:
        corrected = slot - (CORRECTION_AT - CORRECTED_SLOT) * SLOT
        value = round(float(self.values(corrected)[row]) * CORRECTION_FACTOR, 2)
        name = f"correction-{slot.astimezone(ZONE):%Y%m%dT%H%M}"
        return Batch(name, slot + SLOT, (row,), (corrected,), (value,), edited=True)

    def _caught_up(self, slot: datetime, rows: tuple[int, ...]) -> Batch:
        """Everything the meters kept while the line was down, in one late body."""
        missed = [slot - (OUTAGE_SLOTS - n) * SLOT for n in range(OUTAGE_SLOTS)]
        told = [(row, start, float(self.values(start)[row])) for start in missed for row in rows]
        return Batch(
            name=f"late-{slot.astimezone(ZONE):%Y%m%dT%H%M}",
            created_at=slot + SLOT,
            meters=tuple(row for row, _, _ in told),
            starts=tuple(start for _, start, _ in told),
            values=tuple(value for _, _, value in told),
        )


def slot_name(slot: datetime) -> str:
    """The name of a slot's regular body."""
    return f"slot-{slot.astimezone(ZONE):%Y%m%dT%H%M}"


def slot_of(instant: datetime) -> datetime:
    """The start of the quarter of an hour that `instant` lies in."""
    local = instant.astimezone(ZONE)
    return local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)
