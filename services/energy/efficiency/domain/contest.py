"""The benchmarking contest (能耗对标竞赛): who takes part, what counts how much, and the order of a quarter.

Three scores from 0 to 100: the level against the benchmark, the improvement on the same quarter of last year, and
the quality of the data. The rule says their weights, what excludes and what decides among equals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common import sectors
from libs.common.validity import Dated
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.benchmarks import Benchmark, Position, Standing
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.intensities import Basis, Intensity
from services.energy.efficiency.errors import ContestRuleNotOrdered

_HUNDRED: Final = Decimal(100)
_PLACES: Final = Decimal("0.01")
_HALF: Final = Decimal(50)


class Part(StrEnum):
    """对标水平 level, 同比改善 improvement, 数据质量 quality."""

    LEVEL = "level"
    IMPROVEMENT = "improvement"
    QUALITY = "quality"


class WithoutLastYear(StrEnum):
    """What becomes of who has no figures of last year's quarter: the other weights count alone, or exclusion."""

    REWEIGH = "reweigh"
    EXCLUDE = "exclude"


class Exclusion(StrEnum):
    """Why somebody is not ranked."""

    NO_INTENSITY = "no_intensity"
    NO_BENCHMARK = "no_benchmark"
    NO_LAST_YEAR = "no_last_year"
    POOR_DATA = "poor_data"
    OVER_LIMIT = "over_limit"
    VETOED = "vetoed"


@dataclass(frozen=True, slots=True)
class ContestRule(Dated):
    """``score_at_limit`` is the level's score on the limit value; 100 from the advanced value on.

    An improvement of ``full_improvement_percent`` scores 100, none 50, as much worse 0.
    """

    code: str
    name: str
    sectors: tuple[str, ...]
    basis: Basis
    weight_level: Decimal
    weight_improvement: Decimal
    weight_quality: Decimal
    product_code: str = ""
    factor_kind: FactorKind = FactorKind.EQUIVALENT
    score_at_limit: Decimal = Decimal(60)
    full_improvement_percent: Decimal = Decimal(5)
    min_quality: Decimal = Decimal(60)
    without_last_year: WithoutLastYear = WithoutLastYear.REWEIGH
    excludes_over_limit: bool = True
    excludes_vetoed: bool = True
    tie_breaks: tuple[Part, ...] = (Part.LEVEL, Part.IMPROVEMENT)

    def weight(self, part: Part) -> Decimal:
        weight: Decimal = getattr(self, f"weight_{part.value}")
        return weight

    def admits(self, sector_code: str) -> bool:
        """Whether enterprises of the sector take part; no sectors: all."""
        return not self.sectors or any(sectors.contains(wider, sector_code) for wider in self.sectors)


def demand_rule_order(rule: ContestRule) -> None:
    """Raises ContestRuleNotOrdered."""
    faults = []
    if rule.weight_level + rule.weight_improvement + rule.weight_quality != 1:
        faults.append(FieldError("contest.weights_not_one", "/weight_level"))
    if (rule.basis is Basis.PRODUCT) != bool(rule.product_code):
        faults.append(FieldError("benchmark.product_of_basis", "/product_code"))
    if faults:
        raise ContestRuleNotOrdered(errors=faults)


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1: months reported in time, months in which meter and report agree, values of meters."""

    timely: Decimal | None
    agreeing: Decimal | None
    complete: Decimal | None

    @property
    def score(self) -> Decimal | None:
        """The mean of what can be told, of 100."""
        known = [share for share in (self.timely, self.agreeing, self.complete) if share is not None]
        return None if not known else _rounded(sum(known, Decimal(0)) / len(known) * _HUNDRED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise of the contest with its quarter, and last year's."""

    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    now: Intensity
    before: Intensity | None
    benchmark: Benchmark | None
    position: Position | None
    quality: Quality
    is_vetoed: bool = False

    @property
    def improvement_percent(self) -> Decimal | None:
        """How much less energy a unit takes than a year ago, in percent."""
        before = None if self.before is None else self.before.value
        if before is None or self.now.value is None or not before:
            return None
        return _rounded((before - self.now.value) / before * _HUNDRED)


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate with its scores; ranked or excluded. Equal in all that decides: the same rank."""

    candidate: Candidate
    level: Decimal | None
    improvement: Decimal | None
    quality: Decimal | None
    total: Decimal | None
    rank: int | None = None
    exclusion: Exclusion | None = None


def standing(rule: ContestRule, candidates: Iterable[Candidate]) -> list[Placed]:
    """The order of the ranked, then the excluded by name."""
    placed = [_scored(rule, candidate) for candidate in candidates]
    ranked = [one for one in placed if one.exclusion is None]
    excluded = [one for one in placed if one.exclusion is not None]
    ranked.sort(key=lambda one: (*_order(rule, one), one.candidate.credit_code))
    found: list[Placed] = []
    for place, one in enumerate(ranked, start=1):
        rank = place
        if found and _order(rule, ranked[place - 2]) == _order(rule, one):
            rank = found[-1].rank or place
        found.append(
            Placed(one.candidate, one.level, one.improvement, one.quality, one.total, rank, one.exclusion)
        )
    return [*found, *sorted(excluded, key=lambda one: (one.candidate.name, one.candidate.credit_code))]


def _order(rule: ContestRule, one: Placed) -> tuple[Decimal, ...]:
    """Larger scores first; an unknown improvement comes after any known one."""
    return tuple(-_known(value) for value in (one.total, *(getattr(one, part.value) for part in rule.tie_breaks)))


def _known(value: Decimal | None) -> Decimal:
    return Decimal(-1) if value is None else value


def _scored(rule: ContestRule, candidate: Candidate) -> Placed:
    level = level_score(rule, candidate.now.value, candidate.benchmark)
    improvement = improvement_score(rule, candidate.improvement_percent)
    quality = candidate.quality.score
    exclusion = _exclusion(rule, candidate, quality)
    total = None if exclusion is not None else _weighed(rule, level, improvement, quality)
    return Placed(candidate, level, improvement, quality, total, None, exclusion)


def level_score(rule: ContestRule, value: Decimal | None, benchmark: Benchmark | None) -> Decimal | None:
    """100 at the advanced value or better, ``score_at_limit`` on the limit, on that line down to 0."""
    if value is None or benchmark is None:
        return None
    if value <= benchmark.advanced_value:
        return _HUNDRED
    span = benchmark.limit_value - benchmark.advanced_value
    if not span:
        return Decimal(0)
    slope = (_HUNDRED - rule.score_at_limit) / span
    return _clamped(rule.score_at_limit + (benchmark.limit_value - value) * slope)


def improvement_score(rule: ContestRule, percent: Decimal | None) -> Decimal | None:
    if percent is None:
        return None
    return _clamped(_HALF + _HALF * percent / rule.full_improvement_percent)


def _exclusion(rule: ContestRule, candidate: Candidate, quality: Decimal | None) -> Exclusion | None:
    if candidate.is_vetoed and rule.excludes_vetoed:
        return Exclusion.VETOED
    if candidate.now.value is None:
        return Exclusion.NO_INTENSITY
    if candidate.benchmark is None:
        return Exclusion.NO_BENCHMARK
    over = candidate.position is not None and candidate.position.standing is Standing.OVER_LIMIT
    if over and rule.excludes_over_limit:
        return Exclusion.OVER_LIMIT
    if candidate.improvement_percent is None and rule.without_last_year is WithoutLastYear.EXCLUDE:
        return Exclusion.NO_LAST_YEAR
    if quality is None or quality < rule.min_quality:
        return Exclusion.POOR_DATA
    return None


def _weighed(
    rule: ContestRule, level: Decimal | None, improvement: Decimal | None, quality: Decimal | None
) -> Decimal | None:
    scores = ((Part.LEVEL, level), (Part.IMPROVEMENT, improvement), (Part.QUALITY, quality))
    known: Sequence[tuple[Decimal, Decimal]] = [
        (rule.weight(part), score) for part, score in scores if score is not None
    ]
    whole = sum((weight for weight, _ in known), Decimal(0))
    if not whole:
        return None
    return _rounded(sum((weight * score for weight, score in known), Decimal(0)) / whole)


def _clamped(value: Decimal) -> Decimal:
    return _rounded(min(_HUNDRED, max(Decimal(0), value)))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PLACES, ROUND_HALF_UP)
