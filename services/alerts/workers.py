"""What works by itself: timers, deliveries, groups, jobs, and the watch over them, put together."""

import asyncio

import httpx

from libs.common.clock import Clock
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.scheduler.runner import SchedulerRunner
from libs.common.webhooks.outgoing import GuardedClient, outgoing_client
from services.alerts.accountability.jobs import LedgerKeeper
from services.alerts.alertmanager.jobs import ExternalIntake
from services.alerts.escalation.audit_watch import AuditWatch
from services.alerts.escalation.auditor import TimerAuditor
from services.alerts.escalation.jobs import TimerRunner
from services.alerts.escalation.watchkeeping import TimerWatch, WorkerWatch
from services.alerts.grouping.jobs import GroupRunner
from services.alerts.heartbeat.jobs import Heartbeat, Receiver, readiness_of, readings_of
from services.alerts.notices.jobs import NoticeKeeper, NoticeWorker
from services.alerts.notifications.jobs import DeliveryAuditor, DeliveryWorker, FollowUpRunner
from services.alerts.notifications.senders.catalogue import Means, build_senders
from services.alerts.rosters.jobs import RosterAuditor
from services.alerts.schedule import jobs
from services.alerts.seals.jobs import Sealer, TrailAuditor
from services.alerts.settings import AlertsSettings
from services.alerts.warnings import intake
from services.alerts.warnings.jobs import ConditionAuditor, ConditionRunner
from services.alerts.watch.conditions import OwnConditions


async def run_scheduler(settings: AlertsSettings, database: Database, clock: Clock) -> None:
    """Timers, deliveries and the jobs that look after them; none waits for another."""
    seal_key = settings.seal_key()
    conditions = _own_conditions()
    async with (
        outgoing_client(settings.webhook_timeout_seconds) as client,
        asyncio.TaskGroup() as group,
    ):
        # Each wakes who comes after it: an alert of another system need not wait for three looks.
        taken, told = asyncio.Event(), asyncio.Event()
        worker = _delivery_worker(settings, database, clock, client, told)
        auditors = jobs(
            WorkerWatch(clock, _timer_auditor(settings, conditions)),
            DeliveryAuditor(
                late_after_seconds=settings.delivery_late_after_seconds,
                follow_up_late_after_seconds=settings.timer_late_after_seconds,
            ),
            ConditionAuditor(late_after_seconds=settings.timer_late_after_seconds),
            RosterAuditor(conditions),
            Sealer(seal_key),
            TrailAuditor(database),
            LedgerKeeper(seal_key),
            NoticeKeeper(settings.notice_links()),
            AuditWatch(conditions),
        )
        group.create_task(worker.run(), name="deliveries")
        group.create_task(FollowUpRunner(database, clock, new_id).run(), name="follow-ups")
        notices = NoticeWorker(
            database,
            clock,
            new_id,
            build_senders(client, _means(settings)),
            schedule=settings.retry_schedule(),
            lease_seconds=settings.delivery_lease_seconds,
        )
        group.create_task(notices.run(), name="notices")
        groups = GroupRunner(
            database, clock, new_id, external_url=settings.external_url(), wanted=taken, told=told
        )
        group.create_task(groups.run(), name="groups")
        group.create_task(ExternalIntake(database, clock, new_id, taken=taken).run(), name="external")
        group.create_task(TimerRunner(database, clock, new_id).run(), name="timers")
        group.create_task(ConditionRunner(database, clock, new_id).run(), name="conditions")
        group.create_task(SchedulerRunner(database, clock, auditors).run(), name="jobs")


async def run_watch(settings: AlertsSettings, database: Database, clock: Clock) -> None:
    """The auditor of the timers apart from the worker, and deliveries that do not wait for it either."""
    async with (
        outgoing_client(settings.webhook_timeout_seconds) as client,
        asyncio.TaskGroup() as group,
    ):
        watch = TimerWatch(database, clock, new_id, _timer_auditor(settings, _own_conditions()))
        worker = _delivery_worker(settings, database, clock, client)
        group.create_task(watch.run(), name="watch")
        group.create_task(worker.run(), name="watch-deliveries")
        if settings.heartbeat_url is not None:
            beats = _heartbeat(settings, settings.heartbeat_url, database, clock, client)
            group.create_task(beats.run(), name="heartbeat")


def _heartbeat(
    settings: AlertsSettings, url: str, database: Database, clock: Clock, client: httpx.AsyncClient
) -> Heartbeat:
    secret = settings.heartbeat_secret
    secrets = () if secret is None else (secret.get_secret_value(),)
    guarded = GuardedClient(client, settings.allowed_hosts(), deadline_seconds=settings.outgoing_deadline_seconds)
    # Our own services are no calls out: they stand where the settings say.
    own = {"projects": settings.projects_url, "energy": settings.energy_url, "alerts": settings.alerts_url}
    asked = {name: readiness_of(client, address) for name, address in own.items()}
    asked["readings"] = readings_of(client, settings.energy_url)
    return Heartbeat(database, clock, new_id, guarded, Receiver(url, secrets, settings.heartbeat_seconds), asked)


def _own_conditions() -> OwnConditions:
    return OwnConditions(intake.take_opened, intake.take_cleared)


def _timer_auditor(settings: AlertsSettings, conditions: OwnConditions) -> TimerAuditor:
    return TimerAuditor(conditions, late_after_seconds=settings.timer_late_after_seconds)


def _means(settings: AlertsSettings) -> Means:
    return Means(
        envelope=settings.envelope(),
        allowed=settings.allowed_hosts(),
        allowed_entries=settings.webhook_allowed_hosts,
        smtp=settings.smtp_server(),
        vapid=settings.vapid_key(),
        apprise_schemes=settings.apprise_schemes,
        deadline_seconds=settings.outgoing_deadline_seconds,
    )


def _delivery_worker(
    settings: AlertsSettings,
    database: Database,
    clock: Clock,
    client: httpx.AsyncClient,
    wanted: asyncio.Event | None = None,
) -> DeliveryWorker:
    return DeliveryWorker(
        database,
        clock,
        new_id,
        build_senders(client, _means(settings)),
        schedule=settings.retry_schedule(),
        links=settings.links(),
        lease_seconds=settings.delivery_lease_seconds,
        wanted=wanted,
    )
