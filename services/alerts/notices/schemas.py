"""Shapes of notices and receipts on the wire."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

_REGION = r"^[1-9][0-9]{5}([0-9]{3})?$"


class AddresseeWrite(BaseModel):
    """One of: ``person_id``; ``unit_id``; ``post`` with ``region_code`` (its holders, or those of the nearest
    region above); ``region_code`` alone (its own people, with ``include_below`` those of regions below too)."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None = None
    unit_id: UUID | None = None
    post: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,39}$")
    region_code: str | None = Field(default=None, pattern=_REGION)
    include_below: bool = False

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        named = [self.person_id is not None, self.unit_id is not None, self.region_code is not None]
        if sum(named) != 1 or (self.post is not None and self.region_code is None):
            raise ValueError("name a person, a unit, a region, or a post with its region")
        if self.include_below and (self.region_code is None or self.post is not None):
            raise ValueError("include_below goes with a region alone")
        return self


class NoticeCreate(BaseModel):
    """A document that people are to know of. English texts default to the Chinese ones."""

    model_config = ConfigDict(extra="forbid")

    title_zh: str = Field(min_length=1, max_length=200)
    title_en: str | None = Field(default=None, min_length=1, max_length=200)
    text_zh: str = Field(default="", max_length=5000)
    text_en: str | None = Field(default=None, max_length=5000)
    link: str | None = Field(default=None, max_length=1000, pattern=r"^https?://[^\s<>\"]+$")
    source_type: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,39}$")
    source_id: str | None = Field(default=None, min_length=1, max_length=100)
    region_code: str = Field(pattern=_REGION, description="Whose notice it is: its office sees the receipts.")
    recipients: list[AddresseeWrite] = Field(min_length=1, max_length=500)
    needs_confirmation: bool = True
    confirm_by: AwareDatetime | None = None
    remind_working_minutes: int = Field(
        default=240, ge=30, le=24_000, description="Working time between reminders until confirmed."
    )

    @model_validator(mode="after")
    def _asks_for_what_it_waits_for(self) -> Self:
        if self.confirm_by is not None and not self.needs_confirmation:
            raise ValueError("confirm_by goes with needs_confirmation")
        return self


class NoticeRead(BaseModel):
    """A notice and how far it has come."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    link: str | None
    source_type: str | None
    source_id: str | None
    region_code: str
    needs_confirmation: bool
    confirm_by: datetime | None
    status: Literal["open", "completed", "withdrawn"]
    recipients: int
    delivered: int = 0
    failed: int = 0
    read: int = 0
    confirmed: int = 0
    created_by: str
    created_at: datetime
    overdue_at: datetime | None
    ended_at: datetime | None
    withdrawn_reason: str | None


class ReceiptRead(BaseModel):
    """One recipient: ``read_by`` and ``confirmed_by`` are ``link`` or who was signed in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    person_id: UUID
    person_name: str
    unit_id: UUID
    region_code: str
    post: str
    ways: int
    delivered_at: datetime | None
    failed_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    reminders: int
    next_reminder_at: datetime | None


class OwnNotice(BaseModel):
    notice: NoticeRead
    receipt: ReceiptRead


class OwnNotices(BaseModel):
    items: list[OwnNotice]


class Withdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000)


class ReceiptProof(BaseModel):
    """The receipts as they stood at ``made_at``, signed like a seal of the trail: ``digest`` is that of
    ``statement``, a JSON text, and ``signature`` is Ed25519 over the digest's text."""

    statement: str
    made_at: datetime
    digest: str
    key_id: str
    public_key: str
    signature: str
