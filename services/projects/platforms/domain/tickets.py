"""A ticket: the platform has said who this is, and for a few minutes that counts here. Real time.

A platform's code is good once, and more than one step may follow it: the code of a second factor, or a password
that links the identity to its account for the first time.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from services.projects.identity.domain.lockout import LockoutPolicy

LIFE = timedelta(minutes=10)
# Codes nobody gave, tried from one address. Many people share an office's address, so it is no five.
BY_ADDRESS = LockoutPolicy(max_failures=30, window=timedelta(minutes=5), lock=timedelta(minutes=5))
_PREFIX = "dt_"
_SECRET_BYTES = 32


def new_ticket(ticket_id: UUID) -> tuple[str, str]:
    """A ticket, and the hash that is kept of it."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return f"{_PREFIX}{ticket_id.hex}_{secret}", hash_of(secret)


def read_ticket(ticket: str) -> tuple[UUID, str] | None:
    """Which ticket it is, and the hash of its secret; None for anything else."""
    name, _, secret = ticket.removeprefix(_PREFIX).partition("_")
    if not ticket.startswith(_PREFIX) or not secret:
        return None
    try:
        return UUID(hex=name), hash_of(secret)
    except ValueError:
        return None


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
