"""Accounts, sign-in, tokens and API keys over REST."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, text, update
from sqlmodel import col

from libs.common.security.envelope import Envelope, SealBroken
from libs.common.security.principal import Principal, Role, Scope
from libs.common.security.tables import AuditRecordRow
from libs.common.security.tokens import EmbeddedIssuer, SigningKey
from services.projects.bootstrap import build_app, make_first_credentials
from services.projects.identity.credentials import OwnCredentialStore
from services.projects.identity.service.signing import TokenIssuer
from services.projects.identity.tables import SignInAttemptsRow, SigningKeyRow, SignInPlaceRow, SignInPolicyRow

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

PASSWORD = "Chai-Mountain-73"
ADMIN_PASSWORD = "Tong-Mountain-73"


async def test_token_opens_the_service_and_names_its_holder(office: Office) -> None:
    account = await office.staff("chen", "officer", "421224")
    answer = await office.sign_in("CHEN", PASSWORD)
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 1800)
    me = await office.done("GET", "/v1/me", by="chen")
    assert (me["subject"], me["role"], me["region_code"]) == (account["id"], "officer", "421224")
    assert "password_hash" not in account


@pytest.mark.parametrize("name", ["chen", "nobody"])
async def test_sixth_failure_locks_the_name_whether_or_not_it_exists(office: Office, name: str) -> None:
    await office.staff("chen", "officer", "421224")
    failures = [await office.sign_in(name, "wrong") for _ in range(5)]
    assert [answer.json()["code"] for answer in failures] == ["sign_in.refused"] * 5
    assert {answer.status_code for answer in failures} == {401}
    locked = await office.sign_in(name, PASSWORD)
    assert (locked.status_code, locked.json()["code"]) == (429, "sign_in.locked")
    assert 0 < int(locked.headers["retry-after"]) <= 900


async def test_simultaneous_guesses_do_not_slip_past_the_lock(office: Office) -> None:
    answers = await asyncio.gather(*(office.sign_in("admin", f"guess {n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_lock_ends_after_its_time_and_success_forgets_failures(office: Office) -> None:
    await office.staff("chen", "officer", "421224")
    for _ in range(5):
        await office.sign_in("chen", "wrong")
    async with office.database.transaction() as session:
        past = datetime.fromtimestamp(time.time() - 1, UTC)
        await session.execute(update(SignInPlaceRow).values(locked_until=past))
    assert (await office.sign_in("chen", PASSWORD)).status_code == 200
    for _ in range(4):
        await office.sign_in("chen", "wrong")
    assert (await office.sign_in("chen", PASSWORD)).status_code == 200
    for _ in range(4):
        assert (await office.sign_in("chen", "wrong")).status_code == 401
    # No name: nobody has signed in with it, from anywhere.
    for _ in range(5):
        await office.sign_in("nobody", "wrong")
    async with office.database.session() as session:
        assert await session.get(SignInAttemptsRow, "chen") is None
        assert await session.get(SignInAttemptsRow, "nobody") is not None


async def test_strangers_lock_a_name_for_strangers_and_its_holder_goes_on_from_where_he_is_known(
    office: Office,
) -> None:
    await office.staff("chen", "officer", "421224")

    async def tries(password: str, address: str, name: str = "chen") -> int:
        transport = httpx.ASGITransport(office.app, client=(address, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://projects") as http:
            return (await http.post("/v1/tokens", json={"username": name, "password": password})).status_code

    guesses = [await tries("guess", f"203.0.113.{n}") for n in range(6)]
    assert guesses == [401] * 5 + [429]
    # Locked for whoever is not known there, with the right password too, and for nobody who is.
    assert await tries(PASSWORD, "203.0.113.77") == 429
    assert (await office.sign_in("chen", PASSWORD)).status_code == 200
    # That he came in gives strangers no new attempts.
    assert await tries("guess", "203.0.113.9") == 429
    # The known place has a count of its own, by the same policy.
    assert [await tries("guess", "127.0.0.1") for _ in range(6)] == [401] * 5 + [429]
    async with office.database.transaction() as session:
        past = datetime.fromtimestamp(time.time() - 1, UTC)
        for table in (SignInAttemptsRow, SignInPlaceRow):
            await session.execute(update(table).values(locked_until=past))
    # The whole network of an IPv6 host is one place.
    assert await tries(PASSWORD, "2001:db8:1:2::a") == 200
    assert [await tries("guess", f"198.51.100.{n}") for n in range(6)] == [401] * 5 + [429]
    assert await tries(PASSWORD, "2001:db8:1:2:dead:beef:0:1") == 200
    assert await tries(PASSWORD, "2001:db8:1:3::a") == 429
    tag = {"If-Match": (await office.call("GET", "/v1/sign-in-policy")).headers["etag"]}
    await office.done("PATCH", "/v1/sign-in-policy", {"known_place_days": 0}, headers=tag)
    assert (await office.sign_in("chen", PASSWORD)).status_code == 429


async def test_policy_is_data(office: Office) -> None:
    async with office.database.transaction() as session:
        await session.execute(update(SignInPolicyRow).values(max_failures=1, lock_seconds=60, token_seconds=5))
    assert (await office.sign_in("admin", ADMIN_PASSWORD)).json()["expires_in"] == 5
    await office.sign_in("admin", "wrong")
    assert (await office.sign_in("admin", ADMIN_PASSWORD)).status_code == 429


async def test_sign_ins_are_audited_without_the_password(office: Office) -> None:
    account = await office.staff("chen", "officer", "421224")
    await office.sign_in("chen", "wrong")
    await office.sign_in("Chai-Mountain-73", "typed in the wrong field")
    statement = select(AuditRecordRow).where(col(AuditRecordRow.action) == "sign_in")
    async with office.database.session() as session:
        records = (await session.scalars(statement.order_by(col(AuditRecordRow.id)))).all()
    told = [(record.object_id, record.result) for record in records][1:]
    assert told == [(account["id"], "done"), (account["id"], "refused:wrong"), ("", "refused:wrong")]
    async with office.database.session() as session:
        rows = (await session.execute(text("SELECT audit_record::text FROM audit_record"))).scalars().all()
    assert not any("mountain" in row.lower() for row in rows)


async def test_expired_or_foreign_token_is_refused(office: Office) -> None:
    async with office.database.session() as session:
        row = (await session.scalars(select(SigningKeyRow))).one()
    envelope = Envelope(office.settings.secret_key.get_secret_value())
    key = SigningKey.from_private_jwk(envelope.open(row.sealed_private_jwk, f"signing-key:{row.kid}").decode())
    assert '"d"' not in json.dumps(row.public_jwk)
    issuer = EmbeddedIssuer(office.settings.projects_url, office.settings.oidc_audience)
    admin = Principal("x", Role.ADMIN, scopes=frozenset(Scope), account_id=uuid4())
    office.tokens["good"] = issuer.issue(key, admin, 60)
    office.tokens["expired"] = issuer.issue(key, admin, 60, now=time.time() - 3600)
    office.tokens["stranger"] = issuer.issue(SigningKey.generate(), admin, 60)
    office.tokens["elsewhere"] = EmbeddedIssuer("http://other", "duban").issue(key, admin, 60)
    office.tokens["nonsense"] = "a.b.c"
    assert (await office.call("GET", "/v1/me", by="good")).status_code == 200
    for name in ("expired", "stranger", "elsewhere", "nonsense", ""):
        await office.refused("GET", "/v1/projects", status=401, code="unauthenticated", by=name)


async def test_discovery_names_the_key_that_signs(office: Office) -> None:
    discovery = (await office.http.get("/.well-known/openid-configuration")).json()
    assert discovery["issuer"] == office.settings.projects_url
    keys = (await office.http.get("/.well-known/jwks.json")).json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "crv", "x", "kid", "use", "alg"}]
    (event,) = [event for event in await office.events("projects.credential.v1") if "signing_key" in event.type]
    assert json.loads(event.payload or b"") == {"kid": event.subject, "public_jwk": keys[0], "not_after": None}


async def test_changed_grants_void_the_tokens_and_tell_all_services(office: Office) -> None:
    account = await office.staff("chen", "officer", "421224")
    assert (await office.call("GET", "/v1/me", by="chen")).status_code == 200
    path = f"/v1/accounts/{account['id']}"
    await office.refused("PATCH", path, {"role": "leader"}, status=428, code="precondition.required")
    changed = await office.done("PATCH", path, {"role": "leader"}, headers={"If-Match": '"1"'})
    assert (changed["role"], changed["region_code"], changed["version"]) == ("leader", "421224", 2)
    await asyncio.sleep(1.1)
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="chen")
    office.tokens["chen"] = (await office.sign_in("chen", PASSWORD)).json()["access_token"]
    assert (await office.done("GET", "/v1/me", by="chen"))["role"] == "leader"
    (event,) = await office.events("projects.credential.v1", account["id"])
    assert json.loads(event.payload or b"") == {
        "account_id": account["id"],
        "not_before": changed["not_before"],
    }


async def test_closed_account_and_reset_password(office: Office) -> None:
    account = await office.staff("chen", "officer", "421224")
    path = f"/v1/accounts/{account['id']}"
    await office.refused("POST", f"{path}/password", {"password": "short"}, status=409, code="password.weak")
    await office.done("POST", f"{path}/password", {"password": "Other-Mountain-9"})
    assert (await office.sign_in("chen", PASSWORD)).status_code == 401
    assert (await office.sign_in("chen", "Other-Mountain-9")).status_code == 200
    await office.done("PATCH", path, {"active": False}, headers={"If-Match": '"2"'})
    assert (await office.sign_in("chen", "Other-Mountain-9")).status_code == 401


async def test_account_is_refused_when_its_grants_do_not_fit(office: Office) -> None:
    body = {"username": "chen", "password": PASSWORD, "role": "officer"}
    await office.refused("POST", "/v1/accounts", body, status=409, code="account.grants_do_not_fit")
    body["region_code"] = "421299"
    await office.refused("POST", "/v1/accounts", body, status=409, code="registry.unknown_region")
    body |= {"region_code": "421224", "person_id": str(uuid4())}
    await office.refused("POST", "/v1/accounts", body, status=409, code="registry.entry_unknown")
    body.pop("person_id")
    await office.refused("POST", "/v1/accounts", body | {"password": "chen"}, status=409, code="password.weak")
    await office.done("POST", "/v1/accounts", body)
    await office.refused("POST", "/v1/accounts", body, status=409, code="account.username_taken")


async def test_administrator_of_a_county_grants_no_more_than_is_his(office: Office) -> None:
    await office.staff("county", "admin", "421224")
    body = {"username": "chen", "password": PASSWORD, "role": "officer", "region_code": "421221"}
    await office.refused("POST", "/v1/accounts", body, status=404, code="not_found", by="county")
    wider = {"username": "chen", "password": PASSWORD, "role": "admin"}
    await office.refused("POST", "/v1/accounts", wider, status=404, code="not_found", by="county")
    listed = await office.done("GET", "/v1/accounts", by="county")
    assert [account["username"] for account in listed["items"]] == ["county"]


async def test_last_administrator_stays(office: Office) -> None:
    (admin,) = (await office.done("GET", "/v1/accounts"))["items"]
    path = f"/v1/accounts/{admin['id']}"
    for change in ({"active": False}, {"role": "auditor"}, {"region_code": "421224"}):
        await office.refused(
            "PATCH", path, change, status=409, code="account.last_administrator", headers={"If-Match": '"1"'}
        )


async def test_api_key_is_shown_once_published_hashed_and_revoked(office: Office) -> None:
    body = {"name": "utility", "role": "viewer", "region_code": "421224"}
    issued = await office.call("POST", "/v1/api-keys", body, headers={"Idempotency-Key": "k1"})
    key = issued.json()["key"]
    path = f"/v1/api-keys/{issued.json()['id']}"
    assert (issued.status_code, issued.headers["cache-control"]) == (201, "no-store")
    await office.refused(
        "POST",
        "/v1/api-keys",
        body,
        status=409,
        code="idempotency.answer_not_kept",
        headers={"Idempotency-Key": "k1"},
    )
    for answer in (await office.call("GET", path), await office.call("GET", "/v1/api-keys")):
        assert key not in answer.text
        assert "key_hash" not in answer.text
    me = await office.http.get("/v1/me", headers={"X-API-Key": key})
    assert (me.json()["kind"], me.json()["scopes"]) == ("key", ["projects:read"])
    revoked = await office.done("DELETE", path)
    assert (await office.done("DELETE", path))["revoked_at"] == revoked["revoked_at"]
    await asyncio.sleep(1.1)
    assert (await office.http.get("/v1/me", headers={"X-API-Key": key})).status_code == 401
    events = await office.events("projects.credential.v1", issued.json()["id"])
    bodies = [json.loads(event.payload or b"") for event in events]
    assert [event.aggregate_version for event in events] == [1, 2]
    assert [body["revoked_at"] is None for body in bodies] == [True, False]
    assert key not in json.dumps(bodies)


async def test_feed_key_has_no_business_in_projects(office: Office) -> None:
    body = {"name": "feed", "role": "feed", "region_code": "421224", "meter_nos": ["M-1"]}
    issued = await office.done("POST", "/v1/api-keys", body)
    assert issued["scopes"] == ["energy:ingest", "energy:read"]
    answer = await office.http.get("/v1/projects", headers={"X-API-Key": issued["key"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    beyond = body | {"scopes": ["projects:write"]}
    await office.refused("POST", "/v1/api-keys", beyond, status=409, code="account.grants_do_not_fit")


async def test_only_administrators_reach_accounts_and_keys(office: Office) -> None:
    await office.staff("chen", "supervisor", "421224")
    for path in ("/v1/accounts", "/v1/api-keys"):
        await office.refused("GET", path, status=403, code="forbidden", by="chen")


async def test_first_credentials_are_made_once(office: Office) -> None:
    made = await make_first_credentials(office.settings, office.database)
    assert made == {"signing_key_made": False, "administrator_made": False, "security_administrator_made": False}


async def test_store_knows_what_is_withdrawn(office: Office) -> None:
    store = OwnCredentialStore(office.database)
    async with office.database.transaction() as session:
        row = (await session.scalars(select(SigningKeyRow))).one()
        kid, row.not_after = row.kid, datetime.fromtimestamp(time.time() - 1, UTC)
    assert await store.signing_key(kid) is None
    assert await store.signing_key("unknown") is None
    assert await store.api_key("0" * 64) is None
    assert await store.tokens_not_before(uuid4()) is None
    assert (await office.sign_in("admin", ADMIN_PASSWORD)).status_code == 503


async def test_key_sealed_with_another_secret_does_not_open(office: Office) -> None:
    issuer = EmbeddedIssuer(office.settings.projects_url, "duban")
    tokens = TokenIssuer(issuer, Envelope("another secret"))
    admin = Principal("x", Role.ADMIN, account_id=uuid4())
    async with office.database.session() as session:
        with pytest.raises(SealBroken):
            await tokens.issue(session, admin, 60)


async def test_malformed_sign_in_is_told_apart_from_a_wrong_one(office: Office) -> None:
    answer = await office.http.post("/v1/tokens", json={"username": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.malformed")
    answer = await office.http.post("/v1/tokens", content=b"x", headers={"Content-Type": "text/plain"})
    assert answer.status_code in {415, 422}


async def test_nobody_signs_in_here_where_the_site_has_its_own_issuer(office: Office) -> None:
    settings = office.settings.model_copy(update={"oidc_issuer": "https://id.example.org"})
    app = build_app(settings, office.database, office.clock)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://projects.test") as http:
            credentials = {"username": "admin", "password": ADMIN_PASSWORD}
            assert (await http.post("/v1/tokens", json=credentials)).status_code == 404
            assert (await http.get("/.well-known/jwks.json")).status_code == 404
            assert (await http.get("/v1/me")).status_code == 401
