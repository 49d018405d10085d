"""Links by which somebody without a sign-in shows that a notice arrived: bound to one receipt, never stored.

The token is the receipt's id and its HMAC under a key of the installation, so it can be made again for a reminder
and nobody can make another one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

_MAC_BYTES = 18


@dataclass(frozen=True, slots=True)
class NoticeLinks:
    """Makes and reads the links; `base_url` is where people reach this service."""

    key: bytes
    base_url: str

    def token(self, receipt_id: UUID) -> str:
        mac = hmac.new(self.key, receipt_id.bytes, hashlib.sha256).digest()[:_MAC_BYTES]
        return base64.urlsafe_b64encode(receipt_id.bytes + mac).decode().rstrip("=")

    def url(self, receipt_id: UUID) -> str:
        return f"{self.base_url}/v1/notices/links/{self.token(receipt_id)}"

    def receipt_of(self, token: str) -> UUID | None:
        """The receipt a token was made for; None for any other text."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        if len(raw) != 16 + _MAC_BYTES:
            return None
        receipt_id = UUID(bytes=raw[:16])
        return receipt_id if hmac.compare_digest(self.token(receipt_id), token) else None
