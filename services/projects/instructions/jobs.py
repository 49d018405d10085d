"""Jobs of instructions."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.instructions.service.scan import scan_instructions

log = structlog.get_logger(__name__)


async def check_instructions(ctx: Context, due: datetime) -> None:
    """The daily scan for instructions near their deadline or late."""
    outcome = await scan_instructions(ctx)
    log.info(
        "instructions.scanned",
        due=due.isoformat(),
        instructions=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
