"""Support of enterprises (S16): applications on their way, and needs of finance."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

SUPPORT_APPLICATION = Topic("projects.support_application.v1", OWNER, "Applications for support, step by step")
FINANCING_NEED = Topic("projects.financing_need.v1", OWNER, "Financing needs, what banks granted, and the gap")


class SupportApplicationAdvancedV1(EventPayload):
    """One step of an application and its state after it.

    ``action``: created, amended, submitted, step_approved, approved, returned, refused, appealed, appeal_upheld,
    appeal_rejected, withdrawn, paid, clawback_claimed, clawback_repaid, clawback_dropped, closed;
    ``action_yuan`` is the amount of a payment or claim.
    """

    event_type: ClassVar[str] = "projects.support_application.advanced.v1"
    topic: ClassVar[Topic] = SUPPORT_APPLICATION

    application_id: UUID
    code: str
    policy_id: UUID
    policy_code: str
    policy_name: str
    kind: str
    enterprise_id: UUID
    project_id: UUID | None = None
    year: int
    action: str
    action_yuan: int | None = None
    status: str
    requested_yuan: int
    computed_yuan: int | None = None
    approved_yuan: int | None = None
    paid_yuan: int
    clawed_back_yuan: int
    reason: str = ""


class FinancingNeedRecordedV1(EventPayload):
    """State of a financing need."""

    event_type: ClassVar[str] = "projects.financing_need.recorded.v1"
    topic: ClassVar[Topic] = FINANCING_NEED

    need_id: UUID
    code: str
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    purpose: str
    amount_yuan: int
    granted_yuan: int
    gap_yuan: int
    needed_by: date
    status: str


EVENTS: tuple[type[EventPayload], ...] = (SupportApplicationAdvancedV1, FinancingNeedRecordedV1)
