"""A real browser: Debian's Chromium, driven by Playwright; no browser is downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from deploy.local.console import fetch_libraries

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES = ("chromium", "fonts-noto-cjk")
ROOT = Path(__file__).resolve().parents[2]
_AXE = ROOT / "services/console/web/node_modules/axe-core/axe.min.js"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium() -> str:
    """The path of a Chromium; installed by apt where there is none and we may. Raises LookupError."""
    found = _find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        for arguments in (("update",), ("install", "-y", "--no-install-recommends", *_PACKAGES)):
            subprocess.run(
                ["apt-get", "-qq", *arguments],
                check=False,
                capture_output=True,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
        found = _find()
    if found is None:
        raise LookupError(
            "The browser tests need Chromium and there is none: apt install chromium fonts-noto-cjk (Debian), "
            "or name one by DUBAN_CHROMIUM=/path/to/chromium."
        )
    return found


def _find() -> str | None:
    named = os.environ.get("DUBAN_CHROMIUM")
    return named or next((path for path in map(shutil.which, _NAMES) if path), None)


@contextmanager
def running_browser() -> Iterator[Browser]:
    # A build of the same sources may have been made by another checkout.
    fetch_libraries()
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root, which containers are.
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody at a screen: one context, one page, and every complaint of the page's console."""

    def __init__(
        self, browser: Browser, address: str, size: dict[str, int], language: str, agent: str | None = None
    ) -> None:
        self.address = address
        phone = size["width"] < 720
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale=language,
            user_agent=agent,
            timezone_id="Asia/Shanghai",
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=1,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(90_000)
        self.context.add_init_script(f"localStorage.setItem('duban.language', {language!r})")
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        # Answers of refusal are told by the browser too; what they mean is judged where they are shown.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.complaints.append(text)

    def open(self, path: str) -> None:
        """To an address of the page without a reload, as a click on a link would."""
        self.page.evaluate(
            "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path
        )

    def sign_in(self, username: str, password: str) -> None:
        if self.page.url == "about:blank":
            self.page.goto(self.address)
        self.page.locator("input[autocomplete=username]").fill(username)
        self.page.locator("input[autocomplete=current-password]").fill(password)
        self.page.locator("button[type=submit]").click()
        self.page.locator(".shell-head").wait_for()

    def barriers(self) -> list[str]:
        """What axe finds serious or critical on the page as it stands."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "axe.run({ resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })"
        )
        return [
            f"{it['id']} ({it['impact']}): {node['html'][:160]} — {node['failureSummary'][:200]}"
            for it in found["violations"]
            if it["impact"] in {"serious", "critical"}
            for node in it["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate(
            "() => Math.max(document.documentElement.scrollWidth, "
            "...[...document.querySelectorAll('#content, .section-page')].map(it => it.scrollWidth)) - innerWidth"
        )
        return wider


def choose(within: Locator, label: str, option: str) -> None:
    """Picks an option of a select as somebody does who types."""
    control = within.get_by_label(label, exact=True).last
    control.fill(option)
    # Its options may still be on their way.
    offered = within.page.locator(".ant-select-item-option-active:visible").filter(has_text=option)
    offered.first.wait_for()
    control.press("Enter")
