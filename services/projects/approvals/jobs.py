"""Jobs of approvals."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.approvals.service.scanning import scan_cases

log = structlog.get_logger(__name__)


async def check_approvals(ctx: Context, due: datetime) -> None:
    """The scan for cases that are due soon or late."""
    outcome = await scan_cases(ctx)
    log.info(
        "approvals.scanned",
        due=due.isoformat(),
        cases=outcome.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
