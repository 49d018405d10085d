"""``python -m services.projects.import_worker``: carries out the imports that wait, then ends.

Started by the scheduler's process when there is something to do. After the last import it stays a while: whoever
has seen a dry run sends the file again, and a start takes longer than most files. 0 when an import ended, 75 when
there was nothing to do, 1 after an attempt that failed.
"""

from __future__ import annotations

import asyncio
import os
import time

import structlog

from libs.common.clock import clock_from
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.logs import configure_logging
from libs.common.process import run
from libs.common.settings import LogFormat
from libs.common.web.catalogue import Catalogue
from services.projects.assembly import MESSAGES, build_ledger
from services.projects.exchange.jobs import ImportWorker
from services.projects.exchange.wording import Words
from services.projects.settings import ProjectsSettings

log = structlog.get_logger(__name__)

_NOTHING_TO_DO = 75
# Requests come first where processors are few.
_NICENESS = 5
# A batch makes a hundred thousand objects that live until it is written and hardly a cycle among them: looking
# through them all after every seven hundred was a sixth of an import's time.
_COLLECT_AFTER = (100_000, 50, 100)
# Real time.
_STAY_SECONDS = 30.0
_LOOK_SECONDS = 0.25


async def work() -> int:
    """The exit code."""
    settings = ProjectsSettings()
    configure_logging(
        service="projects",
        role="imports",
        level=settings.log_level,
        console=settings.log_format is LogFormat.CONSOLE,
    )
    database = Database(settings.dsn, pool_size=2)
    worker = ImportWorker(
        database,
        clock_from(settings.clock_file),
        new_id,
        ledger=build_ledger(),
        words=Words(Catalogue(MESSAGES)),
        limits=settings.import_limits(),
    )
    try:
        return 0 if await _run_queued(worker) else _NOTHING_TO_DO
    except Exception:
        log.exception("imports.attempt_failed")
        return 1
    finally:
        await database.close()


async def _run_queued(worker: ImportWorker) -> int:
    """Carry out what waits and what comes soon after; returns how many ended. Raises after a failed attempt."""
    done, last = 0, time.monotonic()
    while True:
        if ended := await worker.run_queued():
            done, last = done + ended, time.monotonic()
        elif not done or time.monotonic() - last > _STAY_SECONDS:
            return done
        else:
            await asyncio.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    os.nice(_NICENESS)
    raise SystemExit(run(work, _COLLECT_AFTER))
