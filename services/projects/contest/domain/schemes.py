"""By what participants are compared: components with their weights, and what adds or takes points beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from libs.common.web.problems import FieldError

_HUNDRED: Final = Decimal(100)


class ComponentDirection(StrEnum):
    """Whether more is better or less."""

    HIGHER = "higher"
    LOWER = "lower"


class WithoutBase(StrEnum):
    """What becomes of a figure whose growth is not known while that of others is.

    ``missing``: the component is missing. ``level_only``: its level counts alone, at most as the best of those who
    have both.
    """

    MISSING = "missing"
    LEVEL_ONLY = "level_only"


class AdjustmentKind(StrEnum):
    """加分 bonus, 扣分 deduction."""

    BONUS = "bonus"
    DEDUCTION = "deduction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An indicator of a source with its weight; ``level_share`` and ``growth_share`` are percent and sum to 100.

    ``growth_limit``: growth counts at most so many percent up or down, so that a small base does not stretch the
    measure for everybody.
    """

    code: str
    name_zh: str
    name_en: str
    source: str
    measure: str
    weight: Decimal
    level_share: Decimal
    growth_share: Decimal
    direction: ComponentDirection = ComponentDirection.HIGHER
    growth_limit: Decimal | None = None
    without_base: WithoutBase = WithoutBase.MISSING

    def limited(self, growth: Decimal) -> Decimal:
        if self.growth_limit is None:
            return growth
        return max(-self.growth_limit, min(self.growth_limit, growth))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentRule:
    """Facts of a source that add or take ``points`` each, at most ``max_points`` together."""

    code: str
    name_zh: str
    name_en: str
    kind: AdjustmentKind
    source: str
    measure: str
    points: Decimal
    max_points: Decimal | None = None

    def points_of(self, count: Decimal) -> Decimal:
        points = self.points * count
        return points if self.max_points is None else min(points, self.max_points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Weights from a quarter on (考评办法); a later revision replaces it for the quarters from its own on."""

    components: tuple[Component, ...]
    adjustments: tuple[AdjustmentRule, ...] = ()
    max_bonus: Decimal | None = None
    max_deduction: Decimal | None = None

    @property
    def parts(self) -> tuple[Component | AdjustmentRule, ...]:
        """Everything that has a source."""
        return (*self.components, *self.adjustments)

    def faults(self) -> list[FieldError]:
        """What does not go together, each by its field."""
        faults = [
            FieldError("contest.shares_not_hundred", f"/components/{place}/growth_share", {"sum": str(one)})
            for place, component in enumerate(self.components)
            if (one := component.level_share + component.growth_share) != _HUNDRED
        ]
        whole = sum((component.weight for component in self.components), Decimal(0))
        if whole != _HUNDRED:
            faults.append(FieldError("contest.weights_not_hundred", "/components", {"sum": str(whole)}))
        faults += _repeated("components", [one.code for one in self.components])
        faults += _repeated("adjustments", [one.code for one in self.adjustments])
        return faults


def _repeated(field: str, codes: Sequence[str]) -> list[FieldError]:
    counted = Counter(codes)
    return [
        FieldError("contest.code_repeated", f"/{field}/{place}/code", {"code": code})
        for place, code in enumerate(codes)
        if counted[code] > 1
    ]
