import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from starlette.datastructures import Headers

from libs.common.security.authenticator import Authenticator
from libs.common.security.keys import NewApiKey, StoredApiKey, new_api_key
from libs.common.security.principal import ROLE_SCOPES, Principal, Role, Scope
from libs.common.security.tokens import EmbeddedIssuer, SigningKey
from libs.common.web.problems import Forbidden, Unauthenticated

ISSUER = EmbeddedIssuer("http://127.0.0.1:8100", "duban")
KEY = SigningKey.generate()


class _Time:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class _Store:
    """Credentials in memory, counting how often it is asked."""

    def __init__(self) -> None:
        self.signing = {KEY.kid: KEY.public_jwk()}
        self.keys: dict[str, StoredApiKey] = {}
        self.not_before: dict[UUID, datetime] = {}
        self.ended: set[UUID] = set()
        self.asked = 0

    async def signing_key(self, kid: str) -> Mapping[str, str] | None:
        self.asked += 1
        return self.signing.get(kid)

    async def api_key(self, key_hash: str) -> StoredApiKey | None:
        self.asked += 1
        return self.keys.get(key_hash)

    async def has_ended(self, session_id: UUID) -> bool:
        self.asked += 1
        return session_id in self.ended

    async def tokens_not_before(self, account_id: UUID) -> datetime | None:
        self.asked += 1
        return self.not_before.get(account_id)

    def add(self, key: NewApiKey, role: Role, *scopes: str) -> StoredApiKey:
        stored = StoredApiKey(uuid4(), "machine", key.key_hash, role.value, frozenset(scopes), "421224")
        self.keys[key.key_hash] = stored
        return stored


@pytest.fixture
def clock() -> _Time:
    return _Time()


@pytest.fixture
def store() -> _Store:
    return _Store()


@pytest.fixture
def authenticator(store: _Store, clock: _Time) -> Authenticator:
    return Authenticator(store, embedded=ISSUER, service="energy", now=clock, monotonic=clock)


def _officer(**changes: object) -> Principal:
    account = uuid4()
    caller = Principal(str(account), Role.OFFICER, "421224", scopes=ROLE_SCOPES[Role.OFFICER], account_id=account)
    return replace(caller, **changes)  # type: ignore[arg-type]


def _bearer(credential: str) -> Headers:
    return Headers({"Authorization": f"Bearer {credential}"})


async def test_the_caller_is_found_when_a_token_is_good(authenticator: Authenticator, clock: _Time) -> None:
    caller = _officer()
    found = await authenticator.authenticate(_bearer(ISSUER.issue(KEY, caller, 60, now=clock.now)))
    assert found == replace(caller, scopes=frozenset({Scope.ENERGY_READ, Scope.ENERGY_WRITE}))


@pytest.mark.parametrize("as_bearer", [True, False])
async def test_the_caller_is_found_when_an_api_key_is_good(
    authenticator: Authenticator, store: _Store, as_bearer: bool
) -> None:
    key = new_api_key()
    stored = store.add(key, Role.FEED, Scope.ENERGY_INGEST)
    headers = _bearer(key.key) if as_bearer else Headers({"X-API-Key": key.key})
    found = await authenticator.authenticate(headers)
    assert found == stored.principal()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer  "},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer a.b.c"},
        {"X-API-Key": "nonsense"},
        {"X-API-Key": new_api_key().key},
        {"X-API-Key": new_api_key().key, "Authorization": "Bearer a.b.c"},
    ],
)
async def test_nobody_is_found_when_the_credential_is_no_good(
    authenticator: Authenticator, headers: dict[str, str]
) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await authenticator.authenticate(Headers(headers))
    assert refused.value.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_ends_when_its_time_is_over(authenticator: Authenticator, clock: _Time) -> None:
    headers = _bearer(ISSUER.issue(KEY, _officer(), 60, now=clock.now))
    await authenticator.authenticate(headers)
    clock.now += 60
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(headers)


async def test_a_token_is_void_within_two_seconds_when_its_account_is_revoked(
    authenticator: Authenticator, store: _Store, clock: _Time
) -> None:
    caller = _officer()
    assert caller.account_id is not None
    old = _bearer(ISSUER.issue(KEY, caller, 600, now=clock.now))
    await authenticator.authenticate(old)
    clock.now += 0.5
    store.not_before[caller.account_id] = datetime.fromtimestamp(clock.now, UTC)
    clock.now += 1.5
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(old)
    await authenticator.authenticate(_bearer(ISSUER.issue(KEY, caller, 600, now=clock.now)))


async def test_a_key_is_void_within_two_seconds_when_it_is_revoked(
    authenticator: Authenticator, store: _Store, clock: _Time
) -> None:
    key = new_api_key()
    stored = store.add(key, Role.FEED, Scope.ENERGY_INGEST)
    await authenticator.authenticate(_bearer(key.key))
    store.keys[key.key_hash] = replace(stored, revoked_at=datetime.fromtimestamp(clock.now, UTC))
    clock.now += 2
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(_bearer(key.key))


async def test_a_key_ends_at_once_when_its_time_is_over(
    authenticator: Authenticator, store: _Store, clock: _Time
) -> None:
    key = new_api_key()
    stored = store.add(key, Role.FEED, Scope.ENERGY_INGEST)
    store.keys[key.key_hash] = replace(stored, expires_at=datetime.fromtimestamp(clock.now + 0.5, UTC))
    await authenticator.authenticate(_bearer(key.key))
    clock.now += 0.6
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(_bearer(key.key))


async def test_tokens_end_when_their_signing_key_is_withdrawn(
    authenticator: Authenticator, store: _Store, clock: _Time
) -> None:
    headers = _bearer(ISSUER.issue(KEY, _officer(), 600, now=clock.now))
    await authenticator.authenticate(headers)
    store.signing.clear()
    clock.now += 2
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(headers)


async def test_a_caller_is_refused_when_he_has_no_scope_in_this_service(
    authenticator: Authenticator, store: _Store
) -> None:
    key = new_api_key()
    store.add(key, Role.OFFICER, Scope.PROJECTS_WRITE)
    with pytest.raises(Forbidden):
        await authenticator.authenticate(_bearer(key.key))


async def test_a_key_is_refused_when_its_role_is_unknown(authenticator: Authenticator, store: _Store) -> None:
    key = new_api_key()
    store.keys[key.key_hash] = replace(store.add(key, Role.FEED, Scope.ENERGY_INGEST), role="emperor")
    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(_bearer(key.key))


async def test_the_store_is_asked_once_a_second_when_requests_are_many(
    authenticator: Authenticator, store: _Store, clock: _Time
) -> None:
    key = new_api_key()
    store.add(key, Role.FEED, Scope.ENERGY_INGEST)
    token = _bearer(ISSUER.issue(KEY, _officer(), 600, now=clock.now))
    for _ in range(100):
        await authenticator.authenticate(_bearer(key.key))
        await authenticator.authenticate(token)
    # The key once, the token's signing key and account once.
    assert store.asked == 3


def test_two_issuers_are_refused_when_wired(store: _Store) -> None:
    with pytest.raises(ValueError, match="one issuer"):
        Authenticator(store, embedded=ISSUER, oidc=object())  # type: ignore[arg-type]
