"""Shapes of seals, keys and proofs on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class SealRead(BaseModel):
    """A seal over the trails that grew since the one before; see the event ``alerts.trail.sealed.v1``."""

    model_config = ConfigDict(from_attributes=True)

    sequence: int
    sealed_at: datetime
    algorithm: str
    previous: str
    root: str
    alerts: int
    entries: int
    entries_total: int
    key_id: str
    digest: str
    signature: str


class SealKeyRead(BaseModel):
    """A public key (base64 of its 32 bytes) that has signed seals."""

    model_config = ConfigDict(from_attributes=True)

    key_id: str
    public_key: str
    first_used_at: datetime


class SealKeyList(BaseModel):
    items: list[SealKeyRead]


class PathStep(BaseModel):
    """A neighbour on the way to the root: hashed with it, on its side, after the byte 0x01."""

    model_config = ConfigDict(from_attributes=True)

    side: Literal["left", "right"]
    hash: str


class ProofRead(BaseModel):
    """What shows that the trail's first ``length`` entries were sealed; the leaf is ``id|length|head``."""

    alert_id: UUID
    length: int
    head: str
    path: list[PathStep]
    seal: SealRead
    public_key: str


class SealPolicyWrite(BaseModel):
    """How often trails are sealed and how new ones begin; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    algorithm: Literal["sha256", "sm3"]
    interval_minutes: int = Field(ge=1, le=1440)
    valid_from: AwareDatetime | None = None


class SealPolicyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    algorithm: str
    interval_minutes: int
    valid_from: datetime
    changed_by: str
    changed_at: datetime


class SealPolicyList(BaseModel):
    items: list[SealPolicyRead]
