"""An activation by the region's plan: who is chosen for a gap becomes the orders, with the planner's reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, start_of
from services.energy.activations.errors import ActivationPlanMissing, ActivationSelectionEmpty
from services.energy.activations.service.node_gaps import enterprises_below, gap_at
from services.energy.activations.service.ordering import WantedActivation, WantedOrder, order_activation
from services.energy.activations.tables import ActivationRow
from services.energy.curtailment.errors import GapUnfit
from services.energy.curtailment.service import Chosen, Selection, approved_plan, select_users
from services.energy.metering.domain.slots import day_number

# Of rows that were passed over so many reasons rest with the activation; the planner tells all of them.
_REASONS: Final = 500


@dataclass(frozen=True, slots=True)
class WantedByPlan:
    """``gap_kw`` by quarter of the office's day (96), NaN where nobody knows it; None: as foreseen at the node.

    ``node_code``: what is short; only who draws from it helps. ``level`` 1 blue to 4 red.
    """

    region_code: str
    day: date
    reason: str
    gap_kw: Floats | None = None
    level: int | None = None
    node_code: str | None = None
    acknowledge_minutes: int | None = None
    baseline_method: str | None = None


async def order_by_plan(ctx: Context, wanted: WantedByPlan) -> ActivationRow:
    """Choose who covers the gap and order it of them.

    Raises ActivationPlanMissing, ActivationSelectionEmpty, GapUnfit, what reading a node's gap raises, and what
    ordering by hand raises. Of a gap without figures and node: GapUnfit.
    """
    ensure_region(ctx.principal, wanted.region_code)
    plan = await approved_plan(ctx, wanted.region_code, wanted.day.year)
    if plan is None:
        raise ActivationPlanMissing(region_code=wanted.region_code, year=wanted.day.year)
    among = None if wanted.node_code is None else await enterprises_below(ctx, wanted.node_code, wanted.day)
    gap_kw, level = wanted.gap_kw, wanted.level
    source: dict[str, Any] = {"gap_source": "given"}
    if gap_kw is None:
        if wanted.node_code is None or among is None:
            raise GapUnfit(slots=QUARTERS_A_DAY, count=0)
        found = await gap_at(ctx, wanted.node_code, wanted.day, among)
        gap_kw, level = found.kw, level or found.level
        source = {
            "gap_source": "forecast",
            "forecast_id": str(found.forecast_id),
            "ordered_kw": _values(found.ordered_kw),
        }
    selection = await select_users(ctx, plan, gap_kw, wanted.day, level=wanted.level, among=among)
    if not selection.users:
        raise ActivationSelectionEmpty(day=wanted.day, uncovered_kw=round(_peak(selection.uncovered_kw), 1))
    calls: dict[UUID, list[Chosen]] = {}
    for one in sorted(selection.users, key=lambda one: (one.code, one.first)):
        calls.setdefault(one.enterprise_id, []).append(one)
    orders = tuple(_order(wanted.day, own) for own in calls.values())
    return await order_activation(
        ctx,
        WantedActivation(
            region_code=wanted.region_code,
            starts_at=min(one.starts_at for one in orders if one.starts_at is not None),
            ends_at=max(one.ends_at for one in orders if one.ends_at is not None),
            reason=wanted.reason,
            orders=orders,
            level=level or selection.level,
            node_code=wanted.node_code,
            acknowledge_minutes=wanted.acknowledge_minutes,
            baseline_method=wanted.baseline_method,
            plan_id=plan.plan_id,
            selection=kept(selection) | source,
        ),
    )


def _order(day: date, calls: Sequence[Chosen]) -> WantedOrder:
    """The calls of one enterprise as one order, with pauses between them."""
    steps: list[tuple[datetime, float]] = []
    for number, call in enumerate(calls):
        steps.append((_at(day, call.first), call.kw))
        if number + 1 < len(calls) and calls[number + 1].first > call.end:
            steps.append((_at(day, call.end), 0.0))
    return WantedOrder(
        enterprise_id=calls[0].enterprise_id,
        kw=max(call.kw for call in calls),
        meter_nos=tuple(dict.fromkeys(meter_no for call in calls for meter_no in call.meter_nos)),
        tier=calls[0].tier,
        measure=max((call.measure for call in calls), key=lambda measure: measure.rank).value,
        starts_at=steps[0][0],
        ends_at=_at(day, calls[-1].end),
        steps=tuple(steps),
    )


def _at(day: date, slot: int) -> datetime:
    return start_of(day_number(day) * QUARTERS_A_DAY + slot)


def kept(selection: Selection) -> dict[str, Any]:
    """What rests with the activation of the planner's answer."""
    return {
        "covers": selection.covers,
        "is_exact": selection.is_exact,
        "level": selection.level,
        "gap_kw": _values(selection.gap_kw),
        "covered_kw": _values(selection.covered_kw),
        "uncovered_kw": _values(selection.uncovered_kw),
        "text_zh": selection.text_zh,
        "text_en": selection.text_en,
        "chosen": [
            {"enterprise_id": str(one.enterprise_id), "reason_zh": one.reason_zh, "reason_en": one.reason_en}
            for one in selection.users
        ],
        "passed": [
            {"enterprise_id": str(one.enterprise_id), "why": one.why.value, "zh": one.text_zh, "en": one.text_en}
            for one in selection.reasons[:_REASONS]
        ],
    }


def _values(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 3) for value in values]


def _peak(values: Floats) -> float:
    return float(np.nanmax(values, initial=0.0))
