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


class ReceiptCreated(BaseModel):
    """The answer to a delivery: everything accepted is with the broker, everything quarantined in the database."""

    receipt_id: UUID
    accepted: int = Field(description="Readings on their way into the curves.")
    quarantined: int = Field(description="Readings of unknown meters, kept until these are registered.")
    rejected: int = Field(description="Rows that were not taken.")
    rejections: list[Rejection] = Field(description="The first 1000 of them.")


class ReceiptRead(ReceiptCreated):
    """A receipt later on; the last four counts add up to ``accepted`` once it is merged."""

    status: str = Field(description="pending until the broker has it, then accepted, then merged.")
    kind: str
    source: str
    received_at: datetime
    merged_at: datetime | None
    stored: int = Field(description="Values of slots that were empty.")
    unchanged: int = Field(description="Values that stood there already.")
    revised: int = Field(description="Values that replaced others.")
    superseded: int = Field(description="Values that came after newer ones of their slot and changed nothing.")


class QuarantineRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    receipt_id: UUID
    meter_no: str
    kind: str
    status: str = Field(description="kept or replayed.")
    readings: int
    unit: str
    interval_minutes: int | None
    source: str
    received_at: datetime
    replayed_at: datetime | None
    replay_receipt_id: UUID | None


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
