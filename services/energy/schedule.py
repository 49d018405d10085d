"""What is done when. Times are local to Asia/Shanghai."""

from __future__ import annotations

from functools import partial

from libs.common.retention import retention_jobs
from libs.common.scheduler.job import CatchUp, Job
from libs.common.scheduler.triggers import cron, every
from libs.common.security.audit import link_due_records
from services.energy.activations.jobs import follow_activations, verify_activations
from services.energy.activations.jobs import follow_touched as verify_corrected
from services.energy.backtests.jobs import run_backtests
from services.energy.balance.following import follow_touched as note_balances
from services.energy.balance.jobs import settle_balances
from services.energy.curtailment.jobs import turn_plans
from services.energy.efficiency.jobs import judge_due_targets, judge_energy_targets
from services.energy.feeds.jobs import abandon_receipts, forget_receipts, give_up_quarantine
from services.energy.forecast.histories import follow_touched as forget_loads
from services.energy.forecast.jobs import evaluate_forecasts, issue_forecasts, judge_shortages
from services.energy.forecast.service import latest_forecast
from services.energy.generation.contribution import generation_beside
from services.energy.generation.jobs import compute_waiting as compute_waiting_plants
from services.energy.generation.jobs import judge_yesterday as judge_yesterdays_output
from services.energy.generation.jobs import watch_outages
from services.energy.generation.service.computing import follow_touched as compute_plants
from services.energy.metering.jobs import close_running_days, prepare_partitions
from services.energy.meters.jobs import forget_derivations, turn_periods
from services.energy.phase_out.jobs import check_running, watch_dates
from services.energy.power_factor.jobs import judge_yesterday as judge_yesterdays_factors
from services.energy.power_factor.judging import follow_touched as judge_power_factors
from services.energy.region_months.service import follow_touched as tell_region_months
from services.energy.rollups.jobs import settle_touched
from services.energy.settings import EnergySettings
from services.energy.sources.jobs import watch_feeds
from services.energy.vee.jobs import fill_incomplete, follow_touched, judge_yesterday
from services.energy.vee.service.register_order import report_registers
from services.energy.virtual.computing import follow_touched as compute_virtual
from services.energy.virtual.jobs import compute_waiting
from services.energy.watch.jobs import check_audit_chain


def jobs(settings: EnergySettings) -> tuple[Job, ...]:
    """The service's jobs; of runs that were missed the latest is enough."""
    forget = forget_receipts(settings.receipts_kept_days)
    return (
        Job("partitions.prepare", cron("40 2 * * *"), prepare_partitions, catch_up=CatchUp.LATEST),
        Job("vee.judge_yesterday", cron("10 2 * * *"), judge_yesterday, catch_up=CatchUp.LATEST),
        # After noon: by the shipped rule days are filled 36 hours after their end.
        Job("vee.fill_incomplete", cron("30 12 * * *"), fill_incomplete, catch_up=CatchUp.LATEST),
        Job("days.close", every(minutes=1), close_running_days, catch_up=CatchUp.LATEST),
        Job("receipts.abandon", every(minutes=30), abandon_receipts, catch_up=CatchUp.LATEST),
        Job("receipts.forget", cron("20 3 * * *"), forget, catch_up=CatchUp.LATEST),
        Job(
            "quarantine.give_up",
            cron("0 4 * * *"),
            give_up_quarantine(settings.quarantine_kept_days),
            catch_up=CatchUp.LATEST,
        ),
        Job("derivations.forget", cron("50 3 * * *"), forget_derivations, catch_up=CatchUp.LATEST),
        Job("meters.turn", every(minutes=5), turn_periods, catch_up=CatchUp.LATEST),
        Job("feeds.watch", every(minutes=1), watch_feeds, catch_up=CatchUp.LATEST),
        Job("virtual.compute", every(minutes=1), compute_waiting, catch_up=CatchUp.LATEST),
        Job(
            "touched.settle",
            every(minutes=1),
            settle_touched(
                compute_virtual,
                partial(follow_touched, register_order=report_registers),
                judge_power_factors,
                compute_plants,
                verify_corrected,
                note_balances,
                tell_region_months,
                # Last: it waits for forecasts that are being made.
                forget_loads,
            ),
            catch_up=CatchUp.LATEST,
        ),
        # After the touched days have told which nodes are due.
        Job(
            "balances.settle",
            every(minutes=1),
            settle_balances(latest_forecast, generation_beside),
            catch_up=CatchUp.LATEST,
        ),
        # Two hours after midnight whatever came over night has been settled by its touched days.
        Job("power_factor.judge", cron("30 2 * * *"), judge_yesterdays_factors, catch_up=CatchUp.LATEST),
        Job("generation.compute", every(minutes=1), compute_waiting_plants, catch_up=CatchUp.LATEST),
        Job("generation.watch", every(minutes=15), watch_outages, catch_up=CatchUp.LATEST),
        Job("generation.judge", cron("0 6 * * *"), judge_yesterdays_output, catch_up=CatchUp.LATEST),
        Job("phase_out.dates", cron("30 7 * * *"), watch_dates, catch_up=CatchUp.LATEST),
        Job("phase_out.running", cron("45 7 * * *"), check_running, catch_up=CatchUp.LATEST),
        # After the night's curves: month totals of meters may have become complete.
        Job("efficiency.judge_due", every(minutes=1), judge_due_targets, catch_up=CatchUp.LATEST),
        Job("efficiency.judge", cron("0 5 * * *"), judge_energy_targets, catch_up=CatchUp.LATEST),
        Job("activations.follow", every(minutes=1), follow_activations, catch_up=CatchUp.LATEST),
        Job("activations.verify", every(minutes=5), verify_activations, catch_up=CatchUp.LATEST),
        Job("curtailment.turn_plans", cron("1 0 * * *"), turn_plans, catch_up=CatchUp.LATEST),
        Job("forecast.issue", every(minutes=1), issue_forecasts(generation_beside), catch_up=CatchUp.LATEST),
        Job("forecast.judge", cron("3 0 * * *"), judge_shortages(generation_beside), catch_up=CatchUp.LATEST),
        Job("forecast.evaluate", cron("20 5 * * *"), evaluate_forecasts, catch_up=CatchUp.LATEST),
        Job("backtests.run", every(minutes=1), run_backtests, catch_up=CatchUp.LATEST),
        Job("audit.link", every(minutes=1), link_due_records, catch_up=CatchUp.LATEST),
        Job("audit.verify", cron("10 4 * * *"), check_audit_chain, CatchUp.LATEST, timeout_seconds=3600.0),
        *retention_jobs(),
    )
