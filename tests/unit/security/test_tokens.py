import base64
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from libs.common.security.principal import ROLE_SCOPES, Principal, Role, Scope
from libs.common.security.tokens import (
    EmbeddedIssuer,
    InvalidToken,
    SigningKey,
    discovery_document,
    jwks_document,
    kid_of,
)

KEY = SigningKey.generate()
ISSUER = EmbeddedIssuer("http://127.0.0.1:8100/", "duban")
NOW = time.time()
ACCOUNT = uuid4()
OFFICER = Principal(
    subject=str(ACCOUNT),
    role=Role.OFFICER,
    region_code="421224",
    scopes=ROLE_SCOPES[Role.OFFICER],
    account_id=ACCOUNT,
    person_id=uuid4(),
    unit_id=uuid4(),
)


def _claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "http://127.0.0.1:8100",
        "aud": "duban",
        "sub": str(ACCOUNT),
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 60,
        "role": "officer",
        "region": "421224",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def test_the_caller_comes_back_when_a_token_is_verified() -> None:
    token = ISSUER.issue(KEY, OFFICER, 3600, now=NOW)
    verified = ISSUER.verify(token, KEY.public_jwk(), now=NOW)
    assert verified.principal == OFFICER
    assert verified.kid == KEY.kid == kid_of(token)
    assert verified.expires_at - verified.issued_at == pytest.approx(3600)


def test_an_enterprise_stays_bound_when_its_token_is_verified() -> None:
    caller = Principal(
        str(ACCOUNT), Role.ENTERPRISE, "421224", uuid4(), frozenset({Scope.ENERGY_READ}), account_id=ACCOUNT
    )
    assert ISSUER.verify(ISSUER.issue(KEY, caller, 60), KEY.public_jwk()).principal == caller


def test_a_token_is_refused_when_expired() -> None:
    token = ISSUER.issue(KEY, OFFICER, 60, now=NOW)
    ISSUER.verify(token, KEY.public_jwk(), now=NOW + 59)
    with pytest.raises(InvalidToken):
        ISSUER.verify(token, KEY.public_jwk(), now=NOW + 66)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "http://elsewhere"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": "not-a-uuid"},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"iat": None},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"role": None},
        {"role": "emperor"},
        {"role": ["admin"]},
        {"person": "x"},
        {"enterprise": 7},
    ],
)
def test_a_token_is_refused_when_a_claim_is_wrong(changes: dict[str, Any]) -> None:
    claims = _claims() | changes
    token = KEY.sign({name: value for name, value in claims.items() if value is not None})
    with pytest.raises(InvalidToken):
        ISSUER.verify(token, KEY.public_jwk(), now=NOW)


def test_scopes_are_cut_down_when_a_token_claims_more_than_its_role() -> None:
    token = KEY.sign(_claims(role="viewer", scope="projects:read projects:write everything"))
    assert ISSUER.verify(token, KEY.public_jwk(), now=NOW).principal.scopes == {"projects:read"}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_is_refused_when_its_algorithm_is_none_or_symmetric() -> None:
    payload = _b64(json.dumps(_claims()).encode())
    unsigned = f"{_b64(json.dumps({'alg': 'none', 'kid': KEY.kid, 'typ': 'at+jwt'}).encode())}.{payload}."
    # The classic confusion: the public key's text used as a shared secret.
    secret = OctKey.import_key(json.dumps(KEY.public_jwk()))
    confused = jwt.encode(
        {"alg": "HS256", "kid": KEY.kid, "typ": "at+jwt"}, _claims(), secret, algorithms=["HS256"]
    )
    for token in (unsigned, confused):
        with pytest.raises(InvalidToken):
            ISSUER.verify(token, KEY.public_jwk(), now=NOW)


def test_a_token_is_refused_when_another_key_signed_it() -> None:
    token = SigningKey.generate().sign(_claims())
    with pytest.raises(InvalidToken):
        ISSUER.verify(token, KEY.public_jwk(), now=NOW)


def test_a_token_is_refused_when_its_payload_was_exchanged() -> None:
    head, _, signature = ISSUER.issue(KEY, OFFICER, 60, now=NOW).split(".")
    forged = _b64(json.dumps(_claims(role="admin", region=None)).encode())
    with pytest.raises(InvalidToken):
        ISSUER.verify(f"{head}.{forged}.{signature}", KEY.public_jwk(), now=NOW)


def _read(token: str) -> None:
    kid_of(token)
    ISSUER.verify(token, KEY.public_jwk(), now=NOW)


@given(st.text(max_size=300))
def test_any_text_is_refused_when_it_is_no_token(text: str) -> None:
    with pytest.raises(InvalidToken):
        _read(text)


@pytest.mark.parametrize(
    "token", ["a.b.c", "x" * 9000 + ".a.b", _b64(b"[1]") + ".e30.c", _b64(b"[" * 3000) + ".a.b"]
)
def test_a_malformed_token_is_refused_when_read(token: str) -> None:
    with pytest.raises(InvalidToken):
        _read(token)


def test_a_symmetric_key_is_refused_when_offered_for_verification() -> None:
    with pytest.raises(InvalidToken):
        ISSUER.verify(ISSUER.issue(KEY, OFFICER, 60), {"kty": "oct", "k": "c2VjcmV0"})


def test_only_accounts_get_tokens_when_issuing() -> None:
    with pytest.raises(ValueError, match="accounts"):
        ISSUER.issue(KEY, Principal("key", Role.FEED, kind="key"), 60)


def test_a_signing_key_survives_when_stored_and_read_again() -> None:
    again = SigningKey.from_private_jwk(KEY.private_jwk())
    assert again.kid == KEY.kid
    assert ISSUER.verify(ISSUER.issue(again, OFFICER, 60), KEY.public_jwk()).principal == OFFICER


def test_nothing_private_is_published_when_documents_are_made() -> None:
    document = jwks_document([KEY.public_jwk()])
    assert set(document["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg"}
    discovery = discovery_document("http://127.0.0.1:8100/")
    assert discovery["jwks_uri"] == "http://127.0.0.1:8100/.well-known/jwks.json"
    assert discovery["issuer"] == ISSUER.issuer
