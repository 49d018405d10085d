"""Red and black lists (红黑榜): who is praised and who is named, by rules that are data.

A rule takes the candidates of its criterion and compares their measure with its threshold. Whoever fits stands on
the list once for each rule, with the figure that put him there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.projects.registry.domain.validity import Dated


class Colour(StrEnum):
    """红榜 red praises, 黑榜 black names."""

    RED = "red"
    BLACK = "black"


class Criterion(StrEnum):
    """擂台赛位次 contest_place, 擂台赛末位 contest_last (counted from the end), 增速 growth, 目标完成率
    completion, 落后序时进度 pace_behind, 一票否决 veto, 表彰 honour, 预警未销 open_condition (days it is open)."""

    CONTEST_PLACE = "contest_place"
    CONTEST_LAST = "contest_last"
    GROWTH = "growth"
    COMPLETION = "completion"
    PACE_BEHIND = "pace_behind"
    VETO = "veto"
    HONOUR = "honour"
    OPEN_CONDITION = "open_condition"


class Comparison(StrEnum):
    """``present``: being a candidate is enough."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    PRESENT = "present"


class SubjectKind(StrEnum):
    TOWNSHIP = "township"
    ENTERPRISE = "enterprise"
    UNIT = "unit"
    PROJECT = "project"
    TARGET = "target"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule(Dated):
    """``min_amount`` keeps small ones out (in the unit of what is measured); ``kinds`` are those of conditions,
    ``min_level`` their level; ``most`` is how many it names at most, the farthest from the threshold first."""

    code: str
    colour: Colour
    criterion: Criterion
    comparison: Comparison
    subject: SubjectKind | None = None
    threshold: Decimal | None = None
    min_amount: Decimal | None = None
    kinds: tuple[str, ...] = ()
    min_level: int = 1
    most: int = 20
    reason_zh: str = ""
    reason_en: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``figure`` is the key of the figure that is shown for it, ``name`` that of who it is."""

    criterion: Criterion
    subject: SubjectKind
    subject_key: str
    name: str
    figure: str
    measure: Decimal | None = None
    amount: Decimal | None = None
    kind: str | None = None
    level: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    rule: ListRule
    candidate: Candidate


def judge(rules: Iterable[ListRule], candidates: Sequence[Candidate]) -> list[Listed]:
    """Everybody who stands on a list: red before black, rules by code, within one the farthest first."""
    listed = []
    for rule in sorted(rules, key=lambda rule: (rule.colour is Colour.BLACK, rule.code)):
        if not rule.active:
            continue
        fitting = [candidate for candidate in candidates if fits(rule, candidate)]
        fitting.sort(key=lambda one: (_distance(rule, one), one.subject_key))
        listed += [Listed(rule, candidate) for candidate in fitting[: rule.most]]
    return listed


def fits(rule: ListRule, candidate: Candidate) -> bool:
    """A measure that is not known fits no threshold: nobody is praised or named for what nobody knows."""
    if candidate.criterion is not rule.criterion or (rule.subject not in {None, candidate.subject}):
        return False
    if rule.kinds and candidate.kind not in rule.kinds:
        return False
    if candidate.level < rule.min_level:
        return False
    if rule.min_amount is not None and (candidate.amount is None or candidate.amount < rule.min_amount):
        return False
    if rule.comparison is Comparison.PRESENT:
        return True
    if candidate.measure is None or rule.threshold is None:
        return False
    if rule.comparison is Comparison.AT_LEAST:
        return candidate.measure >= rule.threshold
    return candidate.measure <= rule.threshold


def _distance(rule: ListRule, candidate: Candidate) -> Decimal:
    measure = candidate.measure or Decimal(0)
    return -measure if rule.comparison is Comparison.AT_LEAST else measure
