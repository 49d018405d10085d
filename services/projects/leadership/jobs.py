"""Jobs of leadership."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.leadership.service.leadership import scan_gaps

log = structlog.get_logger(__name__)


async def check_leadership(ctx: Context, due: datetime) -> None:
    """The daily scan for key projects without one of the four "one"s."""
    outcome = await scan_gaps(ctx)
    log.info(
        "leadership.scanned",
        due=due.isoformat(),
        projects=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
