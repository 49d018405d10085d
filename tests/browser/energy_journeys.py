"""Energy: a plan with somebody who is protected, an order, and the enterprise that takes note of it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser import seeding
from tests.browser.conftest import Office
from tests.support.browser import PHONE, Visitor, choose
from tests.support.world import ok

Visit = Callable[..., Visitor]


def test_plan_refuses_who_is_protected_and_an_order_reaches_the_enterprise(visit: Visit, office: Office) -> None:
    users = seeding.enterprises(office)
    visitor = visit()
    page = visitor.page
    visitor.open("/energy/orderly-use")
    page.get_by_role("button", name="编制方案").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("通山县有序用电方案（演示）")
    dialog.get_by_label("最大负荷（千瓦）").fill("10000")
    dialog.get_by_role("button", name="新建").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("通山县有序用电方案（演示）")
    for key, kw in (("hospital", "300"), ("works", "1000")):
        page.get_by_role("button", name="添加用户").click()
        dialog = page.get_by_role("dialog")
        choose(dialog, "用户", users[key].name)
        dialog.get_by_label("压减限额").fill(kw)
        dialog.get_by_role("button", name="保存").click()
        expect(dialog).to_be_hidden()
        expect(page.get_by_role("row").filter(has_text=users[key].name)).to_be_visible()
    # The service's words stand where the fault is.
    hospital = page.get_by_role("row").filter(has_text=users["hospital"].name)
    expect(hospital.get_by_role("alert").filter(has_text="优先保障")).to_be_visible()
    expect(page.get_by_role("button", name="报送")).to_be_hidden()
    hospital.get_by_role("button", name="删除").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="删除").click()
    expect(hospital).to_be_hidden()

    visitor.open("/energy/orderly-use")
    page.get_by_role("button", name="启动执行").click()
    dialog = page.get_by_role("dialog")
    choose(dialog, "用户", users["hospital"].name)
    dialog.get_by_label("压减负荷（千瓦）").fill("200")
    dialog.get_by_label("原因").fill("演练")
    dialog.get_by_role("button", name="下达指令").click()
    expect(dialog.locator(".order-row").get_by_text("不得下达压减指令")).to_be_visible()
    choose(dialog, "用户", users["works"].name)
    dialog.get_by_role("button", name="下达指令").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("有序用电执行")
    page.get_by_role("button", name="发出通知").click()
    expect(page.get_by_text("0 / 1 户")).to_be_visible()

    clerk = visit(size=PHONE, username="works")
    phone = clerk.page
    card = phone.locator(".order-card").first
    expect(card).to_contain_text("压减 200 kW")
    card.get_by_role("button", name="确认收到").click()
    phone.get_by_role("dialog").get_by_label("备注").fill("已安排")
    phone.get_by_role("dialog").get_by_role("button", name="确认收到").click()
    expect(card.get_by_text("确认", exact=False).first).to_be_visible()
    assert clerk.overflow() <= 0
    # The office sees it without touching the page.
    expect(page.get_by_text("1 / 1 户")).to_be_visible(timeout=300_000)


def test_enterprise_sees_nothing_of_another(visit: Visit, office: Office) -> None:
    users = seeding.enterprises(office)
    other = users["hospital"]
    with office.world.api("projects") as http:
        foreign = office.project("BROWSER-FOREIGN", "他企项目（演示）")
        ok(http.get(f"/v1/projects/{foreign['id']}"))
    visitor = visit(username="works")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("今日事项")
    menu = page.get_by_role("navigation", name="主菜单")
    for hidden in ("态势", "年度账", "设置"):
        expect(menu.get_by_text(hidden)).to_be_hidden()
    expect(page.get_by_text(users["works"].meter_no)).to_be_visible()
    for path in (
        "/portal",
        "/portal/reports",
        "/portal/orders",
        "/portal/appeals",
        "/energy",
        "/energy/meters",
        "/projects",
    ):
        visitor.open(path)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.locator(".ant-skeleton, .ant-spin-spinning")).to_have_count(0)
        content = page.locator("#content").inner_text()
        assert other.name not in content, path
        assert other.meter_no not in content, path
        assert "他企项目" not in content, path
        assert visitor.barriers() == [], path
    # Addresses of what is not its own lead nowhere, also when they are typed.
    closed = (
        "/situation",
        "/year/economy",
        "/settings/rules",
        "/energy/grid",
        "/energy/orderly-use",
        "/projects/board",
    )
    for path in (*closed, f"/projects/{foreign['id']}"):
        visitor.open(path)
        expect(
            page.get_by_text("没有找到您可查看的内容").or_(page.locator("#content").get_by_role("alert")).first
        ).to_be_visible()
    visitor.open(f"/energy?meter={other.meter_no}")
    expect(page.locator("#content").get_by_role("alert").first).to_be_visible()


def test_grid_is_a_tree_with_what_it_can_bear(visit: Visit, office: Office) -> None:
    seeding.grid(office)
    visitor = visit()
    page = visitor.page
    visitor.open("/energy/grid")
    tree = page.locator(".grid-tree")
    expect(tree.get_by_role("link")).to_have_count(2)
    tree.get_by_role("link", name="城关变电站（演示）").click()
    panel = page.locator("section").filter(has_text="城关变电站（演示） 2026-09-15")
    expect(panel.locator(".fact").filter(has_text="额定能力")).not_to_contain_text("–")
    assert "node=BDZ-1" in page.url
