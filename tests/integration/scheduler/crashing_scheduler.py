"""A scheduler in a process of its own that says when it is at work and then waits to be killed.

`python -m tests.integration.scheduler.crashing_scheduler DSN CLOCK_FILE LEASE_SECONDS`
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from libs.common.clock import FileClock
from libs.common.context import Context
from libs.common.database import Database
from libs.common.scheduler import Job, SchedulerRunner, cron


async def write_then_hang(ctx: Context, due: datetime) -> None:
    await ctx.session.execute(
        text("INSERT INTO effect (job, due_at, runner) VALUES ('daily', :due, 'killed')"), {"due": due}
    )
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await asyncio.sleep(3600)


async def main(dsn: str, clock_file: str, lease_seconds: str) -> None:
    runner = SchedulerRunner(
        Database(dsn),
        FileClock(Path(clock_file)),
        [Job("daily", cron("30 7 * * *"), write_then_hang)],
        lease=timedelta(seconds=float(lease_seconds)),
    )
    await runner.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
