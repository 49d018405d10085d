"""Gaps of nodes as measured or foreseen, and what shortages are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from libs.common.context import Context
from libs.common.local_time import today_of
from services.energy.balance import repository
from services.energy.balance.computing import NodeDay, begin
from services.energy.balance.domain.gap import SLOTS, GapColumns, MaximumSource, gap_columns, gaps
from services.energy.balance.domain.levels import Edges, Floats
from services.energy.balance.domain.periods import DayLevels
from services.energy.balance.domain.rules import BalanceRule
from services.energy.balance.errors import (
    BalanceNotFound,
    ForecastMissing,
)
from services.energy.balance.forecasts import ForecastOf, GenerationOf, highest, no_forecast, no_generation
from services.energy.balance.settling import mark_due
from services.energy.balance.supplies import NodeSupply, load_supplies
from services.energy.balance.tables import BalanceDayRow
from services.energy.grid import repository as grid_repository
from services.energy.grid.domain.rules import rule_for
from services.energy.grid.network import load_network
from services.energy.grid.service.reports import check_days
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import date_of, day_number

__all__ = ["Basis", "GapColumns", "gap_for", "gap_of", "mark_due"]

_MOST_RECOMPUTED: Final = 400


class Basis(StrEnum):
    """Which load a balance is of."""

    MEASURED = "measured"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """A balance with the rows behind it."""

    node: GridNodeRow
    columns: GapColumns
    supply: NodeSupply
    rule: BalanceRule
    maximum_source: MaximumSource
    completeness: Floats | None = None
    scaled: int | None = None


async def gap_of(
    ctx: Context,
    node_code: str,
    day: int | date,
    *,
    basis: Basis = Basis.MEASURED,
    forecast: ForecastOf = no_forecast,
    generation: GenerationOf = no_generation,
) -> GapColumns:
    """Supply, demand, gap and level of a node's day (a date, or its number since 1970) by slot.

    Raises GridNodeNotFound, BalanceNotFound where nothing is measured of it, ForecastMissing, BalanceRuleMissing.
    """
    found = await balance_of(ctx, node_code, day, basis=basis, forecast=forecast, generation=generation)
    return found.columns


async def balance_of(
    ctx: Context,
    node_code: str,
    day: int | date,
    *,
    basis: Basis = Basis.MEASURED,
    forecast: ForecastOf = no_forecast,
    generation: GenerationOf = no_generation,
) -> Balance:
    """The same with what is behind it; computed now, not read. Raises as :func:`gap_of`."""
    day = _number(day)
    row = await grid_repository.get_node(ctx.session, ctx.principal, node_code)
    if basis is Basis.FORECAST:
        foreseen = await forecast(ctx, row.id, day)
        top = highest(foreseen)
        if foreseen is None or top is None:
            raise ForecastMissing(node_code=node_code, day=date_of(day))
        return await balance_for(ctx, row, day, foreseen.p50, top, generation)
    computation = await begin(ctx, [row.id], day, day, forecast=forecast, generation=generation)
    found: list[NodeDay] = await computation.day([row.id], day)
    if not found:
        raise BalanceNotFound(node_code=node_code, day=date_of(day))
    one = found[0]
    return Balance(row, one.columns, one.supply, one.rule, one.maximum_source, one.completeness, one.scaled)


async def gap_for(
    ctx: Context,
    node: GridNodeRow,
    day: int | date,
    demand_kw: Floats,
    maximum_kw: float | None = None,
    generation: GenerationOf = no_generation,
) -> GapColumns:
    """The gap that a load foreseen by the caller, (96,) kW, would leave; the level is of each slot by itself.

    ``maximum_kw`` is the denominator, the highest of the demand if left out. Raises BalanceRuleMissing.
    """
    return (await balance_for(ctx, node, day, demand_kw, maximum_kw, generation)).columns


async def balance_for(
    ctx: Context,
    node: GridNodeRow,
    day: int | date,
    demand_kw: Floats,
    maximum_kw: float | None = None,
    generation: GenerationOf = no_generation,
) -> Balance:
    """The same with what is behind it."""
    day = _number(day)
    network = await load_network(ctx.session, [node.id], day, day)
    supplies = await load_supplies(ctx.session, network, [node.id])
    generated = await generation(ctx, [node.id], day)
    supply, rule = supplies.of(node.id, day, generated.get(node.id)), supplies.rule(node.id, day)
    top = maximum_kw
    if top is None:
        top = float(np.nanmax(demand_kw)) if np.isfinite(demand_kw).any() else float("nan")
    columns = gap_columns(day, supply.columns.available_kw, demand_kw, np.full(SLOTS, top), rule.edges)
    return Balance(node, columns, supply, rule, MaximumSource.FORECAST)


def _number(day: int | date) -> int:
    return day if isinstance(day, int) else day_number(day)


async def edges_of(ctx: Context, region_code: str, day: date) -> Edges | None:
    """The edges of the levels in a region on a day."""
    rules = [repository.rule_of(row) for row in await repository.all_rules(ctx.session)]
    found = rule_for(rules, region_code, day)
    return None if found is None else found.edges


async def ask_again(ctx: Context, node_code: str, first: date, last: date) -> int:
    """Have a span of a node's past computed, say after its meters were placed; returns how many days.

    Raises GridNodeNotFound, PeriodInverted, CurveRangeTooLong.
    """
    check_days(first, last, _MOST_RECOMPUTED)
    node = await grid_repository.get_node(ctx.session, ctx.principal, node_code)
    end = min(last, today_of(ctx))
    days = [first + timedelta(days=number) for number in range((end - first).days + 1)]
    await mark_due(ctx, [node.id], days)
    return len(days)


async def levels_between(ctx: Context, node_code: str, first: date, last: date) -> list[DayLevels]:
    """The levels of a node's computed days, in order.

    Raises GridNodeNotFound, PeriodInverted, CurveRangeTooLong.
    """
    check_days(first, last, _MOST_RECOMPUTED)
    node = await grid_repository.get_node(ctx.session, ctx.principal, node_code)
    return [_levels(row) for row in await repository.days_of(ctx.session, node.id, first, last)]


def _levels(row: BalanceDayRow) -> DayLevels:
    available, demand = np.array(row.available_kw), np.array(row.demand_kw)
    gap, _ = gaps(available, demand, np.full(SLOTS, np.nan))
    return DayLevels(day_number(row.day), np.array(row.level, np.int64), gap, np.array(row.gap_percent))
