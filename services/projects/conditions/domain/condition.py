"""A condition's subject and findings, and what a judgement changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

# What is news when it changes: reference day, threshold and level.
Told = tuple[date, int, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition is about; ``project_*`` is the project concerned, itself for a project.

    Whoever may see ``region_code`` and, if set, belongs to ``enterprise_id``, may see the condition.
    """

    type: str
    id: UUID
    code: str
    name: str
    region_code: str
    project_id: UUID | None = None
    project_code: str | None = None
    project_name: str | None = None
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition that holds: since ``reference_on``, the missed date or the last sign of life.

    ``days`` have passed since then and ``threshold_days`` were allowed; ``level`` is 1 or 2 (grave). The
    explanations say in a sentence what is wrong, with its figures.
    """

    kind: str
    reference_on: date
    days: int
    threshold_days: int
    level: int
    planned_percent: float | None = None
    actual_percent: float | None = None
    explanation_zh: str = ""
    explanation_en: str = ""

    @property
    def told(self) -> Told:
        """What is news when it changes. The days grow every night; that alone is none."""
        return (self.reference_on, self.threshold_days, self.level)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many subjects were looked at, and how many conditions opened, changed and cleared."""

    subjects: int = 0
    opened: int = 0
    amended: int = 0
    cleared: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.subjects + other.subjects,
            self.opened + other.opened,
            self.amended + other.amended,
            self.cleared + other.cleared,
        )


def is_news(findings: Iterable[Finding], told: Mapping[str, Told], judged: Collection[str]) -> bool:
    """Whether a judgement of the kinds ``judged`` differs from what was told of those that are open."""
    now = {finding.kind: finding.told for finding in findings}
    return now != {kind: known for kind, known in told.items() if kind in judged}
