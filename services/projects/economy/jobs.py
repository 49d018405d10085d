"""Jobs of the economy."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.economy.service.scanning import scan_economy

log = structlog.get_logger(__name__)


async def check_economy(ctx: Context, due: datetime) -> None:
    """The daily scan: reports of months that have ended are asked for, reminded of and told when late; dips."""
    scanned = await scan_economy(ctx)
    log.info(
        "economy.scanned",
        due=due.isoformat(),
        made=scanned.made,
        subjects=scanned.judged.subjects,
        opened=scanned.judged.opened,
        amended=scanned.judged.amended,
        cleared=scanned.judged.cleared,
    )
