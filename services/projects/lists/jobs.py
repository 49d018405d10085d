"""Jobs of lists."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.lists.service.watching import scan_measures, scan_members

log = structlog.get_logger(__name__)


async def check_lists(ctx: Context, due: datetime) -> None:
    """The daily scan for progress that is owed and measures that are late."""
    members, measures = await scan_members(ctx), await scan_measures(ctx)
    outcome = members + measures
    log.info(
        "lists.scanned",
        due=due.isoformat(),
        members=members.subjects,
        measures=measures.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
