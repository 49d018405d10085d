"""A process with one or more roles: run them together, end them together, say why."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog
import uvloop

from libs.common.service_manager import ServiceManager

Role = Callable[[], Coroutine[Any, Any, None]]

_log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_GRACE_SECONDS = 20.0
# Where the kernel shares the cores out by session first, niceness counts among the processes of one session only.
_SESSION_NICENESS: Final = Path("/proc/self/autogroup")
# New objects until the collector looks at the young ones, young passes until the middle ones, and so on.
_COLLECT_AFTER = (20_000, 20, 20)


async def run_roles(roles: Mapping[str, Role], *, grace_seconds: float = _GRACE_SECONDS) -> int:
    """Run the roles until SIGTERM or SIGINT, or until one ends, which none should; returns the exit code.

    Then all are cancelled and given ``grace_seconds`` to finish what they hold. 0 after a signal, 1 when a role
    died, failed while it ended, or did not end in time. A service manager is told of each step.
    """
    stop = asyncio.Event()
    manager = ServiceManager.of()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    tasks = {asyncio.create_task(role(), name=name): name for name, role in roles.items()}
    waiting = asyncio.create_task(stop.wait(), name="signal")
    alive = asyncio.create_task(manager.keep_alive(), name="watchdog")
    _log.info("process_started", roles=list(roles))
    manager.tell("READY=1")
    try:
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        manager.tell("STOPPING=1")
        died = [task for task in tasks if task in done]
        for task in died:
            _tell_death(tasks[task], task)
        _log.info("process_stopping", cause="role ended" if died else "signal")
        living = {task: name for task, name in tasks.items() if task not in died}
        ended_well = not living or await _end(living, grace_seconds)
        return 0 if ended_well and not died else 1
    finally:
        waiting.cancel()
        alive.cancel()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _tell_death(name: str, task: asyncio.Task[None]) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is None:
        _log.critical("role_died", died=name, cause="it returned, and a role never should")
    else:
        _log.critical("role_died", died=name, cause=f"{type(failure).__name__}: {failure}", exc_info=failure)


async def _end(tasks: Mapping[asyncio.Task[None], str], grace_seconds: float) -> bool:
    for task in tasks:
        task.cancel()
    done, pending = await asyncio.wait(tasks, timeout=grace_seconds)
    for task in pending:
        _log.error("role_did_not_end", unended=tasks[task], waited_seconds=grace_seconds)
    failed = False
    for task in done:
        if not task.cancelled() and (failure := task.exception()) is not None:
            failed = True
            _log.error("role_ended_badly", ended=tasks[task], cause=f"{type(failure).__name__}: {failure}")
    return not pending and not failed


def leave_alone() -> None:
    """Tell the garbage collector that what is there now stays: modules, models, a large directory just loaded.

    A full collection would walk it all and find nothing; half a second in which no request is answered.
    """
    gc.collect()
    gc.freeze()


def run(main: Callable[[], Coroutine[Any, Any, int]], collect_after: tuple[int, int, int] = _COLLECT_AFTER) -> int:
    """``raise SystemExit(run(main))``: the process's event loop, uvloop's, for ``main``'s exit code."""
    leave_alone()
    gc.set_threshold(*collect_after)
    gc.enable()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def give_way(niceness: int) -> None:
    """Let other processes have the cores first: 0 changes nothing, 19 takes what nobody else wants."""
    if niceness == 0:
        return
    os.nice(niceness)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            _SESSION_NICENESS.write_text(str(niceness), encoding="ascii")
