"""What other services hear of an activation: its state, and what concerns each enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import ActivationOrderPayload, ActivationPayload
from libs.common.outbox.record import EventRow, event_row, record_event
from services.energy.activations.domain.order import Profile
from services.energy.activations.rows import profile_of
from services.energy.activations.tables import ActivationOrderRow, ActivationRow


def peak_kw(profiles: Sequence[Profile]) -> float:
    """The most that is ordered of all together at one time."""
    if not profiles:
        return 0.0
    first, end = min(profile.first for profile in profiles), max(profile.end for profile in profiles)
    return float(np.sum([profile.over(first, end) for profile in profiles], axis=0).max(initial=0.0))


def activation_facts(activation: ActivationRow, orders: Sequence[ActivationOrderRow]) -> dict[str, Any]:
    """The fields of an ActivationPayload."""
    return {
        "activation_id": activation.id,
        "code": activation.code,
        "region_code": activation.region_code,
        "state": activation.state,
        "level": activation.level,
        "node_code": activation.node_code,
        "starts_at": activation.starts_at,
        "ends_at": activation.ends_at,
        "enterprises": len(orders),
        "ordered_kw": peak_kw([profile_of(order) for order in orders]),
        "reason": activation.reason,
    }


def order_facts(activation: ActivationRow, order: ActivationOrderRow) -> dict[str, Any]:
    """The fields of an ActivationOrderPayload."""
    return {
        "order_id": order.id,
        "activation_id": activation.id,
        "code": activation.code,
        "enterprise_id": order.enterprise_id,
        "enterprise_name": order.enterprise_name,
        "starts_at": order.starts_at,
        "ends_at": order.ends_at,
        "ordered_kw": profile_of(order).peak_kw,
        "measure": order.measure,
    }


async def tell_activation(ctx: Context, activation: ActivationRow, payload: ActivationPayload) -> None:
    """Raise the activation's version and record the event."""
    activation.version += 1
    activation.changed_at = ctx.now
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(activation.id),
        aggregate_version=activation.version,
        region_code=activation.region_code,
        ordered_by=str(activation.id),
    )


def order_event(ctx: Context, order: ActivationOrderRow, payload: ActivationOrderPayload) -> EventRow:
    """Raise the order's version; the event is recorded by the caller, with those of others."""
    order.version += 1
    order.changed_at = ctx.now
    return event_row(
        ctx,
        payload,
        subject=str(order.id),
        aggregate_version=order.version,
        region_code=order.region_code,
        enterprise_id=order.enterprise_id,
        # What an enterprise is told comes after what was ordered of all.
        ordered_by=str(order.activation_id),
    )
