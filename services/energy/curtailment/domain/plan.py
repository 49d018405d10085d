"""A yearly plan (有序用电方案): its life, its rows, its rotation (轮休) (S21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.energy.curtailment.domain.users import Measure


class PlanStatus(StrEnum):
    """草稿 → 已校核 → 已报送 → 已批准 → 执行中 → 已被取代; a draft that is given up is discarded."""

    DRAFT = "draft"
    CHECKED = "checked"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class PlanAct(StrEnum):
    """What is done with a plan."""

    DRAFT = "draft"
    CHANGE = "change"
    CHECK = "check"
    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    PUT_IN_FORCE = "put_in_force"
    SUPERSEDE = "supersede"
    DISCARD = "discard"


# From where each act may be done; where it leads is the act's own matter: a check with faults leaves a draft.
ALLOWED: Final[Mapping[PlanAct, frozenset[PlanStatus]]] = {
    PlanAct.CHANGE: frozenset({PlanStatus.DRAFT, PlanStatus.CHECKED}),
    PlanAct.CHECK: frozenset({PlanStatus.DRAFT, PlanStatus.CHECKED}),
    PlanAct.SUBMIT: frozenset({PlanStatus.CHECKED}),
    PlanAct.RETURN: frozenset({PlanStatus.SUBMITTED}),
    PlanAct.APPROVE: frozenset({PlanStatus.SUBMITTED}),
    PlanAct.PUT_IN_FORCE: frozenset({PlanStatus.APPROVED}),
    PlanAct.SUPERSEDE: frozenset({PlanStatus.APPROVED, PlanStatus.IN_FORCE}),
    PlanAct.DISCARD: frozenset({PlanStatus.DRAFT, PlanStatus.CHECKED}),
}


def may(act: PlanAct, status: PlanStatus) -> bool:
    """Whether the act can be done with a plan of this status."""
    return status in ALLOWED.get(act, frozenset())


class QuotaUnit(StrEnum):
    """Of a user's quota: kW, or percent of its maximum load."""

    KW = "kw"
    PERCENT = "percent"


def quota_kw(quota: float, unit: QuotaUnit, max_load_kw: float) -> float:
    """The load (kW) that a quota asks a user to give."""
    return quota if unit is QuotaUnit.KW else max_load_kw * quota / 100


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A row of a plan: from which tier on the user is called, by which measure, with how many kW."""

    entry_id: UUID
    user_id: UUID
    tier: int
    measure: Measure
    quota_kw: float
    rotation_group: str | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan with its rows. ``rotation``: weekdays (1 Monday to 7 Sunday) on which each group rests."""

    plan_id: UUID
    region_code: str
    year: int
    max_load_kw: float
    entries: tuple[EntryFacts, ...] = ()
    rotation: Mapping[str, frozenset[int]] = field(default_factory=dict)
    name: str = ""
    edition: int = 1
    status: PlanStatus = PlanStatus.DRAFT

    def rests(self, group: str | None, day: date) -> bool:
        """Whether it is the group's turn on the day; who is in no group is always there to be called."""
        return group is None or day.isoweekday() in self.rotation.get(group, frozenset())


def loads_by_tier(entries: Iterable[EntryFacts]) -> dict[int, float]:
    """kW that each tier adds; a user's rows in one tier are alternatives, so its largest counts."""
    largest: dict[tuple[int, UUID], float] = {}
    for entry in entries:
        key = (entry.tier, entry.user_id)
        largest[key] = max(largest.get(key, 0.0), entry.quota_kw)
    loads: dict[int, float] = {}
    for (tier, _), kw in largest.items():
        loads[tier] = loads.get(tier, 0.0) + kw
    return loads
