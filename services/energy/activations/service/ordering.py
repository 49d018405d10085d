"""An activation is ordered: of whom, how much, from when till when; nothing is told to anybody yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import ActivationOrderedV1
from libs.common.registry.tables import EnterpriseReplicaRow
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.activations import repository
from services.energy.activations.domain.order import ActivationState, Profile
from services.energy.activations.domain.quarters import (
    QUARTER_MINUTES,
    day_of,
    quarter_of,
    starts_quarter,
)
from services.energy.activations.errors import (
    ActivationEnterpriseUnknown,
    ActivationMetersUnfit,
    ActivationPeriodUnfit,
)
from services.energy.activations.loads import SIGNS
from services.energy.activations.rows import put_profile
from services.energy.activations.service.reach import demand_free, demand_within_reach, hold_users
from services.energy.activations.service.rules import rule_on
from services.energy.activations.service.telling import activation_facts, tell_activation
from services.energy.activations.tables import ActivationMeterRow, ActivationOrderRow, ActivationRow
from services.energy.curtailment.repository import meters_of as meters_of_users
from services.energy.curtailment.repository import users_by_enterprise
from services.energy.curtailment.tables import CurtailmentUserRow
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.tables import MeterRow

_MEASURED: Final = frozenset(quantity.value for quantity in SIGNS)
_DRAWN: Final = frozenset({Quantity.ACTIVE_IMPORT_KW.value, Quantity.ACTIVE_POWER_KW.value})


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """What one enterprise is to reduce; without times of its own those of the activation.

    ``meter_nos``: by which it is verified; empty: those it has as a user of orderly use, or all it draws by.
    ``steps``: from when on how much, where that changes; 0 is a pause. They begin at ``starts_at``.
    """

    enterprise_id: UUID
    kw: float
    meter_nos: tuple[str, ...] = ()
    tier: int | None = None
    measure: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    steps: tuple[tuple[datetime, float], ...] = ()


@dataclass(frozen=True, slots=True)
class WantedActivation:
    region_code: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    orders: tuple[WantedOrder, ...]
    level: int | None = None
    node_code: str | None = None
    acknowledge_minutes: int | None = None
    baseline_method: str | None = None
    plan_id: UUID | None = None
    selection: dict[str, Any] | None = None


async def order_activation(ctx: Context, wanted: WantedActivation) -> ActivationRow:
    """Record an activation with its orders.

    Raises ActivationPeriodUnfit, ActivationEnterpriseUnknown, ActivationMetersUnfit, ActivationUserProtected,
    ActivationExceedsAdjustable, ActivationOverlaps, ActivationRuleMissing, NotFound.
    """
    ensure_region(ctx.principal, wanted.region_code)
    rule = await rule_on(ctx, wanted.region_code, day_of(quarter_of(wanted.starts_at)))
    for starts_at, ends_at in {_period(wanted, one) for one in wanted.orders} | {
        (wanted.starts_at.astimezone(UTC), wanted.ends_at.astimezone(UTC))
    }:
        check_period(ctx, starts_at, ends_at, rule.max_hours)
    ids = [one.enterprise_id for one in wanted.orders]
    known = await _enterprises(ctx, wanted, ids)
    users = await users_by_enterprise(ctx.session, ids)
    demand_within_reach(users, {one.enterprise_id: one.kw for one in wanted.orders})
    meters = await _meters(ctx, wanted, known, users)
    await repository.lock_keys(ctx.session, [f"activation_enterprise:{one}" for one in ids])
    periods = [_period(wanted, one) for one in wanted.orders]
    await demand_free(
        ctx, dict(zip(ids, periods, strict=True)), {row.enterprise_id: row.name for row in known.values()}
    )
    activation = await _activation(ctx, wanted, periods, rule.acknowledge_minutes)
    orders = [
        _order(ctx, activation, one, period, known[one.enterprise_id])
        for one, period in zip(wanted.orders, periods, strict=True)
    ]
    ctx.session.add_all(orders)
    await ctx.session.flush()
    ctx.session.add_all(
        ActivationMeterRow(order_id=order.id, meter_index=meter.meter_index, meter_no=meter.meter_no)
        for order in orders
        for meter in meters[order.enterprise_id]
    )
    await hold_users(ctx, activation, orders)
    await tell_activation(ctx, activation, ActivationOrderedV1(**activation_facts(activation, orders)))
    return activation


def check_period(ctx: Context, starts_at: datetime, ends_at: datetime, max_hours: int) -> None:
    """Raises ActivationPeriodUnfit. A start in the quarter that runs is allowed: shortages do not wait."""
    is_fit = (
        starts_quarter(starts_at)
        and starts_quarter(ends_at)
        and starts_at < ends_at <= starts_at + timedelta(hours=max_hours)
        and starts_at > ctx.now - timedelta(minutes=QUARTER_MINUTES)
        and ends_at > ctx.now
    )
    if not is_fit:
        raise ActivationPeriodUnfit(
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), max_hours=max_hours
        )


def _period(wanted: WantedActivation, one: WantedOrder) -> tuple[datetime, datetime]:
    starts_at, ends_at = one.starts_at or wanted.starts_at, one.ends_at or wanted.ends_at
    return starts_at.astimezone(UTC), ends_at.astimezone(UTC)


async def _enterprises(
    ctx: Context, wanted: WantedActivation, ids: Sequence[UUID]
) -> dict[UUID, EnterpriseReplicaRow]:
    known = {
        enterprise_id: row
        for enterprise_id, row in (await repository.enterprises(ctx.session, ctx.principal, ids)).items()
        if regions.contains(wanted.region_code, row.region_code)
    }
    faults = [
        FieldError("activation.enterprise_fault", f"/orders/{place}/enterprise_id", {"enterprise_id": one})
        for place, one in enumerate(ids)
        if one not in known or one in ids[:place]
    ]
    if faults:
        raise ActivationEnterpriseUnknown(enterprises=len(faults), errors=faults)
    return known


async def _meters(
    ctx: Context,
    wanted: WantedActivation,
    known: Mapping[UUID, EnterpriseReplicaRow],
    users: Mapping[UUID, CurtailmentUserRow],
) -> dict[UUID, list[MeterRow]]:
    terms = await meters_of_users(ctx.session, [user.id for user in users.values()])
    measured = {
        enterprise_id: tuple(meter_no for meter_no, _ in terms.get(user.id, []))
        for enterprise_id, user in users.items()
    }
    found = await repository.meters_of_enterprises(ctx.session, ctx.principal, list(known))
    meters: dict[UUID, list[MeterRow]] = {}
    faults: list[FieldError] = []
    for place, one in enumerate(wanted.orders):
        own = {row.meter_no: row for row in found.get(one.enterprise_id, []) if row.quantity in _MEASURED}
        named = one.meter_nos or measured.get(one.enterprise_id) or tuple(_drawn(own.values()))
        if not named or not set(named) <= set(own):
            lacking = ", ".join(sorted(set(named) - set(own)))
            params = {"enterprise": known[one.enterprise_id].name, "meter_nos": lacking}
            faults.append(FieldError("activation.meter_fault", f"/orders/{place}/meter_nos", params))
            continue
        meters[one.enterprise_id] = [own[meter_no] for meter_no in dict.fromkeys(named)]
    if faults:
        raise ActivationMetersUnfit(enterprises=len(faults), errors=faults)
    return meters


def _drawn(rows: Collection[MeterRow]) -> list[str]:
    """Meters of what is drawn; what is fed back counts only where somebody names it."""
    return [
        row.meter_no
        for row in rows
        if row.valid_to is None
        and row.quantity in {Quantity.ACTIVE_IMPORT_KW.value, Quantity.ACTIVE_POWER_KW.value}
    ]


async def _activation(
    ctx: Context,
    wanted: WantedActivation,
    periods: Sequence[tuple[datetime, datetime]],
    acknowledge_minutes: int,
) -> ActivationRow:
    starts_at, ends_at = min(start for start, _ in periods), max(end for _, end in periods)
    prefix = f"YX-{wanted.region_code}-{day_of(quarter_of(starts_at)):%Y%m%d}-"
    await repository.lock_keys(ctx.session, [f"activation_code:{prefix}"])
    row = ActivationRow(
        id=ctx.new_id(),
        code=f"{prefix}{await repository.next_number(ctx.session, prefix):03d}",
        region_code=wanted.region_code,
        state=ActivationState.ORDERED.value,
        reason=wanted.reason,
        level=wanted.level,
        node_code=wanted.node_code,
        plan_id=wanted.plan_id,
        selection=wanted.selection,
        starts_at=starts_at,
        ends_at=ends_at,
        acknowledge_minutes=wanted.acknowledge_minutes or acknowledge_minutes,
        baseline_method=wanted.baseline_method,
        ordered_at=ctx.now,
        ordered_by=ctx.principal.subject,
        version=0,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


def _order(
    ctx: Context,
    activation: ActivationRow,
    one: WantedOrder,
    period: tuple[datetime, datetime],
    enterprise: EnterpriseReplicaRow,
) -> ActivationOrderRow:
    starts_at, ends_at = period
    row = ActivationOrderRow(
        id=ctx.new_id(),
        activation_id=activation.id,
        enterprise_id=one.enterprise_id,
        enterprise_name=enterprise.name,
        credit_code=enterprise.credit_code,
        region_code=enterprise.region_code,
        tier=one.tier,
        measure=one.measure,
        ordered_kw=one.kw,
        steps=[],
        starts_at=starts_at,
        ends_at=ends_at,
        notice=0,
        edition=0,
        version=0,
        changed_at=ctx.now,
    )
    put_profile(row, _profile(one, period))
    return row


def _profile(one: WantedOrder, period: tuple[datetime, datetime]) -> Profile:
    starts_at, ends_at = period
    steps = one.steps or ((starts_at, one.kw),)
    return Profile(tuple((quarter_of(at), kw) for at, kw in steps), quarter_of(ends_at))
