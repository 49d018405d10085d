"""Signing in at another issuer: authorization code with PKCE (OpenID Connect Core 3.1, RFC 7636), and renewal.

The browser makes state, nonce and verifier and keeps them; here the code becomes tokens, and the ID token is
believed only with the issuer's signature, our client as its audience and the nonce of that very sign-in.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import httpx

from libs.common.security.issuer import ALGORITHMS, Issuer, IssuerUnavailable, ask, require_safe
from libs.common.security.tokens import InvalidToken, check_claims, decode_signed, kid_of

_LEEWAY_SECONDS = 30
# What an issuer that does not say how long its token lives is taken to mean.
_LIFE_SECONDS = 300
# RFC 6749, 5.2: of these the code or the renewal token is at fault, of all others our registration there.
_GRANT_FAULTS = frozenset({"invalid_grant", "access_denied"})
_NAMES = ("preferred_username", "name", "email", "sub")


class GrantRefused(Exception):
    """The issuer does not take the code or the renewal token: used before, too old, or made for somebody else."""


class IdTokenRefused(Exception):
    """What the issuer answered is no token of this sign-in."""


class Bearer(StrEnum):
    """Which of the issuer's tokens the services are shown: where access tokens are opaque there is one only."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a name in the protocol
    ID_TOKEN = "id_token"  # noqa: S105 - a name in the protocol


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a browser goes to sign in, and where, if the issuer has such a place, to sign out."""

    authorization: str
    end_session: str | None


@dataclass(frozen=True, slots=True)
class Redemption:
    """What a browser brings back."""

    code: str
    verifier: str
    redirect_uri: str
    nonce: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """``bearer`` is for the services; ``id_token`` names the sign-in to the issuer when it is to end."""

    bearer: str
    expires_in: int
    refresh_token: str | None
    id_token: str | None
    name: str | None


class RelyingParty:
    """Our side of a sign-in at ``issuer``; without a secret a public client, which PKCE protects alone."""

    def __init__(
        self,
        issuer: Issuer,
        http: httpx.AsyncClient,
        *,
        client_id: str,
        client_secret: str | None,
        bearer: Bearer = Bearer.ACCESS_TOKEN,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._http = http
        self.client_id = client_id
        self._client_secret = client_secret
        self._bearer = bearer
        self._now = now

    @property
    def issuer_name(self) -> str:
        return self._issuer.name

    async def endpoints(self) -> Endpoints:
        """Raises IssuerUnavailable."""
        known = await self._issuer.metadata()
        authorization = self._endpoint(known, "authorization_endpoint")
        return Endpoints(authorization, _optional(known, "end_session_endpoint"))

    async def redeem(self, brought: Redemption) -> IssuedTokens:
        """The tokens of a code. Raises GrantRefused, IdTokenRefused, IssuerUnavailable."""
        answer = await self._ask_for_tokens(
            {
                "grant_type": "authorization_code",
                "code": brought.code,
                "redirect_uri": brought.redirect_uri,
                "code_verifier": brought.verifier,
            }
        )
        claims = await self._claims(answer.get("id_token"))
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), brought.nonce.encode()):
            raise IdTokenRefused("of another sign-in")
        return self._issued(answer, claims, next((str(claims[it]) for it in _NAMES if claims.get(it)), None))

    async def renew(self, refresh_token: str) -> IssuedTokens:
        """New tokens for a sign-in that goes on. Raises GrantRefused, IdTokenRefused, IssuerUnavailable."""
        answer = await self._ask_for_tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})
        claims = None if answer.get("id_token") is None else await self._claims(answer["id_token"])
        # An issuer that does not change the renewal token leaves it out.
        return self._issued({"refresh_token": refresh_token, **answer}, claims, None)

    async def _ask_for_tokens(self, form: dict[str, str]) -> Mapping[str, Any]:
        url = self._endpoint(await self._issuer.metadata(), "token_endpoint")
        options: dict[str, Any] = {}
        if self._client_secret is None:
            form = {**form, "client_id": self.client_id}
        else:
            # RFC 6749, 2.3.1: encoded as values of forms are.
            options["auth"] = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self._client_secret, safe=""))
        try:
            status, answer = await ask(self._http, "POST", url, form=form, **options)
        except (httpx.HTTPError, ValueError) as error:
            raise IssuerUnavailable(self._issuer.name) from error
        if answer.get("error") in _GRANT_FAULTS:
            raise GrantRefused(str(answer["error"]))
        if status != httpx.codes.OK:
            raise IssuerUnavailable(f"{self._issuer.name} answers {status} {answer.get('error', '')}"[:200])
        return answer

    async def _claims(self, id_token: object) -> Mapping[str, Any]:
        if not isinstance(id_token, str):
            raise IdTokenRefused("there is none")
        try:
            claims = decode_signed(id_token, await self._issuer.key(kid_of(id_token)), ALGORITHMS).claims
            check_claims(
                claims, issuer=self._issuer.name, audience=self.client_id, leeway=_LEEWAY_SECONDS, now=self._now()
            )
        except InvalidToken as error:
            raise IdTokenRefused(str(error)) from error
        if claims.get("azp", self.client_id) != self.client_id:
            raise IdTokenRefused("made for another client")
        return claims

    def _issued(
        self, answer: Mapping[str, Any], claims: Mapping[str, Any] | None, name: str | None
    ) -> IssuedTokens:
        bearer = answer.get(self._bearer.value)
        if not isinstance(bearer, str):
            raise IdTokenRefused(f"there is no {self._bearer.value}")
        life = answer.get("expires_in")
        if self._bearer is Bearer.ID_TOKEN and claims is not None:
            life = int(claims["exp"] - self._now())
        refresh, id_token = answer.get("refresh_token"), answer.get("id_token")
        return IssuedTokens(
            bearer,
            expires_in=life if isinstance(life, int) and life > 0 else _LIFE_SECONDS,
            refresh_token=refresh if isinstance(refresh, str) else None,
            id_token=id_token if isinstance(id_token, str) else None,
            name=name,
        )

    def _endpoint(self, known: Mapping[str, Any], name: str) -> str:
        found = _optional(known, name)
        if found is None:
            raise IssuerUnavailable(f"{self._issuer.name} publishes no {name}")
        return found


def _optional(known: Mapping[str, Any], name: str) -> str | None:
    url = known.get(name)
    if not isinstance(url, str):
        return None
    try:
        require_safe(url)
    except ValueError:
        return None
    return url
