"""Shapes of route trees, their preview, storm limits and digests on the wire."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import Severity
from services.alerts.muting.schemas import MutingRead
from services.alerts.routing.domain.specs import TreeSpec

_REGION = r"^[1-9][0-9]{5}([0-9]{3})?$"


class TreeWrite(BaseModel):
    """A new revision of a region's tree; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    definition: TreeSpec
    reason: str = Field(min_length=1, max_length=2000)
    valid_from: AwareDatetime | None = None


class TreeWithdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class TreeRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    region_code: str = Field(description="Empty: everywhere.")
    revision: int
    valid_from: datetime
    withdrawn: bool
    reason: str
    changed_by: str
    changed_at: datetime
    definition: TreeSpec


class TreeList(BaseModel):
    items: list[TreeRead]


class RouteTest(BaseModel):
    """An alert that does not exist: its labels, where it would be, how grave."""

    model_config = ConfigDict(extra="forbid")

    labels: dict[str, Annotated[str, Field(max_length=1000)]] = Field(max_length=100)
    region_code: str = Field(pattern=_REGION)
    unit_id: UUID | None = None
    severity: Severity = Severity.YELLOW
    object_type: str = Field(default="", max_length=40)
    object_id: str = Field(default="", max_length=200)


class RouteTaken(BaseModel):
    """A route that takes the alert, and who would be told in its group."""

    route: str
    receiver: str
    continues: bool
    group_labels: dict[str, str]
    group_wait_seconds: float
    group_interval_seconds: float
    repeat_interval_seconds: float
    resting: list[str] = Field(description="Intervals for which the route is quiet now.")
    policy_code: str | None
    people: list[str]
    channels: list[str]
    systems: list[str]


class RouteTested(BaseModel):
    tree_region: str
    tree_revision: int = Field(description="0: the default, where nobody has made a tree.")
    routes: list[RouteTaken]
    muted_by: list[MutingRead]


class StormLimitWrite(BaseModel):
    """How much one recipient is told singly within a window before a digest gathers the rest."""

    model_config = ConfigDict(extra="forbid")

    singly: int = Field(ge=1, le=10_000)
    red_singly: int = Field(ge=1, le=10_000, description="The bound for red alerts; not below that of the others.")
    window_seconds: int = Field(ge=1, le=86_400)
    digest_seconds: int = Field(ge=1, le=86_400)
    named: int = Field(default=10, ge=1, le=100, description="How many of the gravest a digest names.")

    @model_validator(mode="after")
    def _lets_red_through(self) -> Self:
        if self.red_singly < self.singly:
            raise ValueError("red alerts are not held back sooner than others")
        return self


class StormLimitRead(StormLimitWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    region_code: str = Field(description="Empty: everywhere.")
    valid_from: datetime
    changed_by: str


class StormLimitList(BaseModel):
    items: list[StormLimitRead]


class DigestRead(BaseModel):
    """One message about many alerts."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    notification_id: UUID
    recipient_name: str
    person_id: UUID | None
    region_code: str | None
    alerts: int
    counts: dict[str, Any]
    first_at: datetime
    last_at: datetime
    created_at: datetime


class DigestAlert(BaseModel):
    alert_id: UUID
    number: int
    severity: Severity
    title_zh: str
    title_en: str
    region_code: str
    reason: str
    held_at: datetime


class DigestDetail(DigestRead):
    told: list[DigestAlert] = Field(description="Every alert that the digest tells of.")
