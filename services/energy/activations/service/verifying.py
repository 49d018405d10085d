"""Verification: an edition for each order once its curves are there, and another whenever they become others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import ActivationVerifiedV1, SituationKind
from libs.common.outbox.record import EventRow, record_events
from services.energy.activations import repository, verification_repository
from services.energy.activations.domain.baseline import Definition
from services.energy.activations.domain.order import OVER, ActivationState, moved
from services.energy.activations.domain.quarters import QUARTER_MINUTES, day_of, quarter_of
from services.energy.activations.domain.rule import Rule
from services.energy.activations.domain.verification import Verdict
from services.energy.activations.errors import ActivationNotOver
from services.energy.activations.rows import definition_of
from services.energy.activations.service.editions import edition_event, editions, gather, is_news
from services.energy.activations.service.responding import response_subject, verified_findings
from services.energy.activations.service.rules import definition_for, rule_of_activation, wait_of
from services.energy.activations.service.telling import activation_facts, order_event, tell_activation
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationVerificationRow,
)
from services.energy.curtailment.service import Borne, record_burdens
from services.energy.situations.domain.situation import Judgement
from services.energy.situations.service import settle_all

# Why an edition was made.
ENDED: Final = "ended"
CORRECTED: Final = "corrected"
ASKED: Final = "asked"


async def verify_ended(ctx: Context) -> None:
    """Orders of ended activations whose curves are complete, or were waited for long enough."""
    for activation in await repository.lock_in_state(ctx.session, ActivationState.ENDED):
        rule = await rule_of_activation(ctx, activation)
        orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
        waiting = [order for order in orders if order.edition == 0 and order.ends_at > order.starts_at]
        is_patient = ctx.now < activation.ends_at + wait_of(rule)
        await _verify(ctx, activation, waiting, rule, cause=ENDED, only_complete=is_patient)
        await _finish(ctx, activation, orders)


async def verify_anew(
    ctx: Context, activation: ActivationRow, method: str | None, *, adjusted: bool | None = None
) -> int:
    """Verify a locked activation that is over by the rule or by another method; returns how many editions came.

    ``adjusted`` None leaves it to the method whether the baseline is moved by the day's own level. What is there
    decides, however much is missing. Raises ActivationNotOver.
    """
    if ActivationState(activation.state) not in OVER:
        raise ActivationNotOver(code=activation.code)
    rule = await rule_of_activation(ctx, activation)
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    standing = [order for order in orders if order.ends_at > order.starts_at]
    definition = definition_for(rule, method or activation.baseline_method)
    if adjusted is not None:
        definition = replace(definition, is_adjusted=adjusted)
    made = await _verify(ctx, activation, standing, rule, cause=ASKED, definition=definition)
    await _finish(ctx, activation, orders)
    return made


async def verify_corrected(ctx: Context, activation: ActivationRow, order_ids: set[UUID]) -> None:
    """Curves of verified orders of a locked activation changed: a new edition where the figures are others.

    The definition is that of the edition before; who was measured by another method stays measured by it.
    """
    rule = await rule_of_activation(ctx, activation)
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    concerned = [order for order in orders if order.id in order_ids and order.edition > 0]
    current = await verification_repository.current_verifications(ctx.session, [order.id for order in concerned])
    groups: dict[str, list[ActivationOrderRow]] = {}
    kept: dict[str, Definition] = {}
    for order in concerned:
        definition = definition_of(current[order.id].baseline)
        groups.setdefault(repr(definition), []).append(order)
        kept[repr(definition)] = definition
    for key in sorted(groups):
        await _verify(ctx, activation, groups[key], rule, cause=CORRECTED, definition=kept[key])


async def _verify(
    ctx: Context,
    activation: ActivationRow,
    orders: Sequence[ActivationOrderRow],
    rule: Rule,
    *,
    cause: str,
    definition: Definition | None = None,
    only_complete: bool = False,
) -> int:
    definition = definition or definition_for(rule, activation.baseline_method)
    rows: list[tuple[ActivationOrderRow, ActivationVerificationRow]] = []
    periods: dict[tuple[datetime, datetime], list[ActivationOrderRow]] = {}
    for order in orders:
        periods.setdefault((order.starts_at, order.ends_at), []).append(order)
    for period in sorted(periods):
        facts = await gather(ctx, periods[period], definition, rule.standard, only_complete=only_complete)
        rows += editions(ctx, facts, definition, rule.standard, cause)
    current = await verification_repository.current_verifications(ctx.session, [order.id for order, _ in rows])
    fresh = [(order, row) for order, row in rows if is_news(current.get(order.id), row)]
    events: list[EventRow] = []
    for order, row in fresh:
        order.edition = row.edition = order.edition + 1
        order.verdict = row.verdict
        ctx.session.add(row)
        events.append(order_event(ctx, order, edition_event(activation, order, row)))
    await ctx.session.flush()
    await record_events(ctx, events)
    await _burden(ctx, fresh)
    await _settle(ctx, activation, fresh, cause)
    return len(fresh)


async def _burden(ctx: Context, fresh: Sequence[tuple[ActivationOrderRow, ActivationVerificationRow]]) -> None:
    """What was given counts in the year's fairness, as far as it is known; a load that rose gave nothing."""
    borne = [
        Borne(
            activation_id=order.activation_id,
            enterprise_id=order.enterprise_id,
            region_code=order.region_code,
            day=day_of(quarter_of(order.starts_at)),
            kwh=max(0.0, row.energy_kwh),
            minutes=row.wanted_quarters * QUARTER_MINUTES,
            edition=row.edition,
        )
        for order, row in fresh
        if row.energy_kwh is not None
    ]
    await record_burdens(ctx, borne)


async def _settle(
    ctx: Context,
    activation: ActivationRow,
    fresh: Sequence[tuple[ActivationOrderRow, ActivationVerificationRow]],
    cause: str,
) -> None:
    """Who has not met its order is a situation until the activation is closed; a verdict ends what ran."""
    is_closed = activation.state == ActivationState.CLOSED
    reasons = {
        order.id: "corrected" if cause != ENDED else "met" if row.verdict == Verdict.MET else "ended"
        for order, row in fresh
    }
    judgements = [
        Judgement(
            response_subject(activation, order), () if is_closed else verified_findings(activation, order, row)
        )
        for order, row in fresh
    ]
    await settle_all(
        ctx, judgements, judged=[SituationKind.NON_RESPONSE], reason=lambda row: reasons[row.subject_id]
    )


async def _finish(ctx: Context, activation: ActivationRow, orders: Sequence[ActivationOrderRow]) -> None:
    """The activation is verified once every order that asked for anything has its verdict."""
    standing = [order for order in orders if order.ends_at > order.starts_at]
    if activation.state != ActivationState.ENDED or any(order.edition == 0 for order in standing):
        return
    activation.state = moved(ActivationState.ENDED, ActivationState.VERIFIED).value
    activation.verified_at = ctx.now
    rows = list(
        (
            await verification_repository.current_verifications(ctx.session, [order.id for order in standing])
        ).values()
    )
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in Verdict}
    event = ActivationVerifiedV1(
        **activation_facts(activation, orders),
        met=counts[Verdict.MET],
        not_met=counts[Verdict.NOT_MET],
        cannot_tell=counts[Verdict.CANNOT_TELL],
        ordered_kwh=sum(row.ordered_kwh for row in rows),
        energy_kwh=total([row.energy_kwh for row in rows]),
        achieved_kw=total([row.mean_kw for row in rows]),
        shortfall_kwh=total([row.shortfall_kwh for row in rows]),
    )
    await tell_activation(ctx, activation, event)


def total(values: Sequence[float | None]) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
