"""One-time links: a token that only the installation can make and the database cannot tell.

The token is derived from the installation's secret and the delivery's id, so that every attempt sends the same
bytes although nothing but its digest rests anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.ext.asyncio import AsyncSession

from services.alerts.notifications import way_repository
from services.alerts.notifications.domain.forms import LINK
from services.alerts.notifications.outgoing import Outgoing

_TOKEN_BYTES = 16


def derived(secret_key: str, purpose: str) -> bytes:
    """32 bytes for one purpose, of the installation's secret."""
    return HKDF(SHA256(), length=32, salt=None, info=f"duban {purpose}".encode()).derive(secret_key.encode())


def digest_of(token: str) -> str:
    """What of a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


class Links:
    """`pages_url` is where people reach the pages of this service, `console_url` where they reach the console."""

    def __init__(self, secret_key: str, *, pages_url: str, console_url: str, hours: float = 72.0) -> None:
        self._key = derived(secret_key, "receipt links v1")
        self._pages_url = pages_url.rstrip("/")
        self._console_url = console_url.rstrip("/")
        self._hours = hours

    def token(self, delivery_id: str) -> str:
        """22 characters, short enough for an SMS and too many to guess (128 bits)."""
        raw = hmac.new(self._key, delivery_id.encode(), hashlib.sha256).digest()[:_TOKEN_BYTES]
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    async def put_in(self, session: AsyncSession, claimed: Sequence[Outgoing]) -> list[Outgoing]:
        """The messages with their links; the digests are written before anything is sent."""
        linked, rows = [], []
        for outgoing in claimed:
            if outgoing.person_id is None or outgoing.alert_id is None or LINK not in outgoing.body:
                linked.append(replace(outgoing, console=self._console_url))
                continue
            token = self.token(str(outgoing.id))
            rows.append((digest_of(token), outgoing.id, outgoing.alert_id, outgoing.person_id))
            link = f"{self._pages_url}/r/{token}"
            linked.append(replace(outgoing, console=self._console_url, link=link))
        await way_repository.add_links(session, rows, self._hours)
        return linked
