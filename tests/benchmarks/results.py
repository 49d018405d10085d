"""Cases, medians, the printed table and ``build/bench.json``."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Case:
    """One measured figure: ``figure`` and ``reference`` are medians of rounds taken in turn in the same run.

    ``ratio`` is the median of the rounds' ratios figure / reference, so that a machine whose speed drifts
    between rounds does not move it.
    """

    case: str
    figure: float
    unit: str
    reference: float
    ratio: float
    rounds: int
    reference_is: str


def paired(case: str, unit: str, reference_is: str, rounds: Sequence[tuple[float, float]]) -> Case:
    """A case of (figure, reference) pairs."""
    return Case(
        case=case,
        figure=statistics.median(figure for figure, _ in rounds),
        unit=unit,
        reference=statistics.median(reference for _, reference in rounds),
        ratio=statistics.median(figure / reference for figure, reference in rounds),
        rounds=len(rounds),
        reference_is=reference_is,
    )


def machine() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, Python {platform.python_version()}"


def report(cases: Sequence[Case], path: Path) -> None:
    """Print the table and write the list to ``path``."""
    table = Table(title=machine())
    for column in ("case", "figure", "unit", "reference", "ratio", "rounds", "reference is"):
        table.add_column(column)
    for case in cases:
        table.add_row(
            case.case,
            f"{case.figure:,.3g}" if case.figure < 1000 else f"{case.figure:,.0f}",
            case.unit,
            f"{case.reference:,.3g}" if case.reference < 1000 else f"{case.reference:,.0f}",
            f"{case.ratio:.2f}",
            str(case.rounds),
            case.reference_is,
        )
    Console(width=150).print(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(case) for case in cases], indent=2) + "\n", encoding="utf-8")
