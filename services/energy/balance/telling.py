"""From balances of today to shortages that people are told: opened, raised, lowered, cleared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from services.energy.balance import repository
from services.energy.balance.computing import NodeDay
from services.energy.balance.domain.gap import Limit
from services.energy.balance.domain.levels import Level, level_of
from services.energy.balance.wording import ShortageFigures, explain
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import date_of
from services.energy.situations.domain.situation import Finding, Judgement, Outcome, Subject
from services.energy.situations.service import settle_all
from services.energy.situations.tables import SituationRow

KIND: Final = SituationKind.SUPPLY_SHORTAGE
# The load fell or the supply rose; what was measured turned out otherwise; the node is not watched any more.
ENDED, CORRECTED, WITHDRAWN = "ended", "corrected", "withdrawn"


def subject_of(row: GridNodeRow) -> Subject:
    """A node as what a situation is about."""
    return Subject(
        row.kind,
        row.id,
        row.code,
        row.name,
        row.region_code,
        None,
        row.responsible_person_id,
        row.responsible_unit_id,
    )


async def tell(ctx: Context, nodes: Sequence[UUID], found: Mapping[UUID, NodeDay], day: int) -> Outcome:
    """Settle the shortages of these nodes by their balance of ``day``, which is today.

    A node without a balance is not watched any more. One of which nothing is known yet today stays as it is.
    """
    rows = await repository.node_rows(ctx.session, nodes)
    before = await repository.highest_levels(ctx.session, nodes, date_of(day) - timedelta(days=1))
    reasons: dict[UUID, str] = {}
    judgements = []
    for node in sorted(rows):
        row, own = rows[node], found.get(node)
        if own is None or NodeKind(row.kind) not in own.rule.kinds:
            reasons[node] = WITHDRAWN
            judgements.append(Judgement(subject_of(row)))
            continue
        if own.held.level == 0:
            had = before.get(node, 0) > 0 or bool((own.columns.level > 0).any())
            reasons[node] = ENDED if had else CORRECTED
            judgements.append(Judgement(subject_of(row)))
        elif own.last_known is not None:
            judgements.append(Judgement(subject_of(row), (_finding(row, own, own.last_known),)))

    def reason(open_row: SituationRow) -> str:
        return reasons.get(open_row.subject_id, ENDED)

    return await settle_all(ctx, judgements, judged=[KIND], reason=reason)


def _finding(row: GridNodeRow, own: NodeDay, slot: int) -> Finding:
    columns, supply = own.columns, own.supply.columns
    raw = float(columns.gap_percent[slot])
    percent = None if math.isnan(raw) else raw
    maximum = float(columns.maximum_kw[slot])
    figures = ShortageFigures(
        name=row.name,
        day=date_of(columns.day),
        slot=slot,
        demand_kw=float(columns.demand_kw[slot]),
        available_kw=float(columns.available_kw[slot]),
        gap_kw=float(columns.gap_kw[slot]),
        gap_percent=percent,
        maximum_kw=None if math.isnan(maximum) else maximum,
        limit=Limit(int(supply.limit[slot])),
        maximum_source=own.maximum_source,
        level=Level(own.held.level),
        own_level=level_of(percent, own.rule.edges),
        completeness=float(own.completeness[slot]),
        is_quota_over=bool(supply.quota_over[slot]),
    )
    zh, en = explain(figures)
    return Finding(
        kind=KIND,
        level=own.held.level,
        gap_percent=None if percent is None else round(percent, 2),
        gap_kw=round(figures.gap_kw, 1),
        explanation_zh=zh,
        explanation_en=en,
        restate_points=own.rule.restate_points,
    )
