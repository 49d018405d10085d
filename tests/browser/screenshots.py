"""`make screenshots`: pictures of the console with the demo's data, in docs/screenshots.

Takes the running demo of DUBAN_DATA (or .duban), or starts one for the time of the pictures.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.browser import DESK, PHONE, ROOT, Visitor, running_browser
from tests.support.ports import reserve_ports
from tests.support.stack import Stack, duban, wait_for
from tests.support.world import COUNTY, ok

PICTURES = ROOT / "docs/screenshots"
WALL = {"width": 1920, "height": 1080}
METER = "DM421224000001"
CONTEST = "2026-XZ"
DESK_PAGES = {
    "situation": "/situation",
    "alerts": "/alerts",
    "projects": "/projects",
    "energy": f"/energy?meter={METER}&span=week&against=previous_week",
}
# One language is enough for what is the same in both but for its words.
MORE_PAGES = {
    "grid": "/energy/grid?node=BDZ-NLQ&on=2026-09-15",
    "orderly-use": "/energy/orderly-use",
    "generation": "/energy/generation",
    "benchmarks": "/energy/benchmarks?from=2026-01&to=2026-08",
    "meters": "/energy/meters",
    "board": "/projects/board",
    "gantt": "/projects/gantt",
    "map": "/projects/map",
    "comparison": "/projects/comparison",
    "rules": "/settings/rules",
    "receipts": "/settings/receipts",
    "economy": "/year/economy",
    "targets": "/year/targets",
    "contest": "/year/contest",
    "support": "/year/support",
    "regions": "/settings/regions",
}
# What a reader of the night sees.
DARK_PAGES = {
    "situation": "/situation",
    "energy": f"/energy?meter={METER}&span=week&against=previous_week",
    "gantt": "/projects/gantt",
}
HANDOVER = ("handover", "/alerts/handovers/new")
ADMIN_PAGES = {"records": "/settings/records", "accounts": "/settings/accounts", "events": "/settings/events"}


@contextmanager
def demo() -> Iterator[Stack]:
    kept = Path(os.environ.get("DUBAN_DATA") or ROOT / ".duban")
    stack = Stack(kept, 0)
    if (kept / "run/supervisor.pid").exists() and stack.facts.get("console"):
        yield stack
        return
    with tempfile.TemporaryDirectory() as directory:
        try:
            duban("demo", "--data", directory, "--port-base", str(reserve_ports()))
            yield Stack(Path(directory), 0)
        finally:
            duban("down", "--data", directory)


def settle(visitor: Visitor) -> None:
    """Until nothing on the page is still being fetched."""
    page = visitor.page
    page.get_by_role("heading", level=1).wait_for()

    def is_still() -> bool:
        return page.locator(".ant-skeleton, .ant-spin-spinning").count() == 0

    def stays_still() -> bool:
        # What came may ask for more: a chart is loaded when its data are there, and drawn in the frames after.
        if is_still():
            page.wait_for_timeout(1_200)
        return is_still()

    wait_for(stays_still, 180, "the page has everything")


def shoot(visitor: Visitor, name: str) -> None:
    settle(visitor)
    visitor.page.screenshot(path=PICTURES / f"{name}.png")
    sys.stdout.write(f"  {name}.png\n")


def at_the_desk(browser: Browser, stack: Stack, language: str) -> None:
    visitor = Visitor(browser, stack.url("console"), DESK, language)
    visitor.page.goto(stack.url("console"))
    if language == "zh-CN":
        shoot(visitor, "sign-in-desk-zh")
    login = stack.login("supervisor" if language == "zh-CN" else "leader")
    visitor.sign_in(login["username"], login["password"])
    short = language[:2]
    for name, path in DESK_PAGES.items():
        visitor.open(path)
        shoot(visitor, f"{name}-desk-{short}")
    visitor.open("/alerts")
    settle(visitor)
    visitor.page.locator(".alert-line").first.click()
    shoot(visitor, f"alert-desk-{short}")
    visitor.open("/projects?stage=started")
    settle(visitor)
    visitor.page.locator(".ant-table-row a, .ant-table-tbody a").first.click()
    shoot(visitor, f"project-desk-{short}")
    visitor.context.close()


def the_rest(browser: Browser, stack: Stack) -> None:
    """What the morning's pages lead to, and an enterprise's own."""
    visitor = Visitor(browser, stack.url("console"), DESK, "zh-CN")
    login = stack.login("supervisor")
    visitor.sign_in(login["username"], login["password"])
    hold_a_contest(stack)
    for name, path in (*MORE_PAGES.items(), HANDOVER):
        visitor.open(path)
        shoot(visitor, f"{name}-desk-zh")
    for name, part in (("plan", "plans"), ("activation", "activations")):
        visitor.open("/energy/orderly-use")
        settle(visitor)
        visitor.page.locator(f"section[aria-labelledby={part}] .ant-table-tbody a").first.click()
        shoot(visitor, f"{name}-desk-zh")
    visitor.open("/year/support")
    settle(visitor)
    visitor.page.locator("section[aria-labelledby=applications] .plain-link").first.click()
    shoot(visitor, "application-desk-zh")
    draft_a_bulletin(stack)
    visitor.open("/year/bulletins")
    shoot(visitor, "bulletins-desk-zh")
    visitor.page.locator(".ant-table-tbody a").first.click()
    shoot(visitor, "bulletin-desk-zh")
    visitor.context.close()
    a_leaders_day(browser, stack)
    for size, where in ((DESK, "desk"), (PHONE, "phone")):
        visitor = Visitor(browser, stack.url("console"), size, "zh-CN")
        login = stack.login("enterprise")
        visitor.sign_in(login["username"], login["password"])
        shoot(visitor, f"portal-{where}-zh")
        visitor.open("/portal/support")
        shoot(visitor, f"funds-{where}-zh")
        visitor.context.close()


def who_administers(browser: Browser, stack: Stack) -> None:
    visitor = Visitor(browser, stack.url("console"), DESK, "zh-CN")
    login = stack.login("admin")
    visitor.sign_in(login["username"], login["password"])
    for name, path in ADMIN_PAGES.items():
        visitor.open(path)
        shoot(visitor, f"{name}-desk-zh")
    visitor.context.close()


def in_the_dark(browser: Browser, stack: Stack) -> None:
    login = stack.login("supervisor")
    for size, where, pages in ((DESK, "desk", DARK_PAGES), (PHONE, "phone", {"situation": "/situation"})):
        visitor = Visitor(browser, stack.url("console"), size, "zh-CN")
        visitor.sign_in(login["username"], login["password"])
        visitor.page.get_by_role("button", name="深色").click()
        # Its hint goes with the pointer.
        visitor.page.mouse.move(200, 400)
        for name, path in pages.items():
            visitor.open(path)
            shoot(visitor, f"{name}-dark-{where}-zh")
        visitor.context.close()


def hold_a_contest(stack: Stack) -> None:
    """Of the county's towns, by what was signed and what was started; what another run made is taken."""
    named = {
        "code": CONTEST,
        "name": "乡镇擂台赛（演示）",
        "kind": "township",
        "region_code": COUNTY,
        "year": 2026,
    }
    parts = (("signed", "签约项目", "Signed", "40"), ("started", "开工项目", "Started", "60"))
    components = [
        {"code": code, "source": "ledger", "measure": code, "weight": weight, "name_zh": zh, "name_en": en}
        for code, zh, en, weight in parts
    ]
    with stack.client("projects", stack.admin_token()) as http:
        if ok(http.get("/v1/contests", params={"filter[code][eq]": str(named["code"])}))["items"]:
            return
        towns = ok(http.get("/v1/regions", params={"filter[code][within]": COUNTY, "limit": 100}))["items"]
        path = f"/v1/contests/{ok(http.post('/v1/contests', json=named))['id']}"
        ok(http.post(f"{path}/schemes", json={"from_quarter": 1, "components": components}))
        entered = [{"region_code": it["code"], "from_on": "2026-01-01"} for it in towns if it["code"] != COUNTY]
        ok(http.post(f"{path}/participants", json={"items": entered}))


def draft_a_bulletin(stack: Stack) -> None:
    """August's, of the county; what another run drafted is taken."""
    login = stack.login("supervisor")
    with stack.client("projects", stack.token(login["username"], login["password"])) as http:
        drafted = http.post(
            "/v1/bulletins", json={"region_code": COUNTY, "kind": "month", "year": 2026, "number": 8}
        )
        if not drafted.is_success and drafted.json()["code"] != "bulletin.exists":
            ok(drafted)


def a_leaders_day(browser: Browser, stack: Stack) -> None:
    login = stack.login("leader")
    for size, where in ((DESK, "desk"), (PHONE, "phone")):
        visitor = Visitor(browser, stack.url("console"), size, "zh-CN")
        visitor.sign_in(login["username"], login["password"])
        visitor.open("/today")
        shoot(visitor, f"today-{where}-zh")
        visitor.open("/projects/instructions?status=any")
        settle(visitor)
        visitor.page.locator(".ant-table-tbody a").first.click()
        shoot(visitor, f"instruction-{where}-zh")
        visitor.context.close()


def on_the_phone(browser: Browser, stack: Stack, language: str) -> None:
    visitor = Visitor(browser, stack.url("console"), PHONE, language)
    login = stack.login("officer")
    visitor.sign_in(login["username"], login["password"])
    for name, path in (("situation", "/situation"), ("alerts", "/alerts"), ("tasks", "/tasks"), HANDOVER):
        visitor.open(path)
        shoot(visitor, f"{name}-phone-{language[:2]}")
    visitor.context.close()


def on_the_wall(browser: Browser, stack: Stack) -> None:
    visitor = Visitor(browser, stack.url("console"), WALL, "zh-CN")
    login = stack.login("supervisor")
    visitor.sign_in(login["username"], login["password"])
    visitor.open("/situation?screen=1")
    shoot(visitor, "situation-wall-zh")
    visitor.context.close()


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with demo() as stack, running_browser() as browser:
        for language in ("zh-CN", "en"):
            at_the_desk(browser, stack, language)
            on_the_phone(browser, stack, language)
        on_the_wall(browser, stack)
        the_rest(browser, stack)
        who_administers(browser, stack)
        in_the_dark(browser, stack)
    sys.stdout.write(f"in {PICTURES.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
