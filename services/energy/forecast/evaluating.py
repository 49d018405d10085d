"""How good the forecasts of days that are over were, beside what yesterday and last week would have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.forecast import repository
from services.energy.forecast.domain.days import DayTable, day_table
from services.energy.forecast.domain.due import STANDARD_MINUTES
from services.energy.forecast.domain.measures import NOTHING, Accuracy, accuracy_of
from services.energy.forecast.domain.naive import naive, seasonal_naive
from services.energy.forecast.domain.parameters import Rule, parameters_of
from services.energy.forecast.domain.series import SLOTS, Floats, Load
from services.energy.forecast.histories import read_histories
from services.energy.forecast.tables import ForecastDayRow
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute

# Values come late: the last days are judged again each night.
_AGAIN_DAYS: Final = 3
# What the naive forecasts look back for.
_BACK_DAYS: Final = 24
_CHUNK: Final = 50


async def evaluate_days(ctx: Context, first: date, last: date) -> int:
    """Judge every forecast of these days by the load that came; returns how many."""
    forecasts = await repository.forecasts_of_days(ctx.session, first, last)
    by_node: dict[UUID, list[ForecastDayRow]] = {}
    for row in forecasts:
        by_node.setdefault(row.node_id, []).append(row)
    begin, end = day_number(first) - _BACK_DAYS, day_number(last)
    table = day_table(DayTypes(await work_calendar(ctx.session)), begin, end - begin + 1)
    rules = await repository.load_rules(ctx.session)
    nodes = list(by_node)
    for place in range(0, len(nodes), _CHUNK):
        chosen = nodes[place : place + _CHUNK]
        least = {node: _least(rules, by_node[node][0], last) for node in chosen}
        loads = await read_histories(ctx, chosen, begin, end, least)
        rows = [_judged(ctx, row, loads[node], table) for node in chosen for row in by_node[node]]
        await repository.put_accuracies(ctx.session, rows)
    return len(forecasts)


async def evaluate_yesterday(ctx: Context) -> None:
    """The day that ended, and those before it whose values may have come since."""
    today = local_minute(ctx.now, STANDARD_MINUTES) // MINUTES_A_DAY
    await evaluate_days(ctx, date_of(today - _AGAIN_DAYS), date_of(today - 1))


def _least(rules: Sequence[Rule], row: ForecastDayRow, day: date) -> float:
    return parameters_of(rules, row.node_code, row.region_code, day).min_completeness


def _judged(ctx: Context, row: ForecastDayRow, load: Load, table: DayTable) -> Mapping[str, Any]:
    place = day_number(row.day) - load.first_day
    ahead = np.arange(SLOTS) >= row.first_slot
    actual = np.where(ahead, load.load_kw[place], np.nan)
    p10, p50, p90 = (np.array(one, np.float64) for one in (row.p10_kw, row.p50_kw, row.p90_kw))
    own = accuracy_of(actual, p50, p10, p90)
    # What was known at its origin is told by the day and slot it was issued at.
    slot = row.first_slot if row.lead == 0 else _slot_of(row)
    simple = accuracy_of(actual, naive(load.load_kw, table, row.lead, slot)[place])
    seasonal = accuracy_of(actual, seasonal_naive(load.load_kw, table, row.lead)[place])
    return {
        "forecast_id": row.id,
        "node_id": row.node_id,
        "node_code": row.node_code,
        "region_code": row.region_code,
        "kind": row.kind,
        "issued_at": row.issued_at,
        "day": row.day,
        "lead": row.lead,
        "model": row.model,
        **_figures(own, simple, seasonal),
        "peak_error_percent": _peak_error(actual, np.where(ahead, p50, np.nan)),
        "evaluated_at": ctx.now,
    }


def _slot_of(row: ForecastDayRow) -> int:
    return local_minute(row.issued_at, STANDARD_MINUTES) % MINUTES_A_DAY * SLOTS // MINUTES_A_DAY


def _figures(own: Accuracy, simple: Accuracy = NOTHING, seasonal: Accuracy = NOTHING) -> dict[str, Any]:
    return {
        "slots": own.slots,
        "mape": own.mape,
        "mae_kw": own.mae_kw,
        "pinball_kw": own.pinball_kw,
        "pinball_percent": own.pinball_percent,
        "coverage": own.coverage,
        "naive_mape": simple.mape,
        "naive_mae_kw": simple.mae_kw,
        "seasonal_mape": seasonal.mape,
        "seasonal_mae_kw": seasonal.mae_kw,
    }


def _peak_error(actual: Floats, p50: Floats) -> float | None:
    """By how much the forecast peak lay above the one that came, in percent; None unless the day is whole."""
    ahead = np.isfinite(p50)
    if not ahead.any() or not np.isfinite(actual[ahead]).all():
        return None
    peak = float(actual[ahead].max())
    return 100.0 * (float(p50[ahead].max()) - peak) / peak if peak > 0 else None
