"""A hundred random faults lose nothing and double nothing: counted from outside.

The short run of faults is the kill test's (`test_kill.py`); this one takes a quarter of an hour a seed.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from tests.support.faults.plan import NEEDS_ROOT, planned
from tests.support.stack import ROOT


def test_plan_is_the_same_again_and_has_every_kind_and_target() -> None:
    faults = planned(1, 100)
    assert planned(1, 100) == faults != planned(2, 100)
    assert [fault.number for fault in faults] == list(range(1, 101))
    kinds = Counter(fault.kind for fault in faults)
    assert len(kinds) == 11
    assert min(kinds.values()) >= 1
    killed = {fault.target for fault in faults if fault.kind == "kill"}
    assert killed == {fault.target for fault in planned(2, 100) if fault.kind == "kill"}
    assert len(killed) == 7


def test_plan_leaves_out_what_the_machine_cannot_do() -> None:
    faults = planned(1, 100, NEEDS_ROOT)
    assert len(faults) == 100
    assert not {fault.kind for fault in faults} & NEEDS_ROOT


@pytest.mark.stack
@pytest.mark.long
@pytest.mark.timeout(5400)
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_or_doubled_in_a_hundred_faults(seed: int) -> None:
    command = [sys.executable, "-m", "tests.support.faults", "--seed", str(seed), "--faults", "100"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=5000)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    for line in done.stdout.splitlines():
        _, _, told = line.strip().partition(" ")
        if told.startswith(("seed ", "skipped")):
            print(told)  # noqa: T201 - the figures belong in the report of the run
