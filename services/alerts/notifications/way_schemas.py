"""Shapes of policies of ways and of people's preferences on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.alerts import Severity
from services.alerts.notifications.domain.ways import Preferences, WayPolicy


class WayPolicyWrite(BaseModel):
    """A new revision for a severity, everywhere or in a region and below; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    region_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")
    definition: WayPolicy
    valid_from: AwareDatetime | None = None


class WayPolicyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    severity: Severity
    region_code: str | None
    revision: int
    valid_from: datetime
    definition: WayPolicy
    changed_by: str
    changed_at: datetime


class WayPolicyList(BaseModel):
    items: list[WayPolicyRead]


class PreferenceRead(BaseModel):
    """What a person wishes, and the policies it lies within; without a word of theirs the version is 0."""

    person_id: UUID
    version: int
    preferences: Preferences
    policies: dict[Severity, WayPolicy]
    changed_by: str | None
    changed_at: datetime | None
