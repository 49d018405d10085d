"""One run: a stack, its load, the planned faults one after the other, and the count."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.support import outside
from tests.support.faults import disks, network, processes, receivers
from tests.support.faults.compare import Findings, compared
from tests.support.faults.load import Spikes, feeding
from tests.support.faults.plan import NEEDS_ROOT, Fault, planned
from tests.support.killing import all_ready, pending, prepare
from tests.support.outside import Post
from tests.support.stack import Stack, running_stack, wait_for
from tests.support.world import build_world

METERS = tuple(f"K{index:03d}" for index in range(12))
_OPTIONS = ("--clock-origin", "2026-09-15T00:00:00+08:00", "--clock-rate", "0")
# A frozen broker or a full disk has long queues behind it.
_BACK_SECONDS = 240
_QUIET_SECONDS = 600


@dataclass
class Report:
    """What a run did: faults by kind, seconds, and what was found."""

    seed: int
    planned: int
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0
    slowest: dict[str, float] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def told(self) -> str:
        kinds = Counter(fault.kind for fault in self.faults)
        by_kind = ", ".join(
            f"{kind} {number} (≤ {self.slowest.get(kind, 0):.0f} s)" for kind, number in sorted(kinds.items())
        )
        figures = ", ".join(f"{number} {what}" for what, number in self.findings.figures.items())
        done = f"{len(self.faults)} of {self.planned} faults in {self.seconds:.0f} s"
        return f"seed {self.seed}: {done}: {by_kind}; {figures}"


def play(
    directory: Path, seed: int, number: int, say: Callable[[str], None], is_enough: Callable[[], bool]
) -> Report:
    """Run ``number`` faults, or those until ``is_enough``.

    Raises AssertionError that names the seed, the fault at hand and what disagrees.
    """
    own = network.is_own()
    if own:
        network.prepare()
        disks.mount(directory / "stack")
    else:
        say(f"skipped, since they need root and namespaces: {', '.join(sorted(NEEDS_ROOT))}")
    faults = planned(seed, number, () if own else NEEDS_ROOT)
    report = Report(seed, len(faults))
    with running_stack(directory / "stack", *_OPTIONS) as stack, outside.receiving() as post:
        world = build_world(stack)
        outside.join(world, post.outside)
        prepare(world, METERS, seed)
        spikes = Spikes(world, METERS, seed)
        spikes.reach_morning()
        with feeding(world, directory, seed) as feeds:
            thread = threading.Thread(target=spikes.run, name="spikes")
            thread.start()
            begun = time.monotonic()
            try:
                for fault in faults:
                    if is_enough():
                        break
                    _one(stack, post, spikes, fault, report, say)
                    if feeds.problem:
                        raise AssertionError(f"seed {seed}, {fault}: a feed ended") from feeds.problem[0]
                    assert thread.is_alive(), f"seed {seed}, {fault}: the spikes' feed ended"
            finally:
                spikes.stopping.set()
                thread.join(timeout=240)
            report.seconds = time.monotonic() - begun
            assert not thread.is_alive(), f"seed {seed}: the spikes' feed did not get its last acknowledgement"
            feeds.stop()
            _settle(stack, feeds.mixed.folder, seed, say)
            report.findings = compared(spikes, feeds.mixed, post)
    assert not report.findings.wrong, f"seed {seed}, last {report.faults[-1]}:\n{report.findings.told()}"
    return report


def _one(
    stack: Stack, post: Post, spikes: Spikes, fault: Fault, report: Report, say: Callable[[str], None]
) -> None:
    time.sleep(fault.rest)
    spikes.fault = fault.number
    begun = time.monotonic()
    try:
        _do(stack, post, spikes, fault)
        wait_for(lambda: all_ready(stack), _BACK_SECONDS, "every process is ready again")
    except AssertionError as error:
        raise AssertionError(f"seed {report.seed}, {fault}: {error}") from error
    took = time.monotonic() - begun
    report.faults.append(fault)
    report.slowest[fault.kind] = max(took, report.slowest.get(fault.kind, 0.0))
    say(f"{fault}: whole again after {took:.1f} s; slot {spikes.slot}, {spikes.repeats} repeats")


def _do(stack: Stack, post: Post, spikes: Spikes, fault: Fault) -> None:
    match fault.kind:
        case "kill" | "broker kill" | "database kill":
            processes.strike(stack, fault.target, signal.SIGKILL)
        case "broker restart":
            processes.strike(stack, fault.target, signal.SIGTERM)
        case "database restart":
            # The fast one: connections are ended, a checkpoint is written.
            processes.strike(stack, fault.target, signal.SIGINT)
        case "freeze":
            processes.freeze(stack, fault.target, fault.size)
        case "full disk":
            disks.fill(stack, fault.target, fault.size)
        case "receiver":
            receivers.disturb(stack, post, fault.target, fault.size)
        case "clock forward":
            spikes.step_clock(fault.size)
        case "clock back":
            spikes.step_clock(-fault.size)
        case "network cut":
            network.cut(stack, fault.target, fault.size)
        case kind:
            raise AssertionError(f"no such fault: {kind}")


def _settle(stack: Stack, folder: Path, seed: int, say: Callable[[str], None]) -> None:
    """Wait until all is merged, published, fired and delivered, and stays so."""
    begun = time.monotonic()
    last = ""

    def quiet() -> bool:
        nonlocal last
        now = asyncio.run(_moving(stack, folder))
        told = ", ".join(f"{number} {what}" for what, number in now.items() if number)
        if told != last:
            say(f"{time.monotonic() - begun:.0f} s after the last fault: {told or 'nothing moves'}")
            last = told
        return not told

    for _ in range(2):
        try:
            wait_for(quiet, _QUIET_SECONDS, "nothing moves any more")
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}: {last}") from error
        time.sleep(3)


async def _moving(stack: Stack, folder: Path) -> dict[str, int]:
    waiting = await asyncio.to_thread(
        lambda: [path for part in (folder, folder / "processing") for path in part.iterdir() if path.is_file()]
    )
    alerts = await asyncpg.connect(stack.dsn("alerts"))
    try:
        late = await alerts.fetchval(
            "SELECT count(*) FROM escalation_timer WHERE state = 'pending' AND due_at <= $1", stack.now()
        )
        undelivered = await alerts.fetchval("SELECT count(*) FROM delivery WHERE status = 'pending'")
    finally:
        await alerts.close()
    rest = await pending(stack)
    return {"files": len(waiting), "late deadlines": late, "undelivered": undelivered, "unfinished": rest}
