"""Shapes of subscriptions and deliveries on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.registry.schemas import Name, RegionCode, example

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2000)]
EventName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{2,99}$")]
Names = Annotated[list[EventName], Field(max_length=100)]


class SubscriptionCreate(BaseModel):
    """Without topics and event types all that is offered is wanted, of the region and below."""

    model_config = example(
        name="市级项目库",
        url="https://hooks.example.org/duban",
        topics=["projects.project.v1"],
        region_code="421224",
    )

    name: Name
    url: Url = Field(description="https, at a host that this installation allows.")
    topics: Names = Field(default_factory=list, description="Topics wanted as a whole: projects.project.v1.")
    event_types: Names = Field(default_factory=list, description="Single types wanted beside them.")
    region_code: RegionCode | None = Field(default=None, description="The caller's own region, if absent.")
    project_id: UUID | None = Field(default=None, description="Only what concerns this project.")


class SubscriptionUpdate(BaseModel):
    """Fields that are left out stay as they are; ``paused`` false lets a paused one go on with what was kept."""

    model_config = example(paused=False)

    name: Name = Field(default_factory=str)
    url: Url = Field(default_factory=str)
    topics: Names = Field(default_factory=list)
    event_types: Names = Field(default_factory=list)
    region_code: RegionCode = Field(default_factory=str)
    project_id: UUID | None = None
    paused: bool = Field(default_factory=bool)


class SubscriptionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    url: str
    topics: list[str]
    event_types: list[str]
    region_code: str
    project_id: UUID | None
    owner: str = Field(description="The caller whose sight limits what is sent.")
    paused_at: AwareDatetime | None
    paused_reason: str | None = Field(description="by_hand, failures, too_long, gone or owner_revoked.")
    failures_in_a_row: int
    failing_since: AwareDatetime | None = Field(description="Real time.")
    previous_secret_until: AwareDatetime | None = Field(description="Real time; both secrets sign until then.")
    history_gap_at: AwareDatetime | None = Field(
        description="When it was resumed after events had been forgotten: read the things anew."
    )
    position: int = Field(description="Place in the feed of events up to which deliveries were made.")
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class SubscriptionCreated(SubscriptionRead):
    secret: str = Field(description="whsec_…: signs what is sent; shown this once.")


class SecretRead(BaseModel):
    """The new secret, shown this once; the old one signs beside it until then."""

    secret: str
    previous_secret_until: AwareDatetime | None


class OfferedRead(BaseModel):
    """A topic that may be subscribed to."""

    model_config = ConfigDict(from_attributes=True)

    topic: str
    description: str
    types: list[str]


class OfferedList(BaseModel):
    items: list[OfferedRead]


class RedeliveriesRead(BaseModel):
    redelivered: int = Field(description="How many failed deliveries are due again.")


class WebhookDeliveryRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    subscription_id: UUID
    event_id: UUID = Field(description="The webhook-id: the same for every attempt.")
    position: int
    topic: str
    type: str
    subject: str
    aggregate_version: int
    status: Literal["pending", "delivered", "failed", "cancelled"]
    attempts: int
    next_attempt_at: AwareDatetime | None = Field(description="Real time.")
    last_status_code: int | None
    last_error: str | None
    created_at: AwareDatetime
    completed_at: AwareDatetime | None


class WebhookAttemptRead(BaseModel):
    """Real time. ``interrupted`` may have arrived: the worker died before it could say."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    outcome: Literal["started", "delivered", "failed", "interrupted"]
    status_code: int | None
    error: str | None


class WebhookDeliveryDetail(WebhookDeliveryRead):
    body: str
    attempts_made: list[WebhookAttemptRead]
