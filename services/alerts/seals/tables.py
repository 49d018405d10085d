"""Seals, their leaves and keys, and which entries wait for the next seal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.alerts.database import AlertsTable


class SealPolicyRow(AlertsTable, table=True):
    """How often trails are sealed and by which algorithm new chains begin; the newest that has begun counts."""

    __tablename__ = "trail_seal_policy"
    __table_args__ = (
        CheckConstraint("algorithm IN ('sha256', 'sm3')", name="algorithm_known"),
        CheckConstraint("interval_minutes BETWEEN 1 AND 1440", name="interval_sensible"),
    )

    valid_from: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    algorithm: str
    interval_minutes: int
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class SealKeyRow(AlertsTable, table=True):
    """The public part of a key that has signed seals. Append-only."""

    __tablename__ = "trail_key"

    key_id: str = Field(primary_key=True)
    public_key: str
    first_used_at: datetime = Field(sa_type=UtcDateTime)


class SealRow(AlertsTable, table=True):
    """One seal; see :class:`services.alerts.seals.domain.seal.Seal`. Append-only."""

    __tablename__ = "trail_seal"

    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sealed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    algorithm: str
    previous: str
    root: str
    alerts: int
    entries: int
    entries_total: int = Field(sa_type=BigInteger)
    key_id: str = Field(foreign_key="trail_key.key_id")
    digest: str
    signature: str


class SealLeafRow(AlertsTable, table=True):
    """The head of one alert's trail as a seal covers it. Append-only.

    No foreign key to the alert: an alert that somebody deletes must leave its leaf behind.
    """

    __tablename__ = "trail_seal_leaf"
    __table_args__ = (Index("ix_trail_seal_leaf_alert_length", "alert_id", "length"),)

    sequence: int = Field(sa_column=Column(ForeignKey("trail_seal.sequence"), primary_key=True))
    alert_id: UUID = Field(primary_key=True)
    length: int
    head: str


class UnsealedRow(AlertsTable, table=True):
    """An entry that no seal covers yet; a trigger of the trail writes it, sealing takes it away."""

    __tablename__ = "trail_unsealed"

    alert_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
