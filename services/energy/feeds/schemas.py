"""What the feed's door answers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import METER_NO_PATTERN


class Rejection(BaseModel):
    """A row that was not taken."""

    line: int = Field(description="From 1: the line of NDJSON and CSV, the element of a JSON array.")
    pointer: str = Field(description="JSON pointer into the body, or into the line for NDJSON and CSV.")
    code: str
    message: str = Field(description="In the caller's language.")
    text: str | None = Field(
        default=None, description="What the line holds, 500 characters at most, if it is text."
    )


class ReceiptCreated(BaseModel):
    """The answer to a delivery: everything accepted is with the broker, everything quarantined in the database."""

    receipt_id: UUID
    accepted: int = Field(description="Readings on their way into the curves.")
    quarantined: int = Field(description="Readings of unknown meters, kept until these are registered.")
    rejected: int = Field(description="Rows that were not taken.")
    rejections: list[Rejection] = Field(description="The first 1000 of them.")


class Refusal(BaseModel):
    """Why nothing of a body could be taken."""

    code: str
    message: str
    errors: list[Rejection]


class ReceiptSummary(BaseModel):
    """A receipt later on; the last four counts add up to ``accepted`` once it is merged."""

    receipt_id: UUID
    status: str = Field(
        description="pending until the broker has it, then acknowledged, then merged; replaced while another "
        "attempt with the same body goes on; abandoned when nobody was told of it and it got nowhere; refused."
    )
    kind: str
    transport: str = Field(description="http, mqtt, kafka or folder; quarantine for what was replayed from there.")
    name: str | None = Field(description="The file's name, or the topic.")
    source: str
    subject: str = Field(description="The key, account or feed it came from.")
    received_at: datetime
    merged_at: datetime | None
    newest_at: datetime | None = Field(description="The end of the latest interval accepted.")
    bytes: int
    digest: str | None = Field(
        description="SHA-256, in hex, by which the same delivery is known again for 7 days."
    )
    accepted: int = Field(description="Readings on their way into the curves.")
    quarantined: int = Field(description="Readings of unknown meters, kept until these are registered.")
    rejected: int = Field(description="Rows that were not taken.")
    stored: int = Field(description="Values of slots that were empty.")
    unchanged: int = Field(description="Values that stood there already.")
    revised: int = Field(description="Values that replaced others.")
    superseded: int = Field(description="Values that came after newer ones of their slot and changed nothing.")
    refusal: Refusal | None = None


class ReceiptRead(ReceiptSummary):
    rejections: list[Rejection] = Field(description="The first 1000; all of them under rejections.")


class QuarantineRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    receipt_id: UUID
    meter_no: str
    kind: str
    status: str = Field(description="kept, replayed or discarded.")
    readings: int
    unit: str
    interval_minutes: int | None
    source: str
    received_at: datetime
    replayed_at: datetime | None
    replay_receipt_id: UUID | None
    discarded_at: datetime | None
    discarded_by: str | None
    discard_reason: str | None


class WaitingMeter(BaseModel):
    """An unknown meter and what waits for it."""

    meter_no: str
    rows: int = Field(description="Parts of bodies.")
    readings: int
    sources: list[str]
    first_received_at: datetime
    last_received_at: datetime
    age_days: int
    is_registered: bool = Field(description="The meter is registered by now, and what waits will be taken soon.")


class DiscardRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    meter_no: Annotated[str, Field(pattern=METER_NO_PATTERN)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class DiscardResult(BaseModel):
    rows: int
    readings: int


class ReplayRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    meter_no: Annotated[str, Field(pattern=METER_NO_PATTERN)] | None = Field(
        default=None, description="Only rows of this meter; all meters that are registered by now if left out."
    )


class ReplayResult(BaseModel):
    receipt_id: UUID | None = Field(description="The receipt of what was taken; null when nothing could be.")
    replayed: int = Field(description="Readings that went on to the curves.")
    rejected: int = Field(description="Rows that do not fit their meter; they stay in quarantine with the reason.")
    waiting: int = Field(description="Rows whose meter is still unknown.")
