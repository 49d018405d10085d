"""What is done when. Times are local to Asia/Shanghai."""

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from services.projects.exchange.jobs import forget_files
from services.projects.identity.jobs import forget_old_attempts
from services.projects.oversight.jobs import check_projects

JOBS: tuple[Job, ...] = (
    # Before the offices open, on every day: a date is missed on a Sunday too. The present state counts, so of
    # several scans that were missed the latest is enough.
    Job("projects.check", cron("30 7 * * *"), check_projects, catch_up=CatchUp.LATEST),
    Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
    *retention_jobs(),
    Job("exchange.forget", cron("50 3 * * *"), forget_files, catch_up=CatchUp.LATEST),
    Job("sign_in.forget", cron("20 3 * * *"), forget_old_attempts, catch_up=CatchUp.LATEST),
)
