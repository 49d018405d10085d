"""A worker that fires timers and nothing else, to be killed: ``-m tests.support.timer_worker DSN INSTANT IDS``.

It stands still, in the middle of a transaction, when it draws the IDS-th id.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime
from uuid import UUID

from libs.common.clock import ManualClock
from libs.common.database import Database
from libs.common.ids import IdFactory, new_id
from services.alerts.escalation.jobs import TimerRunner


def standing_still_after(ids: int) -> IdFactory:
    left = ids

    def draw() -> UUID:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        return new_id()

    return draw


async def work(dsn: str, now: datetime, ids: int) -> None:
    await TimerRunner(Database(dsn), ManualClock(now), standing_still_after(ids), poll_seconds=0.01).run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])))
