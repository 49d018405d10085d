"""The page opened anew without a network, on the phone of somebody who chose to have the tasks at hand."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import seeding
from tests.browser.conftest import PASSWORD, Office
from tests.browser.day_journeys import HELD, progress_of, report
from tests.support.browser import PHONE, Visitor, choose
from tests.support.stack import wait_for

Visit = Callable[..., Visitor]

SITE = "山上工地（演示）"
ALERT = "边坡位移（演示）"

KEPT = """async name => {
  const opened = await new Promise((resolve, reject) => {
    const request = indexedDB.open('duban-away', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('kept');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const found = await new Promise(resolve => {
    const request = opened.transaction('kept').objectStore('kept').get('kept');
    request.onsuccess = () => resolve(request.result);
  });
  opened.close();
  return JSON.stringify(found ?? null);
}"""


def kept(page: Page) -> str:
    text: str = page.evaluate(KEPT)
    return text


def stop_workers(page: Page) -> None:
    """As a phone does with what nobody looks at: all that a worker had in its memory is gone."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    devtools.detach()


def test_inspector_opens_the_page_without_a_network_and_reports_when_there_is_one(
    visit: Visit, office: Office
) -> None:
    project = seeding.started_project(office, "BROWSER-AWAY", SITE)
    seeding.assigned_alert(office, "slope", ALERT)
    visitor = visit(size=PHONE)
    page = visitor.page
    expect(page.get_by_text(ALERT)).to_be_visible()
    # Nobody is kept who did not choose so.
    assert kept(page) == "null"
    page.get_by_role("button", name="账号 clerk").click()
    page.get_by_text("在本机保存我的待办").click()
    wait_for(lambda: SITE in kept(page) and ALERT in kept(page), 180, "tasks and projects are kept")
    assert "eyJ" not in kept(page), "a token is kept"
    page.wait_for_function(HELD)

    visitor.context.set_offline(True)
    stop_workers(page)
    page.close()
    page = visitor.page = visitor.context.new_page()
    page.goto(visitor.address)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的待办")
    expect(page.get_by_role("alert").filter(has_text="离线中")).to_be_visible()
    expect(page.get_by_text(ALERT)).to_be_visible()
    assert visitor.overflow() <= 0
    assert visitor.barriers() == []
    page.get_by_role("button", name="填报进度").click()
    choose(page.get_by_role("dialog"), "项目", SITE)
    report(page, "25", "挡墙完成")
    panel = page.locator("section").filter(has_text="待报送")
    expect(panel.get_by_role("listitem").filter(has_text=SITE)).to_contain_text("待联网")
    assert progress_of(office, project) == []

    visitor.context.set_offline(False)
    again = page.get_by_role("dialog").filter(has_text="网络已恢复")
    expect(again).to_be_visible(timeout=300_000)
    again.get_by_label("密码").fill(PASSWORD)
    again.get_by_role("button", name="登录", exact=True).click()
    expect(panel).to_be_hidden(timeout=300_000)
    expect(page.get_by_role("alert").filter(has_text="离线中")).to_be_hidden()
    (entry,) = progress_of(office, project)
    assert (entry["percent"], entry["note"]) == ("25.00", "挡墙完成")

    # With who leaves goes what was kept.
    page.get_by_role("button", name="账号 clerk").click()
    page.get_by_text("退出登录").click()
    expect(page.get_by_label("账号")).to_be_visible()
    wait_for(lambda: kept(page) == "null", 180, "nothing is kept any more")
