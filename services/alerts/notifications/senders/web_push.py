"""Web Push to a browser or phone that subscribed in the console.

The payload is encrypted for the subscription (RFC 8291, aes128gcm by ``http_ece``), the request signed with the
installation's VAPID key (RFC 8292: ``Authorization: vapid t=<ES256 JWT>, k=<public key>``), and posted to the
endpoint with TTL, Urgency and Topic (RFC 8030): 201 is taken, 404 and 410 say that the subscription is no more,
413 that the payload is too long, 429 that there is too much. It shows on locked screens, so of the message it
holds the title and where to go, and nothing else that was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome, call, judge_status
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.domain.sms import shorten
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import RealNow, Unusable, Vault, content_of, real_now, unusable
from services.alerts.notifications.senders.vapid import VapidKey, decoded

_TOKEN_HOURS = 12
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class _Weight:
    """What a message of a severity is worth to a phone's battery, and for how long it is worth showing."""

    urgency: str
    ttl_seconds: int


_WEIGHTS = {
    "red": _Weight("high", 86_400),
    "orange": _Weight("high", 86_400),
    "yellow": _Weight("normal", 43_200),
    "blue": _Weight("low", 14_400),
}
_ANY_WEIGHT = _Weight("normal", 43_200)


class WebPushSender:
    def __init__(
        self,
        client: GuardedClient,
        vault: Vault,
        key: VapidKey,
        *,
        real_now: RealNow = real_now,
        new_key: Callable[[], ec.EllipticCurvePrivateKey] = lambda: ec.generate_private_key(ec.SECP256R1()),
    ) -> None:
        self._client = client
        self._vault = vault
        self._key = key
        self._real_now = real_now
        self._new_key = new_key

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            subscription = self._vault.of_channel(outgoing)
            content = content_of(outgoing)
            body = self._encrypted(subscription, content, outgoing)
        except Unusable as error:
            return unusable(error)
        except (ValueError, KeyError, http_ece.ECEException) as error:
            return unusable(Unusable(f"the subscription's keys cannot be used: {error}"[:KEPT_OF_ERRORS]))
        endpoint, now = str(subscription["endpoint"]), self._real_now()
        weight = _WEIGHTS.get(content["severity"], _ANY_WEIGHT)
        headers = {
            "authorization": self._authorization(endpoint),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(weight.ttl_seconds),
            "urgency": weight.urgency,
            # At most 32 characters; while a phone is off, the newest word about an alert replaces the one before.
            "topic": (outgoing.alert_id or outgoing.id).hex,
        }
        answer = await call(self._client, "POST", endpoint, headers=headers, content=body)
        if isinstance(answer, Outcome):
            return answer
        by_status = judge_status(answer, now)
        if by_status.delivered:
            return by_status
        is_gone = answer.status in {404, 410}
        return Outcome(
            False,
            answer.status,
            by_status.error,
            is_final=is_gone or answer.status in {400, 413} or by_status.is_final,
            gone=is_gone,
            wait_seconds=by_status.wait_seconds,
            error_code=f"push.{answer.status}",
            is_quota=answer.status == 429,
        )

    def _encrypted(self, subscription: dict[str, Any], content: dict[str, Any], outgoing: Outgoing) -> bytes:
        shown = {
            "id": str(outgoing.id),
            "title": shorten(content["title"], _LONGEST_TITLE),
            "url": content["url"],
            "tag": content["tag"],
            "severity": content["severity"],
            "language": outgoing.language,
        }
        if "link" in content:
            shown |= {"answer_url": content["link"], "answer_label": content["link_label"]}
        sealed: bytes = http_ece.encrypt(
            json.dumps(shown, ensure_ascii=False).encode(),
            private_key=self._new_key(),
            dh=decoded(subscription["p256dh"]),
            auth_secret=decoded(subscription["auth"]),
            version="aes128gcm",
        )
        return sealed

    def _authorization(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        expires = int(self._real_now().timestamp()) + _TOKEN_HOURS * 3600
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": expires, "sub": self._key.contact}
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(self._key.private))
        return f"vapid t={token}, k={self._key.public}"
