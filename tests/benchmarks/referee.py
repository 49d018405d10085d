"""Alarms to hold our referee against the one beside the data set: the same alarms must get the same figures.

``python -m tests.benchmarks.referee SET > detections.csv`` writes them; ``python SET/score.py SET detections.csv
--json``, where there is pandas, prints the figures that ``tests/unit/energy/test_referee.py`` holds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from services.energy.backtests.domain.scoring import Alarm
from tests.benchmarks.detection_score import load_events, load_series


def sample(folder: Path) -> list[Alarm]:
    """Alarms of every sort: punctual, late, after an event, of another kind, none, and false ones in clusters."""
    alarms = []
    for number, event in enumerate(load_events(folder)):
        fate = number % 7
        at = event.start + (number * 37) % max(1, event.end - event.start + 1)
        if fate < 4:
            kind = event.kind if fate else "shift"
            alarms += [Alarm(event.meter_id, at + step * 30, kind) for step in range(number % 3 + 1)]
        elif fate == 4:
            alarms.append(Alarm(event.meter_id, event.end + 600, event.kind))
        elif fate == 5:
            alarms.append(Alarm(event.meter_id, event.end + 4000, event.kind))
    for number, one in enumerate(load_series(folder)):
        span = one.end - one.warmup_end
        for cluster in range(number % 4):
            begun = one.warmup_end + span * (cluster + 1) // 5 // one.interval * one.interval
            alarms += [Alarm(one.meter_id, begun + step * 240, "drop") for step in range(cluster * 5 + 1)]
    return alarms


def main() -> None:
    lines = ["meter_id,ts,kind,score"]
    for alarm in sample(Path(sys.argv[1])):
        stamp = str(np.datetime64(alarm.at, "m")).replace("T", " ")
        lines.append(f"{alarm.meter_id},{stamp},{alarm.kind},1")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
