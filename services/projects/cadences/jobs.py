"""Jobs of cadences."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.cadences.service.scanning import scan_checks

log = structlog.get_logger(__name__)


async def check_cadences(ctx: Context, due: datetime) -> None:
    """The daily scan: checks of periods that have ended are made, missed ones told."""
    scanned = await scan_checks(ctx)
    log.info(
        "cadences.scanned",
        due=due.isoformat(),
        rounds=scanned.made.rounds,
        made=scanned.made.checks,
        checks=scanned.judged.subjects,
        opened=scanned.judged.opened,
        amended=scanned.judged.amended,
        cleared=scanned.judged.cleared,
    )
