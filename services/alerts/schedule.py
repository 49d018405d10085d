"""What is done when. Timers and deliveries are no jobs: they run by themselves, and these look after them."""

from __future__ import annotations

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from services.alerts.escalation.watchkeeping import WorkerWatch
from services.alerts.notifications.jobs import DeliveryAuditor
from services.alerts.rosters.jobs import RosterAuditor
from services.alerts.warnings.jobs import ConditionAuditor, forget_events


def jobs(
    timers: WorkerWatch, deliveries: DeliveryAuditor, conditions: ConditionAuditor, rosters: RosterAuditor
) -> tuple[Job, ...]:
    """The service's jobs; of looks that were missed the latest is enough."""
    return (
        Job("timers.check", every(minutes=1), timers.check_timers, catch_up=CatchUp.LATEST),
        Job("duty.check", every(minutes=10), rosters.check_rosters, catch_up=CatchUp.LATEST),
        Job("deliveries.check", every(minutes=1), deliveries.check_deliveries, catch_up=CatchUp.LATEST),
        Job("conditions.check", every(minutes=1), conditions.check_conditions, catch_up=CatchUp.LATEST),
        Job("retention.rule_events", cron("50 3 * * *"), forget_events, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        *retention_jobs(),
    )
