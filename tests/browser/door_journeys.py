"""In and out at the door: a second factor, a session that goes on by itself, signing out; and one's own page."""

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


def _secret(shown: str) -> bytes:
    return base64.b32decode(shown + "=" * (-len(shown) % 8))


def _code(secret: bytes, *, steps_ahead: int = 0) -> str:
    return code_at(secret, int(time.time() // 30) + steps_ahead)


def _policy(office: Office, **change: Any) -> None:
    with office.world.api("projects") as http:
        tag = http.get("/v1/sign-in-policy").headers["ETag"]
        ok(http.patch("/v1/sign-in-policy", json=change, headers={"If-Match": tag}))


def test_second_factor_is_set_up_at_the_door_and_signing_out_ends_it(visit: Visit, office: Office) -> None:
    with office.world.api("projects") as http:
        grants = {"role": "supervisor", "region_code": COUNTY}
        account = ok(http.post("/v1/accounts", json={"username": _NAME, "password": PASSWORD, **grants}))
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
    secret = _secret(shown)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("code")
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    with page.expect_response("**/v1/tokens/refresh", timeout=300_000) as renewed:
        page.get_by_role("button", name="Kept; go on").click()
        page.locator(".shell-head").wait_for()
    assert renewed.value.status == 200
    _policy(office, second_factor_roles=None, token_seconds=1800)
    page.get_by_role("button", name=f"Account {_NAME}").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()

    def ended() -> bool:
        with office.world.api("projects") as http:
            own = {"filter[account_id][eq]": account["id"], "sort": "-began_at", "limit": 1}
            rows = ok(http.get("/v1/sessions", params=own))["items"]
        return bool(rows) and rows[0]["ended_at"] is not None

    wait_for(ended, 180, "the sign-in is over at the service")


def test_own_page_ends_a_sign_in_elsewhere_sets_up_a_factor_and_changes_the_password(
    visit: Visit, office: Office
) -> None:
    with office.world.api("projects") as http:
        grants = {"role": "officer", "region_code": COUNTY}
        ok(http.post("/v1/accounts", json={"username": "owner", "password": PASSWORD, **grants}))
    elsewhere = office.stack.token("owner", PASSWORD)
    visitor = visit(username="owner")
    page = visitor.page
    page.get_by_role("button", name="账号 owner").click()
    page.get_by_role("menuitem", name="我的账号").click()
    other = page.get_by_role("listitem").filter(has_text="httpx")
    expect(page.get_by_role("listitem").filter(has_text="本机")).to_have_count(1)
    other.get_by_role("button", name="结束").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="结束").click()
    expect(other.get_by_text("已结束")).to_be_visible()
    with office.stack.client("projects", elsewhere) as http:
        wait_for(lambda: http.get("/v1/me").status_code == 401, 180, "the other sign-in is over")

    page.get_by_role("button", name="设置双因素认证").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("当前密码").fill("wrong-Password-1")
    dialog.get_by_role("button", name="下一步").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("当前密码").fill(PASSWORD)
    dialog.get_by_role("button", name="下一步").click()
    secret = _secret(dialog.locator(".second-factor code").inner_text().replace(" ", ""))
    dialog.get_by_label("动态口令").fill(_code(secret))
    dialog.get_by_role("button", name="启用").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.get_by_role("button", name="恢复码已保存").click()
    expect(page.get_by_role("listitem").filter(has_text="本机")).to_have_count(1)

    page.get_by_role("button", name="修改密码").click()
    dialog = page.get_by_role("dialog")
    for label, typed in (
        ("当前密码", PASSWORD),
        ("新密码", "Another-2026-y"),
        ("再输一次新密码", "Another-2026-z"),
    ):
        dialog.get_by_label(label, exact=True).fill(typed)
    dialog.get_by_role("button", name="修改密码").click()
    expect(dialog.get_by_text("两次输入的新密码不一致")).to_be_visible()
    dialog.get_by_label("再输一次新密码").fill("Another-2026-y")
    dialog.get_by_role("button", name="修改密码").click()
    # All its sign-ins are over; the new password needs the factor.
    page.locator(".sign-in").wait_for()
    page.get_by_label("账号").fill("owner")
    page.get_by_label("密码").fill("Another-2026-y")
    page.get_by_role("button", name="登录").click()
    page.get_by_label("动态口令").fill(_code(secret, steps_ahead=1))
    page.get_by_role("button", name="登录").click()
    page.locator(".shell-head").wait_for()
