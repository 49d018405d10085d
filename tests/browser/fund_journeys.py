"""Support funds from both sides: an enterprise applies on the phone, the office asks for more, grants and pays."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.browser import seeding
from tests.browser.conftest import Office
from tests.browser.seeding import Enterprise
from tests.support.browser import Visitor
from tests.support.pictures import noisy_png
from tests.support.world import ok

POLICY = "技改贷款贴息（演示）"
LOAN = {"借款合同号": "2026字第118号", "贷款银行": "农商行（演示）", "本金": "5000000", "年利率": "5.6"}


def funds_from_the_call_to_the_payment(
    clerk: Visitor, officer: Visitor, chief: Visitor, office: Office, mill: Enterprise
) -> None:
    application = hand_in_an_application(clerk, office, mill)
    ask_for_more(officer, application)
    bring_what_lacks(clerk)
    grant_and_pay(officer, chief, application)
    see_what_came(clerk, application)


def hand_in_an_application(clerk: Visitor, office: Office, mill: Enterprise) -> dict[str, Any]:
    """From the open policy to the review; what is wrong is said at its field, and another's is not to be found."""
    policy_id = seeding.fund(office, POLICY)
    others = seeding.application_of(office, seeding.enterprises(office)["works"], policy_id)
    page = clerk.page
    clerk.open("/portal/support")
    expect(page.get_by_role("heading", level=1)).to_have_text("扶持资金申报")
    expect(page.get_by_text("年贴息率 3%")).to_be_visible()
    expect(page.get_by_text(others["code"])).to_have_count(0)
    assert clerk.overflow() <= 0
    assert clerk.barriers() == []
    page.get_by_role("listitem").filter(has_text=POLICY).get_by_role("button", name="申报").click()
    page.get_by_label("申报金额").fill("70000")
    for label, words in LOAN.items():
        page.get_by_label(label).fill(words)
    _pick_day(page, "起息日", "2026-07-09")
    _pick_day(page, "到期日", "2026-01-10")
    # A day that is chosen by Enter makes no draft yet.
    expect(page.get_by_role("button", name="存为草稿，下一步上传材料")).to_be_enabled()
    page.get_by_role("button", name="存为草稿，下一步上传材料").click()
    expect(page.locator(".page-head").get_by_text("草稿")).to_be_visible()
    # What is due is told while it is written; days in the wrong order are said where they stand.
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator(".ant-form-item-has-error").filter(has_text="到期日")).to_be_visible()
    _pick_day(page, "起息日", "2026-01-10")
    _pick_day(page, "到期日", "2026-07-09")
    page.get_by_role("button", name="暂存").click()
    expect(_fact(page, "按政策测算")).to_have_text("70,000 元")
    scan: FilePayload = {"name": "合同.png", "mimeType": "image/png", "buffer": noisy_png(400, 300)}
    page.locator(".papers input[type=file]").first.set_input_files(scan)
    expect(page.get_by_role("button", name="合同.png", exact=True)).to_be_visible()
    assert clerk.overflow() <= 0
    assert clerk.barriers() == []
    # The paper that nobody brought is not refused here: the office asks for it.
    page.get_by_role("button", name="提交申报").click()
    expect(page.locator(".page-head").get_by_text("审核中")).to_be_visible()
    expect(page.get_by_text("缺：付息凭证")).to_be_visible()
    assert _nothing_of(others["id"], page), "another's application is read"
    with office.world.api("projects") as http:
        own = {"filter[enterprise_id][eq]": mill.id}
        (made,) = ok(http.get("/v1/support-applications", params=own))["items"]
    assert [paper["document_id"] is not None for paper in made["papers"]] == [True]
    return dict(made)


def _nothing_of(application_id: str, page: Page) -> bool:
    page.evaluate(
        "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
        f"/portal/support/{application_id}",
    )
    expect(page.locator("#content").get_by_role("alert")).to_be_visible()
    gone = page.get_by_text("石材厂（演示）").count() == 0
    page.go_back()
    expect(page.locator(".page-head").get_by_text("审核中")).to_be_visible()
    return gone


def ask_for_more(officer: Visitor, application: dict[str, Any]) -> None:
    page = _opened(officer, application)
    page.get_by_role("button", name="退回补正").click()
    _say(page, "退回补正", {"理由": "请补付息凭证"})
    expect(_drawer(page).get_by_text("请补付息凭证").first).to_be_visible()


def bring_what_lacks(clerk: Visitor) -> None:
    page = clerk.page
    clerk.open("/portal/support")
    card = (
        page.locator("section[aria-labelledby=own-applications]").get_by_role("listitem").filter(has_text=POLICY)
    )
    expect(card).to_contain_text("请补付息凭证")
    card.get_by_role("link").click()
    expect(page.get_by_role("alert").filter(has_text="需补充或更正")).to_be_visible()
    page.get_by_label("付息凭证：纸质材料说明").fill("回单原件 6 页，已交窗口")
    page.get_by_role("button", name="补正后重新提交").click()
    expect(page.locator(".page-head").get_by_text("审核中")).to_be_visible()
    expect(page.get_by_text("缺：付息凭证")).to_have_count(0)


def grant_and_pay(officer: Visitor, chief: Visitor, application: dict[str, Any]) -> None:
    """Two steps by two people; who approved last does not pay."""
    page = _opened(officer, application)
    page.get_by_role("button", name="审核通过").click()
    _say(page, "审核通过", {"补充说明": "利息支出属实"})
    expect(_drawer(page).get_by_text("审定", exact=True).first).to_be_visible()
    page = _opened(chief, application)
    page.get_by_role("button", name="审核通过").click()
    _say(page, "审核通过", {"补充说明": "同意"})
    expect(_drawer(page).get_by_text("批准", exact=True).first).to_be_visible()
    page = _opened(officer, application)
    page.get_by_role("button", name="登记兑付").click()
    _say(page, "登记兑付", {"支付凭证": "国库支付 0915-07"})
    expect(_drawer(page).get_by_text("国库支付 0915-07").first).to_be_visible()


def see_what_came(clerk: Visitor, application: dict[str, Any]) -> None:
    page = clerk.page
    clerk.open(f"/portal/support/{application['id']}")
    expect(_fact(page, "批准金额")).to_have_text("70,000 元")
    expect(_fact(page, "已兑付")).to_have_text("70,000 元")
    expect(page.locator("section[aria-labelledby=payments]")).to_contain_text("国库支付 0915-07")
    assert clerk.overflow() <= 0
    assert clerk.barriers() == []


def _opened(visitor: Visitor, application: dict[str, Any]) -> Page:
    visitor.open("/year/lists")
    visitor.page.get_by_role("heading", level=1).wait_for()
    visitor.open(f"/year/support?application={application['id']}")
    expect(_drawer(visitor.page)).to_be_visible()
    return visitor.page


def _drawer(page: Page) -> Any:
    return page.locator(".ant-drawer")


def _say(page: Page, act: str, words: dict[str, str]) -> None:
    dialog = page.locator(".ant-modal").filter(has=page.get_by_role("button", name=act))
    for label, text in words.items():
        dialog.get_by_label(label).fill(text)
    dialog.get_by_role("button", name=act).click()
    expect(dialog).to_be_hidden()


def _pick_day(page: Page, label: str, day: str) -> None:
    box = page.get_by_label(label)
    box.fill(day)
    box.press("Enter")


def _fact(page: Page, name: str) -> Any:
    return page.locator(".fact").filter(has=page.get_by_text(name, exact=True)).locator("dd")
