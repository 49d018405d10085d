"""``make bench``: the chain's figures on a stack of its own, as ratios to references of the same run."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.benchmarks import (
    balance,
    bulletins,
    conditions,
    contest,
    detection,
    economy,
    efficiency,
    exchange,
    forecast,
    generation,
    projects,
    queries,
    scale,
    verification,
)
from tests.benchmarks.ingest import measure_ingest, measure_storage
from tests.benchmarks.latency import measure_latency
from tests.benchmarks.load import FIRST_DAY, METERS, meter_no
from tests.benchmarks.results import Case, paired, report
from tests.benchmarks.selection import measure_selection
from tests.support.stack import ROOT, Stack, duban, running_stack
from tests.support.world import build_world, register_meters

RESULTS = ROOT / "build" / "bench.json"


def measure_restart(stack: Stack, rounds: int) -> Case:
    """``duban down`` and ``duban up`` of a stack with data, beside starting its PostgreSQL and Kafka alone."""
    pairs = []
    for _ in range(rounds):
        duban("down", "--data", str(stack.directory))
        started = time.perf_counter()
        duban("up", "--data", str(stack.directory), "--port-base", str(stack.port_base))
        whole = time.perf_counter() - started
        with tempfile.TemporaryDirectory(prefix="duban-bench-") as bare:
            pairs.append((whole, _bare_start(Path(bare))))
    return paired("restart.stack", "s", "a first start without services, s", pairs)


def _bare_start(directory: Path) -> float:
    started = time.perf_counter()
    with running_stack(directory, "--no-services"):
        return time.perf_counter() - started


def _measure_chain(stack: Stack, options: argparse.Namespace, chosen: frozenset[str]) -> list[Case]:
    """The cases that need a county with meters and a feed."""
    cases: list[Case] = []
    world = build_world(stack)
    register_meters(world, [meter_no(index) for index in range(METERS)], since=FIRST_DAY)
    if "ingest" in chosen:
        cases += asyncio.run(measure_ingest(world, options.rounds))
    if "latency" in chosen:
        cases += measure_latency(world, options.spikes)
    if "generation" in chosen:
        cases += generation.run(world)
    if "conditions" in chosen:
        cases += conditions.run(stack, options.rounds)
    # Last: it empties the curves and fills them anew.
    if "queries" in chosen:
        cases += queries.run(world)
    return cases


def _measure_storage(options: argparse.Namespace, clock: tuple[str, ...]) -> list[Case]:
    """The store alone, on a stack without detection: the processes take the setting from our environment."""
    os.environ["DUBAN_DETECTION"] = "false"
    try:
        with (
            tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
            running_stack(Path(directory), *clock) as stack,
        ):
            world = build_world(stack)
            register_meters(world, [meter_no(index) for index in range(METERS)], since=FIRST_DAY)
            return asyncio.run(measure_storage(world, options.rounds))
    finally:
        del os.environ["DUBAN_DETECTION"]


Rounds = Callable[[int], list[Case]]
# Cases that need no stack: pure, or on a database of their own.
ALONE: Mapping[str, Rounds] = {
    "bulletins": bulletins.run,
    "contest": contest.run,
    "economy": economy.run,
    "efficiency": efficiency.run,
    "forecast": forecast.run,
    "selection": measure_selection,
    "verification": verification.run,
}
ON_A_STACK = (
    "storage",
    "ingest",
    "latency",
    "queries",
    "generation",
    "conditions",
    "projects",
    "exchange",
    "balance",
    "restart",
)
GROUPS = ("detection", *ALONE, "scale", *ON_A_STACK)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spikes", type=int, default=100)
    parser.add_argument("--requests", type=int, default=200, help="of each reading of the ledger")
    parser.add_argument("--rows", type=int, default=50_000, help="of each imported table")
    parser.add_argument("--only", choices=GROUPS, action="append", help="may be repeated; all if absent")
    options = parser.parse_args()
    chosen = frozenset(options.only or GROUPS)
    cases: list[Case] = []
    if "detection" in chosen:
        # The referee's table and the detector's own speed have a report of their own.
        detection.run_all(detection.SHARED_SET)
    for group, run in ALONE.items():
        if group in chosen:
            cases += run(options.rounds)
    # The clock stands still on the demo's morning; each measurement moves it where it needs it.
    clock = ("--clock-origin", "2026-09-15T08:30:00+08:00", "--clock-rate", "0")
    if "scale" in chosen:
        cases += scale.run(clock)
    if "storage" in chosen:
        cases += _measure_storage(options, clock)
    if chosen & set(ON_A_STACK) - {"storage"}:
        cases += _measure_on_a_stack(options, chosen, clock)
    if cases:
        report(cases, RESULTS)
    return 0


def _measure_on_a_stack(options: argparse.Namespace, chosen: frozenset[str], clock: tuple[str, ...]) -> list[Case]:
    cases: list[Case] = []
    with (
        tempfile.TemporaryDirectory(prefix="duban-bench-") as directory,
        running_stack(Path(directory), *clock) as stack,
    ):
        # Before the other cases move the clock.
        if "projects" in chosen:
            cases += projects.run(stack, options.requests)
        if "exchange" in chosen:
            cases += exchange.run(stack, options.rows)
        if chosen & {"ingest", "latency", "queries", "generation", "conditions"}:
            cases += _measure_chain(stack, options, chosen)
        if "balance" in chosen:
            cases += balance.run(stack)
        if "restart" in chosen:
            cases.append(measure_restart(stack, options.rounds))
    return cases


if __name__ == "__main__":
    raise SystemExit(main())
