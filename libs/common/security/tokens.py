"""Access tokens of the embedded issuer: signed JWTs (Ed25519) whose public keys every service keeps.

Time here is real time: a token's life has nothing to do with the stack's clock.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from libs.common.security.principal import ROLE_SCOPES, Principal, Role

ALGORITHM = "Ed25519"
# Fixed by us, never taken from the token: "none" and keys used as shared secrets have no way in.
EMBEDDED_ALGORITHMS = ("Ed25519", "ES256")
TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068's media type, not a secret
MAX_TOKEN_BYTES = 8192

PublicKey = OKPKey | ECKey | RSAKey


class InvalidToken(Exception):
    """Not a token of ours, or not any more. The reason goes to the log and never to the caller."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Who a token speaks for; instants are seconds of the Unix epoch.

    ``holder`` is what a revocation of its tokens names: the account, or what stands for a subject of the site's
    own issuer.
    """

    principal: Principal
    issued_at: float
    expires_at: float
    kid: str
    holder: UUID | None


class SigningKey:
    """A private Ed25519 key. Its ``kid`` is the RFC 7638 thumbprint, so equal keys have equal names."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self.kid: str = key.thumbprint()

    @classmethod
    def generate(cls) -> Self:
        return cls(OKPKey.generate_key("Ed25519"))

    @classmethod
    def from_private_jwk(cls, text: str) -> Self:
        """The key that :meth:`private_jwk` wrote."""
        return cls(OKPKey.import_key(json.loads(text)))

    def private_jwk(self) -> str:
        """JSON with the private half: seal it before it is stored (:mod:`libs.common.security.envelope`)."""
        return json.dumps(self._key.as_dict(private=True))

    def public_jwk(self) -> dict[str, str]:
        """The half that is published."""
        public = self._key.as_dict(private=False)
        shape = {"kty": "OKP", "crv": str(public["crv"]), "x": str(public["x"])}
        return shape | {"kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": TOKEN_TYPE}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])


class EmbeddedIssuer:
    """Issues and verifies tokens for sites without an identity provider of their own.

    ``issuer`` is the public address of the projects service, the same text in every service.
    """

    def __init__(self, issuer: str, audience: str, *, leeway: int = 5) -> None:
        self.issuer = issuer.rstrip("/")
        self.audience = audience
        self._leeway = leeway

    def issue(self, key: SigningKey, principal: Principal, ttl: int, *, now: float | None = None) -> str:
        """A token for an account, good for ``ttl`` seconds. Raises ValueError without an account."""
        if principal.account_id is None:
            raise ValueError("tokens are issued to accounts; machines have API keys")
        # Milliseconds, rounded down: a token made after a revocation must not look older by a whole second.
        at = math.floor((time.time() if now is None else now) * 1000) / 1000
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(principal.account_id),
            "jti": str(uuid4()),
            "iat": at,
            "nbf": at,
            "exp": at + ttl,
            "role": principal.role.value,
            "scope": " ".join(sorted(principal.scopes)),
        }
        optional = {
            "region": principal.region_code,
            "enterprise": principal.enterprise_id,
            "person": principal.person_id,
            "unit": principal.unit_id,
            "sid": principal.session_id,
        }
        claims |= {name: str(value) for name, value in optional.items() if value is not None}
        return key.sign(claims)

    def verify(self, token: str, public_jwk: Mapping[str, str], *, now: float | None = None) -> VerifiedToken:
        """The caller behind a token signed with this key; raises :class:`InvalidToken`."""
        decoded = decode_signed(token, load_public_key(public_jwk), EMBEDDED_ALGORITHMS)
        if decoded.header.get("typ") != TOKEN_TYPE:
            raise InvalidToken("not an access token")
        claims = decoded.claims
        issued_at, expires_at = check_claims(
            claims, issuer=self.issuer, audience=self.audience, leeway=self._leeway, now=now
        )
        try:
            principal = _principal(claims)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidToken(f"claims do not describe a caller: {error}") from error
        return VerifiedToken(principal, issued_at, expires_at, public_jwk.get("kid", ""), principal.account_id)


def _principal(claims: Mapping[str, Any]) -> Principal:
    role = Role(claims["role"])
    account = UUID(claims["sub"])
    return Principal(
        subject=str(account),
        role=role,
        region_code=claims.get("region"),
        enterprise_id=_uuid(claims.get("enterprise")),
        scopes=frozenset(str(claims.get("scope", "")).split()) & ROLE_SCOPES[role],
        kind="person",
        account_id=account,
        person_id=_uuid(claims.get("person")),
        unit_id=_uuid(claims.get("unit")),
        session_id=_uuid(claims.get("sid")),
    )


def _uuid(value: Any) -> UUID | None:
    return None if value is None else UUID(value)


def kid_of(token: str) -> str | None:
    """The key a token says it was signed with, unverified; raises :class:`InvalidToken` for what is no JWT."""
    if len(token) > MAX_TOKEN_BYTES or token.count(".") != 2:
        raise InvalidToken("not a signed JWT")
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise InvalidToken("header is not JSON") from error
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else None


def load_public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """A public key for signatures; raises :class:`InvalidToken` for symmetric and malformed ones."""
    if jwk.get("kty") not in {"OKP", "EC", "RSA"}:
        raise InvalidToken(f"key type {jwk.get('kty')} is not for signatures of others")
    try:
        key = import_key(dict(jwk))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidToken("the key cannot be read") from error
    assert isinstance(key, OKPKey | ECKey | RSAKey)
    return key


def decode_signed(token: str, key: PublicKey, algorithms: Sequence[str]) -> jwt.Token:
    """Header and claims after the signature was checked; raises :class:`InvalidToken`."""
    try:
        return jwt.decode(token, key, algorithms=list(algorithms))
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(f"signature: {type(error).__name__}") from error


def check_claims(
    claims: Mapping[str, Any], *, issuer: str, audience: str, leeway: int, now: float | None = None
) -> tuple[float, float]:
    """``iat`` and ``exp`` of claims that hold at ``now``; raises :class:`InvalidToken`.

    ``iss``, ``aud``, ``sub``, ``exp`` and ``iat`` are demanded, ``nbf`` is obeyed.
    """
    at = time.time() if now is None else now
    rules = jwt.JWTClaimsRegistry(
        now=math.ceil(at),
        leeway=leeway,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(dict(claims))
        return float(claims["iat"]), float(claims["exp"])
    except (JoseError, OverflowError) as error:
        raise InvalidToken(str(error)) from error


def jwks_document(public_jwks: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """What ``/.well-known/jwks.json`` answers."""
    return {"keys": [dict(jwk) for jwk in public_jwks]}


def discovery_document(issuer: str) -> dict[str, Any]:
    """What ``/.well-known/openid-configuration`` answers for the embedded issuer."""
    base = issuer.rstrip("/")
    return {
        "issuer": base,
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "token_endpoint": f"{base}/v1/tokens",
        "revocation_endpoint": f"{base}/v1/tokens/revoke",
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": sorted({scope.value for scopes in ROLE_SCOPES.values() for scope in scopes}),
    }
