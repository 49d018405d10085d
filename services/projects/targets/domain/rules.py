"""Rules as data: from where on a target is behind, by when it is signed and reported, and how it is scored."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from libs.common.web.problems import FieldError
from services.projects.registry.domain.validity import Dated

_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceRule(Dated):
    """Yellow from so many points behind the pace on, red above so many.

    ``season_years`` are the years before that a seasonal pace is taken from; ``sign_days`` and ``figure_days`` are
    working days: to sign a letter from the target's setting on, to have a month's figure from its end on.
    """

    yellow_from_points: Decimal = Decimal(10)
    red_above_points: Decimal = Decimal(30)
    season_years: int = 2
    sign_days: int = 20
    figure_days: int = 10

    def faults(self) -> list[FieldError]:
        if self.red_above_points < self.yellow_from_points:
            return [FieldError("target_rule.red_below_yellow", "/red_above_points")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRule(Dated):
    """The score of a completion in percent: nought below ``zero_below_percent``, then the percentage of
    ``full_score``, above 100 a bonus of ``bonus_per_percent`` a point, at most ``max_bonus``.
    """

    full_score: Decimal = _HUNDRED
    zero_below_percent: Decimal = Decimal(60)
    bonus_per_percent: Decimal = Decimal("0.5")
    max_bonus: Decimal = Decimal(10)

    def faults(self) -> list[FieldError]:
        if not 0 <= self.zero_below_percent <= _HUNDRED:
            return [FieldError("curve.percent_outside", "/zero_below_percent")]
        return []

    def score(self, completion_percent: Decimal) -> Decimal:
        if completion_percent < self.zero_below_percent:
            return Decimal(0)
        if completion_percent <= _HUNDRED:
            return completion_percent / _HUNDRED * self.full_score
        return self.full_score + min(self.max_bonus, (completion_percent - _HUNDRED) * self.bonus_per_percent)
