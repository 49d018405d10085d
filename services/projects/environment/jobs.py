"""Jobs of the business environment."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.environment.service.case_conditions import scan_cases
from services.projects.environment.service.handling import scan_appeals

log = structlog.get_logger(__name__)


async def check_environment(ctx: Context, due: datetime) -> None:
    """The daily scan for appeals and matters that are late, and for answers that nobody rated."""
    outcome = await scan_appeals(ctx) + await scan_cases(ctx)
    log.info(
        "environment.scanned",
        due=due.isoformat(),
        subjects=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
