"""What is done when. Timers and deliveries are no jobs: they run by themselves, and these look after them."""

from __future__ import annotations

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from services.alerts.accountability.jobs import LedgerKeeper
from services.alerts.alertmanager.jobs import forget_ended
from services.alerts.escalation.audit_watch import AuditWatch
from services.alerts.escalation.swap_notices import tell_of_swaps
from services.alerts.escalation.watchkeeping import WorkerWatch
from services.alerts.grouping.jobs import look_after_mutes
from services.alerts.notices.jobs import NoticeKeeper
from services.alerts.notifications.jobs import DeliveryAuditor
from services.alerts.rosters.jobs import RosterAuditor
from services.alerts.seals.jobs import Sealer, TrailAuditor
from services.alerts.warnings.jobs import ConditionAuditor, forget_events, remind_verifiers


def jobs(
    timers: WorkerWatch,
    deliveries: DeliveryAuditor,
    conditions: ConditionAuditor,
    rosters: RosterAuditor,
    sealer: Sealer,
    record: TrailAuditor,
    ledger: LedgerKeeper,
    notices: NoticeKeeper,
    chain: AuditWatch,
) -> tuple[Job, ...]:
    """The service's jobs; of looks that were missed the latest is enough."""
    return (
        Job("timers.check", every(minutes=1), timers.check_timers, catch_up=CatchUp.LATEST),
        Job("duty.check", every(minutes=10), rosters.check_rosters, catch_up=CatchUp.LATEST),
        Job("deliveries.check", every(minutes=1), deliveries.check_deliveries, catch_up=CatchUp.LATEST),
        Job("conditions.check", every(minutes=1), conditions.check_conditions, catch_up=CatchUp.LATEST),
        Job("verification.remind", every(minutes=60), remind_verifiers, catch_up=CatchUp.LATEST),
        Job("swaps.tell", every(minutes=1), tell_of_swaps, catch_up=CatchUp.LATEST),
        Job("retention.rule_events", cron("50 3 * * *"), forget_events, catch_up=CatchUp.LATEST),
        Job("trail.seal", every(minutes=1), sealer.seal_due, catch_up=CatchUp.LATEST),
        Job("trail.verify", cron("50 3 * * *"), record.check_record, CatchUp.LATEST, timeout_seconds=3600.0),
        Job("accountability.follow", every(minutes=5), ledger.follow, catch_up=CatchUp.LATEST),
        Job("accountability.freeze", cron("10 0 1 1 *"), ledger.freeze),
        Job("notices.remind", every(minutes=5), notices.remind, catch_up=CatchUp.LATEST),
        Job("mutes.look", every(minutes=1), look_after_mutes, catch_up=CatchUp.LATEST),
        Job("external.forget", every(minutes=60), forget_ended, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        Job("audit.verify", cron("10 4 * * *"), chain.check_chain, CatchUp.LATEST, timeout_seconds=3600.0),
        *retention_jobs(),
    )
