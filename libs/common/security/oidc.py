"""Tokens of any OpenID Connect issuer, verified with the keys it publishes."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from libs.common.security.claims import OidcClaims
from libs.common.security.issuer import ALGORITHMS, Issuer, IssuerUnavailable, issuer_client
from libs.common.security.tokens import InvalidToken, VerifiedToken, check_claims, decode_signed, kid_of

__all__ = ["IssuerUnavailable", "OidcProvider", "issuer_client"]


class OidcProvider:
    """One issuer's access tokens for one audience; how its keys are kept: :class:`Issuer`."""

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
        self._issuer = Issuer(
            issuer,
            http,
            refresh_seconds=refresh_seconds,
            retry_seconds=retry_seconds,
            stale_seconds=stale_seconds,
            monotonic=monotonic,
        )
        self.issuer = issuer
        self._audience = audience
        self._claims = claims or OidcClaims()
        self._leeway = leeway

    async def verify(self, token: str, *, now: float | None = None) -> VerifiedToken:
        """The caller behind the token; raises :class:`InvalidToken` or :class:`IssuerUnavailable`."""
        kid = kid_of(token)
        key = await self._issuer.key(kid)
        claims = decode_signed(token, key, ALGORITHMS).claims
        issued_at, expires_at = check_claims(
            claims, issuer=self.issuer, audience=self._audience, leeway=self._leeway, now=now
        )
        try:
            principal = self._claims.principal(claims, self.issuer)
            holder = self._claims.holder(claims, self.issuer)
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidToken(f"claims do not describe a caller: {error}") from error
        return VerifiedToken(principal, issued_at, expires_at, kid or "", holder)
