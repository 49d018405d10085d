"""Checking where a channel leads, by its kind, and sealing what of the address is a secret."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

from libs.common.security.envelope import Envelope
from libs.common.web.problems import FieldError
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.signing import is_secret
from services.alerts.notifications.domain.http_template import HttpTemplate
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.errors import AddressRefused, ChannelIncomplete
from services.alerts.notifications.senders.base import CHANNEL_PURPOSE, GATEWAY_PURPOSE, SECRET_PURPOSE
from services.alerts.notifications.senders.vapid import decoded

_USER_ID = re.compile(r"[A-Za-z0-9_.@+:-]{1,64}")
_NUMBER = re.compile(r"\+?[0-9]{5,20}")
_SHOWN = 4
# The vendors' own signing secrets have no common form: bounds only.
_LONGEST_SECRET = 500
_POINT_BYTES, _AUTH_BYTES = 65, 16


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address: what of it is shown, and what is sealed (None: nothing).

    ``endpoint_hash``: by which a browser's subscription is known again.
    """

    target: str
    sealed: str | None = None
    endpoint_hash: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelGuard:
    """What channels and gateways are checked and sealed with."""

    envelope: Envelope
    allowed: AllowedHosts
    apprise_schemes: frozenset[str] = frozenset()

    def place(
        self, kind: str, target: str | None, *, secret: str | None, subscription: Mapping[str, Any] | None
    ) -> Place:
        """Where a new channel leads. Raises AddressRefused, ChannelIncomplete."""
        match ChannelKind(kind):
            case ChannelKind.WEB_PUSH:
                return self._subscription(subscription)
            case _ if target is None:
                raise ChannelIncomplete(errors=[FieldError("missing", pointer="/target")])
            case ChannelKind.WEBHOOK:
                return Place(self._url(target), None if secret is None else self.sealed(secret))
            case ChannelKind.MAIL:
                return Place(_mail_address(target))
            case ChannelKind.WECOM_ROBOT | ChannelKind.DINGTALK_ROBOT | ChannelKind.FEISHU_ROBOT:
                return self._robot(target, secret)
            case ChannelKind.APPRISE:
                return self._apprise(target)
            case ChannelKind.SMS | ChannelKind.VOICE:
                return Place(_matching(_NUMBER, target.replace(" ", "").replace("-", "")))
            case _:
                return Place(_matching(_USER_ID, target))

    def sealed(self, secret: str) -> str:
        """Raises AddressRefused when the text is no signing secret."""
        if not is_secret(secret):
            raise AddressRefused(reason="not_a_webhook_secret")
        return self.envelope.seal(secret.encode(), SECRET_PURPOSE)

    def changed_robot_secret(self, sealed: str, secret: str) -> str:
        """The sealed address of a robot with another signing secret."""
        kept = json.loads(self.envelope.open(sealed, CHANNEL_PURPOSE))
        return self._seal_channel({**kept, "sign": _bounded(secret)})

    def seal_gateway(self, secrets: Mapping[str, str]) -> str:
        return self.envelope.seal(json.dumps(dict(secrets)).encode(), GATEWAY_PURPOSE)

    def open_gateway(self, sealed: str) -> dict[str, str]:
        opened: dict[str, str] = json.loads(self.envelope.open(sealed, GATEWAY_PURPOSE))
        return opened

    def check_url(self, url: str) -> None:
        """Raises AddressRefused."""
        self._url(url)

    def check_template(self, template: HttpTemplate) -> None:
        """Raises AddressRefused when the installation does not send where the template leads."""
        parts = urlsplit(template.url)
        self._url(f"{parts.scheme}://{parts.netloc}/")

    def _url(self, target: str) -> str:
        try:
            self.allowed.check_url(target)
        except RefusedAddress as error:
            raise AddressRefused(reason=error.reason) from error
        return target

    def _robot(self, target: str, secret: str | None) -> Place:
        kept = {"url": self._url(target), "sign": None if secret is None else _bounded(secret)}
        return Place(_shortened(target), self._seal_channel(kept))

    def _subscription(self, subscription: Mapping[str, Any] | None) -> Place:
        if subscription is None:
            raise ChannelIncomplete(errors=[FieldError("missing", pointer="/subscription")])
        endpoint, keys = str(subscription["endpoint"]), subscription["keys"]
        try:
            fits = len(decoded(keys["p256dh"])) == _POINT_BYTES and len(decoded(keys["auth"])) == _AUTH_BYTES
        except ValueError:
            fits = False
        if not fits:
            raise AddressRefused(reason="malformed")
        kept = {"endpoint": self._url(endpoint), "p256dh": keys["p256dh"], "auth": keys["auth"]}
        known_by = hashlib.sha256(endpoint.encode()).hexdigest()
        return Place(_shortened(endpoint), self._seal_channel(kept), known_by)

    def _apprise(self, target: str) -> Place:
        scheme, separator, rest = target.partition("://")
        if not separator or not rest or scheme.lower() not in self.apprise_schemes:
            raise AddressRefused(reason="service_not_allowed")
        return Place(f"{scheme.lower()}://…", self._seal_channel({"url": target}))

    def _seal_channel(self, kept: Mapping[str, Any]) -> str:
        return self.envelope.seal(json.dumps(dict(kept)).encode(), CHANNEL_PURPOSE)


def _shortened(url: str) -> str:
    """Host and last characters: enough to tell two robots apart, not enough to speak as one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…{url[-_SHOWN:]}"


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise AddressRefused(reason="malformed")
    return text


def _bounded(secret: str) -> str:
    if not secret or len(secret) > _LONGEST_SECRET:
        raise AddressRefused(reason="malformed_secret")
    return secret


def _mail_address(address: str) -> str:
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError):
        raise AddressRefused(reason="malformed") from None
    if not parsed.username or "." not in parsed.domain or not address.isascii():
        raise AddressRefused(reason="malformed")
    return address
