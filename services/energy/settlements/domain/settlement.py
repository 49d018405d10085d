"""Settling a year (有序用电年度结算): compensation for what was given, penalty for what was missed, by rates.

Every amount is a whole yuan of one order; a line is the sum of its orders and the settlement of its lines, so that
nothing is rounded twice. What is not known is no amount: an order without a verdict or a day without a rate leaves
it open and is counted as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from libs.common.validity import Dated
from services.energy.activations.domain.verification import Verdict
from services.energy.dated import in_force


class RateKind(StrEnum):
    """补偿 compensation, 考核 penalty."""

    COMPENSATION = "compensation"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Dated):
    """Yuan for each kWh given, up to ``cap_share`` of what was ordered and only from ``from_covered`` on; or for
    each kWh missed, unless ``free_covered`` was covered."""

    id: UUID
    kind: RateKind
    yuan_per_kwh: Decimal
    cap_share: float = 1.0
    from_covered: float = 0.0
    free_covered: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One order by the edition of its verification that holds; energies None where nothing is known."""

    order_id: UUID
    verification_id: UUID
    edition: int
    activation_code: str
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    day: date
    hours: float
    ordered_kwh: float
    energy_kwh: float | None
    shortfall_kwh: float | None
    covered: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Settled:
    """An item with its amounts in whole yuan and the rates they are by; None is open."""

    item: Item
    compensation_yuan: int | None
    penalty_yuan: int | None
    compensation_rate_id: UUID | None = None
    penalty_rate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of orders; of energies those that are known, ``rate`` against what these had been ordered.

    ``open_amounts``: orders without an amount, because nothing is known of them or no rate holds.
    """

    times: int
    hours: float
    ordered_kwh: float
    energy_kwh: float | None
    shortfall_kwh: float | None
    rate: float | None
    met: int
    not_met: int
    cannot_tell: int
    compensation_yuan: int | None
    penalty_yuan: int | None
    open_amounts: int

    @property
    def net_yuan(self) -> int | None:
        """What the enterprise gets, below zero what it owes; None where either is open."""
        if self.compensation_yuan is None or self.penalty_yuan is None:
            return None
        return self.compensation_yuan - self.penalty_yuan


def settle(items: Iterable[Item], rates: Sequence[Rate]) -> list[Settled]:
    """Amounts of each order by the rates of its region and day."""
    return [_settled(item, rates) for item in items]


def _settled(item: Item, rates: Sequence[Rate]) -> Settled:
    paid, charged = (
        in_force([rate for rate in rates if rate.kind is kind], item.region_code, item.day) for kind in RateKind
    )
    if item.verdict == Verdict.CANNOT_TELL or item.energy_kwh is None or item.covered is None:
        return Settled(item, None, None)
    compensation = penalty = None
    if paid is not None:
        given = min(max(item.energy_kwh, 0.0), paid.cap_share * item.ordered_kwh)
        compensation = _yuan(given, paid) if _reached(item.covered, paid.from_covered) else 0
    if charged is not None:
        is_free = _reached(item.covered, charged.free_covered)
        penalty = 0 if is_free else _yuan(item.shortfall_kwh or 0.0, charged)
    return Settled(
        item, compensation, penalty, None if paid is None else paid.id, None if charged is None else charged.id
    )


def _reached(covered: float, share: float) -> bool:
    return covered >= share - 1e-9


def _yuan(kwh: float, rate: Rate) -> int:
    amount = Decimal(repr(round(kwh, 3))) * rate.yuan_per_kwh
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def sums(settled: Sequence[Settled]) -> Sums:
    """The sums of orders, of one enterprise or of all."""
    known = [one.item for one in settled if one.item.energy_kwh is not None]
    asked = sum(item.ordered_kwh for item in known)
    energy = sum(item.energy_kwh or 0.0 for item in known)
    counts = {verdict: sum(one.item.verdict == verdict for one in settled) for verdict in Verdict}
    return Sums(
        times=len(settled),
        hours=sum(one.item.hours for one in settled),
        ordered_kwh=round(sum(one.item.ordered_kwh for one in settled), 3),
        energy_kwh=round(energy, 3) if known else None,
        shortfall_kwh=round(sum(item.shortfall_kwh or 0.0 for item in known), 3) if known else None,
        rate=round(energy / asked, 6) if asked > 0 else None,
        met=counts[Verdict.MET],
        not_met=counts[Verdict.NOT_MET],
        cannot_tell=counts[Verdict.CANNOT_TELL],
        compensation_yuan=_total([one.compensation_yuan for one in settled]),
        penalty_yuan=_total([one.penalty_yuan for one in settled]),
        open_amounts=sum(one.compensation_yuan is None or one.penalty_yuan is None for one in settled),
    )


def _total(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def by_enterprise(settled: Iterable[Settled]) -> dict[UUID, list[Settled]]:
    """The orders of each enterprise, enterprises by credit code, orders by day and activation."""
    groups: dict[UUID, list[Settled]] = {}
    ordered = sorted(settled, key=lambda one: (one.item.credit_code, one.item.day, one.item.activation_code))
    for one in ordered:
        groups.setdefault(one.item.enterprise_id, []).append(one)
    return groups
