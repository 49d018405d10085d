"""Memory of a stack's processes over time, and how fast it grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from scipy.stats import theilslopes

from deploy.local.programs import read_record

_MB = 1024 * 1024
_SURE = 0.95


def resident(directory: Path) -> dict[str, tuple[int, float]]:
    """By name: pid, and MB of it and of what it started, shared pages by share (PSS); those that run."""
    found = {}
    for file in sorted((directory / "run").glob("*.pid")):
        record = read_record(file)
        process = record.process() if record else None
        if process is not None:
            family = [process, *process.children(recursive=True)]
            found[file.stem] = process.pid, sum(_pss(each) for each in family) / _MB
    return found


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


@dataclass(frozen=True)
class Growth:
    """MB at the beginning and at the end of what was judged; MB an hour, with the bounds of 95 %."""

    name: str
    first: float
    last: float
    least: float
    slope: float
    most: float


def growth(name: str, samples: Sequence[tuple[float, float]]) -> Growth:
    """The median of the slopes between all pairs of (hours, MB): a few outliers do not move it (Theil, Sen)."""
    hours, megabytes = np.array(samples).T
    slope, _, least, most = theilslopes(megabytes, hours, alpha=_SURE)
    tenth = max(1, len(samples) // 10)
    first, last = float(np.median(megabytes[:tenth])), float(np.median(megabytes[-tenth:]))
    return Growth(name, first, last, float(least), float(slope), float(most))
