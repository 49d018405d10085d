"""Web Push in the browser: the switch, what the worker shows, and where a notice leads.

Headless Chromium has no push service behind it. So its subscription is one of the test's push service, and what
the alerts service sends there is decrypted and handed to the page's own worker, as the browser would.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.browser import seeding
from tests.browser.conftest import Office
from tests.support.browser import PHONE, Visitor
from tests.support.push_service import Browser as Device
from tests.support.push_service import PushService
from tests.support.stack import wait_for
from tests.support.vendors import running
from tests.support.world import ok

Visit = Callable[..., Visitor]
_SUBSCRIBED = """(told) => {
  let made = null;
  const unsubscribe = async () => Boolean((made = null) ?? true);
  const subscription = { endpoint: told.endpoint, options: {}, toJSON: () => told, unsubscribe };
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async (options) => {
    window.asked = options;
    return (made = subscription);
  };
}"""
_NOTICES = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, tag, data }) => ({ title, tag, data }));
}"""
_CHOOSE = """async () => {
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


@contextmanager
def _push_service(public_key: str) -> Iterator[tuple[PushService, str]]:
    """In a thread of its own: the alerts service sends while the test waits."""
    service, address, started = PushService(public_key), list[str](), threading.Event()
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()

    async def work() -> None:
        async with running(service) as server:
            address.append(server.url)
            started.set()
            await stopping.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(work()), daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield service, address[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=60)
        loop.close()


def test_phone_is_told_while_the_page_is_elsewhere_and_a_notice_opens_the_alert(
    visit: Visit, office: Office
) -> None:
    with office.world.api("alerts") as http:
        key = ok(http.get("/v1/web-push-key"))["public_key"]
    with _push_service(key) as (service, address):
        device = service.browser()
        visitor = visit(PHONE, username=None)
        visitor.context.grant_permissions(["notifications"], origin=visitor.address)
        visitor.page.add_init_script(f"({_SUBSCRIBED})({json.dumps(device.subscription(address))})")
        visitor.sign_in("chief", office.password)
        page = visitor.page
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        _switch(visitor, "手机和离线通知：开启")
        wait_for(lambda: page.evaluate("'asked' in window"), 180, "the browser is asked to subscribe")
        assert page.evaluate("window.asked.applicationServerKey") == key
        seeding.assigned_alert(office, "pushed", "主变过载（推送）", "leader")
        wait_for(lambda: bool(_told_of(device, "主变过载（推送）")), 180, "the push service was sent the alert")
        (told,) = _told_of(device, "主变过载（推送）")
        notice = _handed_over(visitor, told)
        assert notice["title"] == told["title"]
        assert notice["data"]["path"] == f"/alerts/{told['tag']}"
        (worker,) = visitor.context.service_workers
        worker.evaluate(_CHOOSE)
        page.wait_for_url(f"**/alerts/{told['tag']}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("主变过载（推送）")
        _switch(visitor, "手机和离线通知：关闭")
        with office.world.api("alerts") as http:
            wait_for(lambda: not _subscribed(http, address), 180, "the subscription is gone")


def _switch(visitor: Visitor, label: str) -> None:
    visitor.page.get_by_role("button", name="账号 chief").click()
    visitor.page.get_by_role("menuitem", name=label).click()


def _told_of(device: Device, title: str) -> list[dict[str, str]]:
    return [shown for shown in device.shown if title in shown["title"]]


def _handed_over(visitor: Visitor, told: dict[str, str]) -> dict[str, Any]:
    """The notice that the worker shows when it is handed the message by the browser's own debugging interface.

    Like a push service it hands it over again where nothing came of it: nobody tells whether a worker ran.
    """
    session = visitor.context.new_cdp_session(visitor.page)
    registered: dict[str, bool] = {}

    def note(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            # Those of other visitors are told of as well.
            if one["scopeURL"].startswith(visitor.address):
                registered[one["registrationId"]] = not one["isDeleted"]

    session.on("ServiceWorker.workerRegistrationUpdated", note)
    session.send("ServiceWorker.enable")
    wait_for(lambda: visitor.page.evaluate("true") and any(registered.values()), 180, "the worker is registered")

    def shown() -> list[dict[str, Any]]:
        for number in [number for number, lives in registered.items() if lives]:
            message = {"origin": visitor.address, "registrationId": number, "data": json.dumps(told)}
            session.send("ServiceWorker.deliverPushMessage", message)
        visitor.page.wait_for_timeout(500)
        notices: list[dict[str, Any]] = visitor.page.evaluate(_NOTICES)
        return notices

    # One alert has one notice, however often it is handed over.
    (notice,) = wait_for(shown, 180, "the worker shows the notice")
    return notice


def _subscribed(http: httpx.Client, address: str) -> bool:
    listed = ok(http.get("/v1/channels", params={"filter[kind][eq]": "web_push", "limit": 100}))["items"]
    return any(it["enabled"] and it["target"].startswith(address) for it in listed)
