"""The year's account: a month's report, a bulletin; targets as a tree, a contest down to its rows."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import seeding
from tests.browser.conftest import Office
from tests.support.browser import Visitor
from tests.support.world import ok

Visit = Callable[..., Visitor]

SAID = {
    "工业总产值": "2000000",
    "工业增加值": "600000",
    "工业销售产值": "1900000",
    "利润总额": "90000",
    "税金总额": "80000",
    "用电量": "400000",
}


def report_the_month(page: Page) -> None:
    """From the portal's own list: what lacks is said at its line, and what was typed is kept."""
    page.get_by_role("link", name="2026-08 正式").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026-08 正式")
    page.get_by_label("工业总产值 当月").fill("2000000")
    page.get_by_role("button", name="报送").click()
    expect(page.get_by_label("税金总额 当月")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("工业总产值 当月")).to_have_value("2000000")
    for name, value in SAID.items():
        page.get_by_label(f"{name} 当月").fill(value)
    page.get_by_role("button", name="报送").click()
    expect(page.locator(".page-head").get_by_text("已报待审")).to_be_visible()


def test_targets_are_a_tree_that_says_what_is_not_divided(visit: Visit, office: Office) -> None:
    seeding.targets(office)
    visitor = visit()
    page = visitor.page
    visitor.open("/year/targets")
    tree = page.locator(".target-tree")
    expect(tree.get_by_text("通羊镇完成投资")).to_be_visible()
    expect(tree.get_by_text("4.5 亿元")).to_be_visible()
    tree.get_by_role("button", name="全县完成投资").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("与目标相差 2.5 亿元")).to_be_visible()
    for path, heading in (("/year/support", "扶持资金"), ("/year/lists", "企业名单")):
        visitor.open(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def test_contest_opens_down_to_its_rows_and_is_tried_with_other_weights(visit: Visit, office: Office) -> None:
    seeding.contest(office)
    visitor = visit(username="chief")
    page = visitor.page
    visitor.open("/year/contest?year=2026&quarter=3")
    standing = page.locator("section").filter(has_text="按当前数据")
    expect(standing.get_by_text(seeding.CONTEST_TOWN)).to_be_visible()
    standing.get_by_role("button", name=seeding.CONTEST_TOWN).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="开工项目（演示）")).to_be_visible()
    expect(drawer.get_by_text("水平")).not_to_have_count(0)
    page.keyboard.press("Escape")
    standing.get_by_role("button", name="权重试算").click()
    trial = page.get_by_role("dialog").filter(has_text="权重试算")
    trial.get_by_label("签约项目（演示）").fill("70")
    expect(trial.get_by_role("button", name="试算", exact=True)).to_be_disabled()
    trial.get_by_label("开工项目（演示）").fill("30")
    trial.get_by_role("button", name="试算", exact=True).click()
    expect(trial.get_by_role("cell", name=seeding.CONTEST_TOWN)).to_be_visible()


def publish_a_bulletin(clerk: Visitor, chief: Visitor, office: Office) -> None:
    """Drafted and edited by one, reviewed and published by another."""
    page = clerk.page
    clerk.open("/year/bulletins?year=2026")
    page.get_by_role("button", name="起草通报").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("期次").fill("8")
    dialog.get_by_role("button", name="起草通报").click()
    expect(page.locator(".page-head").get_by_text("起草中")).to_be_visible()
    address = page.url
    # Tables and charts stand in the preview as they are printed.
    with office.world.api("projects") as http:
        drafted = ok(http.get(f"/v1/bulletins/{address.rsplit('/', 1)[-1]}"))
    kinds = [block["kind"] for section in drafted["sections"] for block in section["blocks"]]
    expect(page.locator(".printed table")).to_have_count(kinds.count("table"))
    expect(page.locator(".printed canvas")).to_have_count(kinds.count("chart"))
    page.get_by_role("button", name="编辑").first.click()
    box = page.get_by_label("正文（花括号内是数据引用）")
    before = box.input_value()
    box.fill(before + "其中产值999亿元。")
    page.get_by_role("button", name="保存").click()
    # No number gets in by hand.
    expect(page.locator(".ant-message, [role=alert]").first).to_be_visible()
    box.fill(before + "请各乡镇抓好落实。")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("请各乡镇抓好落实。")).to_be_visible()
    with page.expect_download() as preview:
        page.get_by_role("button", name="下载 PDF").click()
    assert preview.value.path().read_bytes().startswith(b"%PDF")

    page = chief.page
    chief.open(address.removeprefix(chief.address))
    page.get_by_role("button", name="审核通过").click()
    expect(page.locator(".page-head").get_by_text("已审核")).to_be_visible()
    page.get_by_role("button", name="印发").click()
    page.get_by_role("tooltip").get_by_role("button", name="印发").click()
    expect(page.locator(".page-head").get_by_text("已印发")).to_be_visible()
    expect(page.locator("section").filter(has_text="签收情况")).to_be_visible()
    with page.expect_download() as printed:
        page.get_by_role("button", name="下载 Word").click()
    assert printed.value.path().read_bytes().startswith(b"PK")
