"""What is open at a project under construction: a pass that expired, an override that was not made good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.contracts.projects import Stage
from services.projects.conditions.domain.condition import Finding
from services.projects.gate.domain.gate import (
    UNDER_CONSTRUCTION,
    GateFacts,
    GatePoint,
    GateRule,
    lacking,
    latest,
    required_reviews,
)
from services.projects.gate.domain.overrides import Override, OverrideStatus
from services.projects.gate.domain.reviews import Review
from services.projects.gate.domain.standards import ReviewKind, ReviewStandard
from services.projects.registry.domain.graded import level_of
from services.projects.registry.domain.validity import in_force


class GateCondition(StrEnum):
    """准入评审过期 expired, 特批未按期补正 override overdue."""

    EXPIRED = "gate_expired"
    OVERRIDE_OVERDUE = "gate_override_overdue"


# A pass and a promise have a last day; the day after it is late, whatever a standard says.
LATE_FROM = 1
KINDS = frozenset(kind.value for kind in GateCondition)
_NAMES = {ReviewKind.EIA: ("环境影响评价", "the EIA"), ReviewKind.ENERGY: ("节能审查", "the energy review")}


@dataclass(frozen=True, slots=True)
class GateState:
    """All that the gate knows of a project on a day."""

    facts: GateFacts
    stage: Stage
    rules: Sequence[GateRule]
    standards: Sequence[ReviewStandard]
    reviews: Sequence[Review]
    overrides: Sequence[Override]

    def grave_after(self, kind: ReviewKind, today: date) -> int | None:
        """Days late from which it is grave; None where no standard says so."""
        of_kind = (standard for standard in self.standards if standard.review is kind)
        standard = in_force(of_kind, self.facts.region_code, today)
        return None if standard is None else standard.grave_after_days


def findings_of(state: GateState, today: date) -> dict[UUID, Finding]:
    """Conditions by the review or override they are about."""
    found: dict[UUID, Finding] = {}
    if state.stage in UNDER_CONSTRUCTION:
        points = (GatePoint.START, GatePoint.COMMISSIONING)
        for kind in required_reviews(state.rules, state.facts, points, today):
            review = latest(state.reviews, kind, today)
            if review is not None and review.is_pass and _is_past(review.valid_until, today):
                found[review.id] = _expired(review, state.grave_after(kind, today), today)
    if state.stage is not Stage.TERMINATED:
        for override in state.overrides:
            if override.status is OverrideStatus.USED and override.make_good_by < today:
                found[override.id] = _overdue(override, state.grave_after(override.reviews[0], today), today)
    return found


def is_made_good(override: Override, reviews: Sequence[Review], today: date) -> bool:
    """Whether every review that an override passed over holds now."""
    return not lacking(override.reviews, reviews, override.point, today)


def _is_past(last_day: date | None, today: date) -> bool:
    return last_day is not None and last_day < today


def _expired(review: Review, grave_after: int | None, today: date) -> Finding:
    assert review.valid_until is not None
    days = (today - review.valid_until).days
    zh, en = _NAMES[review.review]
    return Finding(
        GateCondition.EXPIRED.value,
        reference_on=review.valid_until,
        days=days,
        threshold_days=LATE_FROM,
        level=level_of(days, LATE_FROM, grave_after),
        explanation_zh=f"{zh}（{review.document_no}）有效期至 {review.valid_until}，已过期 {days} 天，项目在建",
        explanation_en=(
            f"{en} ({review.document_no}) was valid until {review.valid_until}: expired for {days} days "
            "while the project is under construction"
        ),
    )


def _overdue(override: Override, grave_after: int | None, today: date) -> Finding:
    days = (today - override.make_good_by).days
    zh = "、".join(_NAMES[kind][0] for kind in override.reviews)
    en = " and ".join(_NAMES[kind][1] for kind in override.reviews)
    return Finding(
        GateCondition.OVERRIDE_OVERDUE.value,
        reference_on=override.make_good_by,
        days=days,
        threshold_days=LATE_FROM,
        level=level_of(days, LATE_FROM, grave_after),
        explanation_zh=f"特批 {override.code} 应于 {override.make_good_by} 前补正{zh}，已逾期 {days} 天",
        explanation_en=f"override {override.code}: {en} due by {override.make_good_by}, {days} days late",
    )


def clearing_reason(state: GateState, subject_id: UUID, today: date) -> str:
    """Why a condition does not hold any more, as a stable word.

    renewed, revoked, commissioned, suspended, terminated, reversed, made_good, rule_changed.
    """
    override = next((one for one in state.overrides if one.id == subject_id), None)
    if override is not None:
        return "made_good" if override.status is OverrideStatus.MADE_GOOD else "terminated"
    if state.stage in {Stage.SUSPENDED, Stage.TERMINATED}:
        return state.stage.value
    if state.stage in {Stage.PLANNED, Stage.SIGNED}:
        return "reversed"
    if state.stage not in UNDER_CONSTRUCTION:
        return "commissioned"
    review = next(one for one in state.reviews if one.id == subject_id)
    if not review.is_pass:
        return "revoked"
    return "renewed" if latest(state.reviews, review.review, today) != review else "rule_changed"
