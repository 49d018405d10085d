"""What is done when. Times are local to Asia/Shanghai."""

from datetime import datetime

from libs.common.context import Context
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from libs.common.web.idempotency import forget_expired
from services.projects.identity.jobs import forget_old_attempts
from services.projects.oversight.jobs import check_projects


async def forget_answers(ctx: Context, _due: datetime) -> None:
    """Delete answers kept for Idempotency-Key for longer than a day."""
    await forget_expired(ctx.session)


JOBS: tuple[Job, ...] = (
    # Before the offices open, on every day: a date is missed on a Sunday too. The present state counts, so of
    # several scans that were missed the latest is enough.
    Job("projects.check", cron("30 7 * * *"), check_projects, catch_up=CatchUp.LATEST),
    Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
    Job("idempotency.forget", cron("10 3 * * *"), forget_answers, catch_up=CatchUp.LATEST),
    Job("sign_in.forget", cron("20 3 * * *"), forget_old_attempts, catch_up=CatchUp.LATEST),
)
