"""How a standing is made: figures compared within the participants, weighed, adjusted, ranked.

Figures are compared by (x − min) / (max − min), a hundred for the best and nought for the last. What is not known
is compared with nothing: it is neither nought nor a place. All figures are exact to 40 digits; a score is rounded
once, half up, and places go by what is shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from services.projects.contest.domain.measuring import EXACT, UNMEASURED, Measured
from services.projects.contest.domain.schemes import (
    AdjustmentKind,
    Component,
    ComponentDirection,
    Scheme,
    WithoutBase,
)
from services.projects.economy.domain.arithmetic import shown

SCORE_PLACES: Final = 2
PART_PLACES: Final = 6
_HUNDRED: Final = Decimal(100)
_NOUGHT: Final = Decimal(0)

KeyT = TypeVar("KeyT", bound=Hashable)


class Missing(StrEnum):
    """Why a participant has no score."""

    COMPONENT = "component_missing"
    BASE = "base_missing"
    NOTHING = "nothing_compared"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points beside the components: ``count`` facts at ``each`` point, or points that somebody gave."""

    code: str
    kind: AdjustmentKind
    points: Decimal
    name_zh: str
    name_en: str
    count: int | None = None
    evidence: str = ""
    recorded_by: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: who is vetoed has no place, whatever the figures."""

    id: str
    ground: str
    source: str
    explanation_zh: str
    explanation_en: str


@dataclass(frozen=True, slots=True)
class Contender:
    """What a participant comes with; figures by component."""

    id: UUID
    code: str
    figures: Mapping[str, Measured]
    adjustments: tuple[Adjustment, ...] = ()
    vetoes: tuple[Veto, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a participant's score.

    ``weight`` is what the component counts once those that nobody has a figure for are left out. ``score`` is from
    0 to 100, ``points`` what it adds. ``growth_counted`` is the growth within the component's limit.
    """

    code: str
    weight: Decimal
    measured: Measured
    growth_counted: Decimal | None = None
    level_score: Decimal | None = None
    growth_score: Decimal | None = None
    score: Decimal | None = None
    points: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A participant in the standing; ``score`` and ``rank`` None where it is disqualified or not complete."""

    id: UUID
    position: int
    rank: int | None
    score: Decimal | None
    base_score: Decimal | None
    bonus: Decimal
    deduction: Decimal
    parts: tuple[Part, ...]
    adjustments: tuple[Adjustment, ...]
    vetoes: tuple[Veto, ...]
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def is_disqualified(self) -> bool:
        return bool(self.vetoes)


def normalise(
    values: Mapping[KeyT, Decimal], direction: ComponentDirection, equal_score: Decimal
) -> dict[KeyT, Decimal]:
    """0 to 100 by place between the least and the most; all alike, or one alone, have ``equal_score``."""
    if not values:
        return {}
    least, most = min(values.values()), max(values.values())
    width = EXACT.subtract(most, least)
    if not width:
        return dict.fromkeys(values, equal_score)
    scores = {}
    for key, value in values.items():
        above = (
            EXACT.subtract(value, least) if direction is ComponentDirection.HIGHER else EXACT.subtract(most, value)
        )
        scores[key] = EXACT.multiply(EXACT.divide(above, width), _HUNDRED)
    return scores


def stand(scheme: Scheme, contenders: Sequence[Contender], equal_score: Decimal) -> tuple[Placed, ...]:
    """Everybody in the order of the standing: by rank, then who is not complete, then who is disqualified.

    Who is vetoed is not compared with: neither the least nor the most is theirs.
    """
    contending = [one for one in contenders if not one.vetoes]
    weights = _weights(scheme, contending)
    by_component = {
        component.code: _component_parts(component, weights[component.code], contending, equal_score)
        for component in scheme.components
    }
    drafts = [
        _draft(scheme, one, [by_component[component.code].get(one.id) for component in scheme.components], weights)
        for one in contenders
    ]
    return _ranked(drafts, {one.id: one.code for one in contenders})


def _weights(scheme: Scheme, contending: Sequence[Contender]) -> dict[str, Decimal]:
    """Components that nobody has a figure for count nothing; the others are scaled to a hundred."""
    known = {
        component.code: any(_figure(one, component.code).value is not None for one in contending)
        for component in scheme.components
    }
    whole = sum((one.weight for one in scheme.components if known[one.code]), _NOUGHT)
    return {
        one.code: (
            EXACT.divide(EXACT.multiply(one.weight, _HUNDRED), whole)
            if known[one.code] and whole != _HUNDRED
            else one.weight
            if known[one.code]
            else _NOUGHT
        )
        for one in scheme.components
    }


def _figure(contender: Contender, code: str) -> Measured:
    return contender.figures.get(code, UNMEASURED)


def _component_parts(
    component: Component, weight: Decimal, contending: Sequence[Contender], equal_score: Decimal
) -> dict[UUID, Part]:
    figures = {one.id: _figure(one, component.code) for one in contending}
    levels = {key: one.value for key, one in figures.items() if one.value is not None}
    growths = {
        key: component.limited(one.growth)
        for key, one in figures.items()
        if one.value is not None and one.growth is not None and component.growth_share
    }
    level_scores = normalise(levels, component.direction, equal_score)
    growth_scores = normalise(growths, component.direction, equal_score)
    both = {key: _blend(component, level_scores[key], growth_scores[key]) for key in growth_scores}
    best = max(both.values(), default=_HUNDRED)
    parts = {}
    for key, figure in figures.items():
        score, reason = _score_of(component, key, figure, level_scores, both, best)
        parts[key] = Part(
            component.code,
            weight,
            figure,
            growths.get(key),
            level_scores.get(key),
            growth_scores.get(key),
            score,
            None if score is None else EXACT.divide(EXACT.multiply(weight, score), _HUNDRED),
            reason,
        )
    return parts


def _score_of(
    component: Component,
    key: UUID,
    figure: Measured,
    level_scores: Mapping[UUID, Decimal],
    both: Mapping[UUID, Decimal],
    best: Decimal,
) -> tuple[Decimal | None, str | None]:
    if figure.value is None:
        return None, figure.reason
    if key in both:
        return both[key], None
    if not component.growth_share or not both:
        # No growth is asked for, or nobody's is known: the level is all there is to compare.
        return level_scores[key], None
    if component.without_base is WithoutBase.LEVEL_ONLY:
        # An unknown growth may not carry anybody past those who showed theirs.
        return min(level_scores[key], best), None
    return None, figure.growth_reason or Missing.BASE.value


def _blend(component: Component, level: Decimal, growth: Decimal) -> Decimal:
    weighed = EXACT.add(
        EXACT.multiply(component.level_share, level), EXACT.multiply(component.growth_share, growth)
    )
    return EXACT.divide(weighed, _HUNDRED)


def _draft(
    scheme: Scheme, contender: Contender, parts: Sequence[Part | None], weights: Mapping[str, Decimal]
) -> Placed:
    shown_parts = tuple(
        part or Part(component.code, weights[component.code], _figure(contender, component.code))
        for component, part in zip(scheme.components, parts, strict=True)
    )
    bonus = _capped(contender.adjustments, AdjustmentKind.BONUS, scheme.max_bonus)
    deduction = _capped(contender.adjustments, AdjustmentKind.DEDUCTION, scheme.max_deduction)
    counting = [part for part in shown_parts if part.weight]
    missing = tuple(
        (part.code, part.reason or Missing.COMPONENT.value) for part in counting if part.points is None
    )
    base = None
    if not contender.vetoes and counting and not missing:
        base = sum((part.points for part in counting if part.points is not None), _NOUGHT)
    if not contender.vetoes and not counting:
        missing = (("", Missing.NOTHING.value),)
    return Placed(
        contender.id,
        0,
        None,
        None if base is None else shown(base + bonus - deduction, SCORE_PLACES),
        base,
        bonus,
        deduction,
        shown_parts,
        contender.adjustments,
        contender.vetoes,
        () if contender.vetoes else missing,
    )


def _capped(adjustments: Sequence[Adjustment], kind: AdjustmentKind, limit: Decimal | None) -> Decimal:
    whole = sum((one.points for one in adjustments if one.kind is kind), _NOUGHT)
    return whole if limit is None else min(whole, limit)


def _ranked(drafts: Sequence[Placed], codes: Mapping[UUID, str]) -> tuple[Placed, ...]:
    """Equal scores share a place and the next ones come after them all (1, 2, 2, 4)."""
    ordered = sorted(
        drafts,
        key=lambda one: (one.is_disqualified, one.score is None, -(one.score or _NOUGHT), codes[one.id]),
    )
    placed: list[Placed] = []
    for position, one in enumerate(ordered, start=1):
        rank = None
        if one.score is not None:
            before = placed[-1] if placed else None
            rank = before.rank if before is not None and before.score == one.score else position
        placed.append(replace(one, position=position, rank=rank))
    return tuple(placed)
