"""Programs the stack runs, and the records by which a later run finds and stops what an earlier one left.

A pid alone proves nothing: the kernel gives it to somebody else. A record holds the pid together with the
process's start time, so a reused pid is never signalled.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.accounts import Account

STACK_MARKER = "DUBAN_STACK"
_START_TIME_TOLERANCE_S = 0.05


async def always_ready() -> bool:
    return True


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Program:
    """One process: how it starts, how it shows that it is ready and how it is asked to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    account: Account | None = None
    prepare: Callable[[], None] = _nothing  # before every start: clears what a crash left behind
    ready: Callable[[], Awaitable[bool]] = always_ready
    ports: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0
    ready_seconds: float = 240.0


@dataclass(frozen=True)
class PidRecord:
    """Who was started: `started_at` is the process's own start time in seconds since the epoch."""

    pid: int
    started_at: float
    name: str

    def process(self) -> psutil.Process | None:
        """The very process that was recorded, or None when it is gone (its pid may belong to another)."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started_at) > _START_TIME_TOLERANCE_S:
                return None
            return process if is_alive(process) else None
        except psutil.Error:
            return None


def record_of(pid: int, name: str) -> PidRecord:
    return PidRecord(pid, psutil.Process(pid).create_time(), name)


def write_record(path: Path, record: PidRecord) -> None:
    write_atomically(path, json.dumps(record.__dict__))


def read_record(path: Path) -> PidRecord | None:
    """None when there is no record or a crash left an unreadable one."""
    try:
        return PidRecord(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_atomically(path: Path, text: str, mode: int = 0o644, *, durable: bool = True) -> None:
    """The file is either the old or the new one, never half of it; `durable` holds for a power cut too."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    temporary.chmod(mode)
    temporary.replace(path)


def start(program: Program, log: Path, pid_file: Path) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own (a Ctrl-C in the terminal is not for it) and record it."""
    program.prepare()
    log.parent.mkdir(parents=True, exist_ok=True)
    pid_file.parent.mkdir(parents=True, exist_ok=True)
    account = program.account
    with log.open("ab") as output:
        process = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.env),
            cwd=program.cwd,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    write_record(pid_file, record_of(process.pid, program.name))
    return process


def let_go(process: "subprocess.Popen[bytes]") -> None:
    """Tell Python that this child outlives us on purpose, so that it neither warns nor waits."""
    process.returncode = 0


def is_running(pid: int) -> bool:
    """Whether our own child or somebody else's with that pid runs; one that ended unseen does not count."""
    try:
        return is_alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def is_alive(process: psutil.Process) -> bool:
    """False also for one that ended and waits for its parent to notice, which in a container may take for ever."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended; those that still live after `seconds`."""
    remaining = list(processes)

    def all_gone() -> bool:
        remaining[:] = [process for process in remaining if is_alive(process)]
        return not remaining

    wait_until(all_gone, seconds)
    return remaining


def stop(process: psutil.Process, *, first: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
    """Ask, wait, then kill: the process and everything it started. Returns when all of it is gone."""
    family = [process, *descendants(process)]
    send(process, first)
    alive = wait_gone(family, seconds)
    for member in alive:
        send(member, signal.SIGKILL)
    wait_gone(alive, 10)


def stop_recorded(pid_file: Path, *, first: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> bool:
    """Stop what the record names, if it still runs; the record goes. True when something was stopped."""
    record = read_record(pid_file)
    process = record.process() if record else None
    if process is not None:
        stop(process, first=first, seconds=seconds)
    pid_file.unlink(missing_ok=True)
    return process is not None


def descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def send(process: psutil.Process, sent: signal.Signals) -> None:
    try:
        process.send_signal(sent)
    except psutil.NoSuchProcess:
        return


def marked(directory: Path) -> list[psutil.Process]:
    """Processes that carry this stack's marker in their environment: finds what no record names any more."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(STACK_MARKER) == str(directory) and process.pid != os.getpid():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def stop_all(processes: Iterable[psutil.Process], seconds: float = 10.0) -> None:
    members = list(processes)
    for process in members:
        send(process, signal.SIGTERM)
    alive = wait_gone(members, seconds)
    for process in alive:
        send(process, signal.SIGKILL)
    wait_gone(alive, 10)


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every)
    return condition()
