"""The report of the day from orders, tracks and verifications."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import region_name
from libs.common.security.scope import ensure_region
from services.energy.activations import repository, verification_repository
from services.energy.activations.domain.quarters import HOURS, QUARTERS_A_DAY, start_of
from services.energy.activations.domain.report import DayReport, Line, totals
from services.energy.activations.rows import profile_of
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationTrackRow,
    ActivationVerificationRow,
)
from services.energy.metering.domain.slots import day_number


async def report_day(ctx: Context, region_code: str, day: date) -> DayReport:
    """What was ordered for a day in a region's subtree and became of it. Raises NotFound."""
    ensure_region(ctx.principal, region_code)
    first = day_number(day) * QUARTERS_A_DAY
    span = (start_of(first), start_of(first + QUARTERS_A_DAY))
    found = await repository.orders_starting(ctx.session, ctx.principal, regions.prefix(region_code), *span)
    ids = [order.id for order, _ in found]
    tracks = await verification_repository.tracks_of(ctx.session, ids)
    verified = await verification_repository.current_verifications(ctx.session, ids)
    lines = tuple(
        _line(order, activation, tracks.get(order.id), verified.get(order.id)) for order, activation in found
    )
    name = await region_name(ctx.session, region_code)
    return DayReport(region_code, name, day, ctx.now, totals(lines), lines)


def _line(
    order: ActivationOrderRow,
    activation: ActivationRow,
    track: ActivationTrackRow | None,
    verified: ActivationVerificationRow | None,
) -> Line:
    profile = profile_of(order)
    is_late = (
        order.acknowledged_at is not None
        and order.acknowledge_by is not None
        and order.acknowledged_at > order.acknowledge_by
    )
    return Line(
        order_id=order.id,
        activation_code=activation.code,
        state=activation.state,
        enterprise_id=order.enterprise_id,
        enterprise_name=order.enterprise_name,
        credit_code=order.credit_code,
        region_code=order.region_code,
        tier=order.tier,
        measure=order.measure,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        ordered_kw=profile.peak_kw,
        ordered_kwh=profile.energy_kwh,
        notices=order.notice,
        acknowledged_at=order.acknowledged_at,
        is_acknowledged_late=is_late,
        course=None if track is None else track.course,
        **_figures(order, track, verified),
    )


def _figures(
    order: ActivationOrderRow, track: ActivationTrackRow | None, verified: ActivationVerificationRow | None
) -> dict[str, Any]:
    names = ("mean_kw", "peak_kw", "energy_kwh", "shortfall_kwh", "rate", "covered")
    if verified is not None:
        figures = {name: getattr(verified, name) for name in names}
        return figures | {"verdict": verified.verdict, "unknown": verified.unknown}
    nothing: dict[str, Any] = dict.fromkeys((*names, "verdict", "unknown"))
    if track is None or not track.over:
        return nothing
    achieved = achieved_so_far(order, track)
    known = achieved[np.isfinite(achieved)]
    if not len(known):
        return nothing
    so_far = {
        "mean_kw": round(float(known.mean()), 3),
        "peak_kw": round(float(known.max()), 3),
        "energy_kwh": round(float(known.sum()) * HOURS, 3),
    }
    return nothing | so_far


def achieved_so_far(order: ActivationOrderRow, track: ActivationTrackRow) -> Any:
    """kW by quarter of the order, as far as it has gone; NaN where nothing is known."""
    profile = profile_of(order)
    quarters = np.arange(profile.first, profile.first + track.over)
    return np.array(track.baseline_kw)[quarters % QUARTERS_A_DAY] - np.array(track.load_kw, float)
