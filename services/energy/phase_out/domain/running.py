"""Whether what was closed still runs (是否仍在生产), by the load of its meters: three answers, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Running(StrEnum):
    """仍在运行 running, 已停 stopped, 无法判定 cannot_tell."""

    RUNNING = "running"
    STOPPED = "stopped"
    CANNOT_TELL = "cannot_tell"


class Untold(StrEnum):
    """Why it cannot be told."""

    NO_METERS = "no_meters"
    NO_DATA = "no_data"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class RunningRule:
    """Running: ``slots`` or more above the threshold, ``share`` of the usual load and ``floor_kw`` at least."""

    share: float
    floor_kw: float
    slots: int
    least_completeness: float


@dataclass(frozen=True, slots=True)
class RunningCheck:
    """What the loads say. kW; None where there is nothing to take it from.

    ``usual_kw``: the load that was exceeded in a tenth of the slots before; ``slots_above`` of ``slots``.
    """

    result: Running
    reason: Untold | None
    usual_kw: float | None
    threshold_kw: float
    highest_kw: float | None
    mean_kw: float | None
    completeness: float
    slots_above: int
    slots: int


def check_running(before: Floats, after: Floats, rule: RunningRule) -> RunningCheck:
    """``before`` and ``after``: (meters, slots) kW, NaN where missing, of the days before closing and since.

    A slot with a missing meter counts with what the others show: that can prove running, never standing still.
    """
    usual = _usual(before)
    threshold = max(rule.floor_kw, rule.share * (usual or 0.0))
    slots = after.shape[1]
    if not after.shape[0]:
        return RunningCheck(Running.CANNOT_TELL, Untold.NO_METERS, usual, threshold, None, None, 0.0, 0, slots)
    present = ~np.isnan(after)
    completeness = float(present.mean()) if slots else 0.0
    if not present.any():
        return RunningCheck(Running.CANNOT_TELL, Untold.NO_DATA, usual, threshold, None, None, 0.0, 0, slots)
    total = np.where(present, after, 0.0).sum(axis=0)
    seen = total[present.any(axis=0)]
    above = int(np.count_nonzero(total > threshold))
    if above >= rule.slots:
        result, reason = Running.RUNNING, None
    elif completeness >= rule.least_completeness:
        result, reason = Running.STOPPED, None
    else:
        result, reason = Running.CANNOT_TELL, Untold.INCOMPLETE
    return RunningCheck(
        result, reason, usual, threshold, float(seen.max()), float(seen.mean()), completeness, above, slots
    )


def _usual(before: Floats) -> float | None:
    if not before.size:
        return None
    whole = ~np.isnan(before).any(axis=0)
    return float(np.quantile(before[:, whole].sum(axis=0), 0.9)) if whole.any() else None
