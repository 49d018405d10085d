"""What became of a list."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class ListRejection(BaseModel):
    line: int = Field(description="The row as the spreadsheet or editor numbers it.")
    column: str = Field(description="Its heading; empty where no column is meant.")
    code: str
    message: str = Field(description="In the caller's language.")


class ListReport(BaseModel):
    rows: int = Field(description="Entries in the file.")
    created: int
    changed: int
    unchanged: int
    rejected: int
    rejections: list[ListRejection] = Field(description="The first 1000 of them.")


class QuotaReceipt(ListReport):
    """The receipt of a list of supply quotas; the counts are of objects and days."""

    receipt_id: UUID
    received_at: datetime
    received_by: str
    issued_at: datetime = Field(description="When the list was handed out: the later one counts.")
    system: str
    name: str | None
    sha256: str
    superseded: int = Field(description="Days of which a later list had spoken already.")
