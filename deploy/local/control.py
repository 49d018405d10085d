"""Starts, stops and looks at a stack from outside: what the command does, without its looks."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.errors import StackError, StartFailed
from deploy.local.kafka_cluster import kafka_of
from deploy.local.layout import CHECKOUT, Layout, Settings, load_settings, save_settings
from deploy.local.leftovers import stop_leftovers
from deploy.local.logs import last_lines
from deploy.local.preflight import prepare_directory
from deploy.local.processes import DATABASES, SERVICE_PROCESSES, environment
from deploy.local.programs import is_running, let_go, send, wait_gone
from deploy.local.scaling import check_workers, scale
from deploy.local.secrets import load_secrets
from deploy.local.stack_clock import apply_change, stop_clock
from deploy.local.status import Phase, Status, load_status, supervisor_of

Watcher = Callable[[Status], None]
_START_SECONDS = 900  # a first start may have to fetch Kafka over a slow line
_STOP_SECONDS = 120


def place_of(directory: Path) -> Layout:
    """The stack in `directory`, by its real path: the same stack, however the directory was named."""
    return Layout(directory.expanduser().resolve())


def up(place: Layout, settings: Settings, watch: Watcher = lambda _: None) -> bool:
    """Start the stack and return when it is ready. False when it was running already, with as many workers.

    `watch` is called with every new status. Raises StackError when the stack does not come up.
    """
    check_workers(settings)
    prepare_directory(place)
    kafka_of(place, settings).check_size()
    running = supervisor_of(place)
    status = load_status(place)
    if running and status and status.phase is Phase.READY:
        _refuse_other_ports(place, settings)
        return scale(place, settings, watch)
    if running and status and status.phase is Phase.STARTING:
        _await_ready(place, running.pid, watch)
        return True
    if running:
        down(place)
    apply_change(place, load_settings(place) or settings, settings)
    save_settings(place, settings)
    with place.log("supervisor").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.supervisor", str(place.directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=CHECKOUT,
            start_new_session=True,
        )
    let_go(supervisor)
    _await_ready(place, supervisor.pid, watch)
    return True


def down(place: Layout) -> bool:
    """Stop the stack and everything it ever started. False when nothing ran."""
    if not place.run.exists():
        return False
    record = supervisor_of(place)
    supervisor = record.process() if record else None
    if supervisor is not None:
        # It alone is asked and waited for: it stops its children in order, and what it cannot stop we stop below.
        send(supervisor, signal.SIGTERM)
        for still_there in wait_gone([supervisor], _STOP_SECONDS):
            send(still_there, signal.SIGKILL)
            wait_gone([still_there], 10)
    with (place.run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a supervisor that is just starting is let finish or fail first
        left = stop_leftovers(place)
        place.supervisor_pid.unlink(missing_ok=True)
    if left:
        stop_clock(place)
    return supervisor is not None or left


def _await_ready(place: Layout, supervisor_pid: int, watch: Watcher) -> None:
    deadline = time.monotonic() + _START_SECONDS
    seen = None
    while time.monotonic() < deadline:
        alive = is_running(supervisor_pid)
        status = load_status(place)
        if status and status.supervisor_pid == supervisor_pid:
            if status != seen:
                watch(status)
                seen = status
            if status.phase is Phase.READY:
                return
            if status.phase is not Phase.STARTING and not alive:
                raise StartFailed(status.message or "The start was ended from outside.", status.advice)
        if not alive:
            tail = "\n".join(last_lines(place.log("supervisor"), 15))
            raise StartFailed(f"The supervisor ended at once. The end of its log:\n{tail}")
        time.sleep(0.1)
    raise StartFailed(f"The stack was not ready after {_START_SECONDS} s.", "Look with: duban status, duban logs")


def _refuse_other_ports(place: Layout, wanted: Settings) -> None:
    present = load_settings(place)
    if present and present.port_base != wanted.port_base:
        raise StackError(
            f"The stack in {place.directory} runs at --port-base {present.port_base}.",
            "Stop it first (duban down), or choose another directory for a second one: --data DIR",
        )


def move_month(place: Layout, action: str, month: str) -> int:
    """Run the energy service's ``archive`` or ``restore`` on a running stack; returns its exit code."""
    return run_energy(place, [action, month])


def run_energy(place: Layout, arguments: list[str]) -> int:
    """Run a command of the energy service on a running stack; returns its exit code."""
    variables = {"DUBAN_ARCHIVE_DIRECTORY": str(place.directory / "archive")}
    return run_service_command(place, "energy", arguments, variables)


def run_service_command(
    place: Layout, service: str, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> int:
    """Run a command of a service on a running stack, with the service's settings; returns its exit code."""
    settings = load_settings(place)
    if settings is None or supervisor_of(place) is None:
        raise StackError(f"No stack runs in {place.directory}.", "Start it with `duban up`.")
    secrets = load_secrets(place.secrets_file, DATABASES)
    process = next(each for each in SERVICE_PROCESSES if each.service == service)
    own = environment(process, place, settings, secrets)
    command = [sys.executable, "-m", f"services.{service}", *arguments]
    done = subprocess.run(command, env={**os.environ, **own, **(variables or {})}, cwd=CHECKOUT, check=False)
    return done.returncode
