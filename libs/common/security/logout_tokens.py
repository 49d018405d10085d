"""Logout tokens: an issuer's word that a sign-in is over (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, MissingClaimError

from libs.common.security.issuer import ALGORITHMS, Issuer
from libs.common.security.tokens import InvalidToken, decode_signed, kid_of

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LEEWAY_SECONDS = 30
# The specification recommends two minutes. What is used once has to be remembered for as long as it lives.
_LONGEST_LIFE_SECONDS = 86_400
# 2.4: explicit typing is recommended, and issuers older than that write none or the general one.
_TYPES = frozenset({"logout+jwt", "jwt"})


class LogoutTokenRefused(Exception):
    """No logout token for us; the text says what is wrong with it and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """``sid``: the sign-in that is over; without one all of ``sub``'s are. After ``forget_at`` it has run out."""

    issuer: str
    sid: str | None
    sub: str | None
    jti: str
    issued_at: datetime
    forget_at: datetime


class LogoutTokens:
    """Reads logout tokens of one issuer for our ``clients`` there; keys: :class:`Issuer`."""

    def __init__(self, issuer: Issuer, clients: Sequence[str]) -> None:
        self._issuer = issuer
        self._clients = list(clients)

    async def read(self, token: str, *, now: float) -> LogoutToken:
        """What the token says; whether it was used before is the caller's to know. ``now``: Unix seconds.

        Raises LogoutTokenRefused, IssuerUnavailable.
        """
        try:
            decoded = decode_signed(token, await self._issuer.key(kid_of(token)), ALGORITHMS)
        except InvalidToken as error:
            raise LogoutTokenRefused("logout_token is not signed by the issuer") from error
        kind = str(decoded.header.get("typ", "JWT")).lower().removeprefix("application/")
        if kind not in _TYPES:
            raise LogoutTokenRefused("typ: this is another kind of token")
        claims = decoded.claims
        self._check_registered(claims, now)
        _check_event(claims)
        sid, sub, jti = _text(claims, "sid"), _text(claims, "sub"), _text(claims, "jti")
        assert jti is not None  # demanded above
        if sid is None and sub is None:
            raise LogoutTokenRefused("sid, sub: at least one of them is needed")
        issued_at, expires_at = _lifetime(claims)
        forget_at = expires_at + timedelta(seconds=_LEEWAY_SECONDS)
        return LogoutToken(self._issuer.name, sid, sub, jti, issued_at, forget_at)

    def _check_registered(self, claims: Mapping[str, Any], now: float) -> None:
        rules = jwt.JWTClaimsRegistry(
            now=math.ceil(now),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer.name},
            aud={"essential": True, "values": self._clients},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            rules.validate(dict(claims))
        except MissingClaimError as error:
            raise LogoutTokenRefused(f"{error.claim}: missing") from error
        except JoseError as error:
            raise LogoutTokenRefused(f"{getattr(error, 'claim', 'exp')}: does not hold") from error


def _check_event(claims: Mapping[str, Any]) -> None:
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise LogoutTokenRefused("events: does not tell of a logout")
    if "nonce" in claims:
        # 2.4: so that no ID token, which tells of a sign-in, is taken for its end.
        raise LogoutTokenRefused("nonce: not allowed in a logout token")


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    # What cannot be printed cannot be kept either: NUL, halves of surrogate pairs.
    if not isinstance(value, str) or not value or not value.isprintable():
        raise LogoutTokenRefused(f"{name}: not a printable text")
    return value


def _lifetime(claims: Mapping[str, Any]) -> tuple[datetime, datetime]:
    issued_at, expires_at = claims["iat"], claims["exp"]
    # Also says no to NaN, which compares with nothing.
    if not 0 <= expires_at - issued_at <= _LONGEST_LIFE_SECONDS:
        raise LogoutTokenRefused("exp: more than a day after iat, or before it")
    return datetime.fromtimestamp(issued_at, UTC), datetime.fromtimestamp(expires_at, UTC)
