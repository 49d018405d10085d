"""A worker that fires timers and nothing else, to be killed: ``-m tests.support.timer_worker DSN INSTANT``."""

import asyncio
import sys
from datetime import datetime

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.ids import new_id
from services.alerts.escalation.jobs import TimerRunner


async def work(dsn: str, now: datetime) -> None:
    database = Database(dsn)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await TimerRunner(database, ManualClock(now), new_id, poll_seconds=0.01).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], datetime.fromisoformat(sys.argv[2])))
