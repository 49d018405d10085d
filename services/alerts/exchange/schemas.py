"""Shapes of senders and kinds on the wire."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.alerts.exchange.domain.message import Scope, Status

CapCategory = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]


class ProfileWrite(BaseModel):
    """Who sends for a region. ``sender_code`` is the 14-digit code of the release centre; ``web`` may hold
    ``{alert_id}``."""

    model_config = ConfigDict(extra="forbid")

    cap_sender: str = Field(pattern=r"^[^\s,<&]{3,200}$", examples=["alerts@jxj.tongshan.example"])
    sender_name_zh: str = Field(min_length=1, max_length=100)
    sender_name_en: str = Field(min_length=1, max_length=100)
    sender_code: str | None = Field(default=None, pattern=r"^[0-9]{14}$")
    status: Status = Status.ACTUAL
    scope: Scope = Scope.RESTRICTED
    restriction_zh: str = Field(default="仅供工业经济运行管理工作使用", min_length=1, max_length=200)
    contact: str | None = Field(default=None, max_length=200)
    web: str | None = Field(default=None, max_length=500, pattern=r"^https?://[^\s<>\"]+$")


class ProfileRead(ProfileWrite):
    model_config = ConfigDict(from_attributes=True)

    region_code: str = Field(description="Empty: for every region without a profile of its own.")
    version: int
    changed_by: str
    changed_at: datetime


class ProfileList(BaseModel):
    items: list[ProfileRead]


class EventKindWrite(BaseModel):
    """What a kind of condition is called outside; ``event_code`` is of GB/T 35561, as its centre uses it."""

    model_config = ConfigDict(extra="forbid")

    event_code: str = Field(pattern=r"^[0-9A-Z]{5,8}$")
    name_zh: str = Field(min_length=1, max_length=35)
    name_en: str = Field(min_length=1, max_length=35)
    cap_category: CapCategory = "Infra"
    certainty: Certainty = "Observed"


class EventKindRead(EventKindWrite):
    model_config = ConfigDict(from_attributes=True)

    condition_kind: str = Field(description="Empty: for every kind without a row of its own.")
    version: int
    changed_by: str
    changed_at: datetime


class EventKindList(BaseModel):
    items: list[EventKindRead]
