"""Asking for backtests, running them, and holding a changed rule against the one it comes with."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import DomainError, FieldError
from services.energy.backtests import repository
from services.energy.backtests.domain.draft import DraftRule, digest_of
from services.energy.backtests.errors import (
    BacktestMissing,
    BacktestNotDone,
    BacktestOfOtherRule,
    BacktestOutdated,
    BacktestScopeAmbiguous,
    BacktestTooLarge,
    BacktestTooShort,
)
from services.energy.backtests.report import report_of
from services.energy.backtests.running import WARMUP_DAYS, Outcome, Trial, meters_of, run_trial
from services.energy.backtests.tables import DetectionBacktestRow
from services.energy.detection import journal
from services.energy.detection.domain.parameters import CLASSES
from services.energy.detection.errors import RuleScopeTooWide
from services.energy.metering.errors import RegionCodeInvalid
from services.energy.metering.repository import get_visible
from services.energy.metering.service import check_period

log = structlog.get_logger(__name__)

WAITING: Final = "waiting"
DONE: Final = "done"
FAILED: Final = "failed"
# A rule rests on at least four weeks, tried no more than a month ago.
LEAST_DAYS: Final = 28
VALID_DAYS: Final = 31
# What one backtest takes: 200,000 days of meters are about 20 million readings.
MOST_METER_DAYS: Final = 200_000
MOST_ALARMS: Final = 2000


async def request_backtest(ctx: Context, trial: Trial) -> DetectionBacktestRow:
    """Put a backtest in the queue.

    Raises PeriodInverted, CurveRangeTooLong, BacktestScopeAmbiguous, BacktestTooLarge, RuleScopeTooWide,
    RegionCodeInvalid, MeterNotFound.
    """
    check_period(trial.first_day, trial.last_day)
    region_code = await _check_scope(ctx, trial.region_code, trial.meter_no)
    for rule in trial.rules:
        await _check_scope(ctx, rule.region_code, rule.meter_no)
    days = (trial.last_day - trial.first_day).days + 1 + WARMUP_DAYS
    meters = len(await meters_of(ctx.session, trial.region_code, trial.meter_no))
    if meters * days > MOST_METER_DAYS:
        raise BacktestTooLarge(meters=meters, days=days, most=MOST_METER_DAYS)
    return await _add(ctx, trial, region_code)


async def run_now(ctx: Context, trial: Trial) -> tuple[DetectionBacktestRow, Outcome]:
    """Run a backtest of any size at once and keep it."""
    check_period(trial.first_day, trial.last_day)
    row = await _add(ctx, trial, await _check_scope(ctx, trial.region_code, trial.meter_no))
    return row, await _run(ctx, row, trial)


async def run_waiting(ctx: Context) -> DetectionBacktestRow | None:
    """Run the backtest that has waited longest; a fault of ours becomes its result and holds up no other."""
    row = await repository.next_waiting(ctx.session)
    if row is None:
        return None
    try:
        # What a failing one has written goes; the row itself is written after it.
        async with ctx.session.begin_nested():
            await _run(ctx, row, trial_of(row))
    except DomainError as error:
        log.warning("backtest.failed", backtest_id=str(row.id), cause=str(error))
        row.status, row.failure, row.finished_at = FAILED, error.code, ctx.now
    except Exception:
        log.exception("backtest.failed", backtest_id=str(row.id))
        row.status, row.failure, row.finished_at = FAILED, "internal", ctx.now
    await ctx.session.flush()
    return row


async def check_proof(ctx: Context, backtest_id: UUID | None, rule: DraftRule) -> UUID:
    """That the rule was tried. Raises BacktestMissing, BacktestNotFound, BacktestNotDone, BacktestOutdated,
    BacktestTooShort, BacktestOfOtherRule.
    """
    if backtest_id is None:
        raise BacktestMissing(errors=[FieldError("backtest.missing", "/backtest_id")])
    row = await repository.get_backtest(ctx.session, ctx.principal, backtest_id)
    if row.status != DONE or row.finished_at is None:
        raise BacktestNotDone(backtest_id=row.id, status=row.status)
    if ctx.now - row.finished_at > timedelta(days=VALID_DAYS):
        raise BacktestOutdated(backtest_id=row.id, days=VALID_DAYS)
    if (row.last_day - row.first_day).days + 1 < LEAST_DAYS:
        raise BacktestTooShort(backtest_id=row.id, days=LEAST_DAYS)
    if rule.digest not in row.digests:
        raise BacktestOfOtherRule(backtest_id=row.id)
    return row.id


def trial_of(row: DetectionBacktestRow) -> Trial:
    """What a stored backtest tries."""
    return Trial(
        first_day=row.first_day,
        last_day=row.last_day,
        rules=tuple(draft_of(rule) for rule in row.rules),
        # The region of one meter's backtest says who sees it, and selects nothing.
        region_code=None if row.meter_no else row.region_code,
        meter_no=row.meter_no,
    )


def draft_of(facts: dict[str, Any]) -> DraftRule:
    """A drafted rule of its facts; parameters left out are those that ship."""
    kind = next(kind for kind in CLASSES if kind.value == facts["kind"])
    parameters = CLASSES[kind].model_validate(facts.get("parameters") or {})
    return DraftRule(parameters, facts.get("region_code"), facts.get("meter_no"))


async def _add(ctx: Context, trial: Trial, region_code: str | None) -> DetectionBacktestRow:
    mark = await journal.newest_mark(ctx.session)
    rules = [rule.facts() for rule in trial.rules]
    row = DetectionBacktestRow(
        id=ctx.new_id(),
        status=WAITING,
        first_day=trial.first_day,
        last_day=trial.last_day,
        region_code=region_code,
        meter_no=trial.meter_no,
        rules=rules,
        digests=[rule.digest for rule in trial.rules],
        mark=mark,
        digest=_digest(trial, mark),
        requested_at=ctx.now,
        requested_by=ctx.principal.subject,
        alarms=[],
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


def _digest(trial: Trial, mark: int) -> str:
    labels = None if trial.labels is None else [asdict(label) for label in trial.labels]
    return digest_of(
        {
            "rules": [rule.facts() for rule in trial.rules],
            "span": (trial.first_day, trial.last_day),
            "scope": (trial.region_code, trial.meter_no),
            "mark": mark,
            "labels": labels,
        }
    )


async def _run(ctx: Context, row: DetectionBacktestRow, trial: Trial) -> Outcome:
    # What is in force may have changed while it waited.
    row.mark = await journal.newest_mark(ctx.session)
    row.digest = _digest(trial, row.mark)
    outcome = await run_trial(ctx, trial)
    row.meters, row.readings = len(outcome.meters), outcome.readings
    row.figures, row.before = outcome.after.figures, outcome.before.figures
    row.alarms = [
        {**asdict(one), "kind": one.kind.value, "meter_no": outcome.meters[one.meter_index].meter_no}
        for one in outcome.found[:MOST_ALARMS]
    ]
    row.report = await report_of(ctx.session, trial, outcome)
    row.status, row.finished_at = DONE, ctx.now
    await ctx.session.flush()
    return outcome


async def _check_scope(ctx: Context, region_code: str | None, meter_no: str | None) -> str | None:
    """The region by which the scope is seen."""
    if region_code is not None and meter_no is not None:
        raise BacktestScopeAmbiguous
    if meter_no is not None:
        return (await get_visible(ctx.session, ctx.principal, meter_no)).region_code
    if region_code is not None:
        try:
            regions.validate(region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
            raise RegionCodeInvalid(region_code=region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, region_code)):
        raise RuleScopeTooWide
    return region_code


def default_span(today: date) -> tuple[date, date]:
    """The sixty days that ended yesterday."""
    return today - timedelta(days=60), today - timedelta(days=1)
