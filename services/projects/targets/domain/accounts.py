"""Assessments and settlements: how targets of a period are scored, parties too, and what counts as missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.projects.targets.domain.pace import Pace, completion_percent, judge
from services.projects.targets.domain.rules import PaceRule, ScoreRule
from services.projects.targets.domain.standing import Verdict

_HUNDRED: Final = Decimal(100)
MONTH_UNKNOWN: Final = "month_unknown"
_PLAN_UNKNOWN: Final = "plan_unknown"
_REACHED: Final = frozenset({Verdict.REACHED, Verdict.EXCEEDED})


class MissState(StrEnum):
    """待说明 open, 已说明 explained, 已处理 decided, 已落实 carried out, 已更正撤销 lifted."""

    OPEN = "open"
    EXPLAINED = "explained"
    DECIDED = "decided"
    CARRIED_OUT = "carried_out"
    LIFTED = "lifted"


class MissStep(StrEnum):
    """书面说明 explained, 作出处理 decided, 落实 carried out, 撤销 lifted, 更正 corrected (missed after all)."""

    EXPLAINED = "explained"
    DECIDED = "decided"
    CARRIED_OUT = "carried_out"
    LIFTED = "lifted"
    CORRECTED = "corrected"


class Consequence(StrEnum):
    """约谈 talk, 通报批评 criticism, 取消评先 no awards, 扣减考评分 deduction, 组织处理 discipline,
    免责 exempt."""

    TALK = "talk"
    CRITICISM = "criticism"
    NO_AWARDS = "no_awards"
    DEDUCTION = "deduction"
    DISCIPLINE = "discipline"
    EXEMPT = "exempt"


# From which states people take a step, and where it leads.
STEPS: Final[Mapping[MissStep, tuple[frozenset[MissState], MissState]]] = {
    MissStep.EXPLAINED: (frozenset({MissState.OPEN, MissState.EXPLAINED}), MissState.EXPLAINED),
    MissStep.DECIDED: (frozenset({MissState.OPEN, MissState.EXPLAINED}), MissState.DECIDED),
    MissStep.CARRIED_OUT: (frozenset({MissState.DECIDED}), MissState.CARRIED_OUT),
}


@dataclass(frozen=True, slots=True)
class Assessed:
    """A target at the end of a period; ``through`` is the month that its figures reach to.

    ``planned`` is the pace by then, of a target that ends there its amount. ``score`` None has its ``reason``.
    """

    planned: Decimal | None
    actual: Decimal | None
    through: date | None
    verdict: Verdict
    is_final: bool
    completion_percent: Decimal | None
    score: Decimal | None
    reason: str | None

    @property
    def is_done(self) -> bool | None:
        """Whether what was planned is done; None where that is not known."""
        if self.is_final and self.verdict is not Verdict.UNKNOWN:
            return self.verdict in _REACHED
        return None if self.completion_percent is None else self.completion_percent >= _HUNDRED


def assess(
    pace: Pace,
    figures: Mapping[date, Decimal | None],
    last_month: date,
    after: date,
    pace_rule: PaceRule,
    score_rule: ScoreRule,
) -> Assessed:
    """The target through ``last_month``; ``after`` is the month that follows it. Later figures are left out."""
    goal = pace.goal
    standing = judge(pace, {month: value for month, value in figures.items() if month < after}, after, pace_rule)
    is_final = goal.last_month <= last_month
    point = standing.latest
    # What is reached stays reached, whatever later months bring.
    is_enough = standing.verdict in _REACHED
    if point is None or (point.month < min(last_month, goal.last_month) and not is_enough):
        return Assessed(None, None, None, standing.verdict, is_final, None, None, MONTH_UNKNOWN)
    planned = goal.amount if is_final else point.planned
    completion = completion_percent(goal, planned, point.actual)
    if completion is None:
        return Assessed(planned, point.actual, point.month, standing.verdict, is_final, None, None, _PLAN_UNKNOWN)
    score = score_rule.score(completion)
    return Assessed(planned, point.actual, point.month, standing.verdict, is_final, completion, score, None)


@dataclass(frozen=True, slots=True)
class Scored:
    """A target as it goes into a party's score."""

    goal_id: UUID
    weight: Decimal
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class PartyScore:
    """The weighted mean of the targets whose scores are known; None where none is."""

    score: Decimal | None
    scored: tuple[UUID, ...]
    unknown: tuple[UUID, ...]


def party_score(entries: Iterable[Scored]) -> PartyScore:
    listed = list(entries)
    known = [(one.weight, one.score) for one in listed if one.score is not None]
    whole = sum((weight for weight, _ in known), Decimal(0))
    mean = sum((weight * score for weight, score in known), Decimal(0)) / whole if whole else None
    return PartyScore(
        mean,
        tuple(one.goal_id for one in listed if one.score is not None),
        tuple(one.goal_id for one in listed if one.score is None),
    )


def is_missed(assessed: Assessed) -> bool:
    """Whether somebody answers for it: it was to be reached by now and was not."""
    return assessed.is_final and assessed.verdict is Verdict.MISSED
