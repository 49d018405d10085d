"""Yearly plans of orderly use and what becomes of them, from the draft to the edition that follows (S21)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.energy.owner import OWNER

CURTAILMENT_PLAN = Topic("energy.curtailment_plan.v1", OWNER, "Yearly plans of orderly use")


class CurtailmentTier(BaseModel):
    """What a tier adds to a plan: tier 1 is called from blue (Ⅳ) on, 4 at red (Ⅰ) only."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tier: int
    users: int
    load_kw: float


class CurtailmentPlanPayload(EventPayload):
    """An edition of a region's plan for a year as it is at the time of the event."""

    topic: ClassVar[Topic] = CURTAILMENT_PLAN

    plan_id: UUID
    name: str
    year: int
    edition: int
    status: str
    max_load_kw: float
    tiers: tuple[CurtailmentTier, ...] = ()
    # Who did what the event tells of.
    actor: str
    note: str | None = None


class CurtailmentPlanDraftedV1(CurtailmentPlanPayload):
    """``based_on``: the edition whose rows it began with."""

    event_type: ClassVar[str] = "energy.curtailment_plan.drafted.v1"

    based_on: UUID | None = None


class CurtailmentPlanChangedV1(CurtailmentPlanPayload):
    """Its facts or rows are other ones; a plan that was checked is a draft again."""

    event_type: ClassVar[str] = "energy.curtailment_plan.changed.v1"


class CurtailmentPlanCheckedV1(CurtailmentPlanPayload):
    """Without faults it may be submitted."""

    event_type: ClassVar[str] = "energy.curtailment_plan.checked.v1"

    faults: int
    warnings: int


class CurtailmentPlanSubmittedV1(CurtailmentPlanPayload):
    event_type: ClassVar[str] = "energy.curtailment_plan.submitted.v1"


class CurtailmentPlanReturnedV1(CurtailmentPlanPayload):
    """Sent back to be worked over; ``note`` says why."""

    event_type: ClassVar[str] = "energy.curtailment_plan.returned.v1"


class CurtailmentPlanApprovedV1(CurtailmentPlanPayload):
    event_type: ClassVar[str] = "energy.curtailment_plan.approved.v1"

    in_force_from: date


class CurtailmentPlanEnteredForceV1(CurtailmentPlanPayload):
    """From now on users are chosen by it."""

    event_type: ClassVar[str] = "energy.curtailment_plan.entered_force.v1"

    in_force_from: date


class CurtailmentPlanSupersededV1(CurtailmentPlanPayload):
    """``superseded_by``: the edition that took its place; absent when its year is over."""

    event_type: ClassVar[str] = "energy.curtailment_plan.superseded.v1"

    superseded_by: UUID | None = None


class CurtailmentPlanDiscardedV1(CurtailmentPlanPayload):
    """A draft that was given up."""

    event_type: ClassVar[str] = "energy.curtailment_plan.discarded.v1"


EVENTS: tuple[type[EventPayload], ...] = (
    CurtailmentPlanDraftedV1,
    CurtailmentPlanChangedV1,
    CurtailmentPlanCheckedV1,
    CurtailmentPlanSubmittedV1,
    CurtailmentPlanReturnedV1,
    CurtailmentPlanApprovedV1,
    CurtailmentPlanEnteredForceV1,
    CurtailmentPlanSupersededV1,
    CurtailmentPlanDiscardedV1,
)
