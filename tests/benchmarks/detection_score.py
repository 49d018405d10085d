"""Meters, events and windows of a labelled set, as the files beside the checkout have them."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

from services.energy.backtests.domain.scoring import Event, Series


def minute(text: str) -> int:
    """Minutes since 1970 of a local wall-clock stamp."""
    return int(np.datetime64(text, "m").astype(np.int64))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def load_series(folder: Path) -> list[Series]:
    return [
        Series(
            meter_id=row["meter_id"],
            kind=row["kind"],
            interval=int(row["interval_min"]),
            capacity=float(row["capacity"]) if row["capacity"] else None,
            calendar=row["calendar"],
            end=minute(row["end"]),
            warmup_end=minute(row["warmup_end"]),
            counts_false=row["scope"] != "recall_only",
        )
        for row in _rows(folder / "meters.csv")
    ]


def load_events(folder: Path) -> list[Event]:
    return [
        Event(
            row["event_id"],
            row["meter_id"],
            row["kind"],
            minute(row["start"]),
            minute(row["end"]),
            int(row["deadline_min"]),
            row["subtype"],
            row["real"] == "1",
        )
        for row in _rows(folder / "labels.csv")
    ]


def load_ignored(folder: Path) -> dict[str, list[tuple[int, int]]]:
    windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in _rows(folder / "ignore.csv"):
        windows[row["meter_id"]].append((minute(row["start"]), minute(row["end"])))
    return windows
