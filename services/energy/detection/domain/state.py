"""What the spike detector remembers of each meter, in flat arrays, and how it rests in a checkpoint."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Before any minute that a reading can bear.
NEVER: Final = np.iinfo(np.int64).min // 4

# Monday to Sunday by the calendar's day type, see day_types.py.
SEASON_DAYS: Final = 7

_VERSION: Final = 1
_HEAD = struct.Struct("<BI")


class UnreadableState(Exception):
    """A checkpoint that this release cannot read."""


@dataclass
class SpikeState:
    """Rows of meters with the same number of slots a day.

    ``level``, ``variance``, ``scale``: kW, kW², kW. ``season``: (meters, 7, slots) kW, float32 since it is the
    bulk of the state. ``last``, ``first``, ``opened``, ``quiet_until``: minutes of the meter's standard time
    since 1970, ``NEVER`` when unset. ``count``: readings learned from. ``calm``: slots in a row back in the band.
    """

    slots: int
    meter_index: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    level: FloatArray = field(default_factory=lambda: np.empty(0))
    variance: FloatArray = field(default_factory=lambda: np.empty(0))
    scale: FloatArray = field(default_factory=lambda: np.empty(0))
    count: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    first: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    last: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    opened: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    calm: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    quiet_until: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    season: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))

    def __post_init__(self) -> None:
        if self.season.size == 0:
            self.season = np.zeros((len(self.meter_index), SEASON_DAYS, self.slots), np.float32)
        self._row_of = {int(meter): row for row, meter in enumerate(self.meter_index)}

    def __len__(self) -> int:
        return len(self.meter_index)

    def rows_of(self, meters: IntArray) -> IntArray:
        """The rows of the meters (distinct or not), new ones added where a meter is not known yet."""
        found = self._row_of
        unknown = [meter for meter in dict.fromkeys(meters.tolist()) if meter not in found]
        if unknown:
            self._add(unknown)
        return np.fromiter((found[meter] for meter in meters.tolist()), np.int64, len(meters))

    def _add(self, meters: list[int]) -> None:
        size, added = len(self), len(meters)
        for meter in meters:
            self._row_of[meter] = len(self._row_of)
        defaults = {"first": NEVER, "last": NEVER, "opened": NEVER, "quiet_until": NEVER}
        for name in _COLUMNS:
            column = getattr(self, name)
            extended = np.full(size + added, defaults.get(name, 0), column.dtype)
            extended[:size] = column
            setattr(self, name, extended)
        self.meter_index[size:] = meters
        season = np.zeros((size + added, SEASON_DAYS, self.slots), np.float32)
        season[:size] = self.season
        self.season = season

    def dump(self, meters: IntArray) -> bytes:
        """The rows of these meters as bytes; :meth:`absorb` restores them exactly."""
        rows = self.rows_of(meters)
        head = json.dumps({"slots": self.slots, "meters": len(rows)}).encode()
        out = io.BytesIO()
        out.write(_HEAD.pack(_VERSION, len(head)))
        out.write(head)
        for name in (*_COLUMNS, "season"):
            out.write(np.ascontiguousarray(getattr(self, name)[rows]).tobytes())
        return out.getvalue()

    def absorb(self, blob: bytes) -> None:
        """Add the rows of a dump to this state. Raises UnreadableState."""
        version, size = _HEAD.unpack_from(blob)
        if version != _VERSION:
            raise UnreadableState(f"state version {version}, expected {_VERSION}")
        head = json.loads(blob[_HEAD.size : _HEAD.size + size])
        if head["slots"] != self.slots:
            raise UnreadableState(f"state of {head['slots']} slots, expected {self.slots}")
        count, at = int(head["meters"]), _HEAD.size + size
        columns = {}
        for name in _COLUMNS:
            dtype = getattr(self, name).dtype
            columns[name] = np.frombuffer(blob, dtype, count, at)
            at += count * dtype.itemsize
        season = np.frombuffer(blob, np.float32, count * SEASON_DAYS * self.slots, at)
        rows = self.rows_of(columns["meter_index"])
        for name in _COLUMNS:
            getattr(self, name)[rows] = columns[name]
        self.season[rows] = season.reshape(count, SEASON_DAYS, self.slots)


_COLUMNS = tuple(item.name for item in fields(SpikeState) if item.name not in {"slots", "season"})
