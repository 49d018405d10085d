"""A person's own browsers: subscribed, told, handed on, taken away; the push service reads what they would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from libs.common.security.principal import Role
from tests.support.alerts import COUNTY, World, caller, spike
from tests.support.delivering import delivering, pass_the_wait
from tests.support.push_service import Browser, PushService
from tests.support.vendors import Reply, Server, running

PATH = "/v1/push-subscriptions"


class Desk:
    """The officer and a colleague, told by nothing but their browsers."""

    def __init__(self, world: World, service: PushService, server: Server) -> None:
        self.world, self.service, self.server = world, service, server

    async def call(self, method: str, path: str = PATH, by: str = "officer", **body: Any) -> httpx.Response:
        async with self.world.client(by) as client:
            return await client.request(method, path, json=body or None)

    async def subscribe(self, browser: Browser, by: str = "officer", **change: Any) -> dict[str, Any]:
        body = {"name": "Chrome, Android", "subscription": browser.subscription(self.server.url)} | change
        answer = await self.call("POST", by=by, **body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def names(self, by: str = "officer") -> list[str]:
        return [it["name"] for it in (await self.call("GET", by=by)).json()["items"]]

    async def channel(self, channel_id: str) -> Any:
        (row,) = await self.world.rows("SELECT * FROM channel WHERE id = CAST(:id AS uuid)", id=channel_id)
        return row


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL, phone = NULL"))
    known = world.callers.known
    known["officer"] = caller("officer", Role.OFFICER, COUNTY, person_id=world.people["officer"])
    other = await world.add_person("officer", name="同事（演示）", email=None)
    known["colleague"] = caller("colleague", Role.VIEWER, COUNTY, person_id=other)
    async with world.client("viewer") as client:
        key = (await client.get("/v1/web-push-key")).json()["public_key"]
    service = PushService(key)
    async with running(service) as server:
        yield Desk(world, service, server)


async def test_person_is_told_by_each_browser_with_a_title_and_where_to_go_until_it_is_gone(
    desk: Desk, world: World
) -> None:
    phone, tablet = desk.service.browser(), desk.service.browser()
    one = await desk.subscribe(phone, language="en")
    two = await desk.subscribe(tablet, name="平板")
    assert "/push/0" not in str(one)
    # The same browser again, with new keys after an update: the same channel.
    assert (await desk.subscribe(phone, name="Chrome 2", language="en"))["id"] == one["id"]
    assert await desk.names() == ["平板", "Chrome 2"]
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        # The push service is busy first, then has too much of us: both mend themselves.
        desk.service.statuses = [Reply(503, headers={"retry-after": "7"}), Reply(429)]
        await worker.deliver_due()
        await pass_the_wait(world)
        await worker.deliver_due()
        ((shown,), (headers,)) = phone.shown, phone.headers
        assert shown["title"].startswith("[Red"), shown
        alert_id = str(await world.scalar("SELECT id FROM alert"))
        assert shown["url"].endswith(f"/alerts/{alert_id}")
        assert shown["tag"] == alert_id
        # Who is told, the text and the figures stay behind the sign-in.
        (person,) = await world.rows("SELECT name FROM person_replica WHERE post = 'officer' LIMIT 1")
        assert person.name not in str(shown)
        assert not {"body", "text", "reason"} & set(shown)
        assert (headers["urgency"], headers["topic"]) == ("high", alert_id.replace("-", ""))
        assert tablet.shown[0]["title"].startswith("【红色预警】")
        # The browser was reinstalled.
        desk.service.browsers.pop(tablet.path)
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        assert len(phone.shown) == 2
    assert await desk.names() == ["Chrome 2"]
    row = await desk.channel(two["id"])
    assert (row.enabled, row.secret_sealed, row.endpoint_hash, row.paused_reason) == (False, None, None, "gone")
    # Nobody has to look after it.
    assert await world.scalar("SELECT count(*) FROM finding WHERE kind = 'channel_paused'") == 0
    assert await world.scalar("SELECT count(*) FROM delivery WHERE status = 'pending'") == 0


async def test_browser_is_one_persons_and_only_that_person_sees_and_removes_it(desk: Desk, world: World) -> None:
    browser = desk.service.browser()
    mine = await desk.subscribe(browser)
    assert (await desk.call("DELETE", f"{PATH}/{mine['id']}", by="colleague")).status_code == 404
    # On a shared computer somebody else switches it on.
    theirs = await desk.subscribe(browser, by="colleague")
    assert theirs["id"] != mine["id"]
    assert (await desk.names(), await desk.names("colleague")) == ([], ["Chrome, Android"])
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
    (told,) = await world.rows("SELECT status, person_id FROM delivery WHERE kind = 'web_push'")
    assert (told.status, told.person_id) == ("delivered", world.callers.known["colleague"].person_id)
    assert len(browser.shown) == 1
    assert (await desk.call("DELETE", f"{PATH}/{theirs['id']}", by="colleague")).status_code == 204
    assert (await desk.call("DELETE", f"{PATH}/{theirs['id']}", by="colleague")).status_code == 404
    assert (await desk.channel(theirs["id"])).secret_sealed is None
    # Old ones go when there are more than anybody has.
    for number in range(12):
        await desk.subscribe(desk.service.browser(), name=str(number))
    assert await desk.names() == [str(number) for number in range(11, 1, -1)]


async def test_subscription_is_refused_when_nobody_could_be_told_by_it(desk: Desk) -> None:
    given = desk.service.browser().subscription(desk.server.url)
    nobody = await desk.call("POST", by="supervisor", name="x", subscription=given)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "push.nobody_to_tell")
    assert (await desk.call("GET", by="supervisor")).json()["code"] == "push.nobody_to_tell"
    elsewhere = await desk.call("POST", name="x", subscription=given | {"endpoint": "https://push.example.org/1"})
    assert elsewhere.json()["code"] == "channel.address_refused"
    keys = given["keys"] | {"p256dh": "A" * 87}
    broken = await desk.call("POST", name="x", subscription=given | {"keys": keys | {"auth": "!" * 22}})
    assert broken.json()["code"] == "channel.address_refused"
    assert (await desk.call("POST", name="x")).status_code == 422
