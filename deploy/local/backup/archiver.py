"""The process that backs a stack up by its plan: `python -m deploy.local.backup.archiver DIRECTORY`.

It carries the logs of Kafka and PostgreSQL over as they grow and makes base backups when they are due. Kafka's go
first: so no archived commit of a database speaks of a record that was not archived.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.local.backup import sealing, wal
from deploy.local.backup.base import carry_logs, make_base, server_of
from deploy.local.backup.keys import key_for_writing
from deploy.local.backup.moments import note_clock
from deploy.local.backup.plan import BackupPlan, load_plan
from deploy.local.backup.sealed_files import ArchiveKey
from deploy.local.backup.store import Store
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.programs import STACK_MARKER, Program, write_atomically

logger = logging.getLogger("duban.backup")

NAME = "backup"
_PAUSE_S = 0.5  # a look into a directory and at the clock's file
_AGAIN_S = 60.0  # after a base backup that failed


def archiver_program(place: Layout, environment: dict[str, str], checkout: Path) -> Program:
    return Program(
        name=NAME,
        argv=(sys.executable, "-m", "deploy.local.backup.archiver", str(place.directory)),
        env=environment | {STACK_MARKER: str(place.directory)},
        cwd=checkout,
        stop_seconds=60,
    )


class Archiver:
    def __init__(self, place: Layout, plan: BackupPlan) -> None:
        self._place = place
        self._plan = plan
        self._store = Store(Path(plan.directory))
        self._server = server_of(place)
        self._key: ArchiveKey | None = None
        self._belongs = False
        self._making: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._said: str | None = None

    async def run(self) -> None:
        """Until cancelled; what goes wrong is said, noted and tried again."""
        while True:
            problem = ""
            try:
                if not self._belongs:
                    self._store.belong_to(await self._server.identity(), self._place.directory)
                    self._belongs = True
                await asyncio.to_thread(self._note_clock)
                await asyncio.to_thread(self.carry)
                self._make_what_is_due()
            except (StackError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                problem = str(error) or repr(error)
            self._note(problem)
            await asyncio.sleep(_PAUSE_S)

    def _note_clock(self) -> None:
        for base in self._store.bases()[-1:]:
            note_clock(self._place.clock_file, base.clock)

    def carry(self) -> int:
        """Carry over what PostgreSQL has handed on so far; returns how many files that were."""
        spool = self._server.spool
        names = wal.spooled(spool)
        if not names:
            return 0
        if self._key is None:
            # Not in the clear into a directory that has a key by now.
            self._key = key_for_writing(self._store.directory, self._passphrase())
        with self._store.locked("log"):
            # The one before the newest too: moments until the newest was whole are its.
            for base in self._store.bases()[-2:]:
                carry_logs(self._place, base.directory, base.rest(self._key))
            wal.publish(spool, self._store.wal, names, self._key)
        return len(names)

    def _passphrase(self) -> str | None:
        words = self._plan.passphrase_file
        return sealing.passphrase_in(Path(words)) if words else None

    def _make_what_is_due(self) -> None:
        if self._making is not None or time.monotonic() < self._not_before:
            return
        bases = self._store.bases()
        pause = timedelta(hours=self._plan.every_hours)
        if not bases or datetime.now(UTC) - bases[-1].manifest.ended > pause:
            self._making = asyncio.create_task(self._make())

    async def _make(self) -> None:
        try:
            base = await make_base(
                self._place, self._store.directory, passphrase=self._passphrase(), keep=self._plan.keep
            )
            logger.info("made base backup %s", base.manifest.name)
        except Exception as error:
            logger.error("no base backup could be made: %s", error)
            self._not_before = time.monotonic() + _AGAIN_S
        finally:
            self._making = None

    def _note(self, problem: str) -> None:
        if problem and problem != self._said:
            logger.error("the archive stands still: %s", problem)
        if not problem and self._said:
            logger.info("the archive goes on")
        self._said = problem
        body = {"at": datetime.now(UTC).isoformat(), "problem": problem}
        with suppress(OSError):
            write_atomically(self._place.run / "backup.json", json.dumps(body), durable=False)


async def _main(place: Layout) -> int:
    plan = load_plan(place)
    if plan is None:
        logger.error("there is no plan of backups for %s", place.directory)
        return 1
    running = asyncio.current_task()
    assert running is not None
    loop = asyncio.get_running_loop()
    for sent in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sent, running.cancel)
    with suppress(asyncio.CancelledError):
        await Archiver(place, plan).run()
    return 0


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    sys.exit(asyncio.run(_main(Layout(Path(sys.argv[1])))))
