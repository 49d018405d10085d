"""Sample feeds and labelled curves that may stand beside the checkout; the product never needs them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def require_shared(*parts: str) -> Path:
    """The path below the shared data; skips, saying why, only where there is no shared data at all."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the sample data beside the checkout ({SHARED.parent.name}/data), which is not here")
    path = SHARED.joinpath(*parts)
    assert path.exists(), f"the shared data are here but {'/'.join(parts)} is not"
    return path


@dataclass(frozen=True)
class Row:
    """One row in order of arrival: ``at`` is the start of the interval, wall clock without zone."""

    at: datetime
    value: float


@dataclass(frozen=True)
class Label:
    """A labelled event, both ends inclusive."""

    kind: str
    start: datetime
    end: datetime


def labelled_rows(meter: str) -> list[Row]:
    path = require_shared("detection", "readings", f"{meter}.csv")
    return [Row(datetime.fromisoformat(row["ts"]), float(row["value"])) for row in _rows(path) if row["value"]]


def labels(meter: str, kind: str) -> list[Label]:
    path = require_shared("detection", "labels.csv")
    return [
        Label(row["kind"], datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]))
        for row in _rows(path)
        if row["meter_id"] == meter and row["kind"] == kind
    ]


def transformer_rows() -> Iterator[Row]:
    """Two years of hourly load of a real transformer (column HUFL)."""
    path = require_shared("feeds", "ett", "ETTh1.csv")
    for row in _rows(path):
        yield Row(datetime.fromisoformat(row["date"]), float(row["HUFL"]))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
