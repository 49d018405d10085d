"""Client certificates as a proxy of ours tells them (RFC 9440): believed from it, taken off from anybody else.

TLS ends at the proxy, which verifies the certificate against the site's authority. It names it in ``Client-Cert``:
``:<base64 of DER>:`` as the RFC has it, or URL-escaped PEM, which is what nginx can give. It must replace whatever
its caller sent under that name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

HEADER = "client-cert"
_HEADER = HEADER.encode()
_MAX_HEADER = 32_768
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


class ClientCertificates:
    """Takes the header off requests that do not come from one of the trusted proxies."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str]) -> None:
        self.app = app
        self._networks = [ip_network(part, strict=False) for part in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name == _HEADER for name, _ in scope["headers"]):
            told = [value for name, value in scope["headers"] if name == _HEADER]
            if len(told) > 1 or not self._is_trusted(scope.get("client")):
                scope = dict(scope)
                scope["headers"] = [item for item in scope["headers"] if item[0] != _HEADER]
        await self.app(scope, receive, send)

    def _is_trusted(self, client: tuple[str, int] | None) -> bool:
        if client is None:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def certificate_sha256(header: str) -> str | None:
    """SHA-256, in hex, of the DER of the certificate in the header; None for anything else."""
    if len(header) > _MAX_HEADER:
        return None
    text = header.strip()
    if text.startswith(":") and text.endswith(":") and len(text) > 2:
        encoded = text[1:-1]
    else:
        pem = unquote(text)
        if _BEGIN not in pem or _END not in pem:
            return None
        encoded = "".join(pem.partition(_BEGIN)[2].partition(_END)[0].split())
    try:
        der = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return hashlib.sha256(der).hexdigest() if der else None
