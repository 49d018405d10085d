"""Overrides, and how the gate of a project stands."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.gate.domain.gate import GatePoint, Lack
from services.projects.gate.domain.overrides import OverrideStatus
from services.projects.gate.domain.standards import ReviewKind
from services.projects.gate.service.admission import PointState
from services.projects.ledger.schemas import Reason
from services.projects.registry.schemas import example


class OverrideCreate(BaseModel):
    """Lets a project through once, at one point, although reviews are lacking."""

    model_config = example(
        project_id="01926f4e-7f00-7000-8000-000000000101",
        point="start",
        reason="flood repair before the rains; the EIA is with the experts",
        make_good_by="2026-10-31",
        approver_person_id="01926f4e-7f00-7000-8000-000000000002",
    )

    project_id: UUID
    point: GatePoint
    reviews: Annotated[list[ReviewKind], Field(max_length=10)] = Field(
        default_factory=list, description="All that are lacking today if empty."
    )
    reason: Reason
    make_good_by: date = Field(description="The day by which the reviews are passed.")
    approver_person_id: UUID | None = Field(
        default=None, description="Who answers for it, at a leader's post; the caller's own person if absent."
    )


class OverrideRevocation(BaseModel):
    model_config = example(reason="the review has been passed")

    reason: Reason


class OverrideRead(BaseModel):
    id: UUID
    code: str
    project_id: UUID
    point: GatePoint
    reviews: list[ReviewKind]
    reason: str
    approver_person_id: UUID
    granted_on: date
    make_good_by: date
    status: OverrideStatus
    used_on: date | None
    used_for: str | None = Field(description="The stage entered, or the number of the case granted by it.")
    made_good_on: date | None
    revoked_on: date | None
    revocation_reason: str | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ShortcomingRead(BaseModel):
    review: ReviewKind
    why: Lack
    review_id: UUID | None
    review_code: str | None
    valid_until: date | None


class PointRead(BaseModel):
    """The gate at one point: what is required, what is lacking, and what may pass over it."""

    point: GatePoint
    is_open: bool
    required: list[ReviewKind]
    lacking: list[ShortcomingRead]
    override_ids: list[UUID] = Field(description="Overrides that a step at this point may use up.")

    @classmethod
    def of(cls, state: PointState) -> "PointRead":
        lacking = [ShortcomingRead.model_validate(one, from_attributes=True) for one in state.lacking]
        return cls(
            point=state.point,
            is_open=state.is_open,
            required=list(state.required),
            lacking=lacking,
            override_ids=[override.id for override in state.overrides],
        )


class GateRead(BaseModel):
    project_id: UUID
    on: date
    points: list[PointRead]


class GateScanRead(BaseModel):
    """How many projects a scan looked at, and what it changed."""

    subjects: int = Field(description="Projects looked at.")
    opened: int
    amended: int
    cleared: int
