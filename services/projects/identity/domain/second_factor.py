"""Time-based one-time passwords as second factor (TOTP, RFC 6238), and codes for a lost device.

Six digits of thirty seconds by HMAC-SHA-1: what every authenticator application knows. Real time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

DIGITS = 6
STEP_SECONDS = 30
# RFC 4226 asks for 128 bits at least and recommends 160.
SECRET_BYTES = 20
# Codes of one step before and after are good: clocks of telephones differ, and typing takes time.
DRIFT_STEPS = 1
RECOVERY_CODES = 10
_GROUPS, _GROUP_LENGTH = 3, 4
# Without letters and digits that are taken for one another.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """As people type it into an application: Base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, *, username: str, issuer: str) -> str:
    """The ``otpauth`` address that an application reads from a QR code."""
    facts = {"secret": shown(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(issuer)}:{quote(username)}?{urlencode(facts, quote_via=quote)}"


def code_at(secret: bytes, counter: int) -> str:
    # SHA-1 is what applications know; as an HMAC it is not broken.
    return HOTP(secret, DIGITS, SHA1()).generate(counter).decode()  # noqa: S303


def counter_of(secret: bytes, code: str, *, now: float, after: int) -> int | None:
    """The counter whose code it is; None for a wrong code and for one not later than ``after``.

    ``now`` is in seconds of the Unix epoch.
    """
    present = int(now // STEP_SECONDS)
    found = None
    for counter in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, counter), code) and counter > after:
            found = counter
    return found


def new_recovery_codes() -> list[str]:
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(code: str) -> str:
    """Random enough (59 bits, each good once, under the lock of names) not to need a slow hash."""
    return hashlib.sha256(f"recovery:{code.strip().lower()}".encode()).hexdigest()


def without_recovery_code(hashes: Sequence[str], code: str) -> list[str] | None:
    """The hashes that are left after this code; None if it is none of them."""
    used = hash_recovery_code(code)
    left = [known for known in hashes if not hmac.compare_digest(known, used)]
    return None if len(left) == len(hashes) else left


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH))
