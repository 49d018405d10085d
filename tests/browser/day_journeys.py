"""Days on the phone (a leader's, an inspector's) and at the desk (an office worker's); an enterprise's month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FilePayload, Page, Request, Route, expect

from tests.browser import seeding
from tests.browser.conftest import Office
from tests.browser.fund_journeys import funds_from_the_call_to_the_payment
from tests.browser.year_journeys import publish_a_bulletin, report_the_month
from tests.support.browser import PHONE, Visitor, choose
from tests.support.pictures import jpeg_size, noisy_png
from tests.support.world import ok

Visit = Callable[..., Visitor]

LED = "挂帅项目（演示）"
SITE = "工地项目（演示）"


def fits(visitor: Visitor, path: str) -> None:
    """Nothing sticks out of a phone, and nobody is barred."""
    assert visitor.overflow() <= 0, path
    assert visitor.barriers() == [], path


def test_leaders_day_on_the_phone_from_the_brief_to_the_closing(visit: Visit, office: Office) -> None:
    project = seeding.led_project(office, "BROWSER-LED", LED)
    office.raise_alerts({"name": "kiln", "severity": "critical", "title": "窑炉超温（演示）"})
    leader = visit(size=PHONE, username="chief")
    page = leader.page
    expect(page.get_by_role("heading", level=1)).to_have_text("通山县今日要情")
    brief = page.get_by_role("group", name="今日简报")
    expect(brief.get_by_role("link").filter(has_text="挂帅项目")).to_contain_text("1")
    expect(page.locator(".stream").get_by_text("窑炉超温（演示）")).to_be_visible()
    card = page.get_by_role("listitem").filter(has_text=LED)
    expect(card).to_contain_text("尚无进度")
    fits(leader, "/today")
    card.get_by_role("button", name="批示").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("批示内容").fill("请经信局牵头，月底前解决用地问题，专题报我。")
    choose(dialog, "牵头单位", "经信局（演示）")
    choose(dialog, "责任人", "officer")
    dialog.get_by_role("button", name="下发").click()
    expect(page.locator(".instruction-words")).to_contain_text("月底前解决用地问题")
    with office.world.api("projects") as http:
        about = {"filter[project_id][eq]": project}
        (issued,) = ok(http.get("/v1/instructions", params=about))["items"]
    expect(page.get_by_role("heading", level=1)).to_have_text(issued["printed_number"])
    fits(leader, "an instruction")

    officer = visit(size=PHONE)
    theirs = officer.page
    expect(theirs.get_by_role("heading", level=1)).to_have_text("我的待办")
    theirs.get_by_role("link").filter(has_text="月底前解决用地问题").click()
    for act, label, words in (("反馈进展", "说明", "红线已调整"), ("报办结", "办结情况", "用地批文已下达")):
        theirs.get_by_role("button", name=act).click()
        dialog = theirs.get_by_role("dialog")
        dialog.get_by_label(label).fill(words)
        dialog.get_by_role("button", name=act).click()
        expect(dialog).to_be_hidden()
    expect(theirs.locator(".page-head").get_by_text("已报办结")).to_be_visible()

    leader.open("/today")
    waiting = page.locator("section").filter(has_text="已报办结，待我审核")
    expect(waiting.get_by_text("用地批文已下达")).to_be_visible()
    waiting.get_by_role("link").click()
    page.get_by_role("button", name="销号").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("说明").fill("经核实，予以销号")
    dialog.get_by_role("button", name="销号").click()
    expect(page.locator(".page-head").get_by_text("已销号")).to_be_visible()
    course = page.locator("section").filter(has_text="办理过程")
    for said in ("批示下发", "红线已调整", "用地批文已下达", "予以销号"):
        expect(course.get_by_text(said).first).to_be_visible()
    with office.world.api("projects") as http:
        assert ok(http.get(f"/v1/instructions/{issued['id']}"))["status"] == "closed"


class Unanswered:
    """The service carries a request out, and the line breaks before its answer; once."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def __call__(self, route: Route, request: Request) -> None:
        self.keys.append(request.headers["idempotency-key"])
        if len(self.keys) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort()


def report(page: Page, percent: str, note: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("形象进度").fill(percent)
    dialog.get_by_label("进展说明").fill(note)
    dialog.get_by_role("button", name="报送").click()
    expect(dialog).to_be_hidden()


def test_inspectors_day_on_the_phone_goes_on_without_a_network(visit: Visit, office: Office) -> None:
    project = seeding.started_project(office, "BROWSER-SITE", SITE)
    seeding.assigned_alert(office, "crane", "塔吊倾斜（演示）")
    visitor = visit(size=PHONE)
    page = visitor.page
    page.get_by_role("navigation", name="主菜单").get_by_text("我的待办").click()
    card = page.get_by_role("listitem").filter(has_text="塔吊倾斜（演示）")
    card.get_by_role("button", name="签收").click()
    page.get_by_role("dialog").get_by_role("button", name="签收").click()
    expect(card.get_by_text("已签收")).to_be_visible()

    picture = noisy_png(2400, 1800)
    page.get_by_role("button", name="填报进度").click()
    dialog = page.get_by_role("dialog")
    choose(dialog, "项目", SITE)
    taken: FilePayload = {"name": "IMG_1.png", "mimeType": "image/png", "buffer": picture}
    dialog.locator("input[type=file]").set_input_files(taken)
    expect(dialog.get_by_role("img", name="照片 1")).to_be_visible()
    fits(visitor, "a report")
    page.wait_for_function(HELD)
    visitor.context.set_offline(True)
    report(page, "40", "基础完成")
    panel = page.locator("section").filter(has_text="待报送")
    expect(panel.get_by_role("listitem").filter(has_text=SITE)).to_contain_text("待联网")
    # What was written outlives the page.
    page.reload()
    expect(panel.get_by_role("listitem").filter(has_text=SITE)).to_contain_text("待联网")
    lost = Unanswered()
    page.route("**/progress-entries", lost)
    visitor.context.set_offline(False)
    expect(page.get_by_text(f"已报送：{SITE}")).to_be_visible(timeout=300_000)
    expect(panel).to_be_hidden()
    assert len(lost.keys) > 1
    assert len(set(lost.keys)) == 1
    (entry,) = progress_of(office, project)
    assert (entry["percent"], entry["note"]) == ("40.00", "基础完成")
    with office.world.api("projects") as http:
        owned = {"filter[owner_id][eq]": project}
        (photo,) = ok(http.get("/v1/documents", params=owned))["items"]
        content = http.get(f"/v1/documents/{photo['id']}/content").content
    assert (photo["category"], photo["media_type"]) == ("photo", "image/jpeg")
    assert jpeg_size(content) == (1600, 1200)
    assert len(content) < len(picture)

    # A refusal is said in the service's words, and what was typed is there to be mended.
    page.get_by_role("button", name="填报进度").click()
    choose(page.get_by_role("dialog"), "项目", SITE)
    report(page, "35", "")
    refused = panel.get_by_role("listitem").filter(has_text=SITE)
    expect(refused).to_contain_text("被退回")
    expect(refused.get_by_role("alert")).to_contain_text("进度")
    refused.get_by_role("button", name="修改后重报").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("形象进度")).to_have_value("35.00")
    report(page, "35", "按实测核减")
    expect(panel).to_be_hidden()
    assert [it["percent"] for it in progress_of(office, project)] == ["40.00", "35.00"]


# All files of the page that came before there was a worker are held by it.
HELD = """async () => {
  const cache = await caches.open('duban-shell-v1');
  const loaded = performance.getEntriesByType('resource').map((it) => it.name);
  const held = await Promise.all(loaded.filter((it) => it.includes('/assets/')).map((it) => cache.match(it)));
  return held.every(Boolean) && Boolean(await cache.match('/')) && navigator.serviceWorker.controller !== null;
}"""


def progress_of(office: Office, project: str) -> list[dict[str, Any]]:
    with office.world.api("projects") as http:
        return list(ok(http.get(f"/v1/projects/{project}/progress-entries"))["items"])


def deal_with_three_alerts(page: Page) -> None:
    """By the keyboard: two acknowledged at once, the third followed to its end."""
    rows = page.locator(".alert-line").filter(has_text="号泵故障（演示）")
    for number in (1, 2, 3):
        expect(rows.filter(has_text=f"{number}号泵故障")).to_be_visible()
    pane = page.get_by_role("listbox", name="预警列表")
    pane.focus()
    # Two at once, then the third alone.
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("已选 2 条").first).to_be_visible()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="签收").click()
    expect(page.get_by_text("已完成 2 条")).to_be_visible()
    expect(rows.filter(has_text="已签收")).to_have_count(2)
    page.keyboard.press("j")
    title = page.locator(".alert-line.is-active .alert-title").inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("说明").fill("已派人到场")
    dialog.get_by_role("button", name="签收").click()
    expect(page.locator(".page-head").get_by_text("已签收")).to_be_visible()
    page.keyboard.press("h")
    page.get_by_role("dialog").get_by_label("说明").fill("更换密封件，试运行正常")
    page.get_by_role("dialog").get_by_role("button", name="登记处置").click()
    expect(page.locator(".page-head").get_by_text("处置中")).to_be_visible()
    page.get_by_role("button", name="办结").click()
    page.get_by_role("dialog").get_by_label("说明").fill("泵已恢复")
    page.get_by_role("dialog").get_by_role("button", name="办结").click()
    expect(page.locator(".page-head").get_by_text("待核验")).to_be_visible()
    story = page.get_by_role("tabpanel", name="全过程")
    for said in ("预警生成", "签收", "登记处置", "更换密封件"):
        expect(story.get_by_text(said).first).to_be_visible()
    page.get_by_role("tab", name="留痕").click()
    expect(page.get_by_text("留痕完整，未被改动")).to_be_visible()


def test_office_workers_day_from_the_morning_to_the_bulletin(visit: Visit, office: Office) -> None:
    made = office.project("BROWSER-DAY", "调整计划项目（演示）")
    visitor = visit()
    page = visitor.page
    tile = page.locator("[data-severity=red]")
    expect(tile).not_to_have_text("–")
    before = int(tile.inner_text())
    pumps = ({"name": f"pump-{n}", "severity": "critical", "title": f"{n}号泵故障（演示）"} for n in (1, 2, 3))
    office.raise_alerts(*pumps)
    expect(tile).to_have_text(str(before + 3))
    tile.click()
    deal_with_three_alerts(page)

    visitor.open(f"/projects/{made['id']}")
    page.get_by_role("button", name="调整计划").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("新的计划日期").fill("2026-11-20")
    dialog.get_by_label("新的计划日期").press("Enter")
    dialog.get_by_label("调整原因").fill("施工图审查延后")
    dialog.get_by_role("button", name="调整计划").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("list", name="阶段进度")).to_contain_text("2026-11-20")
    with office.world.api("projects") as http:
        plan = {it["milestone"]: it for it in ok(http.get(f"/v1/projects/{made['id']}"))["plan"]}
    assert (plan["start"]["original_on"], plan["start"]["current_on"]) == ("2026-10-01", "2026-11-20")
    publish_a_bulletin(visitor, visit(username="chief"), office)


def test_enterprise_clerks_month_and_what_the_office_sees_of_it(visit: Visit, office: Office) -> None:
    mill = seeding.enterprises(office)["mill"]
    seeding.owed_report(office, mill)
    seeding.ordered(office, mill)
    seeding.spike(office, mill)
    clerk = visit(size=PHONE, username="mill")
    page = clerk.page
    expect(page.get_by_role("heading", level=1)).to_have_text("今日事项")
    fits(clerk, "/portal")
    report_the_month(page)
    fits(clerk, "the report")
    # Its own curve, and the alert of it.
    clerk.open("/portal")
    page.locator("section[aria-labelledby=portal-alerts] .stream a").first.click()
    page.get_by_role("button", name="签收").click()
    page.get_by_role("dialog").get_by_role("button", name="签收").click()
    expect(page.locator(".page-head").get_by_text("已签收")).to_be_visible()
    clerk.open(f"/energy?meter={mill.meter_no}&span=day&to=2026-09-14")
    expect(page.locator("canvas").first).to_be_visible()
    fits(clerk, "the curve")
    clerk.open("/portal/orders")
    card = page.locator(".order-card").first
    card.get_by_role("button", name="确认收到").click()
    page.get_by_role("dialog").get_by_role("button", name="确认收到").click()
    expect(card.get_by_role("button", name="确认收到")).to_be_hidden()
    clerk.open("/portal/appeals")
    page.get_by_role("button", name="提交诉求").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("标题").fill("增容申请进度（演示）")
    dialog.get_by_label("内容").fill("申请增容 800 千伏安，请协调加快。")
    dialog.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="增容申请进度（演示）")).to_be_visible()
    fits(clerk, "/portal/appeals")
    funds_from_the_call_to_the_payment(clerk, visit(), visit(username="chief"), office, mill)

    with office.world.api("projects") as http:
        own = {"filter[credit_code][eq]": mill.credit_code, "filter[status][eq]": "submitted"}
        (sent,) = ok(http.get("/v1/economy-reports", params=own))["items"]
        ok(http.post(f"/v1/economy-reports/{sent['id']}/accept"))
    at_the_office = visit()
    page = at_the_office.page
    at_the_office.open("/year/economy?month=2026-08&indicator=output_value")
    total = page.locator("section").filter(has_text="工业总产值 2026-08")
    expect(total.locator(".fact").filter(has_text="当月")).to_contain_text("200 万元")
    # Nothing of the year before: no growth is shown, and why.
    expect(total.locator(".fact").filter(has_text="同比")).to_contain_text("缺上年同期数")
    page.get_by_role("button", name="通羊镇").click()
    rows = page.get_by_role("dialog")
    expect(rows.get_by_text(mill.name)).to_be_visible()
    expect(rows.get_by_text("200 万元").first).to_be_visible()
