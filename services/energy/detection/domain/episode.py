"""A condition over time: evidence, its strongest figure, and what a corrected value does to it (S18)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from services.energy.detection.domain.parameters import SpikeParameters

# A day of 15-minute slots: more tells nobody anything.
MAX_EVIDENCE: Final = 96
# So long a correction is held against the condition that its slot caused.
CORRECTABLE_DAYS: Final = 35


@dataclass(frozen=True, slots=True)
class Evidence:
    """A slot that showed the condition, with what was expected of it then; ``at`` as in signals, powers in kW."""

    at: int
    value_kw: float
    expected_kw: float
    sigma_kw: float

    @property
    def score(self) -> float:
        """Standard deviations above the expectation."""
        return (self.value_kw - self.expected_kw) / self.sigma_kw if self.sigma_kw > 0 else 0.0

    def shows(self, parameters: SpikeParameters) -> bool:
        return self.value_kw - self.expected_kw > parameters.open_score * self.sigma_kw


class Outcome(Enum):
    """What a corrected value means for a condition."""

    UNTOUCHED = "untouched"
    AMENDED = "amended"
    CAUSE_GONE = "cause_gone"


@dataclass(frozen=True, slots=True)
class Episode:
    """The evidence of one condition, in order of time."""

    evidence: tuple[Evidence, ...]
    parameters: SpikeParameters

    @property
    def strongest(self) -> Evidence:
        return max(self.evidence, key=lambda item: item.score)

    @property
    def level(self) -> int:
        """1 notable, 2 strong, 3 extreme."""
        return self.parameters.level_of(self.strongest.score)

    @property
    def shows(self) -> bool:
        """Whether any slot still speaks for the condition."""
        return any(item.shows(self.parameters) for item in self.evidence)

    def extended(self, further: Evidence) -> Episode:
        """With one more slot; of a very long episode only a new extreme is kept."""
        if len(self.evidence) < MAX_EVIDENCE:
            return replace(self, evidence=(*self.evidence, further))
        if further.score > self.strongest.score:
            return replace(self, evidence=(*self.evidence[:-1], further))
        return self

    def corrected(self, at: int, value_kw: float) -> tuple[Episode, Outcome]:
        """After a value was revised: tested against what was expected then, never against today's forecast."""
        if not any(item.at == at for item in self.evidence):
            return self, Outcome.UNTOUCHED
        revised = replace(
            self,
            evidence=tuple(replace(item, value_kw=value_kw) if item.at == at else item for item in self.evidence),
        )
        return revised, Outcome.AMENDED if revised.shows else Outcome.CAUSE_GONE
