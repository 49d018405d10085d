"""Jobs of the search."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.search.service.indexing import rebuild_index

log = structlog.get_logger(__name__)


async def check_index(ctx: Context, due: datetime) -> None:
    """Compare the index with what is stored and put right what differs."""
    outcome = await rebuild_index(ctx)
    log.info(
        "search.checked",
        due=due.isoformat(),
        seen=outcome.seen,
        written=outcome.written,
        removed=outcome.removed,
    )
