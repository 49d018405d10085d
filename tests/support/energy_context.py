"""Running the energy service's jobs in a test, as the scheduler would."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from tests.support.energy import Site


async def run_job(site: Site, job: Callable[[Context, datetime], Awaitable[None]]) -> None:
    """One occurrence, due now, in a transaction of its own."""
    async with site.database.transaction() as session:
        now = site.clock.now()
        await job(Context(session, now, new_id, SYSTEM), now)
