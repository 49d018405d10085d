"""What the detector remembers of each meter, in flat arrays, and how it rests in a checkpoint."""

from __future__ import annotations

import io
import json
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.energy.detection.domain.kernel import NEVER
from services.energy.detection.domain.layout import HOURS, METER, PROFILE_DAYS, IntArray

Table = NDArray[np.float32]

_VERSION: Final = 2
_HEAD = struct.Struct("<BI")
_UNSET: Final = ("first", "last", "seen", "opened", "quiet", "run_start", "zero_start", "day")
_TABLES: Final = ("profile", "spread", "margin")


class UnreadableState(Exception):
    """A checkpoint that this release cannot read."""


class MeterStates:
    """Rows of meters with the same number of slots a day.

    ``meters``: (meters,) scalars, see layout.py. ``profile``: (meters, 4, slots) by type of day; ``spread``:
    (meters, 2, 24) usual error by working or rest day and hour; ``margin``: (meters, 2, 2, 24) largest usual
    deviation up and down. All kW and float32: they are the bulk.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.meters = np.zeros(0, METER)
        self.profile: Table = np.zeros((0, PROFILE_DAYS, slots), np.float32)
        self.spread: Table = np.zeros((0, 2, HOURS), np.float32)
        self.margin: Table = np.zeros((0, 2, 2, HOURS), np.float32)
        # Meters are dense, so an array finds rows faster than the dictionary.
        self._lookup: IntArray = np.full(0, -1, np.int64)

    def __len__(self) -> int:
        return len(self.meters)

    @property
    def meter_index(self) -> IntArray:
        found: IntArray = self.meters["meter_index"]
        return found

    @property
    def bytes_a_meter(self) -> int:
        """Memory of one meter."""
        values = sum(int(np.prod(getattr(self, name).shape[1:])) for name in _TABLES)
        return METER.itemsize + 4 * values

    def rows_of(self, meters: IntArray) -> IntArray:
        """The rows of the meters (distinct or not), new ones added where a meter is not known yet."""
        if not len(meters):
            return np.zeros(0, np.int64)
        highest = int(meters.max())
        if highest >= len(self._lookup):
            extended = np.full(max(highest + 1, 2 * len(self._lookup)), -1, np.int64)
            extended[: len(self._lookup)] = self._lookup
            self._lookup = extended
        rows = self._lookup[meters]
        if (rows < 0).any():
            self._add(np.unique(meters[rows < 0]))
            rows = self._lookup[meters]
        return rows

    def _add(self, meters: IntArray) -> None:
        size, added = len(self), len(meters)
        fresh = np.zeros(added, METER)
        fresh["meter_index"] = meters
        fresh["capacity"] = np.nan
        for name in _UNSET:
            fresh[name] = NEVER
        self.meters = np.concatenate((self.meters, fresh))
        for name in _TABLES:
            table = getattr(self, name)
            setattr(self, name, np.concatenate((table, np.zeros((added, *table.shape[1:]), np.float32))))
        self._lookup[meters] = np.arange(size, size + added)

    def dump(self, meters: IntArray) -> bytes:
        """The rows of these meters as bytes; :meth:`absorb` restores them exactly."""
        rows = self.rows_of(meters)
        head = json.dumps({"slots": self.slots, "meters": len(rows), "row": METER.itemsize}).encode()
        out = io.BytesIO()
        out.write(_HEAD.pack(_VERSION, len(head)))
        out.write(head)
        out.write(self.meters[rows].tobytes())
        for name in _TABLES:
            out.write(np.ascontiguousarray(getattr(self, name)[rows]).tobytes())
        return out.getvalue()

    def absorb(self, blob: bytes) -> None:
        """Add the rows of a dump to this state. Raises UnreadableState."""
        version, size = _HEAD.unpack_from(blob)
        if version != _VERSION:
            raise UnreadableState(f"state version {version}, expected {_VERSION}")
        head = json.loads(blob[_HEAD.size : _HEAD.size + size])
        if (head["slots"], head["row"]) != (self.slots, METER.itemsize):
            raise UnreadableState(f"state of {head['slots']} slots, {head['row']} bytes a meter")
        count, at = int(head["meters"]), _HEAD.size + size
        meters = np.frombuffer(blob, METER, count, at)
        at += meters.nbytes
        rows = self.rows_of(meters["meter_index"])
        self.meters[rows] = meters
        for name in _TABLES:
            table = getattr(self, name)
            shape = (count, *table.shape[1:])
            values = np.frombuffer(blob, np.float32, int(np.prod(shape)), at)
            table[rows] = values.reshape(shape)
            at += values.nbytes
