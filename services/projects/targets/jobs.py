"""Jobs of targets."""

from datetime import datetime

import structlog

from libs.common.context import Context
from services.projects.targets.service.pulling import pull_all
from services.projects.targets.service.sources import SOURCES

log = structlog.get_logger(__name__)


async def check_targets(ctx: Context, due: datetime) -> None:
    """The daily pull of all figures, after which every target is judged."""
    pulled = await pull_all(ctx, SOURCES)
    log.info(
        "targets.pulled",
        due=due.isoformat(),
        targets=pulled.targets,
        editions=pulled.editions,
        opened=pulled.judged.opened,
        amended=pulled.judged.amended,
        cleared=pulled.judged.cleared,
    )
