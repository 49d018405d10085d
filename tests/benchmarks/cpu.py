"""CPU seconds by program while something runs: what limits a case where all programs share the cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.stack import Stack

_PROGRAMS = ("postgres", "kafka", "energy-api", "energy-worker", "energy-relay", "energy-scheduler")


@contextmanager
def cpu_seconds(stack: Stack) -> Iterator[Mapping[str, float]]:
    """Seconds of the stack's programs and of the client (this process), filled in when the block ends."""
    found: dict[str, float] = {}
    before = _now(stack)
    yield found
    after = _now(stack)
    found.update({name: round(after[name] - before[name], 3) for name in after})


def _now(stack: Stack) -> dict[str, float]:
    owner = {stack.pid(name): name for name in _PROGRAMS} | {os.getpid(): "client"}
    # Further workers and brokers count with the first.
    more = (path.stem for path in (stack.directory / "run").glob("*-[2-9].pid"))
    owner |= {stack.pid(name): name[:-2] for name in more if name[:-2] in _PROGRAMS}
    seconds = dict.fromkeys(owner.values(), 0.0)
    for directory in Path("/proc").iterdir():
        if not directory.name.isdigit():
            continue
        try:
            fields = (directory / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid, parent = int(directory.name), int(fields[1])
        # PostgreSQL's work is done by children of its first process.
        name = owner.get(pid) or (owner.get(parent) if owner.get(parent) == "postgres" else None)
        if name is not None:
            # Of a first process also what its children had used when they ended.
            used = fields[11:15] if pid in owner else fields[11:13]
            seconds[name] += sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
    return seconds
