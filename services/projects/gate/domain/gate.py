"""The gate (准入): which reviews a project needs at a point, and what is lacking on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common import sectors
from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.gate.domain.reviews import Review, ReviewStatus, Verdict
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.errors import GateRuleNotOrdered
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.registry.domain.validity import Dated, in_force


class GatePoint(StrEnum):
    """核准备案 approval, 开工 start, 投产（开放） commissioning."""

    APPROVAL = "approval"
    START = "start"
    COMMISSIONING = "commissioning"


POINT_OF_STAGE: dict[Stage, GatePoint] = {
    Stage.STARTED: GatePoint.START,
    Stage.IN_PRODUCTION: GatePoint.COMMISSIONING,
    # Where nothing is produced, opening is what commissioning is elsewhere.
    Stage.OPENED: GatePoint.COMMISSIONING,
}
# Between start and commissioning an expired pass is somebody's to renew.
UNDER_CONSTRUCTION = frozenset({Stage.STARTED, Stage.COMPLETED})


@dataclass(frozen=True, slots=True)
class GateRule(Dated):
    """Which projects need a review at which points; empty ``kinds`` and ``sectors`` are all of them.

    Bounds of the total investment in whole yuan, lower inclusive, upper exclusive. A narrower region's entry of
    the same code stands in its place, also to exempt (``required`` False).
    """

    code: str
    review: ReviewKind
    points: tuple[GatePoint, ...]
    kinds: tuple[ProjectKind, ...] = ()
    sectors: tuple[str, ...] = ()
    min_investment_yuan: int | None = None
    max_investment_yuan: int | None = None
    required: bool = True
    source: str = ""

    def covers(self, facts: GateFacts) -> bool:
        """Whether the project is one of those meant; what is not known of it exempts it from nothing."""
        if self.kinds and facts.kind not in self.kinds:
            return False
        sector = facts.sector_code
        if self.sectors and sector is not None and not any(sectors.contains(one, sector) for one in self.sectors):
            return False
        yuan = facts.investment_yuan
        if yuan is None:
            return True
        is_large_enough = self.min_investment_yuan is None or yuan >= self.min_investment_yuan
        return is_large_enough and (self.max_investment_yuan is None or yuan < self.max_investment_yuan)


def demand_rule_order(rule: GateRule) -> None:
    """Raises GateRuleNotOrdered."""
    low, high = rule.min_investment_yuan, rule.max_investment_yuan
    if low is not None and high is not None and high <= low:
        raise GateRuleNotOrdered(errors=[FieldError("gate_rule.bounds", "/max_investment_yuan")])


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What the rules look at."""

    project_id: UUID
    kind: ProjectKind
    region_code: str
    sector_code: str | None
    investment_yuan: int | None

    @classmethod
    def of(cls, project: Project) -> GateFacts:
        total = project.total_investment_yuan
        return cls(
            project_id=project.id,
            kind=project.kind,
            region_code=project.region_code,
            sector_code=project.sector_code,
            investment_yuan=project.contract_amount_yuan if total is None else total,
        )


class Lack(StrEnum):
    """缺 missing, 未通过 failed, 已过期 expired, 条件未落实 conditions open."""

    MISSING = "missing"
    FAILED = "failed"
    EXPIRED = "expired"
    CONDITIONS_OPEN = "conditions_open"


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """What closes the gate: a review and why it does not hold on the day."""

    review: ReviewKind
    why: Lack
    review_id: UUID | None = None
    review_code: str | None = None
    valid_until: date | None = None


def required_reviews(
    rules: Iterable[GateRule], facts: GateFacts, points: Iterable[GatePoint], on: date
) -> tuple[ReviewKind, ...]:
    """The reviews the project needs at any of the points, by the rules in force on the day."""
    wanted, by_code = frozenset(points), dict[str, list[GateRule]]()
    for rule in rules:
        by_code.setdefault(rule.code, []).append(rule)
    counting = (in_force(entries, facts.region_code, on) for entries in by_code.values())
    needed = {
        rule.review
        for rule in counting
        if rule is not None and rule.required and wanted & set(rule.points) and rule.covers(facts)
    }
    return tuple(kind for kind in ReviewKind if kind in needed)


def latest(reviews: Iterable[Review], kind: ReviewKind, on: date) -> Review | None:
    """The review of a kind that counts on the day: the last issued until then and not taken back."""
    issued = [
        review
        for review in reviews
        if review.review is kind
        and review.status is ReviewStatus.CONCLUDED
        and review.issued_on is not None
        and review.issued_on <= on
    ]
    # Of two issued on one day the one opened later counts; ids rise with time.
    return max(issued, key=lambda review: (review.issued_on, review.id), default=None)


def lacking(
    required: Iterable[ReviewKind], reviews: Sequence[Review], point: GatePoint, on: date
) -> tuple[Shortcoming, ...]:
    """All that closes the gate at a point on a day; nothing when it is open."""
    found = (_lack(kind, latest(reviews, kind, on), point, on) for kind in required)
    return tuple(one for one in found if one is not None)


def _lack(kind: ReviewKind, review: Review | None, point: GatePoint, on: date) -> Shortcoming | None:
    if review is None:
        return Shortcoming(kind, Lack.MISSING)
    why = _why(review, point, on)
    return None if why is None else Shortcoming(kind, why, review.id, review.code, review.valid_until)


def _why(review: Review, point: GatePoint, on: date) -> Lack | None:
    if review.verdict is Verdict.FAIL:
        return Lack.FAILED
    if review.valid_until is None or review.valid_until < on:
        return Lack.EXPIRED
    is_met = review.fulfilled_on is not None and review.fulfilled_on <= on
    if review.verdict is Verdict.CONDITIONAL and point is GatePoint.COMMISSIONING and not is_met:
        return Lack.CONDITIONS_OPEN
    return None
