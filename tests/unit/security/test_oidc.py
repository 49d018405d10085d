import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.datastructures import Headers

from libs.common.security.authenticator import Authenticator
from libs.common.security.claims import OidcClaims, holder_of, session_of
from libs.common.security.oidc import IssuerUnavailable, OidcProvider, issuer_client
from libs.common.security.principal import ROLE_SCOPES, Role
from libs.common.security.tokens import InvalidToken
from libs.common.web.problems import Unavailable

ISSUER = "https://id.example.org/realms/city"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})


class _Issuer:
    """An identity provider in memory."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [RSA.as_dict(private=False)]
        self.name = ISSUER
        self.jwks_uri = f"{ISSUER}/certs"
        self.down = False
        self.key_reads = 0
        self.padding = ""

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectTimeout("no answer")
        if request.url.path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json={"issuer": self.name, "jwks_uri": self.jwks_uri})
        self.key_reads += 1
        return httpx.Response(200, json={"keys": self.keys, "padding": self.padding})


class _Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer() -> _Issuer:
    return _Issuer()


@pytest.fixture
def clock() -> _Time:
    return _Time()


@pytest.fixture
def provider(issuer: _Issuer, clock: _Time) -> OidcProvider:
    http = httpx.AsyncClient(transport=httpx.MockTransport(issuer.answer))
    claims = OidcClaims(role="realm_access.roles", role_names={"jingxin-ju": Role.OFFICER})
    return OidcProvider(ISSUER, "duban", http, claims=claims, monotonic=clock)


def _token(key: Any = RSA, alg: str = "RS256", kid: str | None = "rsa-1", **changes: Any) -> str:
    now = time.time()
    claims = {
        "iss": ISSUER,
        "aud": ["account", "duban"],
        "sub": "u-17",
        "iat": now,
        "exp": now + 300,
        "realm_access": {"roles": ["offline_access", "jingxin-ju"]},
        "region_code": "421224",
        "scope": "openid profile",
    }
    header = {"alg": alg} | ({"kid": kid} if kid else {})
    return jwt.encode(header, claims | changes, key, algorithms=[alg])


async def test_the_caller_is_found_when_the_issuers_claims_are_mapped(provider: OidcProvider) -> None:
    person = uuid4()
    caller = (await provider.verify(_token(person_id=str(person)))).principal
    assert caller.role is Role.OFFICER
    assert caller.subject == f"{ISSUER}|u-17"
    assert (caller.region_code, caller.person_id) == ("421224", person)
    assert caller.scopes == ROLE_SCOPES[Role.OFFICER]


async def test_no_scope_is_left_when_the_issuer_names_only_those_beyond_the_role(provider: OidcProvider) -> None:
    # Falling back to all that the role may do would widen what the issuer narrowed.
    caller = (await provider.verify(_token(scope="openid energy:ingest"))).principal
    assert caller.scopes == frozenset()


async def test_scopes_are_narrowed_when_the_issuer_names_some_of_ours(provider: OidcProvider) -> None:
    caller = (await provider.verify(_token(scope="openid alerts:read"))).principal
    assert caller.scopes == {"alerts:read"}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere"},
        {"aud": "another"},
        {"exp": 1},
        {"realm_access": {"roles": ["visitor"]}},
        {"realm_access": "text"},
        {"region_code": "%"},
        {"region_code": ["421224"]},
        {"enterprise_id": "not a uuid"},
        {"sub": None},
    ],
)
async def test_a_token_is_refused_when_a_claim_is_wrong(provider: OidcProvider, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        await provider.verify(_token(**changes))


async def test_keys_are_read_once_when_tokens_are_many(provider: OidcProvider, issuer: _Issuer) -> None:
    for _ in range(5):
        await provider.verify(_token())
    assert issuer.key_reads == 1


async def test_a_new_key_is_found_when_a_token_names_it(
    provider: OidcProvider, issuer: _Issuer, clock: _Time
) -> None:
    await provider.verify(_token())
    issuer.keys.append(EC.as_dict(private=False))
    clock.now += 20
    await provider.verify(_token(EC, "ES256", "ec-1"))
    assert issuer.key_reads == 2


async def test_the_issuer_is_left_alone_when_unknown_keys_are_named_often(
    provider: OidcProvider, issuer: _Issuer
) -> None:
    await provider.verify(_token())
    for number in range(20):
        with pytest.raises(InvalidToken):
            await provider.verify(_token(kid=f"invented-{number}"))
    assert issuer.key_reads == 1


async def test_a_withdrawn_key_is_refused_when_the_keys_were_read_again(
    provider: OidcProvider, issuer: _Issuer, clock: _Time
) -> None:
    await provider.verify(_token())
    issuer.keys = [EC.as_dict(private=False)]
    clock.now += 601
    with pytest.raises(InvalidToken):
        await provider.verify(_token())


async def test_known_keys_are_believed_for_a_day_when_the_issuer_is_down(
    provider: OidcProvider, issuer: _Issuer, clock: _Time
) -> None:
    await provider.verify(_token())
    issuer.down = True
    clock.now += 3600
    await provider.verify(_token())
    clock.now += 86_400
    with pytest.raises(IssuerUnavailable):
        await provider.verify(_token())


async def test_sign_in_waits_for_the_issuer_when_it_was_down_at_first(
    provider: OidcProvider, issuer: _Issuer, clock: _Time
) -> None:
    issuer.down = True
    with pytest.raises(IssuerUnavailable):
        await provider.verify(_token())
    issuer.down = False
    clock.now += 1
    await provider.verify(_token())


@pytest.mark.parametrize("fault", ["other issuer", "plain http", "no keys", "only symmetric", "too large"])
async def test_keys_are_not_taken_when_the_documents_are_wrong(
    provider: OidcProvider, issuer: _Issuer, fault: str
) -> None:
    match fault:
        case "other issuer":
            issuer.name = "https://elsewhere"
        case "plain http":
            issuer.jwks_uri = "http://id.example.org/certs"
        case "no keys":
            issuer.keys = []
        case "only symmetric":
            issuer.keys = [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1"}]
        case "too large":
            issuer.padding = "x" * (1 << 20)
    with pytest.raises(IssuerUnavailable):
        await provider.verify(_token())


async def test_a_token_may_leave_its_key_unnamed_when_the_issuer_has_only_one(
    provider: OidcProvider, issuer: _Issuer, clock: _Time
) -> None:
    await provider.verify(_token(kid=None))
    issuer.keys.append(EC.as_dict(private=False))
    clock.now += 601
    with pytest.raises(InvalidToken):
        await provider.verify(_token(kid=None))


async def test_callers_are_told_to_wait_when_the_issuer_is_down(provider: OidcProvider, issuer: _Issuer) -> None:
    issuer.down = True
    authenticator = Authenticator(object(), oidc=provider, service="alerts")  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await authenticator.authenticate(Headers({"Authorization": f"Bearer {_token()}"}))


async def test_plain_http_is_refused_when_the_issuer_is_not_on_this_machine() -> None:
    async with issuer_client() as http:
        OidcProvider("http://127.0.0.1:9000", "duban", http)
        with pytest.raises(ValueError, match="https"):
            OidcProvider("http://id.example.org", "duban", http)


async def test_token_tells_its_sign_in_and_its_holder_when_the_issuer_names_them(provider: OidcProvider) -> None:
    told = await provider.verify(_token(sid="s-1"))
    assert told.principal.session_id == session_of(ISSUER, "s-1") != session_of(ISSUER, "s-2")
    assert told.holder == holder_of(ISSUER, "u-17", in_session=True)
    # Without a sign-in of its own it ends with any of its subject's.
    untold = await provider.verify(_token())
    assert (untold.principal.session_id, untold.holder) == (None, holder_of(ISSUER, "u-17", in_session=False))
    assert len({told.holder, untold.holder, told.principal.session_id}) == 3
    assert (await provider.verify(_token(sid=7))).principal.session_id is None


def test_sign_in_is_found_when_the_issuer_calls_it_otherwise() -> None:
    mapping = OidcClaims(session="session.state")
    claims = {"sub": "x", "role": "viewer", "session": {"state": "s-1"}, "sid": "s-2"}
    assert mapping.principal(claims, ISSUER).session_id == session_of(ISSUER, "s-1")


def test_the_strongest_role_counts_when_a_caller_has_several() -> None:
    mapping = OidcClaims(role="groups", role_names={"bosses": Role.LEADER})
    caller = mapping.principal({"sub": "x", "groups": ["viewer", "bosses", "officer"]}, ISSUER)
    assert caller.role is Role.LEADER


def test_a_claim_is_found_when_its_own_name_has_dots() -> None:
    mapping = OidcClaims(role="https://example.org/role")
    assert mapping.principal({"sub": "x", "https://example.org/role": "viewer"}, ISSUER).role is Role.VIEWER
