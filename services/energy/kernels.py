"""The compiled loops of the service, made ready before anybody waits for them.

``python -m services.energy.kernels`` compiles them into numba's cache, for an image or after an update; every
process that uses them loads them at its start, or compiles what the cache does not have.
"""

from __future__ import annotations

import numpy as np

from services.energy.detection.domain.engine import compile_rules
from services.energy.feeds.domain.block import PointRows
from services.energy.feeds.domain.scanner import curves, readings, wide
from services.energy.feeds.domain.scanner.texts import Texts
from services.energy.ingest.domain.assembly import assemble
from services.energy.metering.domain.merge import StoredRows, merge
from services.energy.metering.domain.numbers import MeterNumbers

_READING = b'{"meter_no":"M","at":"2026-01-01T00:00:00Z","value":1.5}'
_DAY = b",".join([b"1.5"] * 24)


def compile_kernels() -> None:
    """Call each of them once, for the types it is called with."""
    compile_rules()
    lines = readings.scan_lines(_READING + b"\n" + _READING)
    readings.scan_list(b"[" + _READING + b"]")
    curves.scan_curves(b'{"curves":[{"meter_no":"M","date":"2026-01-01","values":[' + _DAY + b"]}]}")
    names = b",".join(b"P%d" % slot for slot in range(1, 25))
    wide.scan_wide(b"meter_no,date," + names + b"\nM,2026-01-01," + _DAY + b"\n")
    numbers = MeterNumbers()
    numbers.put(["M"], [0])
    if lines is not None and isinstance(lines.meter_nos, Texts):
        numbers.find_all(lines.meter_nos.body, lines.meter_nos.start, lines.meter_nos.length)
    index, day = np.zeros(1, np.int32), np.zeros(1, np.int32)
    point = PointRows(1, 24, 1, index, day, np.zeros(1, np.uint16), np.ones(1, np.float32))
    none = np.zeros(0, np.int64)
    values, quality = np.zeros((0, 24), np.float32), np.zeros((0, 24), np.uint8)
    for incoming in assemble([[point]]):
        merge(incoming, StoredRows(none, none, values, quality, np.zeros((0, 24), np.int64)))


if __name__ == "__main__":
    compile_kernels()
