"""How long a sign-in goes on, and what its renewal tokens are worth. Real time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

PREFIX = "dr_"
_SECRET_BYTES = 32
# A renewal whose answer was lost is asked for again with the same token; whoever comes later stole it.
GRACE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class SessionState:
    """What is known of a sign-in that is renewed."""

    renewed_at: datetime
    expires_at: datetime
    token_hash: str
    previous_hash: str | None
    ended: bool


class Verdict(Enum):
    RENEW = auto()
    REFUSE = auto()
    # A token that was renewed before is shown by somebody: one of the two who had it is a thief.
    END = auto()


def new_token(session_id: UUID) -> tuple[str, str]:
    """A renewal token, and the hash that is kept of it."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return f"{PREFIX}{session_id.hex}_{secret}", hash_of(secret)


def read_token(token: str) -> tuple[UUID, str] | None:
    """The sign-in a renewal token belongs to, and the hash of its secret; None for anything else."""
    session, _, secret = token.removeprefix(PREFIX).partition("_")
    if not token.startswith(PREFIX) or not secret:
        return None
    try:
        return UUID(hex=session), hash_of(secret)
    except ValueError:
        return None


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def judge(state: SessionState, presented: str, *, idle: timedelta, now: datetime) -> Verdict:
    """What follows from a renewal token with this hash."""
    if state.ended or now >= state.expires_at or now >= state.renewed_at + idle:
        return Verdict.REFUSE
    if hmac.compare_digest(state.token_hash, presented):
        return Verdict.RENEW
    if state.previous_hash is None or not hmac.compare_digest(state.previous_hash, presented):
        return Verdict.REFUSE
    return Verdict.RENEW if now < state.renewed_at + GRACE else Verdict.END
