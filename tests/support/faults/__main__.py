"""`python -m tests.support.faults --seed 1 --faults 100`: exit code 0 when nothing was lost or doubled.

SIGINT (Ctrl-C) ends it with the fault at hand, and counts what was.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.faults import network
from tests.support.faults.round import play


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--directory", type=Path, help="Where the stack lives; default: a new one")
    options = parser.parse_args()
    network.enter(["-m", "tests.support.faults", *sys.argv[1:]])
    # What a killed worker had in hand falls due again after its lease; a minute of it would only make us wait.
    os.environ["DUBAN_DELIVERY_LEASE_SECONDS"] = "10"
    begun, enough = time.monotonic(), threading.Event()
    signal.signal(signal.SIGINT, lambda *_: enough.set())

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begun:7.1f} {line}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="duban-faults-", ignore_cleanup_errors=True) as temporary:
        try:
            report = play(options.directory or Path(temporary), options.seed, options.faults, say, enough.is_set)
        except AssertionError as error:
            say(f"FAILED: {error}")
            return 1
    say(report.told())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
