"""A push service and the browsers behind it: what is sent there is read with the keys that only a browser has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from services.alerts.notifications.senders.vapid import decoded, encoded
from tests.support.vendors import Reply, Request


@dataclass
class Browser:
    """One subscription; its private key never leaves."""

    path: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"0123456789abcdef"
    shown: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def subscription(self, base: str) -> dict[str, Any]:
        """As ``PushSubscription.toJSON()`` answers."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(self.auth)}
        return {"endpoint": f"{base}{self.path}", "expirationTime": None, "keys": keys}


@dataclass
class PushService:
    """Takes what is signed with the application server's key (RFC 8292) and encrypted for a browser (RFC 8291).

    ``statuses`` are answered first, one a request.
    """

    public_key: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    statuses: list[Reply] = field(default_factory=list)

    def browser(self) -> Browser:
        made = Browser(f"/push/{len(self.browsers)}")
        self.browsers[made.path] = made
        return made

    def __call__(self, request: Request) -> Reply:
        browser = self.browsers.get(request.path)
        if browser is None:
            return Reply(410)
        if not self._is_signed(request):
            return Reply(403)
        if self.statuses:
            return self.statuses.pop(0)
        assert int(request.headers["ttl"]) > 0
        told = http_ece.decrypt(
            request.body, private_key=browser.key, auth_secret=browser.auth, version="aes128gcm"
        )
        browser.shown.append(json.loads(told))
        browser.headers.append(request.headers)
        return Reply(201)

    def _is_signed(self, request: Request) -> bool:
        token, _, key = request.headers["authorization"].removeprefix("vapid t=").partition(", k=")
        if key != self.public_key:
            return False
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
        claims = jwt.decode(token, ECKey.import_key(point)).claims
        return urlsplit(str(claims["aud"])).netloc == request.headers["host"] and "sub" in claims
