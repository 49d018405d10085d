"""From the headers of a request to its caller, without asking another service."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import structlog

from libs.common.security.cache import TtlCache
from libs.common.security.keys import StoredApiKey, hash_api_key, is_api_key
from libs.common.security.oidc import IssuerUnavailable, OidcProvider, issuer_client
from libs.common.security.principal import Principal
from libs.common.security.tokens import EmbeddedIssuer, InvalidToken, VerifiedToken, kid_of
from libs.common.settings import CommonSettings
from libs.common.web.problems import Forbidden, Unauthenticated, Unavailable

log = structlog.get_logger(__name__)

# How old a credential's state may be: with the replica's lag a revocation still takes effect within 2 s.
_STATE_SECONDS = 1.0
_VERIFIED_SECONDS = 300.0


class CredentialStore(Protocol):
    """What is known of credentials: the owner's tables in projects, the replica elsewhere. Real time rules."""

    async def signing_key(self, kid: str) -> Mapping[str, str] | None:
        """The public JWK of a key of the embedded issuer that may still sign."""
        ...

    async def api_key(self, key_hash: str) -> StoredApiKey | None:
        """The key with this hash, revoked and expired ones included."""
        ...

    async def tokens_not_before(self, account_id: UUID) -> datetime | None:
        """Tokens of this holder (``VerifiedToken``) issued before this instant are void; None when all stand."""
        ...

    async def has_ended(self, session_id: UUID) -> bool:
        """Whether the sign-in that tokens came from is over: signed out, ended by others, abused."""
        ...


class KeyLog(Protocol):
    """Where uses of keys are noted."""

    async def note(self, key_id: UUID) -> None:
        """The key was used now; noting never fails."""
        ...


@dataclass(frozen=True, slots=True)
class _KnownToken:
    token: VerifiedToken
    principal: Principal


@dataclass(frozen=True, slots=True)
class _KnownKey:
    key: StoredApiKey
    principal: Principal


class Authenticator:
    """Finds the caller of a request: ``Authorization: Bearer`` with a JWT or an API key, or ``X-API-Key``.

    A token's signature is checked once in five minutes, its expiry each time; whether it, its key or its account
    was revoked is asked of the store at most once a second. All other requests cost microseconds.

    ``service`` narrows a caller's scopes to those of one service and refuses callers who have none there.
    """

    def __init__(
        self,
        store: CredentialStore,
        *,
        embedded: EmbeddedIssuer | None = None,
        oidc: OidcProvider | None = None,
        service: str | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        on_close: Callable[[], Awaitable[None]] | None = None,
        key_log: KeyLog | None = None,
    ) -> None:
        if embedded is not None and oidc is not None:
            raise ValueError("one site trusts one issuer")
        self._store = store
        self._embedded = embedded
        self._oidc = oidc
        self._service = service
        self._now = now
        self._on_close = on_close
        self._key_log = key_log
        self._tokens: TtlCache[str, _KnownToken] = TtlCache(_VERIFIED_SECONDS, monotonic=monotonic)
        self._keys: TtlCache[str, _KnownKey | None] = TtlCache(_STATE_SECONDS, monotonic=monotonic)
        self._signing: TtlCache[str, Mapping[str, str] | None] = TtlCache(_STATE_SECONDS, monotonic=monotonic)
        self._not_before: TtlCache[UUID, datetime | None] = TtlCache(
            _STATE_SECONDS, keep_none=True, monotonic=monotonic
        )
        self._ended: TtlCache[UUID, bool] = TtlCache(_STATE_SECONDS, monotonic=monotonic)

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """The caller. Raises Unauthenticated, Forbidden (no scope in this service) or Unavailable.

        ``headers`` must find names whatever their case, as Starlette's do, or have lower-case names.
        """
        credential = _credential(headers)
        try:
            principal = await (self._by_key if is_api_key(credential) else self._by_token)(credential)
        except InvalidToken as error:
            # Why a credential fails helps those who forge them more than those who hold one.
            log.info("authentication.refused", reason=str(error))
            raise Unauthenticated from error
        except IssuerUnavailable as error:
            raise Unavailable from error
        if self._service is not None and not principal.scopes:
            raise Forbidden
        return principal

    async def close(self) -> None:
        """Release the connection to an external issuer."""
        if self._on_close is not None:
            await self._on_close()

    async def _by_key(self, key: str) -> Principal:
        key_hash = hash_api_key(key)
        known = await self._keys.get(key_hash, lambda: self._load_key(key_hash))
        if known is None or not known.key.is_live(datetime.fromtimestamp(self._now(), UTC)):
            raise InvalidToken("API key unknown, expired or revoked")
        if self._key_log is not None:
            await self._key_log.note(known.key.key_id)
        return known.principal

    async def _load_key(self, key_hash: str) -> _KnownKey | None:
        stored = await self._store.api_key(key_hash)
        if stored is None:
            return None
        try:
            return _KnownKey(stored, self._narrowed(stored.principal()))
        except ValueError as error:
            raise InvalidToken(f"API key {stored.key_id}: {error}") from error

    async def _by_token(self, token: str) -> Principal:
        known = self._tokens.peek(token)
        if known is None:
            verified = await self._verify(token)
            known = _KnownToken(verified, self._narrowed(verified.principal))
            self._tokens.put(token, known)
        elif self._embedded is not None:
            await self._signing_key(known.token.kid)
        await self._check_still_valid(known.token)
        return known.principal

    async def _verify(self, token: str) -> VerifiedToken:
        if self._oidc is not None:
            return await self._oidc.verify(token, now=self._now())
        if self._embedded is None:
            raise InvalidToken("no issuer is trusted here")
        jwk = await self._signing_key(kid_of(token))
        return self._embedded.verify(token, jwk, now=self._now())

    async def _signing_key(self, kid: str | None) -> Mapping[str, str]:
        """The key while it may sign; withdrawing it ends the tokens it made, those in memory too."""
        if not kid:
            raise InvalidToken("names no signing key")
        jwk = await self._signing.get(kid, lambda: self._store.signing_key(kid))
        if jwk is None:
            raise InvalidToken("signing key unknown or withdrawn")
        return jwk

    async def _check_still_valid(self, token: VerifiedToken) -> None:
        if token.expires_at <= self._now():
            raise InvalidToken("expired")
        holder = token.holder
        if holder is not None:
            not_before = await self._not_before.get(holder, lambda: self._store.tokens_not_before(holder))
            if not_before is not None and token.issued_at < not_before.timestamp():
                raise InvalidToken("issued before the holder's tokens were revoked")
        session = token.principal.session_id
        if session is not None and await self._ended.get(session, lambda: self._store.has_ended(session)):
            raise InvalidToken("of a sign-in that was ended")

    def _narrowed(self, principal: Principal) -> Principal:
        if self._service is None:
            return principal
        prefix = f"{self._service}:"
        return replace(principal, scopes=frozenset(s for s in principal.scopes if s.startswith(prefix)))


def _credential(headers: Mapping[str, str]) -> str:
    bearer, key = headers.get("authorization"), headers.get("x-api-key")
    if (bearer is None) == (key is None):
        # Two credentials at once: whichever we chose, somebody would have meant the other.
        raise Unauthenticated
    if key is not None:
        if not is_api_key(key):
            raise Unauthenticated
        return key
    scheme, _, credential = (bearer or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated
    return credential.strip()


def build_authenticator(
    settings: CommonSettings, store: CredentialStore, *, service: str, key_log: KeyLog | None = None
) -> Authenticator:
    """The authenticator the settings ask for: an OIDC issuer if one is named, else the embedded one.

    The embedded issuer's name is the address of projects (``DUBAN_PROJECTS_URL``), which all services share.
    """
    if settings.oidc_issuer is None:
        embedded = EmbeddedIssuer(settings.projects_url, settings.oidc_audience)
        return Authenticator(store, embedded=embedded, service=service, key_log=key_log)
    http = issuer_client(settings.oidc_ca_file)
    provider = OidcProvider(settings.oidc_issuer, settings.oidc_audience, http, claims=settings.oidc_claims)
    return Authenticator(store, oidc=provider, service=service, on_close=http.aclose, key_log=key_log)
