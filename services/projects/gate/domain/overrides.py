"""An override (特批): a leader lets one step pass although a review is lacking, until a day to make it good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.gate.domain.gate import GatePoint, Shortcoming
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.errors import NothingToOverride, OverrideDeadlinePast, OverrideSpent


class OverrideStatus(StrEnum):
    """有效 granted, 已使用 used, 已补正 made good, 已撤回 revoked."""

    GRANTED = "granted"
    USED = "used"
    MADE_GOOD = "made_good"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Override:
    """State of one override. It lets the project through once, at ``point``, without ``reviews``.

    ``used_for`` is the stage entered or the number of the case granted by it.
    """

    id: UUID
    code: str
    project_id: UUID
    point: GatePoint
    reviews: tuple[ReviewKind, ...]
    reason: str
    approver_person_id: UUID
    granted_on: date
    make_good_by: date
    status: OverrideStatus = OverrideStatus.GRANTED
    used_on: date | None = None
    used_for: str | None = None
    made_good_on: date | None = None
    revoked_on: date | None = None
    revocation_reason: str | None = None

    def lets_pass(self, point: GatePoint, today: date) -> bool:
        """Whether it can still be used; past its own deadline it cannot."""
        return self.status is OverrideStatus.GRANTED and self.point is point and today <= self.make_good_by


def demand_grantable(override: Override, lacking: Iterable[Shortcoming], today: date) -> None:
    """Raises OverrideDeadlinePast, NothingToOverride: only what is lacking can be passed over."""
    if override.make_good_by < today:
        fault = FieldError("date.past", "/make_good_by")
        raise OverrideDeadlinePast(make_good_by=override.make_good_by, today=today, errors=[fault])
    open_ones = {one.review for one in lacking}
    if not override.reviews or not set(override.reviews) <= open_ones:
        raise NothingToOverride(
            point=override.point,
            lacking=[kind for kind in ReviewKind if kind in open_ones],
            errors=[FieldError("override.not_lacking", "/reviews")],
        )


def choose(
    overrides: Iterable[Override], lacking: Iterable[Shortcoming], point: GatePoint, today: date
) -> tuple[tuple[Override, ...], tuple[Shortcoming, ...]]:
    """The overrides that a step uses up, and what none of them covers: then the gate stays closed."""
    usable = [override for override in overrides if override.lets_pass(point, today)]
    taken: dict[UUID, Override] = {}
    uncovered = []
    for one in lacking:
        held = next((override for override in taken.values() if one.review in override.reviews), None)
        held = held or next((override for override in usable if one.review in override.reviews), None)
        if held is None:
            uncovered.append(one)
        else:
            taken[held.id] = held
    return tuple(taken.values()), tuple(uncovered)


def use(override: Override, on: date, used_for: str) -> Override:
    """Use it up."""
    return replace(override, status=OverrideStatus.USED, used_on=on, used_for=used_for)


def make_good(override: Override, on: date) -> Override:
    """What was lacking has been passed since. Raises OverrideSpent."""
    if override.status is not OverrideStatus.USED:
        raise OverrideSpent(status=override.status)
    return replace(override, status=OverrideStatus.MADE_GOOD, made_good_on=on)


def revoke(override: Override, on: date, reason: str) -> Override:
    """Take it back before it is used. Raises OverrideSpent."""
    if override.status is not OverrideStatus.GRANTED:
        raise OverrideSpent(status=override.status)
    return replace(override, status=OverrideStatus.REVOKED, revoked_on=on, revocation_reason=reason)
