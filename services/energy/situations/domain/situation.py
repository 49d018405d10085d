"""What a situation is about and what was found of it (预警情形): shortages, missed plans, phase-out (S17–S23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.common.contracts.energy import SituationKind

# What is news when it changes: level, the time it is expected for, deadline, what was due and what was done.
Told = tuple[int, datetime | None, date | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a situation is about: a node of the grid, an enterprise, an activation.

    Whoever may see ``region_code`` and, if set, belongs to ``enterprise_id``, may see the situation.
    """

    type: str
    id: UUID
    code: str
    name: str
    region_code: str
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A situation that holds. ``level``: of a shortage 1 blue to 4 red, of anything else 1, or 2 when grave.

    ``gap_percent`` is the share of the forecast maximum load; ``planned`` and ``actual`` share the unit the
    explanations name. What does not apply is None, never zero. A gap goes on moving while a shortage lasts: it is
    news once it moved by ``restate_points`` points of a percent since it was told last, by None whenever it moved.
    """

    kind: SituationKind
    level: int = 1
    expected_at: datetime | None = None
    gap_percent: float | None = None
    gap_kw: float | None = None
    reference_on: date | None = None
    days: int | None = None
    planned: float | None = None
    actual: float | None = None
    explanation_zh: str
    explanation_en: str
    restate_points: float | None = None

    @property
    def told(self) -> Told:
        """What is news when it changes. The days grow every night; that alone is none."""
        return (self.level, self.expected_at, self.reference_on, self.planned, self.actual)

    def is_news(self, told: Told, told_gap_percent: float | None) -> bool:
        """Whether it differs from what was told last in anything people would act on."""
        return self.told != told or self._gap_moved(told_gap_percent)

    def _gap_moved(self, before: float | None) -> bool:
        if before is None or self.gap_percent is None:
            return before is not self.gap_percent
        if self.restate_points is None:
            return before != self.gap_percent
        return abs(self.gap_percent - before) >= self.restate_points


@dataclass(frozen=True, slots=True)
class Judgement:
    """A subject and what was found of it; nothing found clears what is open."""

    subject: Subject
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many subjects were looked at, and how many situations opened, changed and cleared."""

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


def by_kind(findings: Iterable[Finding]) -> dict[SituationKind, Finding]:
    """Findings by kind. Raises ValueError where one kind was found twice of a subject."""
    found: dict[SituationKind, Finding] = {}
    for finding in findings:
        if finding.kind in found:
            raise ValueError(f"found twice: {finding.kind}")
        found[finding.kind] = finding
    return found
