"""A delivery on its way: what a sender is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class GatewayAccess:
    """The account a message goes through, as it is now."""

    id: UUID
    version: int
    settings: Mapping[str, Any]
    secrets_sealed: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed delivery: what is to be sent, and the number of the attempt that fences it."""

    id: UUID
    alert_id: UUID | None
    kind: str
    target: str
    subject: str
    body: str
    language: str
    attempt: int
    forgiven: int
    channel_id: UUID | None
    secret_sealed: str | None
    format: str = "standard"
    options: Mapping[str, Any] = field(default_factory=dict)
    gateway: GatewayAccess | None = None
    person_id: UUID | None = None
    notification_id: UUID | None = None
    reason: str = ""
    # Filled in as the message leaves: the link that answers it, and where the console is.
    link: str | None = None
    console: str = ""
