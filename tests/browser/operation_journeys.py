"""Who runs the system: events that no service could handle, and another build under a page that stays open."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from aiokafka import AIOKafkaProducer
from playwright.sync_api import Browser, Page, expect

from deploy.local.console import build_console
from libs.common.contracts.projects import REGION, RegionRecordedV1
from libs.common.ids import new_id
from libs.common.outbox.envelope import encode_headers
from tests.browser.conftest import PASSWORD, Office
from tests.support.browser import DESK, ROOT, Visitor
from tests.support.ports import reserve_ports
from tests.support.stack import wait_for

Visit = Callable[..., Visitor]

_NOON = datetime(2026, 9, 15, 4, tzinfo=UTC)
_CODE = "421299"


async def _poison(bootstrap: str) -> None:
    """A region whose name is a number, as a sender of another make might write it."""
    headers = encode_headers(
        event_id=new_id(),
        event_type=RegionRecordedV1.event_type,
        source="/projects",
        subject=_CODE,
        time=_NOON,
        aggregate_version=1,
        region_code=_CODE,
        traceparent=None,
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        body = json.dumps({"code": _CODE, "name": 7}).encode()
        await producer.send_and_wait(REGION.name, body, key=_CODE.encode(), headers=headers)
    finally:
        await producer.stop()


def test_administrator_mends_and_replays_an_event_and_discards_another(visit: Visit, office: Office) -> None:
    # The browser has this thread's event loop.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, _poison(str(office.stack.facts["kafka"]))).result()
    login = office.stack.login("admin")
    visitor = visit(username=None)
    visitor.sign_in(login["username"], login["password"])
    page = visitor.page
    visitor.open("/settings/events")
    rows = page.get_by_role("row").filter(has_text=RegionRecordedV1.event_type)
    # The list asks again every half a minute; who waits may ask at once.
    wait_for(lambda: _looked_again(visitor, rows.count), 180, "both readers of the registry set the event aside")
    assert visitor.barriers() == []

    rows.filter(has_text="用能").click()
    drawer = page.get_by_role("dialog").filter(has_text="原始内容")
    expect(drawer.get_by_role("region", name="原始内容")).to_contain_text('"name": 7')
    assert visitor.barriers() == []
    drawer.get_by_role("button", name="修正").click()
    form = page.get_by_role("dialog").filter(has_text="要改的事件头")
    form.get_by_label("原因").fill("名称应为文字")
    form.get_by_role("button", name="保存").click()
    # What does not fit the event's contract is told where it stands.
    expect(form.locator(".ant-form-item-explain-error")).to_be_visible()
    form.get_by_label("事件内容").fill(json.dumps({"code": _CODE, "name": "测试区（演示）"}, ensure_ascii=False))
    form.get_by_role("button", name="保存").click()
    expect(drawer.get_by_role("region", name="修正后内容")).to_contain_text("测试区（演示）")
    _act(page, "重放", "已修正")
    expect(drawer.get_by_text("已生效")).to_be_visible()
    expect(drawer.get_by_role("button", name="修正")).to_have_count(0)
    drawer.get_by_role("button", name="关闭").click()

    rows.filter(has_text="预警").click()
    _act(page, "放弃", "不需要该地区")
    expect(page.get_by_role("dialog").get_by_text("已放弃")).to_be_visible()
    for service, states in (("energy", ["replayed"]), ("alerts", ["discarded"]), ("projects", [])):
        with office.world.api(service) as http:
            found = http.get("/v1/set-aside-events").json()["items"]
        assert [each["state"] for each in found] == states


def _looked_again(visitor: Visitor, count: Callable[[], int]) -> bool:
    visitor.open("/settings/regions")
    visitor.open("/settings/events")
    visitor.page.wait_for_timeout(1_000)
    return count() == 2


def _act(page: Page, act: str, reason: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=act).click()
    form = page.get_by_role("dialog").filter(has_text="原因").last
    form.get_by_label("原因").fill(reason)
    form.get_by_role("button", name=act).click()


def test_page_that_stays_open_says_so_when_another_build_took_its_place(
    browser: Browser, office: Office, tmp_path: Path
) -> None:
    made = office.project("BROWSER-BUILD", "石英砂加工项目（演示）")
    first, second = build_console(), tmp_path / "second"
    renamed = _another_build(first, second)
    port = reserve_ports(1)
    with _console(office, first, port) as address:
        visitor = Visitor(browser, address, DESK, "zh-CN")
        visitor.sign_in("clerk", PASSWORD)
        page = visitor.page
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        expect(page.locator(".stream-mark")).to_contain_text("实时")
        visitor.open(f"/projects/{made['id']}")
        page.get_by_role("button", name="编辑").click()
        typed = page.get_by_role("dialog").get_by_label("建设内容")
        typed.fill("两条生产线")
    with _console(office, second, port):
        notice = page.get_by_role("status").filter(has_text="系统已更新")
        expect(notice).to_be_visible(timeout=300_000)
        # What was typed under the old page is there, and reaches the services through the new console.
        expect(typed).to_have_value("两条生产线")
        page.get_by_role("dialog").get_by_role("button", name="保存").click()
        expect(page.locator(".summary")).to_have_text("两条生产线")
        assert visitor.barriers() == []
        # A file that only the old build had is plainly not there: never the page in its place.
        with httpx.Client(base_url=address, timeout=60) as http:
            for name in renamed:
                gone = http.get(f"/assets/{name}")
                assert (gone.status_code, gone.headers["content-type"]) == (404, "application/problem+json")
        visitor.open("/year/economy")
        expect(page.get_by_role("alert").filter(has_text="系统已更新")).to_be_visible()
        page.get_by_role("alert").get_by_role("button", name="刷新").click()
        # Nobody signs in a second time, and the page is that of the second build.
        expect(page.get_by_role("heading", level=1)).to_have_text("经济运行")
        script = page.locator("script[src]").first.get_attribute("src") or ""
        assert script.removeprefix("/assets/") in renamed.values()
        expect(notice).to_have_count(0)
        assert all("dynamically imported module" in it for it in visitor.complaints), visitor.complaints
        visitor.context.close()


def _another_build(built: Path, other: Path) -> dict[str, str]:
    """As a change of the sources would make one: every hashed file under another name; old names to new ones."""
    shutil.copytree(built, other, ignore=shutil.ignore_patterns("*.br", "*.gz"))
    names = {
        path.name: f"{path.stem[:-8]}{path.stem[:-9:-1]}{path.suffix}" for path in (other / "assets").iterdir()
    }
    any_name = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    for path in (other / "index.html", *(other / "assets").iterdir()):
        if path.suffix in {".html", ".js", ".css"}:
            text = path.read_text(encoding="utf-8")
            path.write_text(any_name.sub(lambda found: names[found.group()], text), encoding="utf-8")
    for old, new in names.items():
        (other / "assets" / old).rename(other / "assets" / new)
    return names


@contextmanager
def _console(office: Office, files: Path, port: int) -> Iterator[str]:
    """A console of a build in a process of its own, before the stack's services."""
    facts = {
        "DUBAN_CONSOLE_FILES": str(files),
        "DUBAN_HTTP_PORT": str(port),
        "DUBAN_CLOCK_FILE": str(office.stack.directory / "clock.json"),
        **{f"DUBAN_{name.upper()}_URL": office.stack.url(name) for name in ("projects", "energy", "alerts")},
    }
    command = [sys.executable, "-m", "services.console", "api"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **facts}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: httpx.get(f"{address}/healthz", timeout=30).is_success, 180, "the console answers")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)
