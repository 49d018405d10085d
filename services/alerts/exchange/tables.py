"""Who sends for a region, what kinds of alerts are called outside, and the identifiers that were given."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class ExchangeProfileRow(AlertsTable, table=True):
    """The sender for a region and below it; the narrowest counts, that of no region ("") for all others."""

    __tablename__ = "exchange_profile"
    __table_args__ = (
        CheckConstraint("status IN ('Actual', 'Exercise', 'Test')", name="status_known"),
        CheckConstraint("scope IN ('Public', 'Restricted')", name="scope_known"),
        CheckConstraint("sender_code ~ '^[0-9]{14}$'", name="sender_code_shape"),
    )

    region_code: str = Field(primary_key=True)
    version: int = 1
    cap_sender: str
    sender_name_zh: str
    sender_name_en: str
    # Null: the national form cannot be made for the region.
    sender_code: str | None = None
    status: str
    scope: str
    restriction_zh: str
    contact: str | None = None
    web: str | None = None
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class EventKindRow(AlertsTable, table=True):
    """What a kind of condition is called outside; the row of "" speaks for kinds without one of their own."""

    __tablename__ = "exchange_event_kind"

    condition_kind: str = Field(primary_key=True)
    version: int = 1
    event_code: str
    name_zh: str
    name_en: str
    cap_category: str
    certainty: str
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class NationalMessageRow(AlertsTable, table=True):
    """The identifier that a message of an alert has in the national form; given once."""

    __tablename__ = "exchange_national_message"

    alert_id: UUID = Field(sa_column=Column(ForeignKey("alert.id"), primary_key=True))
    version: int = Field(primary_key=True)
    identifier: str = Field(unique=True)
    given_at: datetime = Field(sa_type=UtcDateTime)
