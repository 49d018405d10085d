"""How a parallel run of the tests is shared out: really run, on a tree of tests that note who ran them when."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STACKS = {
    "tests/acceptance/test_demo.py": "demo",
    "tests/browser/test_console.py": "console",
    "tests/acceptance/test_bad_input.py": "county",
    "tests/acceptance/test_chain.py": "county",
}
FILES = tuple(f"tests/unit/test_{number}.py" for number in range(6))
# What each waits for until it has begun, so that no worker is ahead of the other by chance: the first stack sees a
# file beside it, and the files do not come to an end before the stack that follows.
AWAITED = {"tests/acceptance/test_demo.py": FILES[0], FILES[1]: "tests/browser/test_console.py"}
CONFTEST = """
from tests.support.scheduling import SharedStackScheduling

def pytest_xdist_make_scheduler(config, log):
    return SharedStackScheduling(config, log)
"""
NOTING = """
import os, time
from pathlib import Path

def test_it():
    begun = time.monotonic()
    Path({mine!r}).touch()
    while not Path({awaited!r}).exists():
        assert time.monotonic() < begun + 120, "it did not begin"
        time.sleep(0.01)
    line = f"{{os.environ['PYTEST_XDIST_WORKER']}} {file} {{begun}} {{time.monotonic()}}\\n"
    with Path({log!r}).open("a") as log:
        log.write(line)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    worker: str
    file: str
    begun: float
    ended: float


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """In the order of their beginnings."""
    root = tmp_path_factory.mktemp("tree")
    log = root / "log"
    (root / "conftest.py").write_text(CONFTEST)
    (root / "pytest.ini").write_text("[pytest]\n")
    for file in (*STACKS, *FILES):
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        mine, awaited = (str(root / one.replace("/", "-")) for one in (file, AWAITED.get(file, file)))
        path.write_text(NOTING.format(file=file, log=str(log), mine=mine, awaited=awaited))
    # From the smallest to the longest: the order of the files is not what decides.
    options = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--import-mode=importlib"]
    # A pytest that takes the usual place for temporary files closes it to every other account, and beside us a
    # PostgreSQL of another account may be at work there.
    options.append(f"--basetemp={root / 'temporary'}")
    folders = ["tests/unit", "tests/acceptance", "tests/browser"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, *folders],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    parts = (line.split() for line in log.read_text().splitlines())
    found = [Ran(worker, file, float(begun), float(ended)) for worker, file, begun, ended in parts]
    assert {one.file for one in found} == {*STACKS, *FILES}
    return sorted(found, key=lambda one: one.begun)


def test_stacks_begin_at_once_and_one_ends_before_the_next(ran: list[Ran]) -> None:
    stacks = [one for one in ran if one.file in STACKS]
    assert [STACKS[one.file] for one in stacks] == ["demo", "console", "county", "county"]
    assert all(earlier.ended <= later.begun for earlier, later in pairwise(stacks))
    assert next(one for one in ran if one.worker == stacks[0].worker) == stacks[0]


def test_files_of_one_stack_stay_in_one_worker_while_others_take_the_rest(ran: list[Ran]) -> None:
    assert len({one.worker for one in ran if STACKS.get(one.file) == "county"}) == 1
    first = next(one for one in ran if one.file in STACKS)
    beside = [one for one in ran if one.file in FILES and one.begun < first.ended]
    assert beside
    assert first.worker not in {one.worker for one in beside}
