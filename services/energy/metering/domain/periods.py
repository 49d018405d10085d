"""Facts of a meter with the time they hold: multipliers, device, owner, place in the grid (档案变更, 倍率变更).

A meter's life is a row of periods without gaps. A value is judged by the facts of its own time, whenever it comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Facts:
    """What may change in a meter's life.

    ``ct_ratio``/``pt_ratio``: ratio of the current and voltage transformers (CT/PT 变比), ``multiplier`` any
    further constant. ``register_digits``: whole digits of the register, which turns over to 0 after them.
    ``pulses_per_kwh``: the pulse constant (脉冲常数). ``feeder_code``, ``transformer_code``: place in the
    grid.
    """

    region_code: str
    enterprise_id: UUID | None = None
    capacity_kw: float | None = None
    low_kw: float | None = None
    high_kw: float | None = None
    multiplier: float = 1.0
    ct_ratio: float = 1.0
    pt_ratio: float = 1.0
    register_digits: int | None = None
    pulses_per_kwh: float | None = None
    asset_no: str | None = None
    feeder_code: str | None = None
    transformer_code: str | None = None

    @property
    def factor(self) -> float:
        return self.multiplier * self.ct_ratio * self.pt_ratio

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in DATED}


DATED: Final = tuple(item.name for item in fields(Facts))


@dataclass(frozen=True, slots=True)
class Period:
    """``facts`` from ``from_minute`` (standard time since 1970) until the next period; the first one from ever."""

    from_minute: int
    facts: Facts


def period_at(periods: Sequence[Period], minute: int) -> Period:
    """The period that holds at a minute."""
    return periods[max(0, bisect_right(periods, minute, key=_start) - 1)]


def factor_at(periods: Sequence[Period], minute: int) -> float:
    return period_at(periods, minute).facts.factor


def with_change(periods: Sequence[Period], minute: int, changes: Mapping[str, Any]) -> tuple[Period, ...]:
    """The periods after facts have changed from ``minute`` on.

    Each fact holds its new value as far as it held the one it replaces: a later change that is on record already
    stays as it is. Periods that do not differ become one.
    """
    start = max(minute, periods[0].from_minute)
    split = [item for item in periods if item.from_minute < start]
    split.append(Period(start, period_at(periods, start).facts))
    split += [item for item in periods if item.from_minute > start]
    replaced = period_at(periods, start).facts
    running = set(changes)
    result: list[Period] = []
    for item in split:
        facts = item.facts
        if item.from_minute >= start:
            running = {name for name in running if getattr(facts, name) == getattr(replaced, name)}
            facts = replace(facts, **{name: changes[name] for name in running})
        if not result or result[-1].facts != facts:
            result.append(Period(item.from_minute, facts))
    return tuple(result)


@dataclass(frozen=True, slots=True)
class Rescaling:
    """A span of minutes, its end open when None, in which the multiplier is another one now."""

    from_minute: int
    end_minute: int | None
    before: float
    after: float


def rescalings(before: Sequence[Period], after: Sequence[Period]) -> list[Rescaling]:
    """Where two lives of a meter differ in their multiplier, or in what turns pulses into energy."""
    edges = sorted({item.from_minute for item in (*before, *after)})
    found = []
    for place, edge in enumerate(edges):
        old, new = period_at(before, edge).facts, period_at(after, edge).facts
        if _scale(old) != _scale(new):
            end = edges[place + 1] if place + 1 < len(edges) else None
            found.append(Rescaling(edge, end, _scale(old), _scale(new)))
    return found


def _scale(facts: Facts) -> float:
    return facts.factor if facts.pulses_per_kwh is None else facts.factor / facts.pulses_per_kwh


def _start(period: Period) -> int:
    return period.from_minute
