"""The site's own issuer ends sign-ins: by a logout token of a real provider, in this service and in the others."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from sqlalchemy import func, select, text
from starlette.datastructures import Headers

from libs.common.clock import SystemClock
from libs.common.context import Context
from libs.common.contracts import projects
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.outbox.envelope import decode, encode_headers, header_map
from libs.common.registry.credentials import ReplicaCredentialStore
from libs.common.registry.handlers import SUBSCRIPTIONS
from libs.common.security.authenticator import build_authenticator
from libs.common.security.principal import SYSTEM
from libs.common.security.tables import AuditRecordRow
from libs.common.web.problems import Unauthenticated
from libs.common.web.serving import bind, serve
from services.console.api import build_api as build_door
from services.console.files import Site
from services.console.passing import open_client
from services.projects.identity.real_time import real_now
from services.projects.logouts.jobs import forget_old_logouts
from services.projects.logouts.tables import EndedIssuerSessionRow, IssuerRevocationRow, UsedLogoutTokenRow
from tests.integration.projects.conftest import Office, opened, settings_for
from tests.support.oidc_provider import Person, Provider, running_provider

ADDRESS = "/v1/oidc/backchannel-logout"
# For how long an authenticator believes what it was told of a credential, and a little.
_BELIEVED = 1.2
_REVOKED = projects.AccountRevokedV1.event_type
_CONTRACTS = {payload.event_type: payload for payload in projects.EVENTS}
_HANDLERS = {payload: handler for listed in SUBSCRIPTIONS for payload, handler in listed.handlers.items()}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        provider.add_person("u-17", role="officer", region_code="421224")
        provider.add_person("u-18", role="officer", region_code="421224")
        yield provider


@pytest.fixture
def more_settings(provider: Provider) -> dict[str, Any]:
    return {"oidc_issuer": provider.url}


@pytest.fixture(autouse=True)
async def closed(office: Office) -> AsyncIterator[None]:
    """The service's clients of the issuer are closed as its lifespan does."""
    async with office.app.router.lifespan_context(office.app):
        yield


async def _tell(office: Office, token: str, **more: str) -> httpx.Response:
    answer = await office.http.post(ADDRESS, data={"logout_token": token, **more})
    assert answer.headers["cache-control"] == "no-store"
    return answer


async def _refusal(office: Office, token: str) -> str:
    answer = await _tell(office, token)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["error"] == "invalid_request"
    return str(body["error_description"])


def _come_in(office: Office, provider: Provider, name: str, sub: str, **changes: Any) -> Person:
    person = provider.signed_in(provider.people[sub])
    office.tokens[name] = provider.access_token(person, **changes)
    return person


async def _may(office: Office, name: str) -> bool:
    answer = await office.call("GET", "/v1/me", by=name)
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


async def _kept(database: Database) -> list[int]:
    rows = (EndedIssuerSessionRow, IssuerRevocationRow, UsedLogoutTokenRow)
    async with database.session() as session:
        return [await session.scalar(select(func.count()).select_from(row)) or 0 for row in rows]


@dataclass
class Elsewhere:
    """Another service: its replica, kept by its own handlers, and its authenticator."""

    office: Office

    async def hear(self) -> None:
        """All that this service has told of credentials, in the order in which it did."""
        for row in await self.office.events("projects.credential.v1"):
            headers = encode_headers(
                event_id=row.event_id,
                event_type=row.type,
                source=row.source,
                subject=row.subject,
                time=row.occurred_at,
                aggregate_version=row.aggregate_version,
                region_code=row.region_code,
                traceparent=None,
            )
            event = decode(header_map(headers), row.payload or b"", _CONTRACTS)
            assert event is not None
            async with self.office.database.transaction() as session:
                await _HANDLERS[type(event.payload)](Context(session, real_now(), new_id, SYSTEM), event)

    async def may(self, name: str, service: str) -> bool:
        store = ReplicaCredentialStore(self.office.database)
        authenticator = build_authenticator(self.office.settings, store, service=service)
        headers = Headers({"authorization": f"Bearer {self.office.tokens[name]}"})
        try:
            await authenticator.authenticate(headers)
        except Unauthenticated:
            return False
        finally:
            await authenticator.close()
        return True


async def test_sign_in_that_the_issuer_ended_is_refused_in_all_services_and_others_go_on(
    office: Office, provider: Provider
) -> None:
    ended = _come_in(office, provider, "desk", "u-17")
    _come_in(office, provider, "phone", "u-17")
    _come_in(office, provider, "neighbour", "u-18")
    # A token from the hour before, and one that the sign-in got by renewal afterwards.
    office.tokens["older"] = provider.access_token(ended, iat=int(time.time()) - 3000)
    names = ("desk", "older", "phone", "neighbour")
    assert [await _may(office, name) for name in names] == [True] * 4
    answer = await _tell(office, provider.logout_token(sid=ended.claims["sid"], sub="u-17"), state="ignored")
    assert (answer.status_code, answer.content) == (200, b"")
    office.tokens["renewed"] = provider.access_token(ended, iat=int(time.time()) + 20)
    await asyncio.sleep(_BELIEVED)
    assert [await _may(office, name) for name in (*names, "renewed")] == [False, False, True, True, False]

    elsewhere = Elsewhere(office)
    assert await elsewhere.may("desk", "energy")
    await elsewhere.hear()
    for service in ("energy", "alerts"):
        assert [await elsewhere.may(name, service) for name in names] == [False, False, True, True]

    async with office.database.session() as session:
        (record,) = await session.scalars(select(AuditRecordRow).where(text("action = 'sign_out'")))
    assert (record.object_type, record.actor) == ("sessions", "anonymous")
    assert record.detail == {"told_by": provider.url, "subject": f"{provider.url}|u-17"}


async def test_all_that_a_subject_has_so_far_ends_when_the_issuer_names_no_sign_in(
    office: Office, provider: Provider
) -> None:
    before = {"iat": int(time.time()) - 5}
    _come_in(office, provider, "desk", "u-17", **before)
    _come_in(office, provider, "same second", "u-17")
    _come_in(office, provider, "neighbour", "u-18", **before)
    assert await _may(office, "desk")
    assert (await _tell(office, provider.logout_token(sub="u-17"))).status_code == 200
    # Whoever signs in again is somebody who proved to the issuer who they are.
    _come_in(office, provider, "again", "u-17", iat=int(time.time()) + 1)
    await asyncio.sleep(_BELIEVED)
    names = ("desk", "same second", "neighbour", "again")
    assert [await _may(office, name) for name in names] == [False, False, True, True]
    elsewhere = Elsewhere(office)
    await elsewhere.hear()
    for service in ("energy", "alerts"):
        assert [await elsewhere.may(name, service) for name in names] == [False, False, True, True]
    # Told again later, the later one counts, here and there; what comes late takes nothing back.
    later = int(time.time()) + 20
    assert (await _tell(office, provider.logout_token(sub="u-17", iat=later, exp=later + 60))).status_code == 200
    assert (await _tell(office, provider.logout_token(sub="u-17", iat=later - 60))).status_code == 200
    await asyncio.sleep(_BELIEVED)
    await elsewhere.hear()
    assert not await _may(office, "again")
    assert not await elsewhere.may("again", "alerts")
    revoked = [row for row in await office.events("projects.credential.v1") if row.type == _REVOKED]
    # Tokens that tell their sign-in, and those that do not: each told twice, by rising versions.
    assert sorted(row.aggregate_version for row in revoked) == [1, 1, 2, 2]


async def test_tokens_that_do_not_say_their_sign_in_end_with_any_of_their_subject(
    office: Office, provider: Provider
) -> None:
    # As many issuers have it: their access tokens name no sign-in, their logout tokens do.
    office.tokens["desk"] = provider.access_token(provider.people["u-17"], iat=int(time.time()) - 5)
    office.tokens["neighbour"] = provider.access_token(provider.people["u-18"], iat=int(time.time()) - 5)
    assert await _may(office, "desk")
    assert (await _tell(office, provider.logout_token(sid="unknown here", sub="u-17"))).status_code == 200
    await asyncio.sleep(_BELIEVED)
    assert [await _may(office, name) for name in ("desk", "neighbour")] == [False, True]
    elsewhere = Elsewhere(office)
    await elsewhere.hear()
    assert [await elsewhere.may(name, "energy") for name in ("desk", "neighbour")] == [False, True]


_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_NOW = time.time()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"iss": "https://elsewhere"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["another", 7]}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": int(_NOW) - 60}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": int(_NOW) + 200_000}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"iat": int(_NOW) + 4000, "exp": int(_NOW) + 4060}, "iat"),
        ({"iat": None}, "iat"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": "a\x00b"}, "jti"),
        ({"events": None}, "events"),
        ({"events": [_EVENT]}, "events"),
        ({"events": {_EVENT: "yes"}}, "events"),
        ({"events": {"http://schemas.openid.net/event/another": {}}}, "events"),
        ({"nonce": "n-1"}, "nonce"),
        ({"sid": None, "sub": None}, "sid, sub"),
        ({"sid": 7}, "sid"),
        ({"sid": ""}, "sid"),
        ({"sub": "u\x00"}, "sub"),
        ({"sub": "a\u2028b"}, "sub"),
    ],
)
async def test_token_is_refused_with_its_fault_when_a_claim_does_not_hold(
    office: Office, provider: Provider, changes: dict[str, Any], named: str
) -> None:
    token = provider.logout_token(**{"sid": "s-1", "sub": "u-17", **changes})
    assert (await _refusal(office, token)).startswith(f"{named}: ")
    assert await _kept(office.database) == [0, 0, 0]
    assert [
        row.type for row in await office.events("projects.credential.v1") if "signing_key" not in row.type
    ] == []


async def test_nothing_but_a_logout_token_of_the_issuer_is_taken(office: Office, provider: Provider) -> None:
    good = {"sid": "s-1", "sub": "u-17"}
    claims = jwt.decode(provider.logout_token(**good), provider.key, algorithms=["RS256"]).claims
    stranger = RSAKey.generate_key(2048, {"kid": "op-1"})
    header = {"alg": "RS256", "kid": provider.key.kid}
    forged = jwt.encode(header, claims, stranger, algorithms=["RS256"])
    person = provider.signed_in(provider.people["u-17"])
    assert await _refusal(office, forged) == "logout_token is not signed by the issuer"
    assert await _refusal(office, "a.b.c") == "logout_token is not signed by the issuer"
    assert await _refusal(office, "x" * 9000) == "logout_token is not signed by the issuer"
    assert (await _refusal(office, provider.sign(claims, "at+jwt"))).startswith("typ: ")
    assert (await _refusal(office, provider.access_token(person, aud="duban-console"))).startswith("typ: ")
    id_token = provider.sign({**claims, **person.claims, "nonce": "n", "events": None}, "JWT")
    assert (await _refusal(office, id_token)).startswith("events: ")
    assert (await _refusal(office, "")).startswith("logout_token: ")
    assert await _kept(office.database) == [0, 0, 0]
    # Issuers that name no type, or the general one, are taken at their word.
    assert (await _tell(office, provider.sign(claims, "JWT"))).status_code == 200


@pytest.mark.parametrize(
    ("media_type", "body", "named"),
    [
        ("application/json", b'{"logout_token": "a.b.c"}', "a form is expected"),
        ("", b"logout_token=a.b.c", "a form is expected"),
        ("application/x-www-form-urlencoded", b"", "logout_token: "),
        ("application/x-www-form-urlencoded", b"token=a.b.c", "logout_token: "),
        ("application/x-www-form-urlencoded", b"logout_token=a.b.c&logout_token=a.b.c", "logout_token: "),
        ("application/x-www-form-urlencoded", b"logout_token=\xff", "the form"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=b&" * 50, "the form"),
    ],
)
async def test_form_is_refused_when_it_does_not_bring_one_token(
    office: Office, media_type: str, body: bytes, named: str
) -> None:
    answer = await office.http.post(ADDRESS, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 400
    assert answer.json()["error_description"].startswith(named)


async def test_body_is_not_read_to_its_end_when_it_is_too_long(office: Office) -> None:
    answer = await office.http.post(ADDRESS, data={"logout_token": "x" * 20_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


async def test_token_is_good_once_even_when_it_comes_twice_at_the_same_moment(
    office: Office, provider: Provider
) -> None:
    token = provider.logout_token(sid="s-1", sub="u-17")
    answers = await asyncio.gather(*(_tell(office, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert await _refusal(office, token) == "jti: this logout token was used before"
    # Another token of a sign-in that is over is no fault, and tells nobody twice.
    assert (await _tell(office, provider.logout_token(sid="s-1"))).status_code == 200
    told = [row.type for row in await office.events("projects.credential.v1") if "signing_key" not in row.type]
    assert sorted(told) == ["projects.account.revoked.v1", "projects.session.ended.v1"]


async def test_used_tokens_and_ended_sign_ins_are_forgotten_when_no_token_can_live_any_more(
    office: Office, provider: Provider
) -> None:
    assert (await _tell(office, provider.logout_token(sid="s-1"))).status_code == 200
    assert (await _tell(office, provider.logout_token(sid="s-2", sub="u-17"))).status_code == 200

    async def forget() -> None:
        async with office.database.transaction() as session:
            await forget_old_logouts(Context(session, real_now(), new_id, SYSTEM), datetime.now(real_now().tzinfo))

    await forget()
    assert await _kept(office.database) == [2, 1, 2]
    async with office.database.transaction() as session:
        (row, _) = await session.scalars(select(EndedIssuerSessionRow))
        row.not_after = real_now() - timedelta(seconds=1)
        (used, _) = await session.scalars(select(UsedLogoutTokenRow))
        assert real_now() + timedelta(seconds=30) < used.forget_at < real_now() + timedelta(seconds=180)
        used.forget_at = real_now() - timedelta(seconds=1)
    await forget()
    assert await _kept(office.database) == [1, 1, 1]


async def _answer(office: Office, token: str, **facts: Any) -> httpx.Response:
    """Of a service with other settings, on the same database."""
    async with opened(office.settings.dsn, **facts) as other, other.app.router.lifespan_context(other.app):
        return await other.http.post(ADDRESS, data={"logout_token": token})


async def test_issuer_may_try_again_when_its_keys_cannot_be_read(office: Office) -> None:
    with running_provider() as gone:
        token = gone.logout_token(sub="u-17")
    answer = await _answer(office, token, oidc_issuer=gone.url)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("1", "no-store")


async def test_clients_are_those_that_the_settings_name(office: Office, provider: Provider) -> None:
    token = provider.logout_token("duban-app", sub="u-17")
    assert (await _refusal(office, token)).startswith("aud: ")
    both = {"oidc_issuer": provider.url, "oidc_logout_clients": "duban-console, duban-app"}
    assert (await _answer(office, token, **both)).status_code == 200
    with pytest.raises(ValidationError, match="oidc_logout_clients"):
        settings_for(office.settings.dsn, oidc_logout_clients=" , ")


async def test_nothing_is_here_where_the_embedded_issuer_serves(office: Office, provider: Provider) -> None:
    answer = await _answer(office, provider.logout_token(sub="u-17"), oidc_issuer=None)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_stranger_who_sends_too_often_is_told_to_wait(office: Office, provider: Provider) -> None:
    slow = {"oidc_issuer": provider.url, "request_rate_per_second": 0.01, "request_rate_burst": 2}
    async with opened(office.settings.dsn, **slow) as other, other.app.router.lifespan_context(other.app):
        answers = [await other.http.post(ADDRESS, data={"logout_token": "a.b.c"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[2].json()["code"] == "rate_limited"


@asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[str]:
    """The application on a socket of its own; answers its address."""
    listener = bind("127.0.0.1", 0)
    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, listener=listener))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_sign_in_by_the_page_is_over_when_its_issuer_says_so_at_the_pages_address(
    office: Office, provider: Provider, tmp_path: Path
) -> None:
    """The whole way: code with PKCE, a service's own answers, and the issuer's end through the console's door."""
    (tmp_path / "index.html").write_text("page", encoding="utf-8")
    facts = {"oidc_issuer": provider.url}
    async with opened(office.settings.dsn, **facts) as other, _serving(other.app) as projects_address:
        door = build_door(Site(tmp_path), open_client(60), {"projects": projects_address}, SystemClock())
        async with _serving(door) as address, httpx.AsyncClient(timeout=120) as browser:
            provider.register(address)
            provider.clients["duban-console"].backchannel_logout_uri = f"{address}/api/projects{ADDRESS}"
            verifier, back = "v" * 43, f"{address}/sign-in/return"
            digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            asked = {"client_id": "duban-console", "redirect_uri": back, "nonce": "n", "code_challenge": digest}
            code = provider.authorize("u-17", **asked)
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
            form |= {"code_verifier": verifier, "client_id": "duban-console"}
            issued = (await browser.post(f"{provider.url}/token", data=form)).json()
            headers = {"Authorization": f"Bearer {issued['access_token']}"}
            me = f"{address}/api/projects/v1/me"
            assert (await browser.get(me, headers=headers)).status_code == 200
            left = await browser.get(f"{provider.url}/end", params={"id_token_hint": issued["id_token"]})
            assert (left.status_code, provider.told) == (200, [200]), left.text
            await asyncio.sleep(_BELIEVED)
            refused = await browser.get(me, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
