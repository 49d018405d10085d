"""API keys of machines: ``dk_<prefix>_<secret>``, shown once, kept as a SHA-256 hash.

The secret has 256 random bits, so a fast hash is enough: there is no dictionary to try. The prefix names the key
in lists and logs without giving it away.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.security.principal import ROLE_SCOPES, Principal, Role

PREFIX = "dk_"
_SHAPE = re.compile(r"dk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key at the only moment when it is known: hand ``key`` to its holder, store ``prefix`` and ``key_hash``."""

    key: str
    prefix: str
    key_hash: str


@dataclass(frozen=True, slots=True)
class StoredApiKey:
    """What is known of a key. ``meter_nos`` bounds a feed key to its meters; ``None`` leaves it to the region."""

    key_id: UUID
    name: str
    key_hash: str
    role: str
    scopes: frozenset[str]
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: frozenset[str] | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_live(self, at: datetime) -> bool:
        """Not revoked, whatever date the revocation bears, nor expired at the (real) instant ``at``."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def principal(self) -> Principal:
        """The caller this key stands for; its scopes are cut down to its role's. Raises ValueError."""
        role = Role(self.role)
        return Principal(
            subject=str(self.key_id),
            role=role,
            region_code=self.region_code,
            enterprise_id=self.enterprise_id,
            scopes=self.scopes & ROLE_SCOPES[role],
            kind="key",
            meter_nos=self.meter_nos,
        )


def new_api_key() -> NewApiKey:
    """A fresh random key."""
    prefix = secrets.token_hex(4)
    key = f"{PREFIX}{prefix}_{secrets.token_urlsafe(32)}"
    return NewApiKey(key=key, prefix=prefix, key_hash=hash_api_key(key))


def hash_api_key(key: str) -> str:
    """The form in which a key is stored and looked up: SHA-256 in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_api_key(text: str) -> bool:
    """Whether the text has the form of a key; says nothing about its validity."""
    return _SHAPE.fullmatch(text) is not None
