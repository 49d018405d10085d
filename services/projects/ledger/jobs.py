"""Jobs of the ledger."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.ledger.service.ledger import Ledger
from services.projects.ledger.service.size_bands import sort_into_bands

log = structlog.get_logger(__name__)


async def sort_size_bands(ctx: Context, due: datetime) -> None:
    """Just after midnight: a division into size bands that begins today sorts the projects anew.

    Nothing watches a project's band, so the ledger needs no watchers here.
    """
    changed = await sort_into_bands(Ledger(), ctx)
    log.info("size_bands.sorted", due=due.isoformat(), projects=changed)
