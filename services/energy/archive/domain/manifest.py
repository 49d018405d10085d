"""What an archived month holds, written beside its files and proved before anything is removed (归档)."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a set of day rows: how many, the values present in them, and their energy."""

    rows: int
    readings: int
    energy_kwh: float

    def equals(self, other: Sums) -> bool:
        """Energies are sums of float64 in another order."""
        return (self.rows, self.readings) == (other.rows, other.readings) and math.isclose(
            self.energy_kwh, other.energy_kwh, rel_tol=1e-9, abs_tol=1e-6
        )

    def plus(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, self.readings + other.readings, self.energy_kwh + other.energy_kwh)


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file; ``sha256`` is its digest in hex."""

    file: str
    sha256: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a month."""

    month: str
    parts: tuple[Part, ...]

    @property
    def sums(self) -> Sums:
        total = Sums(0, 0, 0.0)
        for part in self.parts:
            total = total.plus(part.sums)
        return total

    def dump(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.dump()).hexdigest()


def read_manifest(content: bytes) -> Manifest:
    """Raises ValueError, KeyError or TypeError for anything that is no manifest."""
    told: dict[str, Any] = json.loads(content)
    parts = tuple(Part(part["file"], part["sha256"], Sums(**part["sums"])) for part in told["parts"])
    return Manifest(told["month"], parts)


def month_name(month: date) -> str:
    return f"{month:%Y-%m}"
