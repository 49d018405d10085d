"""Reviews of the admission gate and the overrides of it (S12)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

GATE_REVIEW = Topic("projects.gate_review.v1", OWNER, "Reviews of environment and energy of projects")
GATE_OVERRIDE = Topic("projects.gate_override.v1", OWNER, "Overrides of the admission gate")


class _ReviewEvent(EventPayload):
    review_id: UUID
    code: str
    # eia or energy.
    review: str
    project_id: UUID
    project_code: str
    project_name: str


class GateReviewOpenedV1(_ReviewEvent):
    event_type: ClassVar[str] = "projects.gate_review.opened.v1"
    topic: ClassVar[Topic] = GATE_REVIEW

    opened_on: date


class GateReviewAmendedV1(_ReviewEvent):
    """Panel, opinions, papers or energy facts changed, or conditions were fulfilled; ``fields`` names them."""

    event_type: ClassVar[str] = "projects.gate_review.amended.v1"
    topic: ClassVar[Topic] = GATE_REVIEW

    fields: tuple[str, ...] = ()


class GateReviewConcludedV1(_ReviewEvent):
    """The verdict: pass, conditional or fail; ``standing`` is where an energy review's intensity stands."""

    event_type: ClassVar[str] = "projects.gate_review.concluded.v1"
    topic: ClassVar[Topic] = GATE_REVIEW

    verdict: str
    document_no: str
    issued_on: date
    valid_until: date | None = None
    standing: str | None = None
    intensity: float | None = None
    limit_value: float | None = None


class GateReviewRevokedV1(_ReviewEvent):
    event_type: ClassVar[str] = "projects.gate_review.revoked.v1"
    topic: ClassVar[Topic] = GATE_REVIEW

    on: date
    reason: str


class _OverrideEvent(EventPayload):
    override_id: UUID
    code: str
    project_id: UUID
    project_code: str
    project_name: str
    # approval, start or commissioning.
    point: str
    reviews: tuple[str, ...]


class GateOverrideGrantedV1(_OverrideEvent):
    event_type: ClassVar[str] = "projects.gate_override.granted.v1"
    topic: ClassVar[Topic] = GATE_OVERRIDE

    reason: str
    approver_person_id: UUID
    make_good_by: date


class GateOverrideUsedV1(_OverrideEvent):
    """The one step it lets pass was taken: ``used_for`` is the stage, or the number of the case granted."""

    event_type: ClassVar[str] = "projects.gate_override.used.v1"
    topic: ClassVar[Topic] = GATE_OVERRIDE

    on: date
    used_for: str
    make_good_by: date


class GateOverrideMadeGoodV1(_OverrideEvent):
    """What was lacking has been passed since."""

    event_type: ClassVar[str] = "projects.gate_override.made_good.v1"
    topic: ClassVar[Topic] = GATE_OVERRIDE

    on: date


class GateOverrideRevokedV1(_OverrideEvent):
    event_type: ClassVar[str] = "projects.gate_override.revoked.v1"
    topic: ClassVar[Topic] = GATE_OVERRIDE

    on: date
    reason: str


EVENTS: tuple[type[EventPayload], ...] = (
    GateReviewOpenedV1,
    GateReviewAmendedV1,
    GateReviewConcludedV1,
    GateReviewRevokedV1,
    GateOverrideGrantedV1,
    GateOverrideUsedV1,
    GateOverrideMadeGoodV1,
    GateOverrideRevokedV1,
)
