"""Jobs of oversight."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.oversight.service import scan_projects

log = structlog.get_logger(__name__)


async def check_projects(ctx: Context, due: datetime) -> None:
    """The daily scan for overdue and stalled projects."""
    outcome = await scan_projects(ctx)
    log.info(
        "projects.scanned",
        due=due.isoformat(),
        projects=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
