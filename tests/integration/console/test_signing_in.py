"""The door and a real OpenID provider: a code becomes tokens that services take, once and for one browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers

from libs.common.clock import SystemClock
from libs.common.security.authenticator import Authenticator
from libs.common.security.issuer import issuer_client
from libs.common.security.oidc import OidcProvider
from libs.common.security.principal import Role
from libs.common.security.relying_party import Bearer
from services.console.api import build_api
from services.console.bootstrap import relying_party
from services.console.files import Site
from services.console.passing import open_client
from services.console.settings import ConsoleSettings
from tests.support.oidc_provider import Provider, running_provider
from tests.support.world import COUNTY

CONSOLE = "http://console.test"
_GRANTS = {"role": "officer", "region_code": COUNTY, "preferred_username": "chen"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        provider.register(CONSOLE)
        provider.register(CONSOLE, "duban-confidential", "s3cret/ of ours")
        provider.add_person("u-17", **_GRANTS)
        yield provider


@asynccontextmanager
async def door(tmp_path: Path, issuer: str | None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "index.html").write_text("page", encoding="utf-8")
    known = ConsoleSettings(console_files=tmp_path, oidc_issuer=issuer, **settings)
    async with issuer_client() as http:
        app = build_api(
            Site(tmp_path),
            open_client(5),
            {},
            SystemClock(),
            party=relying_party(known, http),
            oidc_scope=known.oidc_scope,
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=CONSOLE) as browser:
            browser.headers["Accept-Language"] = "en"
            yield browser


class Browser:
    """What the page keeps of a sign-in that it began."""

    def __init__(self, client_id: str = "duban-console") -> None:
        self.client_id = client_id
        self.verifier, self.nonce, self.state = (secrets.token_urlsafe(32) for _ in range(3))

    async def sign_in(self, address: str, sub: str, scope: str = "openid profile") -> dict[str, str]:
        """At the provider's own form; what it sends back with the browser."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": scope,
            "redirect_uri": f"{CONSOLE}/sign-in/return",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        async with httpx.AsyncClient(timeout=60) as http:
            form = await http.get(address, params=asked)
            assert form.status_code == 200, form.text
            answer = await http.post(address, params=asked, data={"sub": sub})
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    def brought(self, code: str, **change: str) -> dict[str, str]:
        body = {"code": code, "code_verifier": self.verifier, "nonce": self.nonce}
        return body | {"redirect_uri": f"{CONSOLE}/sign-in/return"} | change


async def test_code_becomes_tokens_that_services_take_until_the_issuer_renews_them_no_more(
    tmp_path: Path, provider: Provider
) -> None:
    async with door(tmp_path, provider.url) as page, issuer_client() as http:
        found = (await page.get("/sign-in.json")).json()["issuer"]
        assert (found["name"], found["client_id"]) == (provider.url, "duban-console")
        assert found["end_session_endpoint"] == f"{provider.url}/end"
        browser = Browser()
        back = await browser.sign_in(found["authorization_endpoint"], "u-17", found["scope"])
        assert back["state"] == browser.state
        answer = await page.post("/sign-in/tokens", json=browser.brought(back["code"]))
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        issued = answer.json()
        assert (issued["name"], issued["expires_in"]) == ("chen", 3600)
        service = Authenticator(_Nothing(), oidc=OidcProvider(provider.url, "duban", http), service="projects")
        caller = await service.authenticate(Headers({"authorization": f"Bearer {issued['access_token']}"}))
        assert (caller.role, caller.region_code) == (Role.OFFICER, COUNTY)
        renewed = (await page.post("/sign-in/renewals", json={"refresh_token": issued["refresh_token"]})).json()
        assert renewed["refresh_token"] != issued["refresh_token"]
        caller = await service.authenticate(Headers({"authorization": f"Bearer {renewed['access_token']}"}))
        assert caller.subject == f"{provider.url}|u-17"
        over = await page.post("/sign-in/renewals", json={"refresh_token": issued["refresh_token"]})
        assert (over.status_code, over.json()["code"]) == (401, "console.sign_in_over")


async def test_code_is_good_once_and_for_the_browser_and_the_sign_in_it_was_made_for(
    tmp_path: Path, provider: Provider
) -> None:
    async with door(tmp_path, provider.url) as page:
        address = f"{provider.url}/authorize"

        async def refused(body: dict[str, str]) -> str:
            answer = await page.post("/sign-in/tokens", json=body)
            assert answer.status_code == 401, answer.text
            assert answer.json()["detail"]
            return str(answer.json()["code"])

        browser = Browser()
        code = (await browser.sign_in(address, "u-17"))["code"]
        assert (await page.post("/sign-in/tokens", json=browser.brought(code))).status_code == 200
        assert await refused(browser.brought(code)) == "console.code_refused"
        # Somebody who overheard the code has not the verifier.
        code = (await browser.sign_in(address, "u-17"))["code"]
        assert await refused(Browser().brought(code)) == "console.code_refused"
        # The code of another sign-in, slipped in with our own verifier.
        browser = Browser()
        code = (await browser.sign_in(address, "u-17"))["code"]
        assert await refused(browser.brought(code, nonce=secrets.token_urlsafe(32))) == "console.sign_in_mixed_up"
        provider.spoil_nonce = True
        try:
            browser = Browser()
            code = (await browser.sign_in(address, "u-17"))["code"]
            assert await refused(browser.brought(code)) == "console.sign_in_mixed_up"
        finally:
            provider.spoil_nonce = False
        in_chinese = await page.post(
            "/sign-in/tokens", json=browser.brought("x" * 20), headers={"Accept-Language": "zh-CN"}
        )
        assert "重新登录" in in_chinese.json()["detail"]


async def test_confidential_client_and_opaque_access_tokens_are_matters_of_settings(
    tmp_path: Path, provider: Provider
) -> None:
    secret = SecretStr("s3cret/ of ours")
    known = {"oidc_client_id": "duban-confidential", "oidc_bearer": Bearer.ID_TOKEN}
    async with door(tmp_path, provider.url, oidc_client_secret=secret, **known) as page, issuer_client() as http:
        browser = Browser("duban-confidential")
        code = (await browser.sign_in(f"{provider.url}/authorize", "u-17"))["code"]
        issued = (await page.post("/sign-in/tokens", json=browser.brought(code))).json()
        assert issued["access_token"] == issued["id_token"]
        assert 3500 < issued["expires_in"] <= 3600
        trusted = OidcProvider(provider.url, "duban-confidential", http)
        assert (await trusted.verify(issued["access_token"])).principal.region_code == COUNTY
    async with door(tmp_path, provider.url, oidc_client_secret=SecretStr("wrong"), **known) as page:
        code = (await browser.sign_in(f"{provider.url}/authorize", "u-17"))["code"]
        silent = await page.post("/sign-in/tokens", json=browser.brought(code))
        assert (silent.status_code, silent.json()["code"]) == (503, "console.issuer_silent")


async def test_door_says_when_there_is_no_issuer_and_when_it_is_silent(tmp_path: Path) -> None:
    async with door(tmp_path, None) as page:
        assert (await page.get("/sign-in.json")).json() == {"issuer": None}
        assert (await page.post("/sign-in/renewals", json={"refresh_token": "x"})).status_code == 404
    silent = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with silent, door(tmp_path, f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}") as page:
        answer = await page.get("/sign-in.json")
        assert (answer.status_code, answer.json()["code"]) == (503, "console.issuer_silent")


class _Nothing:
    """A store of credentials that knows none: the issuer's tokens name no account of ours."""

    async def signing_key(self, kid: str) -> None:
        return None

    async def api_key(self, key_hash: str) -> None:
        return None

    async def tokens_not_before(self, account_id: object) -> None:
        return None

    async def has_ended(self, session_id: object) -> bool:
        return False
