"""The audit record, in every service's database: append-only, chained by :mod:`libs.common.security.audit`.

Beside it the days on which API keys were used (:mod:`libs.common.security.key_use`).
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime

# Tables for ``append_only_ddl``; the queue of records that wait for their link is not among them.
APPEND_ONLY_TABLES = ("audit_record", "audit_link")


class AuditRecordRow(CommonTable, table=True):
    """Who did what to which object, with which result. ``at`` is the stack's clock, as in the rows it tells of."""

    __tablename__ = "audit_record"
    __table_args__ = (
        Index("ix_audit_record_object", "object_type", "object_id", "at"),
        Index("ix_audit_record_actor", "actor", "at"),
    )

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str
    actor_kind: str
    actor_role: str
    actor_region_code: str | None = None
    action: str
    object_type: str
    object_id: str
    result: str
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class AuditLinkRow(CommonTable, table=True):
    """A record's place in the chain; ``hash`` covers ``previous_hash`` and every column of the record."""

    __tablename__ = "audit_link"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    record_id: UUID = Field(unique=True)
    algorithm: str
    previous_hash: str
    hash: str


class AuditPendingRow(CommonTable, table=True):
    """A record that has no link yet; written with it, gone once it is linked."""

    __tablename__ = "audit_pending"

    record_id: UUID = Field(primary_key=True)


class ApiKeyUseRow(CommonTable, table=True):
    """The last local day on which an API key was used, and on how many it was. Real time."""

    __tablename__ = "api_key_use"

    key_id: UUID = Field(primary_key=True)
    used_on: date
    days: int
