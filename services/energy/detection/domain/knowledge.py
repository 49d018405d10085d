"""What the detector goes by besides readings: rules, the meters' own factors, what is expected; as of a mark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from services.energy.detection.domain.expected import Expectations
from services.energy.detection.domain.rules import RuleBook

NOTHING_KNOWN: Final = 0


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Everything recorded up to ``mark``, a place in the journal of facts."""

    mark: int = NOTHING_KNOWN
    rules: RuleBook = field(default_factory=RuleBook)
    expected: Expectations = field(default_factory=Expectations)
