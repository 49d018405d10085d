"""`python -m tests.browser.figures`: what the first page weighs, when it is usable, what a key takes.

Against the running demo of DUBAN_DATA (or .duban), or one started for it. The figures depend on the machine; the
bytes do not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, CDPSession

from tests.browser.screenshots import demo, settle
from tests.support.browser import DESK, Visitor, running_browser
from tests.support.stack import Stack, wait_for
from tests.support.world import COUNTY, ok

_SLOW_LINE = {"offline": False, "latency": 80, "downloadThroughput": 200_000, "uploadThroughput": 95_000}
MANY = 10_000
KEYS = 40


class Weighed:
    """Bytes that came over the line, by what they were for."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes: dict[str, float] = {"page": 0, "data": 0}
        self._urls: dict[str, str] = {}
        session.send("Network.enable")
        session.on("Network.responseReceived", self._note)
        session.on("Network.loadingFinished", self._add)

    def _note(self, event: dict[str, Any]) -> None:
        self._urls[event["requestId"]] = event["response"]["url"]

    def _add(self, event: dict[str, Any]) -> None:
        of_services = "/api/" in self._urls.get(event["requestId"], "")
        self.bytes["data" if of_services else "page"] += event["encodedDataLength"]


def first_load(browser: Browser, stack: Stack) -> None:
    """From an empty cache: to the door, and from the button to a situation with its figures."""
    login = stack.login("officer")
    visitor = Visitor(browser, stack.url("console"), DESK, "zh-CN")
    session = visitor.context.new_cdp_session(visitor.page)
    weighed = Weighed(session)
    session.send("Network.emulateNetworkConditions", _SLOW_LINE)

    def door() -> None:
        visitor.page.goto(stack.url("console"))
        visitor.page.locator("button[type=submit]").wait_for()

    def situation() -> None:
        visitor.sign_in(login["username"], login["password"])
        visitor.page.get_by_role("heading", level=1).wait_for()
        wait_for(lambda: visitor.page.locator("[data-severity=red]").inner_text() != "–", 30, "figures")

    say(f"the door is usable after                {_timed(door):6.2f} s on 1.6 Mbit/s, 80 ms")
    say(f"the situation is there after             {_timed(situation):6.2f} s more, signing in included")
    settle(visitor)
    say(f"page, scripts and styles                 {weighed.bytes['page'] / 1000:6.0f} kB compressed")
    say(f"data of the services                     {weighed.bytes['data'] / 1000:6.0f} kB compressed")
    visitor.context.close()


def many_rows(browser: Browser, stack: Stack) -> None:
    """A key in a list of ten thousand: from the press to the next frame that shows it."""
    _fill(stack)
    login = stack.login("admin")
    visitor = Visitor(browser, stack.url("console"), DESK, "zh-CN")
    visitor.sign_in(login["username"], login["password"])
    visitor.open("/alerts?severity=blue")
    page = visitor.page
    wait_for(lambda: page.locator(".page-note").inner_text().startswith("共"), 120, "all rows")
    page.locator(".alert-pane").focus()
    taken: list[float] = page.evaluate(
        """async (keys) => {
          const pane = document.querySelector('.alert-pane'), taken = [];
          for (let n = 0; n < keys; n++) {
            const before = performance.now();
            pane.dispatchEvent(new KeyboardEvent('keydown', { key: n % 5 ? 'j' : 'PageDown', bubbles: true }));
            await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
            taken.push(performance.now() - before);
          }
          return taken.sort((one, other) => one - other);
        }""",
        KEYS,
    )
    say(f"a key in {MANY:,} rows                    {taken[KEYS // 2]:6.0f} ms median, {taken[-2]:.0f} ms p95")
    visitor.context.close()


def _fill(stack: Stack) -> None:
    now = stack.now()
    span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=30)).isoformat()}
    with stack.client("alerts", stack.admin_token()) as http:
        for first in range(0, MANY, 2_000):
            names = (f"load-{n}" for n in range(first, first + 2_000))
            labels = ({"alertname": name, "severity": "info", "region_code": COUNTY} for name in names)
            ok(http.post("/api/v2/alerts", json=[{"labels": each, **span} for each in labels]))
        wanted: dict[str, str | int] = {"filter[severity][eq]": "blue", "filter[number][gte]": MANY, "limit": 1}
        wait_for(lambda: ok(http.get("/v1/alerts", params=wanted))["items"], 120, "all have become alerts")


def _timed(step: Callable[[], None]) -> float:
    begun = time.monotonic()
    step()
    return time.monotonic() - begun


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> int:
    with demo() as stack, running_browser() as browser:
        first_load(browser, stack)
        many_rows(browser, stack)
    return 0


if __name__ == "__main__":
    sys.exit(main())
