"""`python -m tests.support.soak --hours 2`: exit code 0 when no process of ours grows beyond the bound.

The demo's stack and live feed, streams of alerts open all the time, pages read; the memory of every process once
a minute. What is judged comes after the warm-up. A process fails when we can be sure (the lower bound of 95 %)
that it grows faster than the bound; PostgreSQL and the broker are shown beside it: their caches are made to fill.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.support.ports import reserve_ports
from tests.support.soak.memory import Growth, growth, resident
from tests.support.soak.readers import Readers
from tests.support.stack import Stack, duban

_CACHES = frozenset({"postgres", "kafka"})
_OTHERS = frozenset({"feed"})


def sample(stack: Stack, seconds: float, every: float) -> dict[str, list[tuple[float, float]]]:
    """By process: (hours since the beginning, MB). A process that ends meanwhile is an AssertionError."""
    begun = time.monotonic()
    samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
    pids = {name: pid for name, (pid, _) in resident(stack.directory).items()}
    while (now := time.monotonic() - begun) < seconds:
        found = resident(stack.directory)
        assert {name: pid for name, (pid, _) in found.items()} == pids, f"a process ended: {pids} became {found}"
        for name, (_, megabytes) in found.items():
            samples[name].append((now / 3600, megabytes))
        sys.stdout.write(f"{now:6.0f} s " + " ".join(f"{name} {mb:.0f}" for name, (_, mb) in found.items()) + "\n")
        sys.stdout.flush()
        time.sleep(max(0.0, every - (time.monotonic() - begun - now)))
    return samples


def table(found: Iterable[Growth]) -> str:
    lines = [
        "| process | MB after warm-up | MB at the end | MB an hour | 95 % bounds |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {each.first:.1f} | {each.last:.1f} | {each.slope:+.1f} "
        f"| {each.least:+.1f} … {each.most:+.1f} |"
        for each in found
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.soak")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--warm-up", type=float, default=10.0, help="minutes that are not judged")
    parser.add_argument("--bound", type=float, default=8.0, help="MB an hour that a process may grow")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two looks")
    parser.add_argument("--streams", type=int, default=5, help="streams of alerts that stay open")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duban-soak-", ignore_cleanup_errors=True) as temporary:
        directory = Path(temporary) / "stack"
        duban("demo", "--data", str(directory), "--port-base", str(port_base := reserve_ports()))
        readers = Readers(stack := Stack(directory, port_base))
        try:
            readers.begin(options.streams)
            samples = sample(stack, options.hours * 3600, options.every)
        finally:
            readers.end()
            duban("down", "--data", str(directory))
    warm = options.warm_up / 60
    judged = {name: [each for each in found if each[0] >= warm] for name, found in samples.items()}
    found = [growth(name, values) for name, values in sorted(judged.items()) if len(values) > 2]
    grown = [each.name for each in found if each.least > options.bound and each.name not in _CACHES | _OTHERS]
    told = f"{readers.events} lines by {options.streams} streams, {readers.pages} pages"
    sys.stdout.write(
        f"{table(found)}\n\n{told}; grows beyond {options.bound:g} MB/h: {', '.join(grown) or 'none'}\n"
    )
    if readers.refused:
        sys.stdout.write(f"refused: {readers.refused}\n")
    return 1 if grown or not found or readers.refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
