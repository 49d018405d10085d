"""Jobs of support."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.support.service.financing import scan_needs

log = structlog.get_logger(__name__)


async def check_financing(ctx: Context, due: datetime) -> None:
    """The daily scan for financing needs whose day has passed with a gap."""
    outcome = await scan_needs(ctx)
    log.info(
        "financing.scanned",
        due=due.isoformat(),
        needs=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
