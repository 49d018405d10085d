"""Jobs of meetings."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.meetings.service.actions import scan_actions

log = structlog.get_logger(__name__)


async def check_action_items(ctx: Context, due: datetime) -> None:
    """The daily scan for overdue action items."""
    outcome = await scan_actions(ctx)
    log.info(
        "action_items.scanned",
        due=due.isoformat(),
        action_items=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
