"""`python -m tests.browser.figures`: what the first page weighs, when it is usable, what a key takes, what stays.

`python -m tests.browser.figures load keys memory` for some of them; `memory` is an hour of the stream at speed.
Against the running demo of DUBAN_DATA (or .duban), or one started for it. The figures depend on the machine; the
bytes do not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from secrets import token_hex
from typing import Any

from playwright.sync_api import Browser, CDPSession

from tests.browser.screenshots import demo, settle
from tests.support.browser import DESK, Visitor, running_browser
from tests.support.stack import Stack, wait_for
from tests.support.world import COUNTY, ok

_SLOW_LINE = {"offline": False, "latency": 80, "downloadThroughput": 200_000, "uploadThroughput": 95_000}
MANY = 10_000
KEYS = 40
# Two a second for an hour; a county has seen fewer in a day.
EVENTS = 7_200
PARTS = 6
AT_ONCE = 100


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
        wait_for(lambda: visitor.page.locator("[data-severity=red]").inner_text() != "–", 180, "figures")

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
    wait_for(lambda: page.locator(".page-note").inner_text().startswith("共"), 360, "all rows")
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


def memory(browser: Browser, stack: Stack) -> None:
    """An hour of alerts coming and going, at speed: what the page keeps of it when the rubbish is collected."""
    login = stack.login("supervisor")
    visitor = Visitor(browser, stack.url("console"), DESK, "zh-CN")
    visitor.sign_in(login["username"], login["password"])
    settle(visitor)
    session = visitor.context.new_cdp_session(visitor.page)
    tile = visitor.page.locator("[data-severity=blue]")

    def shown() -> int:
        return int(tile.inner_text().replace(",", ""))

    # A running demo has some of its own that come and go.
    before, begun = shown(), time.monotonic()
    kept: list[float] = []
    # Another run's are other alerts.
    run = token_hex(3)
    for part in range(PARTS):
        for batch in range(EVENTS // PARTS // (2 * AT_ONCE)):
            names = [f"hour-{run}-{part}-{batch}-{number}" for number in range(AT_ONCE)]
            _tell(stack, names, timedelta(days=1))
            wait_for(lambda: shown() >= before + AT_ONCE, 180, "the page shows what came")
            _tell(stack, names, timedelta(0))
            wait_for(lambda: shown() < before + AT_ONCE // 2, 180, "the page shows that it went")
        session.send("HeapProfiler.collectGarbage")
        kept.append(session.send("Runtime.getHeapUsage")["usedSize"] / 1e6)
        nodes = session.send("Memory.getDOMCounters")["nodes"]
        done = EVENTS * (part + 1) // PARTS
        say(f"after {done:5,} events of the stream        {kept[-1]:8.1f} MB, {nodes:,} nodes")
    grown = kept[-1] - kept[0]
    say(f"an hour at two a second keeps            {grown:+8.1f} MB (in {time.monotonic() - begun:.0f} s)")
    visitor.context.close()


def _tell(stack: Stack, names: list[str], lasting: timedelta) -> None:
    now = stack.now()
    span = {"startsAt": (now - timedelta(minutes=1)).isoformat(), "endsAt": (now + lasting).isoformat()}
    labels = ({"alertname": name, "severity": "info", "region_code": COUNTY} for name in names)
    with stack.client("alerts", stack.admin_token()) as http:
        ok(http.post("/api/v2/alerts", json=[{"labels": each, **span} for each in labels]))


def _fill(stack: Stack) -> None:
    now = stack.now()
    span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=30)).isoformat()}
    with stack.client("alerts", stack.admin_token()) as http:
        for first in range(0, MANY, 2_000):
            names = (f"load-{n}" for n in range(first, first + 2_000))
            labels = ({"alertname": name, "severity": "info", "region_code": COUNTY} for name in names)
            ok(http.post("/api/v2/alerts", json=[{"labels": each, **span} for each in labels]))
        wanted: dict[str, str | int] = {"filter[severity][eq]": "blue", "filter[number][gte]": MANY, "limit": 1}
        wait_for(lambda: ok(http.get("/v1/alerts", params=wanted))["items"], 360, "all have become alerts")


def _timed(step: Callable[[], None]) -> float:
    begun = time.monotonic()
    step()
    return time.monotonic() - begun


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> int:
    all_of_them = {"load": first_load, "keys": many_rows, "memory": memory}
    wanted = sys.argv[1:] or list(all_of_them)
    if unknown := set(wanted) - set(all_of_them):
        sys.stderr.write(f"{', '.join(sorted(unknown))}: none of {', '.join(all_of_them)}\n")
        return 2
    with demo() as stack, running_browser() as browser:
        for name in wanted:
            all_of_them[name](browser, stack)
    return 0


if __name__ == "__main__":
    sys.exit(main())
