"""A condition over time: evidence, its strongest figure, and what a corrected value does to it (S18)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.parameters import AnyParameters, SpikeParameters, UnitParameters

# A day of 15-minute slots: more tells nobody anything.
MAX_EVIDENCE: Final = 96
# So long a correction is held against the condition that its slot caused.
CORRECTABLE_DAYS: Final = 35
# Kinds that rest on single slots; the others on days or on silence, which no corrected slot takes back.
OF_SLOTS: Final = frozenset(
    {
        ConditionKind.SPIKE,
        ConditionKind.DROP,
        ConditionKind.UNIT,
        ConditionKind.OVERLOAD,
        ConditionKind.STUCK,
        ConditionKind.DEAD,
    }
)
# Kinds whose severity grows by the hour.
BY_HOURS: Final = frozenset({ConditionKind.STUCK, ConditionKind.DEAD, ConditionKind.MISSING, ConditionKind.UNIT})
_DEAD_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Evidence:
    """A slot that showed the condition, with what was expected of it then; ``at`` as in signals, powers in kW.

    ``limit_kw``: what the value had to pass; None in conditions of earlier releases.
    """

    at: int
    value_kw: float
    expected_kw: float
    sigma_kw: float
    limit_kw: float | None = None

    @property
    def score(self) -> float:
        """Standard deviations above the expectation."""
        return (self.value_kw - self.expected_kw) / self.sigma_kw if self.sigma_kw > 0 else 0.0

    def shows(self, parameters: AnyParameters) -> bool:
        """Whether the slot, as it stands, speaks for a condition of the parameters' kind."""
        kind, value, limit = parameters.kind, self.value_kw, self.limit_kw
        if isinstance(parameters, SpikeParameters) and limit is None:
            limit = self.expected_kw + parameters.open_score * self.sigma_kw
        limit = limit or 0.0
        if kind is ConditionKind.DROP:
            return value < limit
        if isinstance(parameters, UnitParameters):
            return abs(value) > parameters.times * limit or value < 0
        if kind is ConditionKind.STUCK:
            return value == self.expected_kw
        if kind is ConditionKind.DEAD:
            return abs(value) <= _DEAD_SHARE * abs(self.expected_kw)
        return value > limit or kind not in OF_SLOTS


class Outcome(Enum):
    """What a corrected value means for a condition."""

    UNTOUCHED = "untouched"
    AMENDED = "amended"
    CAUSE_GONE = "cause_gone"


@dataclass(frozen=True, slots=True)
class Episode:
    """The evidence of one condition, in order of time."""

    evidence: tuple[Evidence, ...]
    parameters: AnyParameters

    @property
    def kind(self) -> ConditionKind:
        return self.parameters.kind

    @property
    def strongest(self) -> Evidence:
        if self.kind in BY_HOURS:
            return self.evidence[-1]
        return max(self.evidence, key=self._size)

    @property
    def lasted_minutes(self) -> int:
        """From the first to the last slot that showed it."""
        return self.evidence[-1].at - self.evidence[0].at

    @property
    def magnitude(self) -> float:
        """In the measure of the kind, see parameters.py."""
        return self.lasted_minutes / 60 if self.kind in BY_HOURS else self._size(self.strongest)

    @property
    def level(self) -> int:
        """1 notable, 2 strong, 3 extreme."""
        return self.parameters.level_of(self.magnitude, self.lasted_minutes)

    @property
    def shows(self) -> bool:
        """Whether any slot still speaks for the condition."""
        return any(item.shows(self.parameters) for item in self.evidence)

    def extended(self, further: Evidence) -> Episode:
        """With one more slot; of a very long episode the end and any new extreme are kept."""
        if len(self.evidence) < MAX_EVIDENCE:
            return replace(self, evidence=(*self.evidence, further))
        if self.kind in BY_HOURS or self._size(further) > self._size(self.strongest):
            return replace(self, evidence=(*self.evidence[:-1], further))
        return self

    def is_near(self, at: int) -> bool:
        """Whether a slot belongs to the same thing: it lies within the quiet time around it."""
        quiet = self.parameters.quiet_minutes
        return self.evidence[0].at - quiet <= at <= self.evidence[-1].at + quiet

    def with_late(self, further: Evidence) -> Episode:
        """With a slot that came late; of a very long episode those are kept that were known before."""
        if len(self.evidence) >= MAX_EVIDENCE:
            return self
        return replace(self, evidence=tuple(sorted((*self.evidence, further), key=lambda item: item.at)))

    def corrected(self, at: int, value_kw: float) -> tuple[Episode, Outcome]:
        """After a value was revised: tested against what was expected then, never against today's forecast.

        NaN: the value was taken back, and its slot says nothing any more.
        """
        if self.kind not in OF_SLOTS or not any(item.at == at for item in self.evidence):
            return self, Outcome.UNTOUCHED
        if math.isnan(value_kw):
            left = replace(self, evidence=tuple(item for item in self.evidence if item.at != at))
            return (left, Outcome.AMENDED) if left.shows else (self, Outcome.CAUSE_GONE)
        revised = replace(
            self,
            evidence=tuple(replace(item, value_kw=value_kw) if item.at == at else item for item in self.evidence),
        )
        return revised, Outcome.AMENDED if revised.shows else Outcome.CAUSE_GONE

    def _size(self, item: Evidence) -> float:
        if self.kind is ConditionKind.SPIKE:
            return item.score
        if self.kind is ConditionKind.DROP:
            return -item.score
        if self.kind is ConditionKind.OVERLOAD:
            return item.value_kw / item.expected_kw if item.expected_kw > 0 else 0.0
        if self.kind is ConditionKind.POWER_FACTOR:
            return item.expected_kw - item.value_kw
        return abs(item.value_kw)
