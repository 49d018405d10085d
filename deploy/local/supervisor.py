"""The process that runs a stack: `python -m deploy.local.supervisor DIRECTORY`, started by `duban up`.

It ends what an earlier run left behind, starts everything in order, keeps it running and, on SIGTERM, stops
it in the reverse order. A lock makes it the only one in its directory.
"""

import asyncio
import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import psutil

from deploy.local import layout
from deploy.local.backup.archiver import archiver_program
from deploy.local.backup.plan import load_plan
from deploy.local.console import build_console
from deploy.local.errors import StackError, StartFailed
from deploy.local.kafka_cluster import kafka_of
from deploy.local.kafka_jars import kafka_jars
from deploy.local.keeper import Keeper
from deploy.local.layout import Layout, load_settings
from deploy.local.leftovers import stop_feed, stop_leftovers
from deploy.local.logs import last_lines, rotate
from deploy.local.migrations import fingerprint, is_done, note_done
from deploy.local.postgres import postgres_of
from deploy.local.preflight import RUNNING_MB, check_disk, check_ports, free_megabytes
from deploy.local.processes import (
    DATABASES,
    MIGRATIONS,
    ServiceProcess,
    environment,
    is_base,
    mailbox_program,
    service_processes,
    service_program,
)
from deploy.local.programs import Program, record_of, start, stop, write_record
from deploy.local.revision import note_revision
from deploy.local.scaling import departed, joined
from deploy.local.secrets import load_secrets
from deploy.local.stack_clock import remember_time, start_clock, stop_clock
from deploy.local.stack_file import write_stack_file
from deploy.local.status import Phase, Status, save_status

logger = logging.getLogger("duban")

_HEARTBEAT_S = 1.0
_HOUSEKEEPING_EVERY = 10  # heartbeats
_MIGRATION_SECONDS = 300


class Supervisor:
    def __init__(self, place: Layout) -> None:
        self._place = place
        self._settings = load_settings(place) or layout.Settings()
        self._secrets = load_secrets(place.secrets_file, DATABASES)
        self._status = Status(supervisor_pid=os.getpid())
        self._keepers: list[Keeper] = []  # in the order of their start
        self._stop = asyncio.Event()
        self._plan = load_plan(place)
        archive_seconds = self._plan.archive_seconds if self._plan else None
        self._postgres = postgres_of(place, self._settings, self._secrets.superuser, archive_seconds)
        self._kafka = kafka_of(place, self._settings)

    async def run(self) -> int:
        for sent in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sent, self._stop.set)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = starting.done() and self._note_failure(starting)
        if starting.done() and not failed:
            await self._beat()
        else:
            starting.cancel()
            stopping.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
        await self._stop_everything(failed)
        return 1 if failed else 0

    async def _start(self) -> None:
        place, marker, begun = self._place, str(self._place.directory), time.monotonic()
        self._step("checking the directory")
        if await asyncio.to_thread(stop_leftovers, place):
            logger.warning("stopped what an earlier run left behind")
        check_disk(place)
        self._postgres.check_data()
        self._kafka.check_data()
        core = [self._postgres.program(marker), mailbox_program(place, self._settings)]
        services = service_processes(self._settings) if self._settings.services else ()
        programs = [self._program(process) for process in services]
        check_ports([*core, *programs])
        self._step("checking Apache Kafka's jars")
        await asyncio.to_thread(kafka_jars, self._step)
        self._kafka.issue_certificates(DATABASES, datetime.now(UTC))
        brokers = self._kafka.programs(marker)
        check_ports(brokers)
        core[1:1] = brokers
        # The mailbox and the migrations already ask for the time.
        start_clock(place, self._settings)
        self._step("starting PostgreSQL and Kafka")
        await self._bring_up(core)
        await self._kafka.grant()
        dsns = {
            name: await self._postgres.ensure_database(name, self._secrets.databases[name]) for name in DATABASES
        }
        if self._plan is not None:
            await self._bring_up([archiver_program(place, dict(os.environ), layout.CHECKOUT)])
        if services:
            self._step("building the console")
            await asyncio.to_thread(build_console, self._step)
            self._step("migrating the databases")
            await self._migrate()
            self._step("starting the services")
            await self._bring_up(programs)
        write_stack_file(place, self._settings, self._secrets.admin_password, dsns)
        note_revision(place)
        self._status.phase, self._status.step = Phase.READY, ""
        logger.info("ready after %.1f s", time.monotonic() - begun)
        self._changed()

    def _program(self, process: ServiceProcess) -> Program:
        return service_program(process, self._place, self._settings, self._secrets)

    async def _bring_up(self, programs: list[Program]) -> None:
        keepers = [Keeper(program, self._place, self._changed) for program in programs]
        self._keepers += keepers
        for keeper in keepers:
            self._status.processes[keeper.program.name] = keeper.status
            keeper.begin()
        await _all(keeper.wait_ready() for keeper in keepers)

    async def _migrate(self) -> None:
        ids = (await self._postgres.identity(), self._kafka.identity())
        await _all(self._migrate_one(process, ids) for process in MIGRATIONS)

    async def _migrate_one(self, process: ServiceProcess, data_ids: tuple[str, str]) -> None:
        told = environment(process, self._place, self._settings, self._secrets)
        wanted = fingerprint(process.service, data_ids, told)
        if not is_done(self._place, process.service, wanted):
            await self._run_once(self._program(process))
            note_done(self._place, process.service, wanted)

    async def _run_once(self, program: Program) -> None:
        log, pid_file = self._place.log(program.name), self._place.pid(program.name)
        process = await asyncio.to_thread(start, program, log, pid_file)
        try:
            async with asyncio.timeout(_MIGRATION_SECONDS):
                while process.poll() is None:
                    await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(_end_quietly, process)
            pid_file.unlink(missing_ok=True)
        if process.returncode:
            tail = "\n".join(last_lines(log, 15))
            raise StartFailed(f"{program.name} failed with code {process.returncode}. The end of {log}:\n{tail}")

    async def _beat(self) -> None:
        beats, warned = 0, False
        while not self._stop.is_set():
            with suppress(OSError):
                remember_time(self._place)
            await self._follow_settings()
            if beats % _HOUSEKEEPING_EVERY == 0:
                with suppress(OSError):
                    rotate(self._place.logs)
                free = free_megabytes(self._place)
                if free < RUNNING_MB and not warned:
                    logger.error("only %d MB are free for %s: free some space", free, self._place.directory)
                warned = free < RUNNING_MB
                self._status.message = f"Only {free} MB are free." if warned else ""
                self._changed()
            beats += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _HEARTBEAT_S)

    async def _follow_settings(self) -> None:
        """Start and stop workers when other numbers of them were asked for."""
        wanted = load_settings(self._place)
        if wanted is None or not self._settings.services:
            return
        leaving, coming = departed(self._settings, wanted), joined(self._settings, wanted)
        if not leaving and not coming:
            return
        logger.info("other numbers of workers: starts %s, stops %s", [each.name for each in coming], leaving)
        self._settings = wanted
        going = [keeper for keeper in self._keepers if keeper.program.name in leaving]
        self._keepers = [keeper for keeper in self._keepers if keeper not in going]
        arriving = [Keeper(self._program(process), self._place, self._changed) for process in coming]
        self._keepers += arriving
        for keeper in arriving:
            self._status.processes[keeper.program.name] = keeper.status
            keeper.begin()
        await asyncio.gather(*(keeper.stop() for keeper in going))
        for name in leaving:
            del self._status.processes[name]
        self._changed()

    async def _stop_everything(self, failed: bool) -> None:
        if not failed:
            self._status.phase = Phase.STOPPING
            self._changed()
        logger.info("stopping")
        await asyncio.to_thread(stop_feed, self._place)
        with suppress(OSError):
            stop_clock(self._place)
        # Services first: they finish what they do while database, broker and receivers still stand.
        for base in (False, True):
            group = [keeper for keeper in self._keepers if is_base(keeper.program.name) is base]
            await asyncio.gather(*(keeper.stop() for keeper in group), return_exceptions=True)
        await asyncio.to_thread(stop_leftovers, self._place)
        if not failed:
            self._status.phase = Phase.STOPPED
        self._changed()
        logger.info("stopped")

    def _note_failure(self, starting: "asyncio.Task[None]") -> bool:
        error = starting.exception()
        if error is None:
            return False
        if isinstance(error, StackError):
            message, advice = error.message, error.advice
        else:
            logger.error("the start failed", exc_info=error)
            message, advice = f"{type(error).__name__}: {error}", f"See {self._place.log('supervisor')}"
        self._status.phase, self._status.message, self._status.advice = Phase.FAILED, message, advice
        logger.error("%s %s", message, advice)
        return True

    def _step(self, text: str) -> None:
        logger.info("%s", text)
        self._status.step = text
        self._changed()

    def _changed(self) -> None:
        try:
            save_status(self._place, self._status)
        except OSError as error:  # a full disk must not end what keeps the rest running
            logger.error("the status could not be written: %s", error.strerror)


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Like gather, but the first failure is raised at once and the rest is cancelled."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _end_quietly(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            stop(psutil.Process(process.pid), seconds=10)
        process.wait()


def _take_lock(place: Layout) -> TextIO | None:
    lock = (place.run / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def main() -> int:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    place = Layout(Path(sys.argv[1]))
    lock = _take_lock(place)
    if lock is None:
        logger.error("another supervisor runs in %s", place.directory)
        return 1
    with lock:
        write_record(place.supervisor_pid, record_of(os.getpid(), "supervisor"))
        try:
            return asyncio.run(_supervise(place))
        finally:
            place.supervisor_pid.unlink(missing_ok=True)


async def _supervise(place: Layout) -> int:
    return await Supervisor(place).run()


if __name__ == "__main__":
    sys.exit(main())
