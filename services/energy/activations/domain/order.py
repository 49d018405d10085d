"""What is ordered of an enterprise and when (有序用电指令): an order, its amendments, an activation's state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from services.energy.activations.domain.quarters import HOURS, Floats
from services.energy.activations.errors import ActivationAmendmentUnfit, IllegalActivationChange


class ActivationState(StrEnum):
    """已下达 ordered → 已通知 notified → 执行中 running → 已结束 ended → 已核定 verified → 已归档 closed.

    Or 已取消 cancelled, before it begins.
    """

    ORDERED = "ordered"
    NOTIFIED = "notified"
    RUNNING = "running"
    ENDED = "ended"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_NEXT: Final[dict[ActivationState, frozenset[ActivationState]]] = {
    ActivationState.ORDERED: frozenset({ActivationState.NOTIFIED, ActivationState.CANCELLED}),
    ActivationState.NOTIFIED: frozenset({ActivationState.RUNNING, ActivationState.CANCELLED}),
    ActivationState.RUNNING: frozenset({ActivationState.ENDED}),
    ActivationState.ENDED: frozenset({ActivationState.VERIFIED}),
    ActivationState.VERIFIED: frozenset({ActivationState.CLOSED}),
    ActivationState.CLOSED: frozenset(),
    ActivationState.CANCELLED: frozenset(),
}
# Enterprises are bound by it, or were.
STANDING: Final = frozenset(set(ActivationState) - {ActivationState.CANCELLED})
OVER: Final = frozenset({ActivationState.ENDED, ActivationState.VERIFIED, ActivationState.CLOSED})
AMENDABLE: Final = frozenset({ActivationState.ORDERED, ActivationState.NOTIFIED, ActivationState.RUNNING})


def moved(state: ActivationState, to: ActivationState) -> ActivationState:
    """The next state. Raises IllegalActivationChange."""
    if to not in _NEXT[state]:
        raise IllegalActivationChange(state=state, wanted=to)
    return to


class AmendmentKind(StrEnum):
    """延长 extend, 提前结束 shorten, 加码 raise, 减码 lower, 解除 lift."""

    EXTEND = "extend"
    SHORTEN = "shorten"
    RAISE = "raise"
    LOWER = "lower"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class Amendment:
    """At ``at`` (quarter since 1970): the new end of extend and shorten, else from when on.

    ``share`` is what every enterprise's order is multiplied with, ``kw`` the order of one enterprise.
    """

    kind: AmendmentKind
    at: int
    kw: float | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The kW to be reduced from a quarter on, until before ``end``; ``steps`` in order, the first is the start.

    0 kW is a pause between two calls.
    """

    steps: tuple[tuple[int, float], ...]
    end: int

    @property
    def first(self) -> int:
        return self.steps[0][0]

    @property
    def quarters(self) -> int:
        return self.end - self.first

    @property
    def last_kw(self) -> float:
        return self.steps[-1][1]

    @property
    def energy_kwh(self) -> float:
        return float(self.over(self.first, self.end).sum()) * HOURS

    @property
    def peak_kw(self) -> float:
        """The most that is ordered; 0 where it was lifted before it began."""
        return float(self.over(self.first, self.end).max(initial=0.0))

    def kw_at(self, quarter: int) -> float:
        """What is ordered in a quarter; 0 outside."""
        if not self.first <= quarter < self.end:
            return 0.0
        return next(kw for since, kw in reversed(self.steps) if since <= quarter)

    def over(self, first: int, end: int) -> Floats:
        """What is ordered in the quarters from ``first`` until before ``end``; 0 outside of the order."""
        kw = np.zeros(max(0, end - first))
        for since, value in self.steps:
            kw[max(0, since - first) : max(0, self.end - first)] = value
        return kw


def amended(profile: Profile, amendment: Amendment, now: int) -> Profile:
    """What holds after the amendment; ``now``: the first quarter that has not begun.

    Raises ActivationAmendmentUnfit: nothing is changed in quarters that have begun, an extension ends later, a
    raise asks for more than what holds then.
    """
    at = amendment.at
    if amendment.kind is AmendmentKind.EXTEND:
        # What is over or was lifted before it began does not go on again.
        _demand(at > profile.end >= max(now, profile.first + 1), amendment)
        return Profile(profile.steps, at)
    if amendment.kind is AmendmentKind.SHORTEN:
        _demand(max(now, profile.first + 1) <= at < profile.end, amendment)
        return _cut(profile, at)
    if amendment.kind is AmendmentKind.LIFT:
        # Lifted before its beginning it asks for nothing, and stays as a row that says so.
        _demand(now <= at < profile.end, amendment)
        return _cut(profile, max(at, profile.first))
    _demand(max(now, profile.first) <= at < profile.end, amendment)
    before = profile.kw_at(at)
    kw = amendment.kw if amendment.kw is not None else before * (amendment.share or 0.0)
    # A share of a pause is none.
    _demand(kw > before if amendment.kind is AmendmentKind.RAISE else 0 < kw < before, amendment)
    return Profile((*(step for step in profile.steps if step[0] < at), (at, kw)), profile.end)


def _cut(profile: Profile, end: int) -> Profile:
    kept = tuple(step for step in profile.steps if step[0] < end)
    return Profile(kept or profile.steps[:1], end)


def _demand(is_fit: bool, amendment: Amendment) -> None:
    if not is_fit:
        raise ActivationAmendmentUnfit(kind=amendment.kind)
