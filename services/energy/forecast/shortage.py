"""From forecasts to the shortage that people are warned of the evening before: opened, stated anew, cleared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.local_time import today_of
from services.energy.balance.domain.rules import BalanceRule
from services.energy.balance.errors import BalanceRuleMissing
from services.energy.balance.forecasts import GenerationOf, no_generation
from services.energy.balance.supplies import Supplies, load_supplies
from services.energy.balance.telling import subject_of
from services.energy.forecast import repository
from services.energy.forecast.domain.due import STANDARD_MINUTES
from services.energy.forecast.domain.outcome import Model
from services.energy.forecast.domain.parameters import parameters_of
from services.energy.forecast.domain.series import SLOT_MINUTES, Floats
from services.energy.forecast.domain.shortage import ForeseenShortage, Judged, find_shortage, gravest
from services.energy.forecast.tables import ForecastDayRow
from services.energy.forecast.wording import Foreseen, explain
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.network import load_network
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import (
    MINUTES_A_DAY,
    date_of,
    day_number,
    instant_of,
    local_minute,
)
from services.energy.situations.domain.situation import Finding, Judgement, Outcome, Subject
from services.energy.situations.repository import open_situations
from services.energy.situations.service import settle_all
from services.energy.situations.tables import SituationRow

KIND: Final = SituationKind.SHORTAGE_FORECAST
# The time it was foreseen for has come; a newer forecast or more supply shows otherwise; nobody is told any more.
ENDED, CORRECTED, WITHDRAWN = "ended", "corrected", "withdrawn"
# A beginning that moves by no more than this is no news.
_STEADY: Final = timedelta(hours=1)

_Days = Mapping[tuple[UUID, int], ForecastDayRow]
_Generated = Mapping[int, Mapping[UUID, Floats]]


async def judge_all(ctx: Context, generation: GenerationOf = no_generation) -> Outcome:
    """Judge every node that is forecast, and those that a warning of stands though they are not any more."""
    today = today_of(ctx)
    nodes = {row.id: row for row in await repository.nodes_to_forecast(ctx.session, today)}
    warned = await open_situations(ctx.session, [KIND])
    nodes |= await repository.nodes_by_id(ctx.session, set(warned) - set(nodes))
    await repository.lock_nodes(ctx.session, nodes)
    gone = [Judgement(_subject(own[KIND])) for node, own in warned.items() if node not in nodes]
    ended = await settle_all(ctx, gone, judged=[KIND], reason=lambda _row: WITHDRAWN)
    return ended + await judge_nodes(ctx, list(nodes.values()), generation)


def _subject(row: SituationRow) -> Subject:
    """A node that was removed, as its warning has it."""
    return Subject(row.subject_type, row.subject_id, row.subject_code, row.subject_name, row.region_code)


async def judge_nodes(
    ctx: Context, nodes: Sequence[GridNodeRow], generation: GenerationOf = no_generation
) -> Outcome:
    """Settle the foreseen shortages of nodes by the newest forecasts of the rest of today and of the days ahead.

    The caller holds the nodes' locks.
    """
    if not nodes:
        return Outcome()
    minute = local_minute(ctx.now, STANDARD_MINUTES)
    today, slot = minute // MINUTES_A_DAY, minute % MINUTES_A_DAY // SLOT_MINUTES
    ahead = await _ahead(ctx, nodes, today)
    last = today + max(ahead.values())
    ids = [node.id for node in nodes]
    rows = await repository.latest_days(ctx.session, ids, date_of(today), date_of(last))
    days: _Days = {(node, day_number(day)): row for (node, day), row in rows.items()}
    network = await load_network(ctx.session, ids, today, last)
    known = [node for node in nodes if node.id in network.nodes]
    supplies = await load_supplies(ctx.session, network, [node.id for node in known])
    generated = {day: await generation(ctx, ids, day) for day in range(today, last + 1)}
    standing = {subject: own[KIND] for subject, own in (await open_situations(ctx.session, [KIND], ids)).items()}
    judgements = []
    withdrawn: set[UUID] = set()
    for node in nodes:
        if node not in known or not _is_told(supplies, node, today):
            withdrawn.add(node.id)
            judgements.append(Judgement(subject_of(node)))
            continue
        found = gravest(
            [
                _shortage(node, day, days, supplies, generated, slot if day == today else 0)
                for day in range(today, today + ahead[node.id] + 1)
            ]
        )
        findings = () if found is None else (_finding(node, found, days, supplies, standing.get(node.id)),)
        judgements.append(Judgement(subject_of(node), findings))

    def reason(row: SituationRow) -> str:
        if row.subject_id in withdrawn:
            return WITHDRAWN
        return ENDED if row.expected_at is None or row.expected_at <= ctx.now else CORRECTED

    return await settle_all(ctx, judgements, judged=[KIND], reason=reason)


async def _ahead(ctx: Context, nodes: Iterable[GridNodeRow], today: int) -> dict[UUID, int]:
    """How many days ahead each node's shortages are warned of."""
    rules, on = await repository.load_rules(ctx.session), date_of(today)
    return {node.id: parameters_of(rules, node.code, node.region_code, on).warn_days for node in nodes}


def _is_told(supplies: Supplies, node: GridNodeRow, day: int) -> bool:
    """Whether people are told of shortages of such a node; where no rule says how they are judged, nobody is."""
    ends = node.valid_to
    is_there = node.valid_from <= date_of(day) and (ends is None or date_of(day) < ends)
    rule = _rule(supplies, node, day)
    return is_there and rule is not None and NodeKind(node.kind) in rule.kinds


def _rule(supplies: Supplies, node: GridNodeRow, day: int) -> BalanceRule | None:
    try:
        return supplies.rule(node.id, day)
    except BalanceRuleMissing:
        return None


def _shortage(
    node: GridNodeRow, day: int, days: _Days, supplies: Supplies, generated: _Generated, begin: int
) -> ForeseenShortage | None:
    row, rule = days.get((node.id, day)), _rule(supplies, node, day)
    if row is None or rule is None:
        return None
    p50, p90 = np.array(row.p50_kw, np.float64), np.array(row.p90_kw, np.float64)
    supply = supplies.of(node.id, day, generated[day].get(node.id)).columns
    return find_shortage(day, p50, p90, supply, Judged(rule.edges, rule.up_slots, rule.down_slots), begin)


def _finding(
    node: GridNodeRow, found: ForeseenShortage, days: _Days, supplies: Supplies, standing: SituationRow | None
) -> Finding:
    row = days[node.id, found.day]
    begins = instant_of(found.day * MINUTES_A_DAY + found.first * SLOT_MINUTES, STANDARD_MINUTES)
    foreseen = Foreseen(node.name, row.day, found, Model(row.model), row.mape, row.held_out_days)
    zh, en = explain(foreseen)
    return Finding(
        kind=KIND,
        level=found.level,
        expected_at=_steady(begins, standing),
        gap_percent=round(found.gap_percent, 2),
        gap_kw=round(found.gap_kw, 1),
        reference_on=row.day,
        explanation_zh=zh,
        explanation_en=en,
        restate_points=supplies.rule(node.id, found.day).restate_points,
    )


def _steady(begins: datetime, standing: SituationRow | None) -> datetime:
    """The beginning that was told, where the new one lies next to it: a quarter of an hour is no news."""
    told = None if standing is None else standing.expected_at
    return told if told is not None and abs(told - begins) <= _STEADY else begins
