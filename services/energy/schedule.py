"""What is done when. Times are local to Asia/Shanghai."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from libs.common.web.idempotency import forget_expired
from services.energy.feeds.jobs import forget_receipts
from services.energy.metering.jobs import prepare_partitions
from services.energy.settings import EnergySettings


async def forget_answers(ctx: Context, _due: datetime) -> None:
    """Delete answers kept for Idempotency-Key for longer than a day."""
    await forget_expired(ctx.session)


def jobs(settings: EnergySettings) -> tuple[Job, ...]:
    """The service's jobs; of runs that were missed the latest is enough."""
    forget = forget_receipts(settings.receipts_kept_days)
    return (
        Job("partitions.prepare", cron("40 2 * * *"), prepare_partitions, catch_up=CatchUp.LATEST),
        Job("receipts.forget", cron("20 3 * * *"), forget, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        Job("idempotency.forget", cron("10 3 * * *"), forget_answers, catch_up=CatchUp.LATEST),
    )
