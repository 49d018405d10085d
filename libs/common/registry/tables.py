"""Replica tables, in the database of every service that listens to the registry.

Each row keeps the ``aggregate_version`` it was written from, and a deleted one stays as ``deleted`` with its
version, so that an older record that comes again can neither overwrite nor revive it. There are no foreign
keys: topics arrive in any order, and a row that came early must not hold a partition.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class ReplicaTable(CommonTable):
    """What all replica rows carry; ``subject`` is the Kafka key, by which a tombstone finds its row."""

    __abstract__ = True

    subject: str = Field(index=True)
    version: int = Field(sa_type=BigInteger)
    deleted: bool = False


class RegionReplicaRow(ReplicaTable, table=True):
    __tablename__ = "region_replica"

    code: str = Field(primary_key=True)
    name: str
    default_post: str


class UnitReplicaRow(ReplicaTable, table=True):
    __tablename__ = "unit_replica"

    unit_id: UUID = Field(primary_key=True)
    code: str
    name: str
    region_code: str = Field(index=True)


class PersonReplicaRow(ReplicaTable, table=True):
    __tablename__ = "person_replica"
    __table_args__ = (Index("ix_person_replica_post", "region_code", "post"),)

    person_id: UUID = Field(primary_key=True)
    name: str
    unit_id: UUID = Field(index=True)
    region_code: str
    post: str
    email: str | None = None
    phone: str | None = None
    active: bool


class EnterpriseReplicaRow(ReplicaTable, table=True):
    __tablename__ = "enterprise_replica"

    enterprise_id: UUID = Field(primary_key=True)
    # Unique at its owner; here two rows may meet for a moment while one enterprise takes over from another.
    credit_code: str = Field(index=True)
    name: str
    region_code: str = Field(index=True)
    sector_code: str
    key_energy_user: bool


class SigningKeyReplicaRow(ReplicaTable, table=True):
    __tablename__ = "signing_key_replica"

    kid: str = Field(primary_key=True)
    public_jwk: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    not_after: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKeyReplicaRow(ReplicaTable, table=True):
    __tablename__ = "api_key_replica"

    key_id: UUID = Field(primary_key=True)
    name: str
    key_hash: str = Field(index=True)
    role: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccountRevocationReplicaRow(ReplicaTable, table=True):
    __tablename__ = "account_revocation_replica"

    account_id: UUID = Field(primary_key=True)
    not_before: datetime = Field(sa_type=UtcDateTime)


class EndedSessionReplicaRow(ReplicaTable, table=True):
    """Sign-ins that are over; from ``not_after`` on none of their tokens would live anyway. Real time."""

    __tablename__ = "ended_session_replica"

    session_id: UUID = Field(primary_key=True)
    not_after: datetime = Field(sa_type=UtcDateTime, index=True)


class CalendarDayReplicaRow(ReplicaTable, table=True):
    __tablename__ = "calendar_day_replica"

    on: date = Field(primary_key=True)
    working: bool
    note: str
