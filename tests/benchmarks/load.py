"""Bodies and meters for the ingest benchmarks; values follow from a seed."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from tests.support.world import slots_of

METERS = 1_000
SLOTS = 96
FIRST_DAY = date(2025, 1, 1)


def meter_no(index: int) -> str:
    return f"B{index:05d}"


def day_block(day: date, *, seed: int = 7) -> npt.NDArray[np.float32]:
    """(meters, 96) kW: a working day's shape a meter, two decimals as meters send them."""
    random = np.random.default_rng([seed, day.toordinal()])
    hours = np.arange(SLOTS) / 4
    shape = 1 + 0.6 * np.exp(-(((hours - 14) / 5) ** 2))
    level = 200 + 8 * (np.arange(METERS) % 90)
    noise = random.normal(1, 0.02, (METERS, SLOTS))
    return np.round(level[:, None] * shape[None, :] * noise, 2).astype(np.float32)


def curves_json(day: date) -> bytes:
    block = np.round(day_block(day).astype(np.float64), 2)
    curves = [
        {"meter_no": meter_no(index), "date": day.isoformat(), "values": values}
        for index, values in enumerate(block.tolist())
    ]
    body = {"unit": "kW", "interval_minutes": 15, "source": "bench", "curves": curves}
    return json.dumps(body, separators=(",", ":")).encode()


def curves_csv(day: date) -> bytes:
    block = np.round(day_block(day).astype(np.float64), 2)
    lines = ["meter_no,date," + ",".join(f"P{slot}" for slot in range(1, SLOTS + 1))]
    for index, values in enumerate(block.tolist()):
        lines.append(f"{meter_no(index)},{day.isoformat()}," + ",".join(map(str, values)))
    return ("\n".join(lines) + "\n").encode()


def readings_ndjson(day: date, first_slot: int, slots: int) -> bytes:
    """All meters, ``slots`` intervals from ``first_slot`` of the day, one reading a line."""
    block = np.round(day_block(day).astype(np.float64), 2)
    stamps = [instant.isoformat() for instant in slots_of(day)]
    lines = [
        f'{{"meter_no":"{meter_no(index)}","at":"{stamps[slot]}","value":{block[index, slot]}}}'
        for slot in range(first_slot, first_slot + slots)
        for index in range(METERS)
    ]
    return ("\n".join(lines) + "\n").encode()


def days(first: date, number: int) -> list[date]:
    return [first + timedelta(days=offset) for offset in range(number)]
