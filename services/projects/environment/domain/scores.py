"""What a department did for the business environment in a period: the base of its score (S30, used by S8).

Every figure carries the ids it was counted from. A rate or mean of nothing is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Handled:
    """One round of an appeal at a unit. Transferred rounds are nobody's and do not come here."""

    appeal_id: UUID
    unit_id: UUID
    due_on: date
    answered_on: date | None
    score: int | None
    rated_on: date | None


@dataclass(frozen=True, slots=True)
class DoneItem:
    """One matter of an agency case at a unit."""

    item_id: UUID
    unit_id: UUID
    due_on: date
    finished_on: date | None


@dataclass
class UnitScore:
    """Ids by what they count; ``scores`` are (appeal, 1 to 5)."""

    unit_id: UUID
    filed: list[UUID] = field(default_factory=list)
    refused: list[UUID] = field(default_factory=list)
    unfiled: list[UUID] = field(default_factory=list)
    answered_on_time: list[UUID] = field(default_factory=list)
    answered_late: list[UUID] = field(default_factory=list)
    unanswered_overdue: list[UUID] = field(default_factory=list)
    scores: list[tuple[UUID, int]] = field(default_factory=list)
    items_on_time: list[UUID] = field(default_factory=list)
    items_late: list[UUID] = field(default_factory=list)

    @property
    def on_time_rate(self) -> float | None:
        """Answered in time, of all that was answered in the period or fell due in it without an answer."""
        late = len(self.answered_late) + len(self.unanswered_overdue)
        return _share(len(self.answered_on_time), len(self.answered_on_time) + late)

    @property
    def mean_rating(self) -> float | None:
        return sum(score for _, score in self.scores) / len(self.scores) if self.scores else None

    @property
    def items_on_time_rate(self) -> float | None:
        return _share(len(self.items_on_time), len(self.items_on_time) + len(self.items_late))


def score_units(
    *,
    inspections: Iterable[tuple[UUID, UUID, bool]],
    unfiled: Iterable[tuple[UUID, UUID]],
    handled: Iterable[Handled],
    items: Iterable[DoneItem],
    first: date,
    last: date,
    today: date,
) -> list[UnitScore]:
    """One score a unit that had anything to do, by unit id.

    ``inspections`` are (unit, inspection, refused) filed in the period, ``unfiled`` (unit, report) reported in it
    and not dismissed.
    """
    scores: dict[UUID, UnitScore] = {}

    def of(unit_id: UUID) -> UnitScore:
        return scores.setdefault(unit_id, UnitScore(unit_id))

    for unit_id, inspection_id, refused in inspections:
        of(unit_id).filed.append(inspection_id)
        if refused:
            of(unit_id).refused.append(inspection_id)
    for unit_id, report_id in unfiled:
        of(unit_id).unfiled.append(report_id)
    for one in handled:
        _count_handled(of, one, first, last, today)
    for item in items:
        verdict = _verdict(item.due_on, item.finished_on, first, last, today)
        if verdict is not None:
            (of(item.unit_id).items_on_time if verdict else of(item.unit_id).items_late).append(item.item_id)
    return [scores[unit_id] for unit_id in sorted(scores)]


def _count_handled(of: Callable[[UUID], UnitScore], one: Handled, first: date, last: date, today: date) -> None:
    verdict = _verdict(one.due_on, one.answered_on, first, last, today)
    if verdict is True:
        of(one.unit_id).answered_on_time.append(one.appeal_id)
    elif verdict is False and one.answered_on is not None:
        of(one.unit_id).answered_late.append(one.appeal_id)
    elif verdict is False:
        of(one.unit_id).unanswered_overdue.append(one.appeal_id)
    if one.score is not None and one.rated_on is not None and first <= one.rated_on <= last:
        of(one.unit_id).scores.append((one.appeal_id, one.score))


def _verdict(due_on: date, done_on: date | None, first: date, last: date, today: date) -> bool | None:
    """True in time, False late (also what fell due in the period and is not done); None outside of the period."""
    if done_on is not None:
        return done_on <= due_on if first <= done_on <= last else None
    return False if first <= due_on <= last and due_on < today else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
