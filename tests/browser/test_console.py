"""The console as people use it: in a real browser against a real stack."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.access_journeys import (
    test_administrator_lets_people_in_by_an_application_and_ends_it,
    test_auditor_finds_who_did_what_and_takes_it_along,
    test_security_administrator_keeps_accounts_and_sees_nothing_of_the_business,
)
from tests.browser.away_journeys import (
    test_inspector_opens_the_page_without_a_network_and_reports_when_there_is_one,
)
from tests.browser.conftest import PASSWORD, Office
from tests.browser.day_journeys import (
    test_enterprise_clerks_month_and_what_the_office_sees_of_it,
    test_inspectors_day_on_the_phone_goes_on_without_a_network,
    test_leaders_day_on_the_phone_from_the_brief_to_the_closing,
    test_office_workers_day_from_the_morning_to_the_bulletin,
)
from tests.browser.door_journeys import (
    test_own_page_ends_a_sign_in_elsewhere_sets_up_a_factor_and_changes_the_password,
    test_second_factor_is_set_up_at_the_door_and_signing_out_ends_it,
)
from tests.browser.energy_journeys import (
    test_enterprise_sees_nothing_of_another,
    test_grid_is_a_tree_with_what_it_can_bear,
    test_plan_refuses_who_is_protected_and_an_order_reaches_the_enterprise,
)
from tests.browser.figures import Weighed
from tests.browser.office_journeys import (
    test_projects_come_in_by_a_table_and_stand_on_board_dates_and_map,
    test_rule_is_tried_and_changed_and_a_key_is_shown_once,
    test_who_chose_so_is_called_by_a_grave_alert,
)
from tests.browser.operation_journeys import (
    test_administrator_mends_and_replays_an_event_and_discards_another,
    test_page_that_stays_open_says_so_when_another_build_took_its_place,
)
from tests.browser.push_journeys import (
    test_phone_is_told_while_the_page_is_elsewhere_and_a_notice_opens_the_alert,
)
from tests.browser.shift_journeys import (
    test_shift_is_signed_by_who_goes_at_the_desk_and_who_comes_on_the_phone,
)
from tests.browser.way_in_journeys import (
    dsn,
    provider,
    test_clerk_comes_in_by_the_sites_issuer_goes_on_locks_and_goes_out,
    test_inspector_links_once_and_is_signed_in_by_the_application_around_the_page,
)
from tests.browser.year_journeys import (
    test_contest_opens_down_to_its_rows_and_is_tried_with_other_weights,
    test_targets_are_a_tree_that_says_what_is_not_divided,
)
from tests.support.browser import PHONE, Visitor
from tests.support.stack import wait_for
from tests.support.world import ok

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(1800)]
Visit = Callable[..., Visitor]

# All journeys are collected from this file, so that one worker runs them against one stack.
__all__ = [
    "dsn",
    "provider",
    "test_administrator_lets_people_in_by_an_application_and_ends_it",
    "test_administrator_mends_and_replays_an_event_and_discards_another",
    "test_auditor_finds_who_did_what_and_takes_it_along",
    "test_clerk_comes_in_by_the_sites_issuer_goes_on_locks_and_goes_out",
    "test_contest_opens_down_to_its_rows_and_is_tried_with_other_weights",
    "test_enterprise_clerks_month_and_what_the_office_sees_of_it",
    "test_enterprise_sees_nothing_of_another",
    "test_grid_is_a_tree_with_what_it_can_bear",
    "test_inspector_links_once_and_is_signed_in_by_the_application_around_the_page",
    "test_inspector_opens_the_page_without_a_network_and_reports_when_there_is_one",
    "test_inspectors_day_on_the_phone_goes_on_without_a_network",
    "test_leaders_day_on_the_phone_from_the_brief_to_the_closing",
    "test_office_workers_day_from_the_morning_to_the_bulletin",
    "test_own_page_ends_a_sign_in_elsewhere_sets_up_a_factor_and_changes_the_password",
    "test_page_that_stays_open_says_so_when_another_build_took_its_place",
    "test_phone_is_told_while_the_page_is_elsewhere_and_a_notice_opens_the_alert",
    "test_plan_refuses_who_is_protected_and_an_order_reaches_the_enterprise",
    "test_projects_come_in_by_a_table_and_stand_on_board_dates_and_map",
    "test_rule_is_tried_and_changed_and_a_key_is_shown_once",
    "test_second_factor_is_set_up_at_the_door_and_signing_out_ends_it",
    "test_security_administrator_keeps_accounts_and_sees_nothing_of_the_business",
    "test_shift_is_signed_by_who_goes_at_the_desk_and_who_comes_on_the_phone",
    "test_targets_are_a_tree_that_says_what_is_not_divided",
    "test_who_chose_so_is_called_by_a_grave_alert",
]

MANY = 10_000
FIRST_LOAD_BYTES = 500_000
VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
PAGES = (
    *(
        "/situation",
        "/alerts",
        "/projects",
        "/projects/board",
        "/projects/gantt",
        "/projects/map",
        "/projects/comparison",
    ),
    *(
        "/projects/import",
        "/energy",
        "/energy/meters",
        "/energy/grid",
        "/energy/orderly-use",
        "/energy/generation",
    ),
    *("/energy/benchmarks", "/year/economy", "/year/targets", "/year/support", "/year/lists", "/settings/rules"),
    *("/year/contest", "/year/bulletins"),
    *(
        "/settings/policies",
        "/settings/routes",
        "/settings/feeds",
        "/alerts/handovers",
        "/alerts/handovers/new",
        "/settings/calendar",
        "/settings/regions",
        "/settings/audit",
        "/tasks",
        "/me",
        "/projects/instructions",
    ),
)


def red(name: str, title: str) -> dict[str, str]:
    return {"name": name, "severity": "critical", "title": title, "title_en": f"{name} is on fire"}


def figure(page: Page, severity: str) -> int:
    return int(page.locator(f"[data-severity={severity}]").inner_text().replace(",", ""))


def test_sign_in_tells_what_is_wrong_and_survives_a_reload(visit: Visit) -> None:
    visitor = visit(username=None)
    page = visitor.page
    page.goto(visitor.address)
    page.get_by_label("账号").fill("clerk")
    page.get_by_label("密码").fill("wrong-Password-1")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert visitor.barriers() == []
    visitor.sign_in("clerk", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("通山县态势")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    # The token rests in no storage of the browser, and yet nobody types a password twice.
    kept = page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie")
    assert "eyJ" not in kept
    wait_for(lambda: _reloaded(page), 180, "the worker gives the session back")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Situation · 通山县")
    page.get_by_role("button", name="Account clerk").click()
    page.get_by_text("Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()


def test_first_page_is_light(browser: Browser, office: Office) -> None:
    """Bytes, unlike seconds, are the same on every machine: the door, the frame, the situation and its figures."""
    # What a worker fetches for the page is not told by the page.
    context = browser.new_context(viewport=VIEWPORT, locale="zh-CN", service_workers="block")
    try:
        page = context.new_page()
        weighed = Weighed(context.new_cdp_session(page))
        page.goto(office.stack.url("console"))
        page.locator("input[autocomplete=username]").fill("clerk")
        page.locator("input[autocomplete=current-password]").fill(PASSWORD)
        page.locator("button[type=submit]").click()
        expect(page.locator("[data-severity=red]")).not_to_have_text("–")
        expect(page.locator(".ant-skeleton")).to_have_count(0)
        assert 100_000 < weighed.bytes["page"] < FIRST_LOAD_BYTES, weighed.bytes
    finally:
        context.close()


def _reloaded(page: Page) -> bool:
    page.reload()
    page.locator(".shell-head, .sign-in").first.wait_for()
    return page.locator(".shell-head").is_visible()


def test_situation_shows_an_alert_as_it_comes_and_opens_down_to_it(visit: Visit, office: Office) -> None:
    visitor = visit()
    page = visitor.page
    expect(page.locator("[data-severity=red]")).not_to_have_text("–")
    expect(page.locator(".stream-mark")).to_contain_text("实时")
    before = figure(page, "red")
    office.raise_alerts(red("furnace", "一号炉温度越限（演示）"))
    expect(page.locator("[data-severity=red]")).to_have_text(str(before + 1))
    page.locator(".panel-stream").get_by_text("一号炉温度越限（演示）").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("一号炉温度越限（演示）")
    visitor.open("/situation?screen=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("通山县工业经济运行态势")
    assert page.locator(".shell-head").count() == 0
    assert page.evaluate("document.documentElement.dataset.dark") == "true"


def test_project_keeps_both_changes_when_two_people_edit_it(visit: Visit, office: Office) -> None:
    made = office.project("BROWSER-1", "铝材加工项目（演示）")
    visitor = visit()
    page = visitor.page
    visitor.open("/projects?text=铝材")
    # In the ledger itself, without leaving it.
    page.get_by_role("button", name="编辑 铝材加工项目（演示）").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("投资方").fill("甲公司（演示）")
    dialog.get_by_label("建设内容").fill("两条生产线")
    with office.world.api("projects") as http:
        path = f"/v1/projects/{made['id']}"
        other = {"investor": "乙公司（演示）", "total_investment_yuan": "150000000"}
        ok(http.patch(path, json=other, headers={"If-Match": f'"{made["version"]}"'}))
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_text("此项目刚被他人修改")).to_be_visible()
    # Untouched here and changed there is taken over; changed by both is for the person to choose.
    expect(dialog.get_by_label("计划总投资")).to_have_value("150000000")
    expect(dialog.get_by_label("建设内容")).to_have_value("两条生产线")
    dialog.get_by_text("对方：乙公司（演示）").click()
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_be_hidden()
    with office.world.api("projects") as http:
        now = ok(http.get(path))
    assert (now["investor"], now["summary"]) == ("乙公司（演示）", "两条生产线")
    assert now["total_investment_yuan"] == "150000000"
    page.get_by_role("link", name="铝材加工项目（演示）").click()
    expect(page.get_by_role("list", name="阶段进度")).to_contain_text("2026-10-01")
    page.get_by_role("tab", name="变更记录").click()
    expect(page.get_by_role("tabpanel", name="变更记录").get_by_role("listitem")).not_to_have_count(0)


def test_typed_text_is_kept_when_the_session_runs_out(visit: Visit, office: Office) -> None:
    made = office.project("BROWSER-2", "竹木加工项目（演示）")
    visitor = visit(username="chief", language="en")
    page = visitor.page
    visitor.open(f"/projects/{made['id']}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("dialog").get_by_label("What is built").fill("A line for bamboo boards")
    with office.world.api("projects") as http:
        ok(http.post(f"/v1/accounts/{office.accounts['chief']}/revocations"))
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    again = page.get_by_role("dialog").filter(has_text="Sign in again")
    expect(again).to_be_visible()
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in", exact=True).click()
    # The request that was refused is sent again by itself.
    expect(page.locator(".summary")).to_have_text("A line for bamboo boards")
    expect(again).to_be_hidden()
    with office.world.api("projects") as http:
        assert ok(http.get(f"/v1/projects/{made['id']}"))["summary"] == "A line for bamboo boards"


def test_page_says_so_and_goes_on_when_a_service_went_away_and_came_back(visit: Visit, office: Office) -> None:
    office.raise_alerts(red("valve", "阀门卡滞（演示）"))
    visitor = visit()
    page = visitor.page
    visitor.open("/alerts?severity=red")
    page.locator(".alert-line").filter(has_text="阀门卡滞").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("阀门卡滞（演示）")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("说明").fill("正在赶往现场")
    with office.stack.left_lying():
        gone = office.stack.kill("alerts-api")
        dialog.get_by_role("button", name="签收", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("服务")
        expect(page.locator(".stream-mark")).to_contain_text("正在重连")
        expect(dialog.get_by_label("说明")).to_have_value("正在赶往现场")
    office.stack.wait_restarted("alerts-api", gone)
    with office.stack.client("console") as console:
        wait_for(lambda: console.get("/api/alerts/v1/alerts").status_code == 401, 180, "alerts is back")
    dialog.get_by_role("button", name="签收", exact=True).click()
    expect(page.locator(".page-head").get_by_text("已签收")).to_be_visible()
    expect(page.locator(".stream-mark")).to_contain_text("实时", timeout=300_000)


def test_no_page_sticks_out_of_a_phone(visit: Visit) -> None:
    visitor = visit(size=PHONE)
    page = visitor.page
    for path in PAGES:
        visitor.open(path)
        page.get_by_role("heading", level=1).wait_for()
        assert visitor.overflow() <= 0, path
    manifest = page.evaluate("fetch('/manifest.webmanifest').then((it) => it.json())")
    assert manifest["display"] == "standalone"


@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en", True)])
def test_no_page_bars_anybody(visit: Visit, office: Office, language: str, dark: bool) -> None:
    office.project(f"BROWSER-AXE-{language}", "无障碍项目（演示）")
    visitor = visit(language=language, username="chief")
    page = visitor.page
    if dark:
        page.get_by_role("button", name="Dark appearance").click()
    for path in ("/today", *PAGES):
        visitor.open(path)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.locator(".ant-skeleton, .ant-spin-spinning")).to_have_count(0)
        assert visitor.barriers() == [], (language, path)


def test_ten_thousand_alerts_are_one_list(visit: Visit, office: Office) -> None:
    for first in range(0, MANY, 2_000):
        numbers = range(first, first + 2_000)
        office.raise_alerts(*({"name": f"load-{n}", "severity": "info", "title": f"第 {n} 号"} for n in numbers))
    with office.world.api("alerts") as http:
        most: dict[str, str | int] = {"filter[severity][eq]": "blue", "filter[number][gte]": MANY, "limit": 1}
        wait_for(lambda: ok(http.get("/v1/alerts", params=most))["items"], 270, "all have become alerts")
    visitor = visit()
    page = visitor.page
    visitor.open("/alerts?severity=blue&sort=number")
    # Other journeys may have raised some of this severity as well.
    expect(page.locator(".page-note")).to_have_text(re.compile(r"^共 10,\d{3} 条$"), timeout=300_000)
    total = int(re.sub(r"\D", "", page.locator(".page-note").inner_text()))
    page.get_by_role("listbox", name="预警列表").focus()
    page.keyboard.press("End")
    expect(page.locator(".alert-line.is-active")).to_have_attribute("aria-posinset", str(total))
    # Rows that nobody sees do not exist.
    assert page.locator(".alert-line").count() < 80
    page.keyboard.press("k")
    expect(page.locator(".alert-line.is-active")).to_have_attribute("aria-posinset", str(total - 1))
