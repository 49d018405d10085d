"""While an activation runs: load so far against baseline and order, from the running day, every minute."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.registry.queries import work_calendar
from services.energy.activations import repository, verification_repository
from services.energy.activations.baselining import make_baselines
from services.energy.activations.domain.order import ActivationState
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, day_of, quarter_of, start_of
from services.energy.activations.domain.rule import Rule
from services.energy.activations.domain.tracking import Course, judge
from services.energy.activations.loads import read_loads
from services.energy.activations.rows import profile_of
from services.energy.activations.service.responding import response_subject, short_findings
from services.energy.activations.service.rules import definition_for, rule_of_activation
from services.energy.activations.tables import ActivationOrderRow, ActivationRow, ActivationTrackRow
from services.energy.situations.domain.situation import Judgement
from services.energy.situations.service import settle_all

Members = Sequence[Sequence[int]]


async def track_running(ctx: Context) -> None:
    """Follow every activation that runs."""
    for activation in await repository.lock_in_state(ctx.session, ActivationState.RUNNING):
        await track(ctx, activation)


async def track(ctx: Context, activation: ActivationRow) -> None:
    """Bring the course of a locked activation's orders up to date; who falls short is told once."""
    orders = [
        order
        for order in await repository.orders_of(ctx.session, [activation.id], lock=True)
        if order.starts_at < order.ends_at and order.starts_at <= ctx.now
    ]
    if not orders:
        return
    rule = await rule_of_activation(ctx, activation)
    members = await members_of(ctx, orders)
    tracks = await _tracks(ctx, activation, orders, members, rule)
    first, end = quarter_of(min(order.starts_at for order in orders)), quarter_of(ctx.now)
    loads = await read_loads(ctx.session, members, first, end) if end > first else np.empty((len(orders), 0))
    judgements = []
    for order, load in zip(orders, loads, strict=True):
        track_row = tracks[order.id]
        _follow(ctx, order, track_row, load[quarter_of(order.starts_at) - first :], rule)
        judgements.append(
            Judgement(response_subject(activation, order), short_findings(activation, order, track_row))
        )
    await settle_all(ctx, judgements, judged=[SituationKind.NON_RESPONSE], reason=lambda _row: "met")


async def members_of(ctx: Context, orders: Sequence[ActivationOrderRow]) -> list[list[int]]:
    """Indexes of the meters of each order."""
    meters = await repository.meters_of(ctx.session, [order.id for order in orders])
    return [[meter.meter_index for meter in meters.get(order.id, [])] for order in orders]


async def _tracks(
    ctx: Context,
    activation: ActivationRow,
    orders: Sequence[ActivationOrderRow],
    members: Members,
    rule: Rule,
) -> dict[UUID, ActivationTrackRow]:
    """The tracks of the orders; those that have none yet get their baseline, once."""
    known = await verification_repository.tracks_of(ctx.session, [order.id for order in orders])
    fresh = [place for place, order in enumerate(orders) if order.id not in known]
    if not fresh:
        return known
    calendar = await work_calendar(ctx.session)
    definition = definition_for(rule, activation.baseline_method)
    days = {day_of(quarter_of(orders[place].starts_at)) for place in fresh}
    for day in sorted(days):
        own = [place for place in fresh if day_of(quarter_of(orders[place].starts_at)) == day]
        first = min(quarter_of(orders[place].starts_at) for place in own)
        end = max(quarter_of(orders[place].ends_at) for place in own)
        quarters = np.unique(np.arange(first, end) % QUARTERS_A_DAY)
        chosen = [orders[place] for place in own]
        made = await make_baselines(
            ctx, definition, chosen, [members[place] for place in own], (day, quarters), calendar
        )
        for order, kw, base_days in zip(chosen, made.kw, made.days, strict=True):
            row = ActivationTrackRow(
                order_id=order.id,
                baseline_kw=kw.round(3).tolist(),
                baseline_days=[one.isoformat() for one in base_days],
                over=0,
                load_kw=[],
                course=Course.STARTING.value,
                tracked_at=ctx.now,
            )
            ctx.session.add(row)
            known[order.id] = row
    await ctx.session.flush()
    return known


def _follow(ctx: Context, order: ActivationOrderRow, row: ActivationTrackRow, load: Floats, rule: Rule) -> None:
    profile = profile_of(order)
    over = min(len(load), profile.quarters)
    quarters = np.arange(profile.first, profile.first + over)
    baseline = np.array(row.baseline_kw)[quarters % QUARTERS_A_DAY]
    ordered = profile.over(profile.first, profile.first + over)
    found = judge(baseline, load[:over], ordered, over, rule.patience)
    achieved = baseline - load[:over]
    known = np.flatnonzero(np.isfinite(achieved))
    latest = int(known[-1]) if len(known) else None
    row.over = over
    row.load_kw = load[:over].round(3).tolist()
    row.course = found.course.value
    row.since = None if found.since is None else start_of(profile.first + found.since + 1)
    row.since_ordered_kw, row.since_achieved_kw = found.ordered_kw, found.achieved_kw
    row.latest_at = None if latest is None else start_of(profile.first + latest + 1)
    row.latest_ordered_kw = None if latest is None else float(ordered[latest])
    row.latest_achieved_kw = None if latest is None else round(float(achieved[latest]), 3)
    row.tracked_at = ctx.now
