"""Jobs of the gate."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.gate.service.watching import scan_gates

log = structlog.get_logger(__name__)


async def check_gates(ctx: Context, due: datetime) -> None:
    """The daily scan for expired passes and overrides that were not made good."""
    outcome = await scan_gates(ctx)
    log.info(
        "gates.scanned",
        due=due.isoformat(),
        projects=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
