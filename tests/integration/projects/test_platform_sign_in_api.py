"""Signing in from within 企业微信 and 钉钉: code, ticket, link, second factor; the servers speak as theirs do."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlmodel import col

from libs.common.security.tables import AuditRecordRow
from services.projects.identity.domain.second_factor import code_at
from services.projects.platforms.tables import SignInPlatformRow
from tests.support.vendors import Server, SignInPlatforms, running

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

PASSWORD = "Chai-Mountain-73"
_BELIEVED = 1.1
_APPS: dict[str, dict[str, Any]] = {
    "wecom": {"app_id": "ww-corp", "agent_id": 1000002, "secret": "wecom-secret"},
    "dingtalk": {"app_id": "ding-key", "secret": "ding-secret"},
}


@pytest.fixture
def more_settings() -> dict[str, Any]:
    return {"webhook_allowed_hosts": ("127.0.0.1",)}


@pytest.fixture
def people() -> SignInPlatforms:
    return SignInPlatforms()


@pytest.fixture
async def server(people: SignInPlatforms) -> AsyncIterator[Server]:
    async with running(people) as server:
        yield server


async def _add(office: Office, server: Server, kind: str, **change: Any) -> str:
    body = {
        "kind": kind,
        "name": kind,
        "api_url": server.url,
        "authorize_url": server.url,
        **_APPS[kind],
        **change,
    }
    return str((await office.done("POST", "/v1/sign-in-platforms", body))["id"])


async def _post(office: Office, path: str, **body: Any) -> httpx.Response:
    return await office.http.post(path, json=body, headers={"Accept-Language": "en", "User-Agent": "wxwork/4"})


async def _ticket(office: Office, platform: str, code: str) -> dict[str, Any]:
    answer = await _post(office, "/v1/platform-tickets", platform_id=platform, code=code)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    given: dict[str, Any] = answer.json()
    return given


async def _code(office: Office, path: str, status: int, **body: Any) -> str:
    answer = await _post(office, path, **body)
    assert answer.status_code == status, answer.text
    return str(answer.json()["code"])


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
async def test_person_links_once_and_then_signs_in_by_the_platform(
    office: Office, server: Server, people: SignInPlatforms, kind: str
) -> None:
    account = await office.staff("chen", "officer", "421224")
    platform = await _add(office, server, kind)
    (offered,) = (await office.http.get("/v1/sign-in-platforms/offered")).json()["items"]
    assert offered["id"] == platform
    assert offered["authorize_address"].startswith(f"{server.url}/")
    given = await _ticket(office, platform, people.code_of("zhangsan"))
    assert given["linked"] is False
    assert await _code(office, "/v1/tokens/platform", 401, ticket=given["ticket"]) == "sign_in.not_linked"
    link = await office.done("POST", "/v1/me/linked-identities", {"ticket": given["ticket"]}, by="chen")
    assert (link["user_id"], link["account_id"]) == ("zhangsan", account["id"])
    # Linking has used it up.
    assert await _code(office, "/v1/tokens/platform", 401, ticket=given["ticket"]) == "sign_in.ticket_refused"
    people.stale.update(f"app-{number}" for number in range(people.tokens + 1))
    given = await _ticket(office, platform, people.code_of("zhangsan"))
    assert (given["linked"], given["expires_in"], people.tokens) == (True, 600, 2)
    answer = await _post(office, "/v1/tokens/platform", ticket=given["ticket"])
    assert answer.status_code == 200, answer.text
    office.tokens["by platform"] = answer.json()["access_token"]
    assert (await office.done("GET", "/v1/me", by="by platform"))["subject"] == account["id"]
    renewed = await _post(office, "/v1/tokens/refresh", refresh_token=answer.json()["refresh_token"])
    assert renewed.status_code == 200
    newest = (await office.done("GET", "/v1/me/sessions", by="by platform"))["items"][0]
    assert (newest["id"], newest["client"]) == (answer.json()["session_id"], "wxwork/4")
    again = await _code(office, "/v1/tokens/platform", 401, ticket=given["ticket"])
    assert again == "sign_in.ticket_refused"
    assert (await office.call("DELETE", f"/v1/me/linked-identities/{link['id']}", by="chen")).status_code == 204
    assert (await _ticket(office, platform, people.code_of("zhangsan")))["linked"] is False


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
async def test_nobody_comes_in_when_the_platform_does_not_vouch_for_them(
    office: Office, server: Server, people: SignInPlatforms, kind: str
) -> None:
    platform = await _add(office, server, kind)

    async def refused(code: str, status: int = 401, of: str = platform) -> str:
        return await _code(office, "/v1/platform-tickets", status, platform_id=of, code=code)

    good = people.code_of("lisi")
    await _ticket(office, platform, good)
    assert await refused(good) == "sign_in.platform_code_refused"
    assert await refused("invented") == "sign_in.platform_code_refused"
    assert await refused(people.code_of("guest")) == "sign_in.not_a_member"
    assert await refused(people.code_of("nobody")) == "sign_in.not_a_member"
    people.fails = True
    assert await refused(people.code_of("lisi"), 503) == "sign_in.platform_silent"
    people.fails = False
    wrong = await _add(office, server, kind, name="wrong secret", secret="not it")
    assert await refused(people.code_of("lisi"), 503, wrong) == "sign_in.platform_silent"
    async with office.database.session() as session:
        results = set(await session.scalars(select(col(AuditRecordRow.result))))
    assert results >= {"refused:sign_in.platform_code_refused", "refused:sign_in.not_a_member"}
    path = f"/v1/sign-in-platforms/{platform}"
    await office.done("PATCH", path, {"enabled": False}, headers={"If-Match": '"1"'})
    assert await refused(people.code_of("lisi"), 404) == "not_found"
    assert {it["id"] for it in (await office.http.get("/v1/sign-in-platforms/offered")).json()["items"]} == {wrong}
    # Whoever tries codes from one address is told to wait, and not even the platform is asked.
    for _ in range(40):
        answer = await _post(office, "/v1/platform-tickets", platform_id=wrong, code="invented")
        if answer.status_code == 429:
            break
    assert answer.json()["code"] == "too_many_requests"
    asked = len(server.requests)
    assert await refused(people.code_of("lisi"), 429, wrong) == "too_many_requests"
    assert len(server.requests) == asked


async def test_second_factor_is_asked_for_by_the_same_ticket_and_a_ticket_ends(
    office: Office, server: Server, people: SignInPlatforms
) -> None:
    account = await office.staff("chen", "leader", "421224")
    platform = await _add(office, server, "wecom")
    link = {"platform_id": platform, "user_id": "zhangsan", "account_id": account["id"]}
    await office.done("POST", "/v1/linked-identities", link)
    policy = await office.done("GET", "/v1/sign-in-policy")
    tag = {"If-Match": f'"{policy["version"]}"'}
    await office.done("PATCH", "/v1/sign-in-policy", {"second_factor_roles": ["leader"]}, headers=tag)
    ticket = (await _ticket(office, platform, people.code_of("zhangsan")))["ticket"]
    path = "/v1/tokens/platform"
    assert await _code(office, path, 401, ticket=ticket) == "sign_in.second_factor_to_set_up"
    made = (await _post(office, "/v1/second-factors", username="chen", password=PASSWORD)).json()
    secret = base64.b32decode(made["secret"] + "=" * (-len(made["secret"]) % 8))
    assert await _code(office, path, 401, ticket=ticket) == "sign_in.second_factor_to_set_up"
    wrong = [await _code(office, path, 401, ticket=ticket, code="000000") for _ in range(2)]
    assert wrong == ["sign_in.second_factor_refused"] * 2
    right = await _post(office, path, ticket=ticket, code=code_at(secret, int(time.time() // 30)))
    assert (right.status_code, len(right.json()["recovery_codes"])) == (200, 10)
    # As many wrong ones as at the password's door lock the name.
    ticket = (await _ticket(office, platform, people.code_of("zhangsan")))["ticket"]
    codes = [(await _post(office, path, ticket=ticket, code="000000")).json()["code"] for _ in range(6)]
    assert codes == ["sign_in.second_factor_refused"] * 5 + ["sign_in.locked"]
    async with office.database.transaction() as session:
        await session.execute(text("UPDATE platform_ticket SET expires_at = expires_at - interval '11 minutes'"))
    assert await _code(office, path, 401, ticket=ticket) == "sign_in.ticket_refused"
    for nonsense in ("dt_", "x" * 200, ticket[:-1]):
        assert await _code(office, path, 401, ticket=nonsense) == "sign_in.ticket_refused"


async def test_links_are_one_to_one_and_administrators_make_and_end_those_of_their_subtree(
    office: Office, server: Server, people: SignInPlatforms
) -> None:
    chen = await office.staff("chen", "officer", "421224")
    zhao = await office.staff("zhao", "officer", "421221")
    await office.staff("li", "admin", "421224")
    platform = await _add(office, server, "wecom")
    body = {"platform_id": platform, "user_id": "zhangsan", "account_id": zhao["id"]}
    await office.refused("POST", "/v1/linked-identities", body, status=404, code="not_found", by="li")
    await office.refused("POST", "/v1/linked-identities", body, status=403, code="forbidden", by="chen")
    link = await office.done("POST", "/v1/linked-identities", body | {"account_id": chen["id"]}, by="li")
    taken = await office.refused(
        "POST", "/v1/linked-identities", body, status=409, code="linked_identity.already_linked"
    )
    assert [it["code"] for it in taken["errors"]] == ["identity.taken"]
    other = body | {"account_id": chen["id"], "user_id": "lisi"}
    second = await office.refused(
        "POST", "/v1/linked-identities", other, status=409, code="linked_identity.already_linked"
    )
    assert [it["code"] for it in second["errors"]] == ["account.linked_elsewhere"]
    # Two who claim one identity at once: one of them has it.
    free = body | {"user_id": "lisi"}
    await office.staff("sun", "officer", "421224")
    tickets = [(await _ticket(office, platform, people.code_of("lisi")))["ticket"] for _ in range(2)]
    claims = [
        office.call("POST", "/v1/me/linked-identities", {"ticket": ticket}, by=by)
        for ticket, by in zip(tickets, ("zhao", "sun"), strict=True)
    ]
    assert sorted(answer.status_code for answer in await asyncio.gather(*claims)) == [201, 409]
    assert (await office.call("POST", "/v1/linked-identities", free)).status_code in {201, 409}
    seen = (await office.done("GET", "/v1/linked-identities", by="li"))["items"]
    assert link["id"] in {it["id"] for it in seen}
    assert zhao["id"] not in {it["account_id"] for it in seen}
    # Ended by the administrator, who may have heard of a lost phone: what was begun ends too.
    assert (await office.call("DELETE", f"/v1/linked-identities/{link['id']}", by="li")).status_code == 204
    await asyncio.sleep(_BELIEVED)
    await office.refused("GET", "/v1/me", status=401, code="unauthenticated", by="chen")


async def test_platforms_are_kept_by_administrators_of_everything_and_their_secrets_shown_to_nobody(
    office: Office, server: Server
) -> None:
    await office.staff("li", "admin", "421224")
    body = {"kind": "wecom", "name": "企业微信", **_APPS["wecom"], "api_url": server.url}
    await office.refused("POST", "/v1/sign-in-platforms", body, status=403, code="forbidden", by="li")
    made = await office.done("POST", "/v1/sign-in-platforms", body)
    assert "wecom-secret" not in str(made)
    async with office.database.session() as session:
        row = (await session.scalars(select(SignInPlatformRow))).one()
    assert "wecom-secret" not in row.secret_sealed
    # Without an address of its own it is the platform's, which has to be among the hosts that are called.
    for change, code in (
        ({"name": "2", "api_url": None}, "sign_in_platform.address_refused"),
        ({"name": "2", "api_url": "https://inside.example.org"}, "sign_in_platform.address_refused"),
        ({"name": "2", "kind": "dingtalk"}, "sign_in_platform.agent_not_of_this_kind"),
        ({}, "conflict.duplicate"),
    ):
        await office.refused("POST", "/v1/sign-in-platforms", body | change, status=409, code=code)
    path = f"/v1/sign-in-platforms/{made['id']}"
    await office.refused("PATCH", path, {"name": "x"}, status=428, code="precondition.required")
    await office.refused(
        "PATCH", path, {"name": "x"}, status=412, code="precondition.failed", headers={"If-Match": '"9"'}
    )
    changed = await office.done("PATCH", path, {"secret": "another"}, headers={"If-Match": '"1"'})
    assert (changed["version"], changed["agent_id"]) == (2, 1000002)
    assert [it["name"] for it in (await office.done("GET", "/v1/sign-in-platforms", by="li"))["items"]] == [
        "企业微信"
    ]
