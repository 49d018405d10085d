"""Checking by the curves whether what was closed still runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import PhaseOutRunningCheckedV1
from libs.common.local_time import today_of
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.domain.slots import day_number, slots_a_day
from services.energy.metering.tables import MeterRow
from services.energy.phase_out import repository
from services.energy.phase_out.act_tables import PhaseOutOrderRow, PhaseOutRunningRow
from services.energy.phase_out.domain.running import Floats, RunningRule, check_running
from services.energy.phase_out.errors import StepOutOfOrder
from services.energy.phase_out.service.recording import changed, rule_of
from services.energy.phase_out.tables import PhaseOutCaseRow, PhaseOutRuleRow

_SLOTS = 96


async def check_order(ctx: Context, case: PhaseOutCaseRow, order: PhaseOutOrderRow) -> PhaseOutRunningRow:
    """Check the days since a locked case's closure was executed, the last ``check_days`` of them, and keep it.

    The day of execution itself and today are left out: both are part days. An outcome with the same figures of the
    same days is not kept twice. Raises StepOutOfOrder before execution, RuleMissing.
    """
    if order.executed_on is None:
        raise StepOutOfOrder(number=case.number, status=case.status, step="running_check")
    rule = await rule_of(ctx, case.region_code)
    last = today_of(ctx) - timedelta(days=1)
    first = max(order.executed_on + timedelta(days=1), last - timedelta(days=rule.check_days - 1))
    meters = await repository.meters_of_enterprise(ctx.session, case.enterprise_id, order.meter_nos)
    before_last = order.issued_on - timedelta(days=1)
    before = await _loads(ctx, meters, before_last - timedelta(days=rule.baseline_days - 1), before_last)
    after = await _loads(ctx, meters, first, last)
    check = check_running(before, after, _rule(rule))
    row = PhaseOutRunningRow(
        id=ctx.new_id(),
        case_id=case.id,
        order_id=order.id,
        first_day=first,
        last_day=max(first, last),
        result=check.result.value,
        reason=None if check.reason is None else check.reason.value,
        meters=[meter.meter_no for meter in meters],
        usual_kw=check.usual_kw,
        threshold_kw=check.threshold_kw,
        highest_kw=check.highest_kw,
        mean_kw=check.mean_kw,
        completeness=check.completeness,
        slots_above=check.slots_above,
        slots=check.slots,
        checked_at=ctx.now,
        checked_by=ctx.principal.subject,
    )
    known = await repository.newest_check(ctx.session, order.id)
    if known is not None and _figures(known) == _figures(row):
        return known
    ctx.session.add(row)
    is_news = order.running != row.result
    order.running, order.running_checked_on = row.result, today_of(ctx)
    await ctx.session.flush()
    if is_news:
        order.version += 1
        order.changed_at = ctx.now
        await changed(
            ctx,
            case,
            PhaseOutRunningCheckedV1,
            order_id=order.id,
            first=row.first_day,
            last=row.last_day,
            result=row.result,
            reason=row.reason,
            completeness=row.completeness,
            highest_kw=row.highest_kw,
            threshold_kw=row.threshold_kw,
        )
    return row


def _figures(row: PhaseOutRunningRow) -> tuple[object, ...]:
    names = (
        "first_day",
        "last_day",
        "result",
        "meters",
        "threshold_kw",
        "highest_kw",
        "completeness",
        "slots_above",
    )
    return tuple(getattr(row, name) for name in names)


def _rule(row: PhaseOutRuleRow) -> RunningRule:
    return RunningRule(row.running_share, row.running_floor_kw, row.running_slots, row.least_completeness)


async def _loads(ctx: Context, meters: Sequence[MeterRow], first: date, last: date) -> Floats:
    """(meters, slots of the days) kW at 96 a day, NaN where missing."""
    days = max(0, (last - first).days + 1)
    found = np.full((len(meters), days * _SLOTS), np.nan)
    if not days:
        return found
    groups: dict[tuple[int, int], list[int]] = {}
    place = {meter.meter_index: number for number, meter in enumerate(meters)}
    for meter in meters:
        key = (Quantity(meter.quantity).number, slots_a_day(meter.interval_minutes))
        groups.setdefault(key, []).append(meter.meter_index)
    begin = day_number(first)
    for (quantity, slots), indexes in groups.items():
        rows = await read_days(ctx.session, quantity, sorted(indexes), begin, day_number(last), slots)
        for number, (index, day) in enumerate(zip(rows.meter_index.tolist(), rows.day.tolist(), strict=True)):
            start = (day - begin) * _SLOTS
            found[place[index], start : start + _SLOTS] = _at_96(rows.values[number], slots)
    return found


def _at_96(values: np.ndarray[tuple[int], np.dtype[np.float32]], slots: int) -> Floats:
    wide = np.asarray(values, np.float64)
    if slots > _SLOTS:
        found: Floats = wide.reshape(_SLOTS, slots // _SLOTS).mean(axis=1)
        return found
    return np.repeat(wide, _SLOTS // slots)
