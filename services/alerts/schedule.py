"""What is done when. Timers and deliveries are no jobs: they run by themselves, and these look after them."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from libs.common.web.idempotency import forget_expired
from services.alerts.escalation.jobs import TimerAuditor
from services.alerts.notifications.jobs import DeliveryAuditor


async def forget_answers(ctx: Context, _due: datetime) -> None:
    """Delete answers kept for Idempotency-Key for longer than a day."""
    await forget_expired(ctx.session)


def jobs(timers: TimerAuditor, deliveries: DeliveryAuditor) -> tuple[Job, ...]:
    """The service's jobs; of looks that were missed the latest is enough."""
    return (
        Job("timers.check", every(minutes=1), timers.check_timers, catch_up=CatchUp.LATEST),
        Job("deliveries.check", every(minutes=1), deliveries.check_deliveries, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        Job("idempotency.forget", cron("10 3 * * *"), forget_answers, catch_up=CatchUp.LATEST),
    )
