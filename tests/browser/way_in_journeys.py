"""Ways in that lead over somebody else: the site's own issuer, and the application around the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.small_house import House, open_account, running_house
from tests.integration.projects.conftest import prepare_county
from tests.support.browser import DESK, PHONE, Visitor
from tests.support.oidc_provider import Provider, running_provider
from tests.support.vendors import SignInPlatforms
from tests.support.world import COUNTY, ok

_WXWORK = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 "
    "Mobile Safari/537.36 wxwork/4.1.30 MicroMessenger/7.0.1 Language/zh"
)
_IDLE_MS = 31 * 60_000


@pytest.fixture
def dsn(template_database: Callable[..., str]) -> str:
    return template_database("county", prepare_county)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        provider.add_person("u-17", role="officer", region_code=COUNTY, preferred_username="chen")
        provider.add_person("u-18", preferred_username="visitor")
        yield provider


def _prove(page: Page, sub: str) -> None:
    """At the provider's own page."""
    page.get_by_label("Who are you").fill(sub)
    page.get_by_role("button", name="Continue").click()


def test_clerk_comes_in_by_the_sites_issuer_goes_on_locks_and_goes_out(
    browser: Browser, dsn: str, provider: Provider
) -> None:
    provider.lives_seconds = 600
    with running_house(dsn, issuer=provider.url) as house:
        provider.register(house.console)
        visitor = Visitor(browser, house.console, DESK, "en")
        page = visitor.page
        visitor.context.clock.install()
        returns: list[str] = []
        page.on("request", lambda request: returns.append(request.url))
        page.goto(f"{house.console}/projects")
        # Nobody without a role here, however well the issuer knows them.
        page.get_by_role("button", name="Go to the identity provider").click()
        _prove(page, "u-18")
        expect(page.get_by_role("alert")).to_contain_text("no role in this system")
        # Whoever does not agree comes back as they went.
        page.get_by_role("button", name="Go to the identity provider").click()
        _prove(page, "nobody")
        expect(page.get_by_role("alert")).to_contain_text("not agreed to")
        assert visitor.barriers() == []
        page.goto(f"{house.console}/projects")
        page.get_by_role("button", name="Go to the identity provider").click()
        _prove(page, "u-17")
        page.locator(".shell-head").wait_for()
        assert page.url == f"{house.console}/projects"
        expect(page.get_by_role("button", name="Account chen")).to_be_visible()
        kept = page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie")
        assert "eyJ" not in kept
        # In the second half of a token's life it is renewed, and that goes on while somebody is there.
        provider.lives_seconds = 36_000
        with page.expect_response("**/sign-in/renewals") as renewed:
            page.clock.fast_forward(310_000)
        assert renewed.value.status == 200
        # An untouched page locks; the issuer is asked in a window beside it, and what was there stays.
        page.evaluate("window.typed = 'kept'")
        page.clock.fast_forward(_IDLE_MS)
        lock = page.get_by_role("dialog")
        expect(lock).to_contain_text("nobody used it")
        with visitor.context.expect_page() as beside:
            lock.get_by_role("button", name="Go to the identity provider").click()
        _prove(beside.value, "u-17")
        expect(lock).to_have_count(0)
        assert page.evaluate("window.typed") == "kept"
        page.get_by_role("button", name="Account chen").click()
        page.get_by_role("menuitem", name="Sign out").click()
        page.get_by_role("button", name="Go to the identity provider").wait_for()
        assert provider.ended == ["u-17"]
        # The address by which somebody came in is worth nothing a second time.
        page.goto(next(url for url in returns if "/sign-in/return?code" in url))
        expect(page.get_by_role("alert")).to_contain_text("not begun in this window")
        assert "code=" not in page.url
        assert visitor.complaints == []
        visitor.context.close()


def test_inspector_links_once_and_is_signed_in_by_the_application_around_the_page(
    browser: Browser, dsn: str
) -> None:
    platforms = SignInPlatforms()
    with running_house(dsn, answer=platforms) as house:
        open_account(house, "clerk", PASSWORD, role="officer", region_code=COUNTY)
        _add_wecom(house)
        visitor = Visitor(browser, house.console, PHONE, "zh-CN", agent=_WXWORK)
        page = visitor.page
        # Opened from a message: there and back without a touch, and nobody is known yet.
        page.goto(f"{house.console}/tasks")
        expect(page.get_by_role("status")).to_contain_text("请用账号和密码登录一次")
        assert visitor.barriers() == []
        visitor.sign_in("clerk", PASSWORD)
        assert page.url == f"{house.console}/tasks"
        page.get_by_role("button", name="账号 clerk").click()
        page.get_by_role("menuitem", name="退出登录").click()
        # Whoever signed out is not signed in again behind their back.
        page.get_by_role("button", name="用企业微信登录").click()
        page.locator(".shell-head").wait_for()
        with house.admin() as http:
            (link,) = ok(http.get("/v1/linked-identities"))["items"]
            assert link["user_id"] == "zhangsan"
            sessions = ok(http.get("/v1/sessions", params={"filter[account_id][eq]": link["account_id"]}))["items"]
        assert ["wxwork" in it["client"] for it in sessions] == [True, True]
        assert visitor.complaints == []
        visitor.context.close()
        # A colleague, who is nobody of the organisation, is told so and may sign in by name.
        platforms.signed_in = "guest"
        guest = Visitor(browser, house.console, PHONE, "en", agent=_WXWORK)
        guest.page.goto(house.console)
        expect(guest.page.get_by_role("alert")).to_contain_text("not as a member of this organisation")
        expect(guest.page.get_by_label("User name")).to_be_visible()
        guest.context.close()


def _add_wecom(house: House) -> None:
    body = {
        "kind": "wecom",
        "name": "企业微信",
        "app_id": "ww-corp",
        "agent_id": 1000002,
        "secret": "wecom-secret",
        "api_url": house.vendor,
        "authorize_url": house.vendor,
    }
    with house.admin() as http:
        ok(http.post("/v1/sign-in-platforms", json=body))
