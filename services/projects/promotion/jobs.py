"""Jobs of promotion."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.promotion.service.overpaying import scan_awards
from services.projects.promotion.service.watching import scan_leads

log = structlog.get_logger(__name__)


async def check_promotion(ctx: Context, due: datetime) -> None:
    """The daily scan for leads that are let lie and awards that are no longer due."""
    leads, awards = await scan_leads(ctx), await scan_awards(ctx)
    outcome = leads + awards
    log.info(
        "promotion.scanned",
        due=due.isoformat(),
        leads=leads.subjects,
        awards=awards.subjects,
        opened=outcome.opened,
        amended=outcome.amended,
        cleared=outcome.cleared,
    )
