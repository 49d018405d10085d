"""Who administers, each their own part: who did what, who may come in, and by which application."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Office
from tests.support.browser import PHONE, Visitor, choose
from tests.support.world import ok

Visit = Callable[..., Visitor]


def test_auditor_finds_who_did_what_and_takes_it_along(visit: Visit, office: Office) -> None:
    with office.world.api("projects") as http:
        ok(http.post("/v1/accounts", json={"username": "auditor", "password": PASSWORD, "role": "auditor"}))
        refused = http.post("/v1/tokens", json={"username": "auditor", "password": "wrong-Password-1"})
    assert refused.status_code == 401
    visitor = visit(username="auditor")
    page = visitor.page
    visitor.open("/settings/records")
    expect(page.get_by_role("heading", level=1)).to_have_text("操作审计")
    page.get_by_placeholder("操作", exact=True).fill("sign_in")
    page.get_by_placeholder("操作", exact=True).press("Enter")
    page.get_by_label("结果", exact=True).click()
    page.locator(".ant-select-item-option").filter(has_text="被拒绝").click()
    rows = page.locator(".ant-table-row")
    expect(rows.first).to_contain_text("被拒绝")
    expect(rows.filter(has_text="成功")).to_have_count(0)
    rows.first.get_by_role("button").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("refused:")).to_be_visible()
    page.keyboard.press("Escape")
    chain = page.locator("section[aria-labelledby=chain]")
    expect(chain.get_by_text("无未处理的异常")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="导出 ndjson").click()
    lines = [json.loads(line) for line in taken.value.path().read_text(encoding="utf-8").splitlines()]
    assert lines
    assert {line["action"] for line in lines} == {"sign_in"}
    assert all(line["result"].startswith("refused") for line in lines)
    # Another service has its own record of it.
    page.locator(".filters").get_by_text("预警", exact=True).click()
    expect(page.locator(".ant-table-row, .nothing").first).to_be_visible()
    for path in ("/settings/accounts", "/settings/platforms"):
        visitor.open(path)
        expect(page.get_by_text("没有找到您可查看的内容")).to_be_visible()


def test_security_administrator_keeps_accounts_and_sees_nothing_of_the_business(
    visit: Visit, office: Office
) -> None:
    with office.world.api("projects") as http:
        ok(http.post("/v1/accounts", json={"username": "guard", "password": PASSWORD, "role": "security"}))
    visitor = visit(size=PHONE, username="guard")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("账号")
    expect(page.get_by_role("row").filter(has_text="guard")).to_be_visible()
    expect(page.get_by_role("navigation", name="主菜单").get_by_text("预警")).to_have_count(0)
    assert visitor.overflow() <= 0
    assert visitor.barriers() == []
    # A row is opened by the keyboard as well.
    page.get_by_role("row").filter(has_text="guard").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("安全管理员")
    page.keyboard.press("Escape")
    visitor.open("/settings/records")
    expect(page.get_by_role("heading", level=1)).to_have_text("操作审计")
    assert visitor.overflow() <= 0
    visitor.open("/alerts")
    expect(page.get_by_text("没有找到您可查看的内容")).to_be_visible()


def test_administrator_lets_people_in_by_an_application_and_ends_it(visit: Visit, office: Office) -> None:
    admin = office.stack.login("admin")
    visitor = visit(username=None)
    visitor.sign_in(admin["username"], admin["password"])
    page = visitor.page
    visitor.open("/settings/platforms")
    page.get_by_role("button", name="新建").click()
    dialog = page.get_by_role("dialog")
    said = {
        "名称": "企业微信（演示）",
        "应用标识": "ww0123456789",
        "AgentId": "1000002",
        "应用密钥": "s3cret-of-it",
    }
    for label, words in said.items():
        dialog.get_by_label(label, exact=True).fill(words)
    # A host that nobody allowed is refused at its field.
    dialog.get_by_label("接口地址").fill("https://elsewhere.example")
    dialog.get_by_role("button", name="新建").click()
    expect(dialog.locator(".ant-form-item-has-error").filter(has_text="接口地址")).to_be_visible()
    dialog.get_by_label("接口地址").fill("http://127.0.0.1:9")
    dialog.get_by_role("button", name="新建").click()
    expect(page.get_by_role("row").filter(has_text="企业微信（演示）")).to_be_visible()
    assert "s3cret-of-it" not in page.content()

    visitor.open("/settings/links")
    page.get_by_role("button", name="新建").click()
    dialog = page.get_by_role("dialog")
    choose(dialog, "登录平台", "企业微信（演示）")
    choose(dialog, "账号", "clerk")
    dialog.get_by_label("平台成员号").fill("ZhangSan")
    dialog.get_by_role("button", name="新建").click()
    row = page.get_by_role("row").filter(has_text="ZhangSan")
    expect(row).to_contain_text("clerk")
    clerk = visit()
    clerk.open("/me")
    own = clerk.page.locator("section[aria-labelledby=own-links]")
    expect(own).to_contain_text("企业微信（演示）")
    own.get_by_role("button", name="解除关联").click()
    clerk.page.get_by_role("tooltip").get_by_role("button", name="解除关联").click()
    expect(own).to_be_hidden()
    with office.world.api("projects") as http:
        (platform,) = ok(http.get("/v1/sign-in-platforms"))["items"]
        change = {"If-Match": f'"{platform["version"]}"'}
        ok(http.patch(f"/v1/sign-in-platforms/{platform['id']}", json={"enabled": False}, headers=change))
        assert ok(http.get("/v1/linked-identities"))["items"] == []
