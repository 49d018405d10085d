"""What is due is computed, newest days first, and today's shortages are told: the job of every minute."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from services.energy.balance import due_repository, repository
from services.energy.balance.computing import NodeDay, begin, held_of, row_of
from services.energy.balance.forecasts import ForecastOf, GenerationOf, no_forecast, no_generation
from services.energy.balance.supplies import is_of
from services.energy.balance.telling import tell
from services.energy.grid import repository as grid_repository
from services.energy.grid.domain.spans import Span
from services.energy.grid.domain.tree import reachable
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.situations.domain.situation import Outcome

# Nodes' days computed by one run; the rest waits for the next.
_MOST_DAYS: Final = 4000
# Days computed together at most.
_SPAN: Final = 31
# A quota handed out later counts for so many days back.
_QUOTA_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Settled:
    """``days`` of nodes computed; what became of the situations."""

    days: int = 0
    outcome: Outcome = field(default_factory=Outcome)


async def mark_due(ctx: Context, nodes: Iterable[UUID], days: Collection[date]) -> None:
    """Have these days of the nodes computed by the next run; those above them are not marked along."""
    await due_repository.put_due(ctx.session, [(node, day) for node in nodes for day in days])


async def settle_due(
    ctx: Context, forecast: ForecastOf = no_forecast, generation: GenerationOf = no_generation
) -> Settled:
    """Compute what is due up to today, and settle today's shortages."""
    await repository.lock_balances(ctx.session)
    today = today_of(ctx)
    await _follow_grid(ctx, today)
    await _follow_quotas(ctx, today)
    pending: dict[int, set[UUID]] = {}
    for node, day in await due_repository.take_due(ctx.session, today, _MOST_DAYS):
        pending.setdefault(day_number(day), set()).add(node)
    computed = 0
    newest: dict[UUID, NodeDay] = {}
    last = day_number(today)
    watched = set(pending.get(last, ()))
    # Today is computed in any case, however much of the past is waiting.
    while pending and (computed < _MOST_DAYS or last in pending):
        days, nodes = _next(pending if computed < _MOST_DAYS else _only(pending, last))
        found = await _compute(ctx, days, nodes, forecast, generation)
        computed += len(days) * len(nodes)
        newest |= {one.node: one for one in found.of_day(last)}
        if days[-1] < last:
            for node in found.moved:
                pending.setdefault(days[-1] + 1, set()).add(node)
                if days[-1] + 1 == last:
                    watched.add(node)
    await due_repository.put_due(
        ctx.session, [(node, date_of(day)) for day, nodes in pending.items() for node in nodes]
    )
    outcome = await tell(ctx, sorted(watched), newest, last) if watched else Outcome()
    return Settled(computed, outcome)


def _next(pending: dict[int, set[UUID]]) -> tuple[list[int], list[UUID]]:
    """The oldest days that lie together and are due of the same nodes, taken out of ``pending``."""
    first = min(pending)
    nodes = pending.pop(first)
    days = [first]
    while len(days) < _SPAN and pending.get(days[-1] + 1) == nodes:
        days.append(days[-1] + 1)
        del pending[days[-1]]
    return days, sorted(nodes)


def _only(pending: dict[int, set[UUID]], day: int) -> dict[int, set[UUID]]:
    return {day: pending.pop(day)}


@dataclass(frozen=True, slots=True)
class _Found:
    """``moved``: nodes whose levels stand elsewhere after the last day than they did."""

    days: Sequence[NodeDay]
    moved: Sequence[UUID]

    def of_day(self, day: int) -> list[NodeDay]:
        return [one for one in self.days if one.columns.day == day]


async def _compute(
    ctx: Context, days: Sequence[int], nodes: Sequence[UUID], forecast: ForecastOf, generation: GenerationOf
) -> _Found:
    last = date_of(days[-1])
    stood = await repository.held_on(ctx.session, nodes, last)
    computation = await begin(ctx, nodes, days[0], days[-1], forecast=forecast, generation=generation)
    known = [node for node in nodes if node in computation.loads]
    found: list[NodeDay] = []
    for day in days:
        own = await computation.day(known, day)
        await repository.put_days(ctx.session, [row_of(ctx, one) for one in own])
        there = {one.node for one in own}
        await repository.drop_days(ctx.session, [node for node in nodes if node not in there], date_of(day))
        found += own
    after = {one.node: one.held for one in found if one.columns.day == days[-1]}
    moved = [node for node in nodes if (None if node not in stood else held_of(stood[node])) != after.get(node)]
    return _Found(found, moved)


async def _follow_grid(ctx: Context, today: date) -> None:
    """What was recorded of the grid: days that are computed already, and today, of the nodes and those above."""
    for node, span in await grid_repository.take_touched(ctx.session):
        links = await grid_repository.links_touching(ctx.session, span)
        nodes = reachable(links, [node], downwards=False)
        pairs = await repository.computed_days(ctx.session, nodes, span)
        if Span(span.valid_from, span.valid_to).holds(today) or (span.valid_to or today) <= today:
            pairs += [(one, today) for one in nodes]
        await due_repository.put_due(ctx.session, [(one, day) for one, day in pairs if day <= today])


async def _follow_quotas(ctx: Context, today: date) -> None:
    """Days of the last week whose quotas are others than those they were computed by."""
    first = today - timedelta(days=_QUOTA_DAYS)
    stored = await repository.stored_quotas(ctx.session, first, today)
    if not stored:
        return
    by_code = await repository.named_nodes(ctx.session)
    now: dict[tuple[UUID, date], set[UUID]] = {}
    for quota in await repository.quotas_between(ctx.session, by_code, first, today):
        for node in by_code[quota.code]:
            if is_of(quota, node):
                now.setdefault((node.id, quota.day), set()).add(quota.id)
    due = [key for key, ids in stored.items() if ids != now.get(key, set())]
    await due_repository.put_due(ctx.session, due)
