"""A meter's own factor (灵敏度系数): how much wider its limits are than the rule's, from what operators said.

Nothing but the order of the verdicts counts, so the same verdicts give the same factor at any time and place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.energy.detection.domain.parameters import AnyParameters

NEUTRAL: Final = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody found of a condition."""

    condition_id: UUID
    is_true: bool


def counted(verdicts: Iterable[Verdict]) -> list[bool]:
    """The verdict that stands of each condition, where it was given last: a second one takes back the first."""
    last: dict[UUID, bool] = {}
    for verdict in verdicts:
        last.pop(verdict.condition_id, None)
        last[verdict.condition_id] = verdict.is_true
    return list(last.values())


def factor_of(verdicts: Iterable[bool], parameters: AnyParameters) -> float:
    """Each false alarm widens, each true one narrows again, always within the rule's bounds."""
    factor = NEUTRAL
    for is_true in verdicts:
        factor = factor / parameters.narrow if is_true else factor * parameters.widen
        factor = min(max(factor, parameters.least), parameters.most)
    return round(factor, 4)


def is_adaptable(parameters: AnyParameters) -> bool:
    """Whether there is anything a meter could have of its own: contracts and standards are no matter of habit."""
    return bool(parameters.raised or parameters.lowered)
