"""Jobs of contests."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.contest.service.watching import scan_appeals

log = structlog.get_logger(__name__)


async def check_contests(ctx: Context, due: datetime) -> None:
    """The daily scan for appeals that nobody decided in time."""
    outcome = await scan_appeals(ctx)
    log.info(
        "contests.scanned",
        due=due.isoformat(),
        appeals=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
