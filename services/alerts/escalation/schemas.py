"""Shapes of escalation policies on the wire."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.alerts.escalation.domain.ladder import Policy


class PolicyWrite(BaseModel):
    """A new revision of a policy; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    definition: Policy
    valid_from: AwareDatetime | None = None


class PolicyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    revision: int
    valid_from: datetime
    changed_by: str
    changed_at: datetime
    definition: Policy


class PolicyList(BaseModel):
    items: list[PolicyRead]
