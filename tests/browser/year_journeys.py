"""The year's account: an enterprise reports its month, the office sees it with its reasons; targets as a tree."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

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


def test_month_is_reported_and_opens_down_from_the_countys_figure(visit: Visit, office: Office) -> None:
    works = seeding.enterprises(office)["works"]
    seeding.owed_report(office, works)
    clerk = visit(username="works")
    page = clerk.page
    page.get_by_role("link", name="2026-08 正式").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2026-08 正式")
    page.get_by_label("工业总产值 当月").fill("2000000")
    page.get_by_role("button", name="报送").click()
    # What lacks is said at its line, and what was typed is kept.
    expect(page.get_by_label("税金总额 当月")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("工业总产值 当月")).to_have_value("2000000")
    for name, value in SAID.items():
        page.get_by_label(f"{name} 当月").fill(value)
    page.get_by_role("button", name="报送").click()
    expect(page.locator(".page-head").get_by_text("已报待审")).to_be_visible()

    with office.world.api("projects") as http:
        own = {"filter[credit_code][eq]": works.credit_code, "filter[status][eq]": "submitted"}
        (report,) = ok(http.get("/v1/economy-reports", params=own))["items"]
        ok(http.post(f"/v1/economy-reports/{report['id']}/accept"))
    office_visitor = visit()
    page = office_visitor.page
    office_visitor.open("/year/economy?month=2026-08&indicator=output_value")
    total = page.locator("section").filter(has_text="工业总产值 2026-08")
    expect(total.locator(".fact").filter(has_text="当月")).to_contain_text("200 万元")
    # Nothing of the year before: no growth is shown, and why.
    expect(total.locator(".fact").filter(has_text="同比")).to_contain_text("缺上年同期数")
    page.get_by_role("button", name="通羊镇").click()
    rows = page.get_by_role("dialog")
    expect(rows.get_by_text(works.name)).to_be_visible()
    expect(rows.get_by_text("200 万元").first).to_be_visible()


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


def test_bulletin_is_drafted_edited_reviewed_by_another_and_published(visit: Visit, office: Office) -> None:
    clerk = visit()
    page = clerk.page
    clerk.open("/year/bulletins?year=2026")
    page.get_by_role("button", name="起草通报").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("期次").fill("8")
    dialog.get_by_role("button", name="起草通报").click()
    expect(page.locator(".page-head").get_by_text("起草中")).to_be_visible()
    address = page.url
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

    chief = visit(username="chief")
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
