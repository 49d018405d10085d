"""What is done when. Timers and deliveries are no jobs: they run by themselves, and these look after them."""

from __future__ import annotations

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import every
from libs.common.security.audit import link_due_records
from services.alerts.alertmanager.jobs import forget_ended
from services.alerts.escalation.jobs import TimerAuditor
from services.alerts.grouping.jobs import look_after_mutes
from services.alerts.notifications.jobs import DeliveryAuditor


def jobs(timers: TimerAuditor, deliveries: DeliveryAuditor) -> tuple[Job, ...]:
    """The service's jobs; of looks that were missed the latest is enough."""
    return (
        Job("timers.check", every(minutes=1), timers.check_timers, catch_up=CatchUp.LATEST),
        Job("deliveries.check", every(minutes=1), deliveries.check_deliveries, catch_up=CatchUp.LATEST),
        Job("mutes.look", every(minutes=1), look_after_mutes, catch_up=CatchUp.LATEST),
        Job("external.forget", every(minutes=60), forget_ended, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        *retention_jobs(),
    )
