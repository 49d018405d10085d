"""Award rounds (S31): criteria from figures, veto, public notice, objection, result.

A figure that is not known gives no points and no place: whoever lacks one is decided on by people, not by a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field
from rule_engine import DataType

from libs.common.expressions.checked import Vocabulary
from libs.common.web.problems import FieldError
from services.projects.innovation.errors import NominationStepRefused, RoundMalformed, RoundStepRefused
from services.projects.lists.domain.facts import GROWTH, INDICATORS, TYPES, Fact

COUNTS = ("patents", "inventions", "products", "brands", "agreements")
HONOUR = Vocabulary({**TYPES, **dict.fromkeys(COUNTS, DataType.FLOAT)})
# What a criterion may count.
MEASURES = frozenset({*INDICATORS, *(f"{name}{GROWTH}" for name in INDICATORS), *COUNTS})
_HUNDRED = Decimal(100)


class HonourKind(StrEnum):
    """优秀企业家, 创业功臣, 突出贡献奖, 其他."""

    OUTSTANDING_ENTREPRENEUR = "outstanding_entrepreneur"
    FOUNDER_MERIT = "founder_merit"
    OUTSTANDING_CONTRIBUTION = "outstanding_contribution"
    OTHER = "other"


class RoundStatus(StrEnum):
    """推荐 nominating, 评审 reviewed, 公示 in notice, 公布 decided, 取消 cancelled."""

    NOMINATING = "nominating"
    REVIEWED = "reviewed"
    IN_NOTICE = "in_notice"
    DECIDED = "decided"
    CANCELLED = "cancelled"


class NominationStatus(StrEnum):
    """推荐 nominated, 符合 eligible, 不符合 not eligible, 一票否决 vetoed, 公示 in notice, 异议成立 objected, 获奖
    awarded, 未获奖 not awarded, 撤回 withdrawn, 撤销荣誉 revoked."""

    NOMINATED = "nominated"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    VETOED = "vetoed"
    IN_NOTICE = "in_notice"
    OBJECTED = "objected"
    AWARDED = "awarded"
    NOT_AWARDED = "not_awarded"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


# What everybody may read: the notice is public, and so is the result.
PUBLIC = frozenset({NominationStatus.IN_NOTICE, NominationStatus.AWARDED, NominationStatus.REVOKED})


class ObjectionStatus(StrEnum):
    """待处理 open, 成立 upheld, 不成立 rejected."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """``weight`` in points of a hundred; a higher figure is better."""

    measure: Annotated[str, Field(min_length=1, max_length=64)]
    weight: Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=2)]


def demand_sound(criteria: Sequence[Criterion], *, opens_on: date, closes_on: date) -> None:
    """Raises RoundMalformed."""
    faults = [
        FieldError("honour.measure_unknown", f"/criteria/{index}/measure", {"known": sorted(MEASURES)})
        for index, criterion in enumerate(criteria)
        if criterion.measure not in MEASURES
    ]
    measures = [criterion.measure for criterion in criteria]
    faults += [
        FieldError("honour.measure_twice", f"/criteria/{index}/measure")
        for index, measure in enumerate(measures)
        if measure in measures[:index]
    ]
    total = sum((criterion.weight for criterion in criteria), Decimal(0))
    if criteria and total != _HUNDRED:
        faults.append(FieldError("honour.weights_not_whole", "/criteria", {"sum": total}))
    if closes_on < opens_on:
        faults.append(FieldError("rule.ends_before_it_begins", "/nominations_until"))
    if faults:
        raise RoundMalformed(errors=faults)


def demand_round(status: RoundStatus, *allowed: RoundStatus) -> None:
    """Raises RoundStepRefused."""
    if status not in allowed:
        raise RoundStepRefused(status=status, allowed=sorted(allowed))


def demand_nomination(status: NominationStatus, *allowed: NominationStatus) -> None:
    """Raises NominationStepRefused."""
    if status not in allowed:
        raise NominationStepRefused(status=status, allowed=sorted(allowed))


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion of a score: figure, range among those who are judged, points. None where nothing is known."""

    measure: str
    weight: Decimal
    value: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    points: Decimal | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """``points`` of a hundred, exact; None while a part is. ``place`` among those who have points."""

    points: Decimal | None
    place: int | None
    parts: tuple[Part, ...]


def score(criteria: Sequence[Criterion], facts: Mapping[UUID, Mapping[str, Fact]]) -> dict[UUID, Score]:
    """Points by (x − lowest) ÷ (highest − lowest) times the weight; where all are equal all have them in full.

    Equal points share a place. Without criteria nobody has points: people decide.
    """
    parts: dict[UUID, list[Part]] = {key: [] for key in facts}
    for criterion in criteria:
        values = {key: _number(known.get(criterion.measure)) for key, known in facts.items()}
        known = [value for value in values.values() if value is not None]
        lowest, highest = (min(known), max(known)) if known else (None, None)
        for key, value in values.items():
            fact = facts[key].get(criterion.measure)
            reason = None if value is not None else (fact.reason if fact and fact.reason else "not_known")
            points = _points(criterion.weight, value, lowest, highest)
            parts[key].append(Part(criterion.measure, criterion.weight, value, lowest, highest, points, reason))
    totals = {key: _total(found) for key, found in parts.items()}
    return {key: Score(totals[key], _place(totals[key], totals.values()), tuple(parts[key])) for key in facts}


def _number(fact: Fact | None) -> Decimal | None:
    value = None if fact is None else fact.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _points(
    weight: Decimal, value: Decimal | None, lowest: Decimal | None, highest: Decimal | None
) -> Decimal | None:
    if value is None or lowest is None or highest is None:
        return None
    return weight if highest == lowest else weight * (value - lowest) / (highest - lowest)


def _total(parts: Sequence[Part]) -> Decimal | None:
    points = [part.points for part in parts]
    if not points or any(one is None for one in points):
        return None
    return sum((one for one in points if one is not None), Decimal(0))


def _place(points: Decimal | None, others: Iterable[Decimal | None]) -> int | None:
    if points is None:
        return None
    return 1 + sum(1 for other in others if other is not None and other > points)
