"""In and out at the door: a second factor, a session that goes on by itself, signing out."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from services.projects.identity.domain.second_factor import code_at
from tests.browser.conftest import PASSWORD, Office
from tests.support.browser import Visitor
from tests.support.stack import wait_for
from tests.support.world import COUNTY, ok

Visit = Callable[..., Visitor]
_NAME = "keeper"


def _policy(office: Office, **change: Any) -> None:
    with office.world.api("projects") as http:
        tag = http.get("/v1/sign-in-policy").headers["ETag"]
        ok(http.patch("/v1/sign-in-policy", json=change, headers={"If-Match": tag}))


def test_second_factor_is_set_up_at_the_door_and_signing_out_ends_it(visit: Visit, office: Office) -> None:
    with office.world.api("projects") as http:
        grants = {"role": "supervisor", "region_code": COUNTY}
        ok(http.post("/v1/accounts", json={"username": _NAME, "password": PASSWORD, **grants}))
    # So short that the page has to renew it at once.
    _policy(office, second_factor_roles=["supervisor"], token_seconds=60)
    visitor = visit(username=None, language="en")
    page = visitor.page
    page.goto(visitor.address)
    page.get_by_label("User name").fill(_NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".second-factor canvas")).to_be_visible()
    shown = page.locator(".second-factor code").inner_text().replace(" ", "")
    secret = base64.b32decode(shown + "=" * (-len(shown) % 8))
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("code")
    page.get_by_label("Code").fill(code_at(secret, int(time.time() // 30)))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    with page.expect_response("**/v1/tokens/refresh", timeout=30_000) as renewed:
        page.get_by_role("button", name="Kept; go on").click()
        page.locator(".shell-head").wait_for()
    assert renewed.value.status == 200
    _policy(office, second_factor_roles=None, token_seconds=1800)
    page.get_by_role("button", name=f"Account {_NAME}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()

    def ended() -> bool:
        with office.world.api("projects") as http:
            rows = ok(http.get("/v1/sessions", params={"sort": "-began_at", "limit": 1}))["items"]
        return bool(rows) and rows[0]["ended_at"] is not None

    wait_for(ended, 30, "the sign-in is over at the service")
