"""Investment promotion (S9): investors and who introduced them, leads, and rewards."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

INVESTOR = Topic("projects.investor.v1", OWNER, "Investors as they are registered and amended")
REFERRAL = Topic("projects.referral.v1", OWNER, "Investors that introduced investors")
LEAD = Topic("projects.lead.v1", OWNER, "Leads from first contact to a project or their loss")
PROMOTION = Topic("projects.promotion.v1", OWNER, "Who brought a project, and in which shares")
AWARD = Topic("projects.award.v1", OWNER, "Rewards for promotion, proposed, decided and paid")


class InvestorRecordedV1(EventPayload):
    """State of an investor; contact data stays inside the service."""

    event_type: ClassVar[str] = "projects.investor.recorded.v1"
    topic: ClassVar[Topic] = INVESTOR

    investor_id: UUID
    kind: str
    name: str
    credit_code: str | None = None
    origin_country: str
    origin_region_code: str | None = None
    region_code: str


class ReferralRegisteredV1(EventPayload):
    event_type: ClassVar[str] = "projects.referral.registered.v1"
    topic: ClassVar[Topic] = REFERRAL

    referral_id: UUID
    introducer_id: UUID
    introduced_id: UUID
    registered_on: date


class ReferralWithdrawnV1(EventPayload):
    event_type: ClassVar[str] = "projects.referral.withdrawn.v1"
    topic: ClassVar[Topic] = REFERRAL

    referral_id: UUID
    introducer_id: UUID
    introduced_id: UUID
    reason: str


class LeadRegisteredV1(EventPayload):
    event_type: ClassVar[str] = "projects.lead.registered.v1"
    topic: ClassVar[Topic] = LEAD

    lead_id: UUID
    code: str
    name: str
    region_code: str
    channel: str
    investor_id: UUID | None = None
    intended_investment_yuan: int | None = None
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None


class LeadAmendedV1(EventPayload):
    """Facts changed; ``fields`` names them, introducers included."""

    event_type: ClassVar[str] = "projects.lead.amended.v1"
    topic: ClassVar[Topic] = LEAD

    lead_id: UUID
    code: str
    fields: tuple[str, ...]


class LeadStageEnteredV1(EventPayload):
    """A step of a lead; ``reason`` says why it was lost or taken up again, ``project_id`` what it became."""

    event_type: ClassVar[str] = "projects.lead.stage_entered.v1"
    topic: ClassVar[Topic] = LEAD

    lead_id: UUID
    code: str
    from_stage: str
    stage: str
    on: date
    reason: str | None = None
    project_id: UUID | None = None


class LeadFollowedUpV1(EventPayload):
    event_type: ClassVar[str] = "projects.lead.followed_up.v1"
    topic: ClassVar[Topic] = LEAD

    lead_id: UUID
    code: str
    on: date
    next_step: str | None = None
    next_on: date | None = None


class PromotionIntroducer(BaseModel):
    """One who brought the project: an investor or a person of the registry."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    investor_id: UUID | None = None
    person_id: UUID | None = None
    basis_points: int
    registered_on: date


class PromotionRecordedV1(EventPayload):
    """State of a project's promotion: its investor and lead, and who shares the credit."""

    event_type: ClassVar[str] = "projects.promotion.recorded.v1"
    topic: ClassVar[Topic] = PROMOTION

    project_id: UUID
    investor_id: UUID | None = None
    lead_id: UUID | None = None
    introducers: tuple[PromotionIntroducer, ...] = ()


class AwardProposedV1(EventPayload):
    """``amount_yuan`` is what is due beyond what was awarded before; negative: to be paid back."""

    event_type: ClassVar[str] = "projects.award.proposed.v1"
    topic: ClassVar[Topic] = AWARD

    award_id: UUID
    project_id: UUID
    investor_id: UUID | None = None
    person_id: UUID | None = None
    as_of: date
    verified_funds_yuan: int
    entitled_yuan: int
    amount_yuan: int


class AwardDecidedV1(EventPayload):
    """``decision`` is approved or rejected."""

    event_type: ClassVar[str] = "projects.award.decided.v1"
    topic: ClassVar[Topic] = AWARD

    award_id: UUID
    project_id: UUID
    decision: str
    amount_yuan: int
    reason: str = ""


class AwardPaidV1(EventPayload):
    event_type: ClassVar[str] = "projects.award.paid.v1"
    topic: ClassVar[Topic] = AWARD

    award_id: UUID
    project_id: UUID
    amount_yuan: int
    paid_on: date


EVENTS: tuple[type[EventPayload], ...] = (
    InvestorRecordedV1,
    ReferralRegisteredV1,
    ReferralWithdrawnV1,
    LeadRegisteredV1,
    LeadAmendedV1,
    LeadStageEnteredV1,
    LeadFollowedUpV1,
    PromotionRecordedV1,
    AwardProposedV1,
    AwardDecidedV1,
    AwardPaidV1,
)
