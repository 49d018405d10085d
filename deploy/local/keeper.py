"""Keeps one program running: starts it, watches it, starts it again when it dies."""

import asyncio
import logging
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from deploy.local.errors import StackError, StartFailed
from deploy.local.layout import Layout
from deploy.local.logs import last_lines
from deploy.local.programs import Program, start, stop
from deploy.local.status import ProcessStatus, State

logger = logging.getLogger("duban")

_TICK_S = 0.1
_HEALTH_EVERY_S = 5.0
_FIRST_DELAY_S = 0.25
_LONGEST_DELAY_S = 15.0
_STEADY_S = 60.0  # who ran this long starts again at once when it dies
_ATTEMPTS = 3  # of a program that was never ready


class Keeper:
    """`changed` is called whenever the status of the program changed."""

    def __init__(self, program: Program, place: Layout, changed: Callable[[], None]) -> None:
        self.program = program
        self.status = ProcessStatus(since=time.time(), ports=program.ports)
        self._place = place
        self._changed = changed
        self._stopping = asyncio.Event()
        self._ready = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self.program.name)

    async def wait_ready(self) -> None:
        """Returns when the program was ready for the first time. Raises StackError when it will not be."""
        await asyncio.shield(self._ready)

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task
        self._ready.cancel()

    async def _run(self) -> None:
        try:
            await self._keep_running()
        except Exception as error:  # whatever it is, the supervisor must hear of it rather than wait
            self._fail(error if isinstance(error, StackError) else StartFailed(f"{self.program.name}: {error}"))

    async def _keep_running(self) -> None:
        delay = _FIRST_DELAY_S
        attempts = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            self._set(State.STARTING)
            try:
                came_up, end = await self._run_once()
            except OSError as error:  # a full disk, no memory: it may pass
                came_up, end = False, f"could not be started: {error}"
            if self._stopping.is_set():
                break
            attempts = 0 if came_up else attempts + 1
            if not self._ready.done() and attempts >= _ATTEMPTS:
                raise StartFailed(f"{self.program.name} does not start: it {end}.\n{self._log_tail()}")
            delay = _FIRST_DELAY_S if time.monotonic() - begun > _STEADY_S else min(delay * 2, _LONGEST_DELAY_S)
            self.status.restarts += 1
            self._set(State.RESTARTING)
            logger.warning(
                "%s %s; starts again in %.1f s (restart %d)", self.program.name, end, delay, self.status.restarts
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        self._set(State.STOPPED)

    async def _run_once(self) -> tuple[bool, str]:
        """Whether it became ready, and how it ended."""
        name = self.program.name
        process = await asyncio.to_thread(start, self.program, self._place.log(name), self._place.pid(name))
        self.status.pid = process.pid
        self._changed()
        came_up = await self._watch(process)
        if self._stopping.is_set():
            await self._end(process)
        return came_up, f"(pid {process.pid}) {_manner(process)}"

    async def _watch(self, process: "subprocess.Popen[bytes]") -> bool:
        """Until it ends or shall end; True when it was ready in between."""
        begun = asked = time.monotonic()
        came_up = False
        while process.poll() is None and not self._stopping.is_set():
            now = time.monotonic()
            if not came_up:
                came_up = await self.program.ready()
                if came_up:
                    self._set(State.READY)
                    logger.info("%s (pid %d) ready after %.1f s", self.program.name, process.pid, now - begun)
                    if not self._ready.done():
                        self._ready.set_result(None)
                elif now - begun > self.program.ready_seconds:
                    await self._end(process)
                    self._give_up_or_log()
            elif now - asked > _HEALTH_EVERY_S:
                asked = now
                self._note_health(await self.program.ready())
            await asyncio.sleep(_TICK_S)
        return came_up

    def _give_up_or_log(self) -> None:
        problem = f"{self.program.name} ran but was not ready within {self.program.ready_seconds:.0f} s."
        if not self._ready.done():
            raise StartFailed(f"{problem}\n{self._log_tail()}")
        logger.error("%s", problem)

    def _note_health(self, healthy: bool) -> None:
        state = State.READY if healthy else State.NOT_READY
        if state != self.status.state:
            logger.info("%s is %s", self.program.name, state)
            self._set(state)

    async def _end(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(psutil.NoSuchProcess):
            await asyncio.to_thread(
                stop,
                psutil.Process(process.pid),
                first=self.program.stop_signal,
                seconds=self.program.stop_seconds,
            )
        process.poll()
        self._place.pid(self.program.name).unlink(missing_ok=True)
        self._set(State.STOPPED)

    def _fail(self, error: StackError) -> None:
        logger.error("%s", error.message)
        self._set(State.FAILED)
        if not self._ready.done():
            self._ready.set_exception(error)

    def _set(self, state: State) -> None:
        if state in {State.STOPPED, State.RESTARTING, State.FAILED}:
            self.status.pid = None
        self.status.state = state
        self.status.since = time.time()
        self._changed()

    def _log_tail(self) -> str:
        path = self._place.log(self.program.name)
        return f"The end of {path}:\n" + "\n".join(last_lines(path, 15))


def _manner(process: "subprocess.Popen[bytes]") -> str:
    code = process.returncode
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"
