"""Bodies and meters for the ingest benchmarks; values follow from a seed."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from tests.support.world import slots_of

METERS = 1_000
# Senders of the ingest benchmarks, each with METERS of its own. These are a shard, whose readings go to one
# partition and are merged one batch after the other: a single sender would show a single lane.
AREAS = 4
# A snapshot of so many meters is one request.
SNAPSHOT_METERS = 10_000
SLOTS = 96
FIRST_DAY = date(2020, 7, 1)


def meter_no(index: int) -> str:
    return f"B{index:05d}"


def day_block(day: date, area: int = 0) -> npt.NDArray[np.float32]:
    """(meters, 96) kW: a working day's shape a meter, two decimals as meters send them."""
    random = np.random.default_rng([7 + area, day.toordinal()])
    hours = np.arange(SLOTS) / 4
    shape = 1 + 0.6 * np.exp(-(((hours - 14) / 5) ** 2))
    level = 200 + 8 * (np.arange(METERS) % 90)
    noise = random.normal(1, 0.02, (METERS, SLOTS))
    return np.round(level[:, None] * shape[None, :] * noise, 2).astype(np.float32)


def curves_json(day: date, area: int = 0, spiking: int | None = None) -> bytes:
    """All meters of an area; the ``spiking`` one uses eight times as much at half past two."""
    block = np.round(day_block(day, area).astype(np.float64), 2)
    if spiking is not None:
        block[spiking, 58] = np.round(block[spiking, 58] * 8, 2)
    curves = [
        {"meter_no": meter_no(index), "date": day.isoformat(), "values": values}
        for index, values in enumerate(block.tolist(), area * METERS)
    ]
    body = {"unit": "kW", "interval_minutes": 15, "source": "bench", "curves": curves}
    return json.dumps(body, separators=(",", ":")).encode()


def curves_csv(day: date, area: int) -> bytes:
    block = np.round(day_block(day, area).astype(np.float64), 2)
    lines = ["meter_no,date," + ",".join(f"P{slot}" for slot in range(1, SLOTS + 1))]
    for index, values in enumerate(block.tolist(), area * METERS):
        lines.append(f"{meter_no(index)},{day.isoformat()}," + ",".join(map(str, values)))
    return ("\n".join(lines) + "\n").encode()


def snapshot_ndjson(day: date, slot: int) -> bytes:
    """One reading of each of ``SNAPSHOT_METERS`` meters at the slot's beginning, one a line."""
    values = np.round(np.random.default_rng([11, day.toordinal(), slot]).normal(400, 8, SNAPSHOT_METERS), 2)
    # The meters that have a history go on as before.
    blocks = np.concatenate([day_block(day, area)[:, slot] for area in range(AREAS)])
    values[: len(blocks)] = np.round(blocks.astype(np.float64), 2)
    stamp = slots_of(day)[slot].isoformat()
    lines = [
        f'{{"meter_no":"{meter_no(index)}","at":"{stamp}","value":{value}}}'
        for index, value in enumerate(values.tolist())
    ]
    return ("\n".join(lines) + "\n").encode()


def corrections_ndjson(first: date, number_of_days: int, count: int, *, seed: int) -> bytes:
    """New values for ``count`` slots scattered over the meters and days."""
    random = np.random.default_rng([13, seed])
    stamps = [instant.isoformat() for day in days(first, number_of_days) for instant in slots_of(day)]
    meters, slots = random.integers(0, AREAS * METERS, count), random.integers(0, len(stamps), count)
    values = np.round(random.normal(300, 8, count), 2)
    lines = [
        f'{{"meter_no":"{meter_no(meter)}","at":"{stamps[slot]}","value":{value}}}'
        for meter, slot, value in zip(meters.tolist(), slots.tolist(), values.tolist(), strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


def days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(number)]
