"""Jobs of problems."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.problems.service.scan import scan_problems

log = structlog.get_logger(__name__)


async def check_problems(ctx: Context, due: datetime) -> None:
    """The daily scan: overdue problems go up a level and are told."""
    outcome = await scan_problems(ctx)
    log.info(
        "problems.scanned",
        due=due.isoformat(),
        problems=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
