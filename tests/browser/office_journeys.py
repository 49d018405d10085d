"""The office's tools: a rule that is tried, a key shown once, projects from a table, a call that is heard."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Office
from tests.support.browser import Visitor, choose
from tests.support.sheets import csv_text
from tests.support.stack import wait_for
from tests.support.world import COUNTY, ok

Visit = Callable[..., Visitor]

HEAD = ["项目代码", "项目名称", "项目类型", "行政区划代码", "总投资（万元）", "计划开工日期", "计划竣工日期"]


def table(*rows: list[str]) -> FilePayload:
    return {"name": "projects.csv", "mimeType": "text/csv", "buffer": csv_text([HEAD, *rows]).encode()}


def test_rule_is_tried_and_changed_and_a_key_is_shown_once(visit: Visit, office: Office) -> None:
    admin = office.stack.login("admin")
    visitor = visit(username=None)
    visitor.sign_in(admin["username"], admin["password"])
    page = visitor.page
    page.get_by_role("navigation", name="主菜单").get_by_text("设置").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("预警规则")
    with office.world.api("alerts") as http:
        rule = ok(http.get("/v1/alert-rules", params={"limit": 1, "sort": "code"}))["items"][0]
    visitor.open(f"/settings/rules?open={rule['code']}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="试运行").click()
    expect(drawer.locator("[data-figure=tried]")).to_be_visible()
    drawer.get_by_role("button", name="编辑").click()
    dialog = page.get_by_role("dialog").filter(has_text="触发条件").last
    dialog.get_by_label("触发条件").fill("level >= and")
    dialog.get_by_role("button", name="保存").click()
    # The service reads the expression, and says at the field what it cannot read.
    expect(dialog.get_by_label("触发条件")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_text("语法错误")).to_be_visible()
    dialog.get_by_label("触发条件").fill(rule["definition"].get("condition") or "true")
    dialog.get_by_label("中文名称").fill(f"{rule['definition']['name_zh']}（改）")
    dialog.get_by_label("原因").fill("改名")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row").filter(has_text="（改）")).to_be_visible()
    with office.world.api("alerts") as http:
        assert ok(http.get(f"/v1/alert-rules/{rule['code']}"))["revision"] == rule["revision"] + 1

    visitor.open("/settings/keys")
    page.get_by_role("button", name="新建").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("浏览器测试接入")
    choose(dialog, "地区", "通山县")
    dialog.get_by_role("button", name="新建").click()
    secret = page.locator(".secret").inner_text()
    with office.stack.client("energy", **{"X-API-Key": secret.strip()}) as http:
        assert http.get("/v1/meters", params={"limit": 1}).status_code in {200, 401}
    page.get_by_role("button", name="已保存").click()
    row = page.get_by_role("row").filter(has_text="浏览器测试接入")
    row.click()
    page.get_by_role("dialog").get_by_role("button", name="吊销").click()
    page.get_by_role("dialog").last.get_by_role("button", name="吊销").click()
    expect(row.get_by_text("已吊销")).to_be_visible()
    assert secret.strip() not in page.content()


def test_projects_come_in_by_a_table_and_stand_on_board_dates_and_map(visit: Visit, office: Office) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/projects/import")
    good = ["BROWSER-IMPORT", "导入项目（演示）", "新建", COUNTY, "15000", "2026-10-01", "2027-06-01"]
    upload = page.locator("input[type=file]")
    upload.set_input_files(table([*good[:2], "不存在的类型", *good[3:]]))
    result = page.get_by_role("region", name="projects.csv")
    expect(result.get_by_text("有错误")).to_be_visible(timeout=300_000)
    expect(result.get_by_role("row").filter(has_text="不存在的类型")).to_be_visible(timeout=300_000)
    with office.world.api("projects") as http:
        found = {"filter[code][eq]": "BROWSER-IMPORT"}
        assert ok(http.get("/v1/projects", params=found))["items"] == []
    upload.set_input_files(table(good))
    page.get_by_role("button", name="确认导入 1 条").click(timeout=300_000)
    expect(result.get_by_text("已导入")).to_be_visible(timeout=300_000)
    with office.world.api("projects") as http:
        (project,) = ok(http.get("/v1/projects", params=found))["items"]
        place = {"latitude": "29.6", "longitude": "114.5", "system": "wgs84"}
        tag = {"If-Match": f'"{project["version"]}"'}
        ok(http.patch(f"/v1/projects/{project['id']}", json={"location": place}, headers=tag))

    visitor.open("/projects/board?text=导入")
    column = page.get_by_role("region", name="策划")
    expect(column.get_by_role("link", name="导入项目（演示）")).to_be_visible()
    visitor.open("/projects/gantt?text=导入")
    expect(page.locator(".gantt").get_by_role("img")).to_have_accessible_name(
        "开工 计划 2026-10-01 实际 –；竣工 计划 2027-06-01 实际 –"
    )
    visitor.open("/projects/map?text=导入")
    page.get_by_role("button", name="导入项目（演示）").click()
    expect(page.locator(".map-columns .cards").get_by_role("link")).to_have_count(1)
    visitor.open("/projects/comparison?text=导入&from=2026-09-14&to=2026-09-15")
    expect(page.get_by_role("row").filter(has_text="导入项目（演示）")).to_contain_text("新增")
    visitor.open("/projects?text=导入")
    with page.expect_download() as saved:
        page.get_by_role("button", name="导出").click()
        page.get_by_text("CSV", exact=True).click()
    assert "BROWSER-IMPORT" in saved.value.path().read_text(encoding="utf-8-sig")


def test_who_chose_so_is_called_by_a_grave_alert(visit: Visit, office: Office) -> None:
    visitor = visit(username=None)
    visitor.context.grant_permissions(["notifications"])
    # The desktop is outside of the page; what the page hands to it is noted.
    visitor.context.add_init_script(
        """window.called = [];
        window.Notification = class extends EventTarget {
          static permission = 'granted';
          static requestPermission() { return Promise.resolve('granted'); }
          constructor(title, facts) { super(); window.called.push([title, facts.body]); }
          close() {}
        };"""
    )
    visitor.page.goto(visitor.address)
    visitor.sign_in("clerk", office.password)
    page = visitor.page
    page.get_by_role("button", name="账号 clerk").click()
    page.get_by_text("开启桌面通知").click()
    expect(page.locator(".stream-mark")).to_contain_text("实时")
    office.raise_alerts(
        {"name": "quiet-call", "severity": "info", "title": "不响的预警（演示）"},
        {"name": "loud-call", "severity": "critical", "title": "要响的预警（演示）"},
    )
    wait_for(lambda: page.evaluate("window.called.length"), 180, "a notice")
    expect(page.locator(".panel-stream").get_by_text("不响的预警（演示）")).to_be_visible()
    assert page.evaluate("window.called") == [["红色", "要响的预警（演示）"]]
