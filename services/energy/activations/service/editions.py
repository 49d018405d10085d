"""One edition of a verification: what it rests on, its figures, and whether it says anything new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import ActivationResponseVerifiedV1
from libs.common.registry.queries import work_calendar
from services.energy.activations.baselining import Made, make_baselines
from services.energy.activations.domain.baseline import Definition, adjustments, of_quarters
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, Floats, day_of, start_of
from services.energy.activations.domain.verification import Responses, Standard, Unknown, Verdict, verify
from services.energy.activations.loads import read_loads
from services.energy.activations.rows import kept_definition, profile_of
from services.energy.activations.service.telling import order_facts
from services.energy.activations.service.tracking import members_of
from services.energy.activations.tables import (
    ActivationOrderRow,
    ActivationRow,
    ActivationVerificationRow,
)

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
    """What orders of one time are judged by: columns from quarter ``first`` on (n, quarters)."""

    orders: Sequence[ActivationOrderRow]
    first: int
    made: Made
    adjusted_kw: Floats
    baseline_kw: Floats
    load_kw: Floats
    ordered_kw: Floats
    responses: Responses


async def gather(
    ctx: Context,
    orders: Sequence[ActivationOrderRow],
    definition: Definition,
    standard: Standard,
    *,
    only_complete: bool,
) -> Facts:
    """The facts of locked orders that begin and end at the same time; ``only_complete`` leaves out the others.

    Raises ArchiveUnreadable.
    """
    profiles = [profile_of(order) for order in orders]
    first, end = profiles[0].first, profiles[0].end
    members = await members_of(ctx, orders)
    before = definition.adjust_gap + definition.adjust_quarters if definition.is_adjusted else 0
    loads = await read_loads(ctx.session, members, first - before, end)
    ordered = np.array([one.over(first, end) for one in profiles]).reshape(len(profiles), end - first)
    if only_complete:
        lacks = ((ordered > 0) & ~np.isfinite(loads[:, before:])).any(axis=1)
        keep = np.flatnonzero(~lacks).tolist()
        orders, members = [orders[place] for place in keep], [members[place] for place in keep]
        loads, ordered = loads[keep], ordered[keep]
    if not orders:
        return nothing(first, end, standard)
    quarters = np.arange(first, end)
    event = (day_of(first), np.unique(quarters % QUARTERS_A_DAY))
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


def nothing(first: int, end: int, standard: Standard) -> Facts:
    """Of no order."""
    none = np.empty((0, end - first))
    made = Made(np.empty((0, QUARTERS_A_DAY)), [], [], [])
    return Facts((), first, made, np.empty(0), none, none, none, verify(none, none, none, standard))


def editions(
    ctx: Context, facts: Facts, definition: Definition, standard: Standard, cause: str
) -> list[tuple[ActivationOrderRow, ActivationVerificationRow]]:
    """A row for each order, without its edition yet."""
    rows = []
    for place, order in enumerate(facts.orders):
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
            first_at=start_of(facts.first),
            baseline_kw=facts.baseline_kw[place].round(_DIGITS).tolist(),
            load_kw=facts.load_kw[place].round(_DIGITS).tolist(),
            ordered_kw=facts.ordered_kw[place].round(_DIGITS).tolist(),
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


def is_news(before: ActivationVerificationRow | None, row: ActivationVerificationRow) -> bool:
    """Whether an edition differs from the one before in anything it rests on or says."""
    return before is None or not all(_same(getattr(before, name), getattr(row, name)) for name in _COMPARED)


def _same(one: Any, other: Any) -> bool:
    """Equal, where what is missing in both is."""
    if isinstance(one, list) and one and isinstance(one[0], float):
        return np.array_equal(one, other, equal_nan=True)
    return bool(one == other)


def edition_event(
    activation: ActivationRow, order: ActivationOrderRow, row: ActivationVerificationRow
) -> ActivationResponseVerifiedV1:
    """What the enterprise and others hear of it."""
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
