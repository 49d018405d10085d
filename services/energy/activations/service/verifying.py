"""Verification: an edition for each order once its curves are there, and another whenever they become others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import (
    ActivationResponseVerifiedV1,
    ActivationVerifiedV1,
    SituationKind,
)
from libs.common.outbox.record import EventRow, record_events
from libs.common.registry.queries import work_calendar
from services.energy.activations import repository
from services.energy.activations.baselining import Made, make_baselines
from services.energy.activations.domain.baseline import Definition, adjustments, of_quarters
from services.energy.activations.domain.order import OVER, State, moved
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, day_of, quarter_of, start_of
from services.energy.activations.domain.rule import Rule
from services.energy.activations.domain.verification import Responses, Standard, Unknown, Verdict, verify
from services.energy.activations.errors import ActivationNotOver
from services.energy.activations.loads import read_loads
from services.energy.activations.rows import definition_of, kept_definition, profile_of
from services.energy.activations.service.responding import response_subject, verified_findings
from services.energy.activations.service.rules import definition_for, rule_of_activation, wait_of
from services.energy.activations.service.telling import activation_facts, order_event, order_facts, tell_activation
from services.energy.activations.service.tracking import members_of
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationVerificationRow,
)
from services.energy.situations.domain.situation import Judgement
from services.energy.situations.service import settle_all

# Why an edition was made.
ENDED: Final = "ended"
CORRECTED: Final = "corrected"
ASKED: Final = "asked"

_DIGITS: Final = 3
# What makes two editions the same.
_COMPARED: Final = (
    "verdict",
    "unknown",
    "baseline",
    "standard",
    "baseline_days",
    "adjusted_kw",
    "first_at",
    "baseline_kw",
    "load_kw",
    "ordered_kw",
)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What orders of one event day are judged by: columns from quarter ``first`` on (n, quarters)."""

    orders: Sequence[ActivationOrderRow]
    first: int
    made: Made
    adjusted_kw: Floats
    baseline_kw: Floats
    load_kw: Floats
    ordered_kw: Floats
    responses: Responses


async def verify_ended(ctx: Context) -> None:
    """Orders of ended activations whose curves are complete, or were waited for long enough."""
    for activation in await repository.lock_in_state(ctx.session, State.ENDED):
        rule = await rule_of_activation(ctx, activation)
        orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
        waiting = [order for order in orders if order.edition == 0 and order.ends_at > order.starts_at]
        is_patient = ctx.now < activation.ends_at + wait_of(rule)
        await _verify(ctx, activation, waiting, rule, cause=ENDED, only_complete=is_patient)
        await _finish(ctx, activation, orders)


async def verify_anew(ctx: Context, activation: ActivationRow, method: str | None) -> int:
    """Verify a locked activation that is over by the rule or by another method; returns how many editions came.

    What is there decides, however much is missing. Raises ActivationNotOver.
    """
    if State(activation.state) not in OVER:
        raise ActivationNotOver(code=activation.code)
    rule = await rule_of_activation(ctx, activation)
    orders = await repository.orders_of(ctx.session, [activation.id], lock=True)
    standing = [order for order in orders if order.ends_at > order.starts_at]
    definition = definition_for(rule, method or activation.baseline_method)
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
    current = await repository.current_verifications(ctx.session, [order.id for order in concerned])
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
    days: dict[date, list[ActivationOrderRow]] = {}
    for order in orders:
        days.setdefault(day_of(quarter_of(order.starts_at)), []).append(order)
    for day in sorted(days):
        facts = await _facts(ctx, day, days[day], definition, rule.standard, only_complete=only_complete)
        rows += _rows(ctx, facts, definition, rule.standard, cause)
    current = await repository.current_verifications(ctx.session, [order.id for order, _ in rows])
    fresh = [(order, row) for order, row in rows if _is_news(current.get(order.id), row)]
    events: list[EventRow] = []
    for order, row in fresh:
        order.edition = row.edition = order.edition + 1
        order.verdict = row.verdict
        ctx.session.add(row)
        events.append(order_event(ctx, order, _event(activation, order, row)))
    await ctx.session.flush()
    await record_events(ctx, events)
    await _settle(ctx, activation, fresh, cause)
    return len(fresh)


async def _facts(
    ctx: Context,
    day: date,
    orders: Sequence[ActivationOrderRow],
    definition: Definition,
    standard: Standard,
    *,
    only_complete: bool,
) -> Facts:
    profiles = [profile_of(order) for order in orders]
    first, end = min(one.first for one in profiles), max(one.end for one in profiles)
    members = await members_of(ctx, orders)
    before = definition.adjust_gap + definition.adjust_quarters if definition.is_adjusted else 0
    loads = await read_loads(ctx.session, members, first - before, end)
    ordered = np.array([one.over(first, end) for one in profiles]).reshape(len(profiles), end - first)
    if only_complete:
        lacks = ((ordered > 0) & ~np.isfinite(loads[:, before:])).any(axis=1)
        keep = np.flatnonzero(~lacks)
        orders, profiles, members = ([many[place] for place in keep] for many in (orders, profiles, members))
        loads, ordered = loads[keep], ordered[keep]
    quarters = np.arange(first, end)
    event = (day, np.unique(quarters % QUARTERS_A_DAY))
    made = await make_baselines(ctx, definition, orders, members, event, await work_calendar(ctx.session))
    baseline = of_quarters(made.kw, quarters)
    moved_by = np.zeros(len(orders))
    if definition.is_adjusted:
        window = np.arange(first - before, first - definition.adjust_gap)
        own = np.where(ordered > 0, baseline, np.nan)
        moved_by = adjustments(
            definition, of_quarters(made.kw, window), loads[:, : definition.adjust_quarters], own
        )
        # Without the hours before, the day's level is not known; the plain baseline holds and the row says so.
        baseline = baseline + np.where(np.isfinite(moved_by), moved_by, 0.0)[:, None]
    loads = loads[:, before:]
    responses = verify(baseline, loads, ordered, standard)
    return Facts(orders, first, made, moved_by, baseline, loads, ordered, responses)


def _rows(
    ctx: Context, facts: Facts, definition: Definition, standard: Standard, cause: str
) -> list[tuple[ActivationOrderRow, ActivationVerificationRow]]:
    rows = []
    for place, order in enumerate(facts.orders):
        own = slice(quarter_of(order.starts_at) - facts.first, quarter_of(order.ends_at) - facts.first)
        verdict = facts.responses.verdict[place]
        row = ActivationVerificationRow(
            id=ctx.new_id(),
            order_id=order.id,
            edition=0,
            cause=cause,
            verified_at=ctx.now,
            verified_by=ctx.principal.subject,
            verdict=verdict.value,
            unknown=_why(facts, place) if verdict is Verdict.CANNOT_TELL else None,
            baseline=kept_definition(definition),
            standard=asdict(standard),
            baseline_days=[day.isoformat() for day in facts.made.days[place]],
            skipped_days=[{"day": day.isoformat(), "why": why.value} for day, why in facts.made.skipped[place]],
            adjusted_kw=_known(facts.adjusted_kw[place]),
            first_at=start_of(facts.first + own.start),
            baseline_kw=facts.baseline_kw[place, own].round(_DIGITS).tolist(),
            load_kw=facts.load_kw[place, own].round(_DIGITS).tolist(),
            ordered_kw=facts.ordered_kw[place, own].round(_DIGITS).tolist(),
            known_quarters=int(facts.responses.known[place]),
            wanted_quarters=int(facts.responses.wanted[place]),
            **_figures(facts.responses, place),
        )
        rows.append((order, row))
    return rows


def _why(facts: Facts, place: int) -> str:
    return (facts.made.unknown[place] or Unknown.CURVES_MISSING).value


def _figures(responses: Responses, place: int) -> dict[str, Any]:
    names = ("mean_kw", "peak_kw", "energy_kwh", "shortfall_kwh", "shortfall_peak_kw", "rate", "covered")
    figures: dict[str, Any] = {name: _known(getattr(responses, name)[place]) for name in names}
    return figures | {"ordered_kwh": round(float(responses.ordered_kwh[place]), _DIGITS)}


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _is_news(before: ActivationVerificationRow | None, row: ActivationVerificationRow) -> bool:
    # As text: NaN, which is missing in both, equals itself there.
    return before is None or any(repr(getattr(before, name)) != repr(getattr(row, name)) for name in _COMPARED)


def _event(
    activation: ActivationRow, order: ActivationOrderRow, row: ActivationVerificationRow
) -> ActivationResponseVerifiedV1:
    return ActivationResponseVerifiedV1(
        **order_facts(activation, order),
        edition=row.edition,
        cause=row.cause,
        verdict=row.verdict,
        unknown=row.unknown,
        method=row.baseline["method"],
        mean_kw=row.mean_kw,
        peak_kw=row.peak_kw,
        energy_kwh=row.energy_kwh,
        ordered_kwh=row.ordered_kwh,
        shortfall_kwh=row.shortfall_kwh,
        rate=row.rate,
        covered=row.covered,
    )


async def _settle(
    ctx: Context,
    activation: ActivationRow,
    fresh: Sequence[tuple[ActivationOrderRow, ActivationVerificationRow]],
    cause: str,
) -> None:
    """Who has not met its order is a situation until the activation is closed; a verdict ends what ran."""
    is_closed = activation.state == State.CLOSED
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
    if activation.state != State.ENDED or any(order.edition == 0 for order in standing):
        return
    activation.state = moved(State.ENDED, State.VERIFIED).value
    activation.verified_at = ctx.now
    rows = list((await repository.current_verifications(ctx.session, [order.id for order in standing])).values())
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
