"""What is short at a node of the grid on a day ahead, and who draws from it: the gap that a plan has to cover."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.activations import repository
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, start_of
from services.energy.activations.errors import ActivationNoGap
from services.energy.activations.rows import profile_of
from services.energy.balance.service import Basis, gap_of
from services.energy.forecast.service import latest_forecast
from services.energy.generation.contribution import generation_beside
from services.energy.grid.loads import find_node
from services.energy.grid.network import load_meters, load_network
from services.energy.metering.domain.slots import day_number

# kW that are nothing beside what meters measure.
_NOTHING: Final = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class NodeGap:
    """``kw``: (96,) of the office's day, NaN where nobody knows it, without what is ordered already.

    ``level``: 1 blue to 4 red, the gravest of the day before any order. ``forecast_id``: what it was read from.
    """

    kw: Floats
    level: int
    ordered_kw: Floats
    forecast_id: UUID


async def enterprises_below(ctx: Context, node_code: str, day: date) -> frozenset[UUID]:
    """Whose meters hang below the node on the day. Raises GridNodeNotFound."""
    node = await find_node(ctx.session, ctx.principal, node_code)
    number = day_number(day)
    network = await load_network(ctx.session, [node.id], number, number)
    places = (await load_meters(ctx.session, network)).on(number)
    return await repository.owners_of(ctx.session, places.take(~places.is_gateway).meter_index.tolist())


async def gap_at(ctx: Context, node_code: str, day: date, drawing: Collection[UUID]) -> NodeGap:
    """The gap that the newest forecast of the node's day leaves, less what is ordered of who draws from it.

    Today's forecast holds what was measured of the slots that are over. Orders that had begun when it was issued
    show in it and are not taken off again. Raises GridNodeNotFound, ForecastMissing, BalanceRuleMissing,
    ActivationNoGap.
    """
    columns = await gap_of(
        ctx, node_code, day, basis=Basis.FORECAST, forecast=latest_forecast, generation=generation_beside
    )
    node = await find_node(ctx.session, ctx.principal, node_code)
    forecast = await latest_forecast(ctx, node.id, day)
    assert forecast is not None  # gap_of says ForecastMissing
    ordered = await _ordered(ctx, day, drawing, forecast.issued_at)
    left = np.maximum(columns.gap_kw - ordered, 0.0)
    if not (left > _NOTHING).any():
        peak = float(np.nanmax(columns.gap_kw, initial=0.0))
        raise ActivationNoGap(node_code=node_code, day=day, gap_kw=round(peak, 1))
    return NodeGap(left, int(columns.level.max()), ordered, forecast.forecast_id)


async def _ordered(ctx: Context, day: date, drawing: Collection[UUID], since: datetime) -> Floats:
    """What enterprises are ordered to reduce by slot, by orders that begin from ``since`` on."""
    first = day_number(day) * QUARTERS_A_DAY
    end = first + QUARTERS_A_DAY
    found = np.zeros(QUARTERS_A_DAY)
    for order, _ in await repository.standing_orders(ctx.session, list(drawing), start_of(first), start_of(end)):
        if order.starts_at >= since:
            found += profile_of(order).over(first, end)
    return found
