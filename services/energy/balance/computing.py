"""Balances of many nodes over days: one pass over the curves, one write; levels go on from the day before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np

from libs.common.context import Context
from services.energy.balance import repository
from services.energy.balance.domain.gap import (
    SLOTS,
    GapColumns,
    MaximumSource,
    gap_columns,
    running_maximum,
)
from services.energy.balance.domain.levels import UNKNOWN, Floats, Held, Int, hold_levels
from services.energy.balance.domain.rules import BalanceRule, Denominator
from services.energy.balance.forecasts import ForecastOf, GenerationOf, highest, no_forecast, no_generation
from services.energy.balance.supplies import NodeSupply, Supplies, load_supplies
from services.energy.grid.domain.loads import LoadColumns
from services.energy.grid.loads import loads_of
from services.energy.grid.network import load_network
from services.energy.metering.domain.slots import date_of


@dataclass(frozen=True, slots=True, eq=False)
class NodeDay:
    """A node's balance of a day: figures with the level held in each slot, and all that is behind them."""

    node: UUID
    columns: GapColumns
    supply: NodeSupply
    rule: BalanceRule
    completeness: Floats
    scaled: int
    expected: int
    maximum_source: MaximumSource
    held: Held

    @property
    def last_known(self) -> int | None:
        """The last slot whose level is known by itself."""
        known = np.flatnonzero(np.isfinite(self.columns.gap_percent))
        return int(known[-1]) if len(known) else None


@dataclass(slots=True)
class Computation:
    """What days of nodes are computed from; ``peaks`` and ``held`` go on from day to day."""

    ctx: Context
    supplies: Supplies
    loads: Mapping[UUID, LoadColumns]
    forecast: ForecastOf
    generation: GenerationOf
    peaks: dict[UUID, dict[int, float]] = field(default_factory=dict)
    held: dict[UUID, Held] = field(default_factory=dict)

    async def day(self, nodes: Sequence[UUID], day: int) -> list[NodeDay]:
        """The balances of a day of those nodes of which anything is expected."""
        generated = await self.generation(self.ctx, nodes, day)
        found = []
        for node in nodes:
            loads = self.loads[node]
            row = day - int(loads.day[0])
            if not loads.expected[row]:
                self.held.setdefault(node, Held())
                continue
            rule = self.supplies.rule(node, day)
            supply = self.supplies.of(node, day, generated.get(node))
            demand = loads.load_kw[row]
            maximum, source = await self._maximum(node, day, rule, demand)
            raw = gap_columns(day, supply.columns.available_kw, demand, maximum, rule.edges)
            levels, held = hold_levels(raw.level, self.held.get(node, Held()), rule.up_slots, rule.down_slots)
            self.held[node] = held
            # What is yet to come has no level; where the levels stand is held apart.
            levels[_first_to_come(raw) :] = UNKNOWN
            if np.isfinite(demand).any():
                self.peaks.setdefault(node, {})[day] = float(np.nanmax(demand))
            found.append(
                NodeDay(
                    node,
                    _with_level(raw, levels),
                    supply,
                    rule,
                    loads.completeness[row],
                    int(loads.scaled[row].sum()),
                    int(loads.expected[row]),
                    source,
                    held,
                )
            )
        return found

    async def _maximum(
        self, node: UUID, day: int, rule: BalanceRule, demand: Floats
    ) -> tuple[Floats, MaximumSource]:
        """The denominator of each slot, and where it is from."""
        if rule.denominator is Denominator.FORECAST_MAXIMUM:
            foreseen = highest(await self.forecast(self.ctx, node, day))
            if foreseen is not None:
                return np.full(SLOTS, foreseen), MaximumSource.FORECAST
        known = self.peaks.get(node, {})
        recent = [peak for before, peak in known.items() if day - rule.recent_days <= before < day]
        if recent:
            return np.full(SLOTS, max(recent)), MaximumSource.RECENT
        return running_maximum(demand), MaximumSource.TODAY


def _first_to_come(columns: GapColumns) -> int:
    known = np.flatnonzero(np.isfinite(columns.gap_percent))
    return int(known[-1]) + 1 if len(known) else 0


def _with_level(columns: GapColumns, level: Int) -> GapColumns:
    return GapColumns(
        columns.day,
        columns.available_kw,
        columns.demand_kw,
        columns.gap_kw,
        columns.gap_percent,
        level,
        columns.maximum_kw,
    )


async def begin(
    ctx: Context,
    nodes: Collection[UUID],
    first: int,
    last: int,
    *,
    forecast: ForecastOf = no_forecast,
    generation: GenerationOf = no_generation,
) -> Computation:
    """Load what the days from ``first`` to ``last`` (since 1970) of the nodes are computed from."""
    wanted = sorted(nodes)
    network = await load_network(ctx.session, wanted, first, last)
    known = [node for node in wanted if node in network.nodes]
    supplies = await load_supplies(ctx.session, network, known)
    loads = await loads_of(ctx.session, network, known)
    longest = max((rule.recent_days for rule in supplies.rules), default=0)
    began = date_of(first)
    computation = Computation(ctx, supplies, loads, forecast, generation)
    peaks = await repository.peaks_between(
        ctx.session, known, began - timedelta(days=longest), began - timedelta(days=1)
    )
    for (node, day), peak in peaks.items():
        computation.peaks.setdefault(node, {})[first - (began - day).days] = peak
    for node, kept in (await repository.held_before(ctx.session, known, began)).items():
        computation.held[node] = held_of(kept)
    return computation


def held_of(kept: Mapping[str, Any]) -> Held:
    return Held(kept["level"], tuple(kept["at_least"]), tuple(kept["at_most"]))


def kept(held: Held) -> dict[str, Any]:
    return {"level": held.level, "at_least": list(held.at_least), "at_most": list(held.at_most)}


def row_of(ctx: Context, found: NodeDay) -> dict[str, Any]:
    """A balance as it rests."""
    columns, supply = found.columns, found.supply
    known = np.isfinite(columns.gap_kw)
    rated = np.isfinite(columns.gap_percent)
    is_short = known & (columns.gap_kw > 0)
    peak = int(np.nanargmax(columns.demand_kw)) if np.isfinite(columns.demand_kw).any() else None
    maximum = columns.maximum_kw[np.isfinite(columns.maximum_kw)]
    return {
        "node_id": found.node,
        "day": date_of(columns.day),
        "available_kw": columns.available_kw.tolist(),
        "demand_kw": columns.demand_kw.tolist(),
        "gap_percent": columns.gap_percent.tolist(),
        "completeness": np.round(found.completeness, 6).tolist(),
        "level": columns.level.tolist(),
        "limit_source": supply.columns.limit.tolist(),
        "known_slots": int(known.sum()),
        "scaled_slots": found.scaled,
        "short_slots": int(is_short.sum()),
        "quota_over_slots": int(supply.columns.quota_over.sum()),
        "peak_kw": None if peak is None else float(columns.demand_kw[peak]),
        "peak_slot": peak,
        "maximum_kw": float(maximum[-1]) if len(maximum) else None,
        "maximum_source": int(found.maximum_source if len(maximum) else MaximumSource.UNKNOWN),
        "capacity_kw": supply.capacity_kw,
        "highest_level": max(0, int(columns.level.max())),
        "highest_gap_kw": float(columns.gap_kw[known].max()) if known.any() else None,
        "highest_gap_percent": float(columns.gap_percent[rated].max()) if rated.any() else None,
        "capacity_ids": list(supply.capacity_ids),
        "quota_ids": list(supply.quota_ids),
        "import_limit_ids": list(supply.import_limit_ids),
        "rule_id": found.rule.id,
        "held": kept(found.held),
        "computed_at": ctx.now,
    }
