"""What is done when. Times are local to Asia/Shanghai."""

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from services.projects.approvals.jobs import check_approvals
from services.projects.cadences.jobs import check_cadences
from services.projects.contest.jobs import check_contests
from services.projects.economy.jobs import check_economy
from services.projects.environment.jobs import check_environment
from services.projects.exchange.jobs import forget_files
from services.projects.gate.jobs import check_gates
from services.projects.identity.jobs import forget_old_attempts, forget_old_sessions
from services.projects.instructions.jobs import check_instructions
from services.projects.leadership.jobs import check_leadership
from services.projects.ledger.jobs import sort_size_bands
from services.projects.lists.jobs import check_lists
from services.projects.logouts.jobs import forget_old_logouts
from services.projects.meetings.jobs import check_action_items
from services.projects.oversight.jobs import check_projects
from services.projects.platforms.jobs import forget_old_tickets
from services.projects.problems.jobs import check_problems
from services.projects.promotion.jobs import check_promotion
from services.projects.search.jobs import check_index
from services.projects.support.jobs import check_financing
from services.projects.targets.jobs import check_targets
from services.projects.watch.jobs import check_audit_chain, check_sign_ins
from services.projects.webhooks.jobs import forget_old_deliveries

JOBS: tuple[Job, ...] = (
    # Before the offices open, on every day: a date is missed on a Sunday too. The present state counts, so of
    # several scans that were missed the latest is enough.
    Job("projects.check", cron("30 7 * * *"), check_projects, catch_up=CatchUp.LATEST),
    Job("environment.check", cron("35 7 * * *"), check_environment, catch_up=CatchUp.LATEST),
    # A division into size bands is valid from a day on.
    Job("projects.size_bands", cron("5 0 * * *"), sort_size_bands, catch_up=CatchUp.LATEST),
    Job("promotion.check", cron("40 7 * * *"), check_promotion, catch_up=CatchUp.LATEST),
    # In step with the hour, so also at the minute in which the offices close and a promise is broken.
    Job("approvals.check", every(minutes=30), check_approvals, catch_up=CatchUp.LATEST),
    Job("gates.check", cron("40 7 * * *"), check_gates, catch_up=CatchUp.LATEST),
    Job("leadership.check", cron("32 7 * * *"), check_leadership, catch_up=CatchUp.LATEST),
    Job("problems.check", cron("34 7 * * *"), check_problems, catch_up=CatchUp.LATEST),
    Job("action_items.check", cron("36 7 * * *"), check_action_items, catch_up=CatchUp.LATEST),
    Job("instructions.check", cron("38 7 * * *"), check_instructions, catch_up=CatchUp.LATEST),
    # Every period that lacks its checks is found anew, so of several scans that were missed the latest is enough.
    Job("cadences.check", cron("44 7 * * *"), check_cadences, catch_up=CatchUp.LATEST),
    # Reports that a month owes and dips are found anew, so the latest of several missed scans is enough.
    Job("lists.check", cron("48 7 * * *"), check_lists, catch_up=CatchUp.LATEST),
    Job("financing.check", cron("50 7 * * *"), check_financing, catch_up=CatchUp.LATEST),
    Job("economy.check", cron("46 7 * * *"), check_economy, catch_up=CatchUp.LATEST),
    # After the reports of the month were looked at; every month is pulled anew, so the latest pull is enough.
    Job("targets.check", cron("50 7 * * *"), check_targets, catch_up=CatchUp.LATEST),
    Job("contests.check", cron("52 7 * * *"), check_contests, catch_up=CatchUp.LATEST),
    Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
    Job("audit.verify", cron("10 4 * * *"), check_audit_chain, CatchUp.LATEST, timeout_seconds=3600.0),
    Job("sign_ins.check", every(minutes=1), check_sign_ins, catch_up=CatchUp.LATEST),
    *retention_jobs(),
    Job("search.check", cron("40 2 * * *"), check_index, catch_up=CatchUp.LATEST),
    Job("webhooks.forget", cron("50 3 * * *"), forget_old_deliveries, catch_up=CatchUp.LATEST),
    Job("exchange.forget", cron("50 3 * * *"), forget_files, catch_up=CatchUp.LATEST),
    Job("sign_in.forget", cron("20 3 * * *"), forget_old_attempts, catch_up=CatchUp.LATEST),
    Job("sessions.forget", cron("25 3 * * *"), forget_old_sessions, catch_up=CatchUp.LATEST),
    Job("logouts.forget", cron("26 3 * * *"), forget_old_logouts, catch_up=CatchUp.LATEST),
    Job("tickets.forget", cron("28 3 * * *"), forget_old_tickets, catch_up=CatchUp.LATEST),
)
