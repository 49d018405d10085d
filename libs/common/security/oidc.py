"""Tokens of any OpenID Connect issuer, verified with the keys it publishes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from libs.common.security.claims import OidcClaims
from libs.common.security.tokens import (
    InvalidToken,
    PublicKey,
    VerifiedToken,
    check_claims,
    decode_signed,
    kid_of,
    load_public_key,
)

log = structlog.get_logger(__name__)

# Asymmetric ones only: a shared secret would let everybody who can verify also sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_MAX_DOCUMENT_BYTES = 1 << 20
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class IssuerUnavailable(Exception):
    """The issuer's keys were never read, or are too old to be believed, and it does not answer."""


class OidcProvider:
    """One issuer: its discovery document and keys are read when needed and kept.

    Keys are read again after ``refresh_seconds``, and when a token names an unknown key, but never more often
    than every ``retry_seconds``: invented key names cannot make us hammer the issuer. While the issuer is down,
    the keys known are believed for ``stale_seconds``.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        http: httpx.AsyncClient,
        *,
        claims: OidcClaims | None = None,
        refresh_seconds: float = 600,
        retry_seconds: float = 15,
        stale_seconds: float = 86_400,
        leeway: int = 30,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        _require_safe(issuer)
        self.issuer = issuer
        self._audience = audience
        self._http = http
        self._claims = claims or OidcClaims()
        self._refresh_seconds = refresh_seconds
        self._retry_seconds = retry_seconds
        self._stale_seconds = stale_seconds
        self._leeway = leeway
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def verify(self, token: str, *, now: float | None = None) -> VerifiedToken:
        """The caller behind the token; raises :class:`InvalidToken` or :class:`IssuerUnavailable`."""
        kid = kid_of(token)
        key = await self._key(kid)
        claims = decode_signed(token, key, ALGORITHMS).claims
        issued_at, expires_at = check_claims(
            claims, issuer=self.issuer, audience=self._audience, leeway=self._leeway, now=now
        )
        try:
            principal = self._claims.principal(claims, self.issuer)
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidToken(f"claims do not describe a caller: {error}") from error
        return VerifiedToken(principal, issued_at, expires_at, kid or "")

    async def _key(self, kid: str | None) -> PublicKey:
        found = self._find(kid)
        if found is not None and self._age() < self._refresh_seconds:
            return found
        async with self._lock:
            # Whoever waited here may find the work done.
            if (self._find(kid) is None or self._age() >= self._refresh_seconds) and self._may_try():
                await self._refresh()
        if self._age() > self._stale_seconds:
            raise IssuerUnavailable(self.issuer)
        found = self._find(kid)
        if found is None:
            raise InvalidToken("signed with a key the issuer does not publish")
        return found

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
            discovery = await self._document(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if discovery.get("issuer") != self.issuer:
                raise ValueError("the discovery document names another issuer")
            jwks_uri = discovery["jwks_uri"]
            _require_safe(jwks_uri)
            keys = _usable(await self._document(jwks_uri))
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("oidc.keys_not_read", issuer=self.issuer, error=str(error)[:200])
            return
        self._keys = keys
        self._read_at = self._tried_at

    async def _document(self, url: str) -> dict[str, Any]:
        async with self._http.stream("GET", url, headers={"Accept": "application/json"}) as response:
            response.raise_for_status()
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MAX_DOCUMENT_BYTES:
                    raise ValueError(f"{url} answers more than {_MAX_DOCUMENT_BYTES} bytes")
        document = json.loads(body)
        if not isinstance(document, dict):
            raise ValueError(f"{url} does not answer a JSON object")
        return document


def issuer_client() -> httpx.AsyncClient:
    """A client for talking to an issuer: short patience, no redirects."""
    return httpx.AsyncClient(timeout=httpx.Timeout(5.0), follow_redirects=False)


def _require_safe(url: str) -> None:
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
