"""What an OpenID Connect issuer publishes: its endpoints and keys, read when needed and kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from libs.common.security.tokens import InvalidToken, PublicKey, load_public_key

log = structlog.get_logger(__name__)

# Asymmetric ones only: a shared secret would let everybody who can verify also sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_MAX_DOCUMENT_BYTES = 1 << 20
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class IssuerUnavailable(Exception):
    """What the issuer publishes was never read, or is too old to be believed, and it does not answer."""


class Issuer:
    """One issuer: its discovery document and keys.

    Both are read again after ``refresh_seconds``, and when a token names an unknown key, but never more often
    than every ``retry_seconds``: invented key names cannot make us hammer the issuer. While the issuer is down,
    what is known is believed for ``stale_seconds``.
    """

    def __init__(
        self,
        name: str,
        http: httpx.AsyncClient,
        *,
        refresh_seconds: float = 600,
        retry_seconds: float = 15,
        stale_seconds: float = 86_400,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        require_safe(name)
        self.name = name
        self._http = http
        self._refresh_seconds = refresh_seconds
        self._retry_seconds = retry_seconds
        self._stale_seconds = stale_seconds
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._metadata: dict[str, Any] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def key(self, kid: str | None) -> PublicKey:
        """The key that a token names. Raises IssuerUnavailable, InvalidToken."""
        found = self._find(kid)
        if found is not None and self._age() < self._refresh_seconds:
            return found
        async with self._lock:
            # Whoever waited here may find the work done.
            if (self._find(kid) is None or self._age() >= self._refresh_seconds) and self._may_try():
                await self._refresh()
        self._demand_believable()
        found = self._find(kid)
        if found is None:
            raise InvalidToken("signed with a key the issuer does not publish")
        return found

    async def metadata(self) -> Mapping[str, Any]:
        """The discovery document. Raises IssuerUnavailable."""
        if self._age() >= self._refresh_seconds:
            async with self._lock:
                if self._age() >= self._refresh_seconds and self._may_try():
                    await self._refresh()
        self._demand_believable()
        return self._metadata

    def _demand_believable(self) -> None:
        if self._age() > self._stale_seconds:
            raise IssuerUnavailable(self.name)

    def _find(self, kid: str | None) -> PublicKey | None:
        if kid is None:
            # An issuer with one key need not name it.
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._monotonic() - self._read_at

    def _may_try(self) -> bool:
        if self._tried_at is None:
            return True
        # Without any key nobody can sign in, so a first read that failed is tried again soon.
        pause = self._retry_seconds if self._read_at is not None else min(1.0, self._retry_seconds)
        return self._monotonic() - self._tried_at >= pause

    async def _refresh(self) -> None:
        self._tried_at = self._monotonic()
        try:
            discovery = await self._document(self.name.rstrip("/") + "/.well-known/openid-configuration")
            if discovery.get("issuer") != self.name:
                raise ValueError("the discovery document names another issuer")
            jwks_uri = discovery["jwks_uri"]
            require_safe(jwks_uri)
            keys = _usable(await self._document(jwks_uri))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("oidc.keys_not_read", issuer=self.name, error=str(error)[:200])
            return
        self._keys, self._metadata = keys, discovery
        self._read_at = self._tried_at

    async def _document(self, url: str) -> dict[str, Any]:
        _, document = await ask(self._http, "GET", url)
        return document


async def ask(
    http: httpx.AsyncClient, method: str, url: str, *, form: Mapping[str, str] | None = None, **options: Any
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object that an issuer answers; of a GET only a success is one.

    Raises httpx.HTTPError, ValueError.
    """
    headers = {"Accept": "application/json"}
    async with http.stream(method, url, headers=headers, data=form, **options) as response:
        if method == "GET":
            response.raise_for_status()
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _MAX_DOCUMENT_BYTES:
                raise ValueError(f"{url} answers more than {_MAX_DOCUMENT_BYTES} bytes")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError(f"{url} does not answer a JSON object")
    return response.status_code, document


def issuer_client(ca_file: Path | None = None) -> httpx.AsyncClient:
    """A client for talking to an issuer: short patience, no redirects.

    ``ca_file``: PEM of the site's own authorities, believed beside the public ones. Raises OSError, ssl.SSLError.
    """
    authorities = httpx.create_ssl_context()
    if ca_file is not None:
        authorities.load_verify_locations(cafile=ca_file)
    return httpx.AsyncClient(timeout=httpx.Timeout(5.0), follow_redirects=False, verify=authorities)


def require_safe(url: str) -> None:
    """Raises ValueError for an address that others on the line can read."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError(f"an issuer is spoken to over https only: {url}")


def _usable(jwks: Mapping[str, Any]) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for jwk in jwks["keys"]:
        if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
            continue
        try:
            keys[str(jwk.get("kid", ""))] = load_public_key(jwk)
        except InvalidToken:
            # One key of a kind we do not know must not lock out the users of the others.
            log.info("oidc.key_skipped", kid=jwk.get("kid"), kty=jwk.get("kty"))
    if not keys:
        raise ValueError("the issuer publishes no key for signatures")
    return keys
