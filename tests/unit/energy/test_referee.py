"""Our referee says what the one beside the data set says, alarm by alarm and figure by figure."""

from typing import Any, Final

import pytest

from tests.benchmarks.detection import judged
from tests.benchmarks.referee import sample
from tests.support.shared_data import require_shared

# python -m tests.benchmarks.referee SET > detections.csv; python SET/score.py SET detections.csv --json
RECORDED: Final[dict[str, Any]] = {
    "events": 235,
    "hits": 87,
    "late": 49,
    "false_alarms": 63,
    "meter_months": 333.9,
    "precision": 0.58,
    "recall": 0.37,
    "f1": 0.452,
    "fa_per_meter_month": 0.189,
    "kind_right": 0.816,
    "delay_median_min": 37.0,
    "recall_by_kind": {
        "clock": "4/10",
        "dead": "1/14",
        "drop": "23/38",
        "missing": "3/38",
        "overload": "7/20",
        "shift": "16/21",
        "spike": "15/31",
        "stuck": "9/40",
        "unit": "9/23",
    },
    "delay_by_kind": {
        "clock": 1998.0,
        "dead": 37.0,
        "drop": 7.0,
        "missing": 51.0,
        "overload": 31.0,
        "shift": 2497.5,
        "spike": 9.0,
        "stuck": 549.0,
        "unit": 0.0,
    },
}


@pytest.mark.shared_data
def test_figures_are_those_of_the_referee_beside_the_data() -> None:
    folder = require_shared("detection")
    assert judged(folder, sample(folder)).summary() == RECORDED
