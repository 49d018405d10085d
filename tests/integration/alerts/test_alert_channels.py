"""Channels of every kind, gateways, quotas, pauses and dead letters, from REST to a vendor's server."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from libs.common.webhooks.backoff import RetrySchedule
from tests.support.alerts import COUNTY, World, spike, spike_over
from tests.support.delivering import DEMO_NUMBER, create, delivering, pass_the_wait, trail_of
from tests.support.vendors import (
    Applications,
    DingtalkRobot,
    Reply,
    SmsProvider,
    WecomRobot,
    running,
    said,
)

SMS = {
    "method": "POST",
    "headers": {"Authorization": "APPCODE {secret.code}"},
    "body": {"phone": "{to}", "content": "{text}", "serial": "{id}"},
    "success": {"pointer": "/Code", "equals": ["OK"], "final": ["NO"], "id_pointer": "/BizId"},
    "reports": {
        "items": "/reports",
        "id_pointer": "/biz",
        "status_pointer": "/status",
        "arrived": ["DELIVRD"],
        "failed": ["UNDELIV"],
    },
}


@pytest.fixture(autouse=True)
async def no_registry_mail(world: World) -> None:
    """What is counted here is what the channels carry."""
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL"))


async def add_robot(world: World, url: str, vendor: WecomRobot, **facts: Any) -> dict[str, Any]:
    address = f"{url}/cgi-bin/webhook/send?key={vendor.key}"
    body = {"name": "值班群（演示）", "kind": "wecom_robot", "target": address, "post": "officer"}
    return await create(world, "/v1/channels", "supervisor", **body | {"region_code": COUNTY} | facts)


async def test_robot_is_told_and_its_key_is_shown_to_nobody(world: World) -> None:
    vendor = WecomRobot()
    async with running(vendor) as server, delivering(world) as worker:
        channel = await add_robot(world, server.url, vendor)
        await world.handle(spike(uuid4(), level=3))
        assert await worker.deliver_due() == 1
    assert len(vendor.taken) == 1
    async with world.client("supervisor") as client:
        shown = [
            (await client.get(path)).text
            for path in ("/v1/channels", f"/v1/channels/{channel['id']}", "/v1/deliveries")
        ]
    stored = str(await world.rows("SELECT * FROM channel")) + str(await world.rows("SELECT * FROM delivery"))
    assert vendor.key not in "".join(shown) + stored
    assert channel["target"].endswith(f"/…{vendor.key[-4:]}")


async def test_signing_secret_of_a_robot_is_changed_and_keeps_its_address(world: World) -> None:
    vendor = DingtalkRobot()
    async with running(vendor) as server, delivering(world) as worker:
        target = f"{server.url}/robot/send?access_token={vendor.token}"
        channel = await create(
            world, "/v1/channels", "supervisor", name="群", kind="dingtalk_robot", target=target,
            secret="SECwrong", post="officer", region_code=COUNTY,
        )  # fmt: skip
        test = await create(world, f"/v1/channels/{channel['id']}/tests", "supervisor")
        await worker.deliver_due()
        async with world.client("supervisor") as client:
            path = f"/v1/channels/{channel['id']}"
            refused = (await client.get(f"/v1/deliveries/{test['id']}")).json()
            changed = await client.patch(path, json={"secret": vendor.secret}, headers={"If-Match": '"1"'})
            assert changed.status_code == 200, changed.text
            assert (await client.post(f"/v1/deliveries/{test['id']}/redeliveries")).status_code == 201
        await worker.deliver_due()
    assert (refused["status"], refused["error_code"], refused["alert_id"]) == ("failed", "dingtalk.310000", None)
    assert vendor.taken[0]["markdown"]["title"].endswith("通知渠道测试")


async def test_person_is_reached_by_application_message_through_the_nearest_gateway(world: World) -> None:
    vendor = Applications()
    async with running(vendor) as server, delivering(world) as worker:
        settings = {"corp_id": "ww-corp", "agent_id": 1000002, "base_url": server.url}
        body: dict[str, Any] = {"name": "企业微信", "kind": "wecom_app", "settings": settings}
        other = await create(world, "/v1/gateways", **body, secrets={"secret": "wrong"})
        own = await create(world, "/v1/gateways", **body, region_code=COUNTY, secrets={"secret": "wecom-secret"})
        channel = await create(
            world, "/v1/channels", "supervisor", name="李某", kind="wecom_app", target="zhangsan",
            person_id=str(world.people["officer"]),
        )  # fmt: skip
        assert channel["gateway_id"] == own["id"] != other["id"]
        await world.handle(spike(uuid4(), level=2))
        assert await worker.deliver_due() == 1
    card = vendor.taken[0]["textcard"]
    assert card["url"].startswith("http://127.0.0.1:8102/r/")
    (delivery,) = await world.rows("SELECT * FROM delivery")
    assert (delivery.status, delivery.provider_id, delivery.reason) == ("delivered", "wecom-1", "opened")
    # The token is in the message alone.
    token = card["url"].rpartition("/")[2]
    assert token not in str(await world.rows("SELECT * FROM receipt_link")) + delivery.body


async def test_gateway_keeps_its_secrets_and_says_what_is_wrong_with_it(world: World) -> None:
    async with world.client("admin") as client:
        made = await client.post(
            "/v1/gateways",
            json={
                "name": "短信", "kind": "sms", "settings": SMS | {"url": "http://127.0.0.1:9/send"},
                "secrets": {"code": "sms-secret"},
            },
        )  # fmt: skip
        assert made.status_code == 201, made.text
        gateway = made.json()
        assert "sms-secret" not in made.text + str(await world.rows("SELECT * FROM gateway"))
        path = f"/v1/gateways/{gateway['id']}"
        # Another secret is added, the one before stays.
        changed = await client.patch(path, json={"secrets": {"b": "2"}}, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text
        gone = await client.patch(path, json={"secrets": {"code": None}}, headers={"If-Match": '"2"'})
        assert (gone.status_code, gone.json()["code"]) == (422, "gateway.invalid")
        assert (
            "secret.code"
            in gone.json()["errors"][0]["detail" if "detail" in gone.json()["errors"][0] else "message"]
        )
        wrong = [
            {"kind": "sms", "settings": SMS | {"url": "http://10.0.0.7/send"}, "secrets": {"code": "x"}},
            {"kind": "sms", "settings": {"url": "nonsense"}},
            {"kind": "wecom_app", "settings": {"corp_id": "x"}, "secrets": {}},
            {"kind": "mail", "settings": {}},
        ]
        answers = [await client.post("/v1/gateways", json={"name": "x", **body}) for body in wrong]
        assert [(it.status_code, it.json()["code"]) for it in answers] == [
            (409, "channel.address_refused"),
            (422, "gateway.invalid"),
            (422, "gateway.invalid"),
            (422, "request.malformed"),
        ]
        pointers = {error["pointer"] for error in answers[2].json()["errors"]}
        assert pointers == {"/settings/agent_id", "/secrets/secret"}
    async with world.client("officer") as client:
        assert (await client.get("/v1/gateways")).status_code == 403
    async with world.client("stranger") as client:
        # The installation's own gateway is in nobody's region.
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "wecom_app", "target": "zhangsan"}, "channel.gateway_missing"),
        ({"kind": "wecom_robot", "target": "https://10.0.0.7/send?key=1"}, "channel.address_refused"),
        ({"kind": "apprise", "target": "syslog://"}, "channel.address_refused"),
        ({"kind": "sms", "target": "not a number"}, "channel.address_refused"),
        ({"kind": "mail"}, "channel.incomplete"),
        ({"kind": "web_push"}, "request.malformed"),
        ({"kind": "pigeon", "target": "roof"}, "request.malformed"),
        (
            {
                "kind": "web_push",
                "subscription": {
                    "endpoint": "http://127.0.0.1:9/p",
                    "keys": {"p256dh": "B" * 87, "auth": "!" * 22},
                },
            },
            "channel.address_refused",
        ),
    ],
)
async def test_channel_is_refused_when_it_could_not_work(world: World, body: dict[str, Any], code: str) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post("/v1/channels", json={"name": "x", **body})
    assert answer.json()["code"] == code, answer.text


async def test_quota_is_kept_by_workers_together_and_loses_nothing(world: World) -> None:
    vendor = WecomRobot(per_minute=5)
    async with running(vendor) as server, delivering(world) as one, delivering(world) as two:
        channel = await add_robot(world, server.url, vendor, limits=[{"count": 5, "seconds": 60}])
        for _ in range(12):
            await world.handle(spike(uuid4()))
        made = await asyncio.gather(one.deliver_due(), two.deliver_due())
        assert sum(made) == 5
        # The vendor was never asked for more than it allows.
        assert len(server.requests) == 5
        for left in (7, 2, 0):
            assert await world.scalar("SELECT count(*) FROM delivery WHERE status = 'pending'") == left
            vendor.taken.clear()
            await pass_the_wait(world)
            await asyncio.gather(one.deliver_due(), two.deliver_due())
    assert len(server.requests) == 12
    assert await world.scalar("SELECT count(*) FROM delivery WHERE status = 'delivered'") == 12
    assert await world.scalar("SELECT max(attempts) FROM delivery") == 1
    assert channel["limits"] == [{"count": 5, "seconds": 60.0}]


async def test_channel_rests_and_nobody_has_failed_when_the_vendor_says_it_is_full(world: World) -> None:
    vendor = WecomRobot(per_minute=1)
    async with (
        running(vendor) as server,
        delivering(world, schedule=RetrySchedule((1.0,), pause_after=2)) as worker,
    ):
        await add_robot(world, server.url, vendor)
        for _ in range(4):
            await world.handle(spike(uuid4()))
        await worker.deliver_due()
        seen = len(server.requests)
        await world.handle(spike(uuid4()))
        assert await worker.deliver_due() == 0
        assert len(server.requests) == seen
        (channel,) = await world.rows("SELECT failures_in_a_row, paused_at FROM channel")
        assert tuple(channel) == (0, None)
        outcomes = {row.outcome for row in await world.rows("SELECT outcome FROM delivery_attempt")}
        assert outcomes == {"delivered", "refused_for_now"}
        vendor.per_minute = 100
        await pass_the_wait(world)
        await worker.deliver_due()
    assert len(vendor.taken) == 5


async def test_red_goes_first_when_not_everything_may(world: World) -> None:
    vendor = WecomRobot()
    async with running(vendor) as server, delivering(world) as worker:
        await add_robot(world, server.url, vendor, limits=[{"count": 1, "seconds": 60}])
        for level in (1, 1, 2, 3):
            await world.handle(spike(uuid4(), level=level))
        for _ in range(3):
            await worker.deliver_due()
            await pass_the_wait(world)
    assert ["红色" in vendor.taken[0], "橙色" in vendor.taken[1], "黄色" in vendor.taken[2]] == [True] * 3


async def test_paused_channel_is_tried_by_itself_and_goes_on_when_it_works_again(world: World) -> None:
    vendor, fails = WecomRobot(), [True]

    def answer(request: Any) -> Reply:
        return Reply(502) if fails[0] else vendor(request)

    schedule = RetrySchedule(waits=(0.0,) * 9, pause_after=3)
    async with running(answer) as server, delivering(world, schedule=schedule) as worker:
        await add_robot(world, server.url, vendor)
        for _ in range(4):
            await world.handle(spike(uuid4()))
        await worker.deliver_due()
        assert await world.scalar("SELECT paused_reason FROM channel") == "3 failures in a row"
        seen = len(server.requests)
        assert await worker.deliver_due() == 0
        # A minute later one message is let through, and no more; it fails, and the next try comes later.
        await _let_probe(world)
        assert await worker.deliver_due() == 1
        assert len(server.requests) == seen + 1
        assert await world.scalar("SELECT probes FROM channel") == 1
        fails[0] = False
        await _let_probe(world)
        # It arrives, and what waited follows at once.
        assert await worker.deliver_due() == 4
        (channel,) = await world.rows("SELECT paused_at, probe_at, failures_in_a_row FROM channel")
        assert tuple(channel) == (None, None, 0)
        assert await world.rows("SELECT 1 FROM finding WHERE cleared_at IS NULL") == []
        assert await worker.deliver_due() == 0
    assert len(vendor.taken) == 4


async def _let_probe(world: World) -> None:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE channel SET probe_at = clock_timestamp()"))


async def test_channel_that_is_gone_or_paused_by_hand_is_not_tried_but_for_a_test(world: World) -> None:
    vendor = WecomRobot()
    async with running(vendor) as server, delivering(world) as worker:
        channel = await add_robot(world, server.url, vendor)
        async with world.client("supervisor") as client:
            path = f"/v1/channels/{channel['id']}"
            await client.patch(path, json={"paused": True}, headers={"If-Match": '"1"'})
        await world.handle(spike(uuid4()))
        assert await worker.deliver_due() == 0
        test = await create(world, f"/v1/channels/{channel['id']}/tests", "supervisor")
        assert await worker.deliver_due() == 1
    assert await world.scalar("SELECT paused_reason FROM channel") == "by hand"
    assert await world.scalar("SELECT status FROM delivery WHERE id = :id", id=UUID(test["id"])) == "delivered"


async def test_dead_letters_are_seen_sent_again_by_filter_and_discarded_with_a_reason(world: World) -> None:
    vendor, broken = WecomRobot(), [said({"errcode": 40058, "errmsg": "bad"})]

    def answer(request: Any) -> Reply:
        return broken[0] if broken else vendor(request)

    async with running(answer) as server, delivering(world) as worker:
        channel = await add_robot(world, server.url, vendor)
        for _ in range(5):
            await world.handle(spike(uuid4()))
        await worker.deliver_due()
        async with world.client("supervisor") as client:
            dead = (await client.get("/v1/dead-letters")).json()["items"]
            assert [item["error_code"] for item in dead] == ["wecom.40058"] * 5
            one = f"/v1/deliveries/{dead[0]['id']}"
            done = await client.post(f"{one}/discards", json={"reason": "群已解散"})
            assert (done.status_code, done.json()["status"]) == (201, "discarded")
            again = await client.post(f"{one}/discards", json={"reason": "x"})
            assert (again.status_code, again.json()["code"]) == (409, "delivery.not_dead")
            by_filter = f"filter[channel_id]={channel['id']}&filter[error_code]=wecom.40058&limit=3"
            broken.clear()
            sent = await client.post(f"/v1/dead-letters/redeliveries?{by_filter}")
            assert sent.json()["count"] == 3
            assert await worker.deliver_due() == 3
            left = await client.post("/v1/dead-letters/discards", json={"reason": "过期"})
            assert left.json()["count"] == 1
            assert (await client.get("/v1/dead-letters")).json()["items"] == []
            nothing = await client.post("/v1/dead-letters/redeliveries?filter[nonsense]=1")
            assert nothing.status_code == 422
        async with world.client("stranger") as client:
            assert (await client.post(f"{one}/discards", json={"reason": "x"})).status_code == 404
        async with world.client("officer") as client:
            assert (await client.post("/v1/dead-letters/redeliveries")).status_code == 403
    assert len(vendor.taken) == 3
    assert len(await trail_of(world, "undelivered")) == 5


async def test_cloud_event_is_sent_where_a_subscription_asks_for_it(world: World) -> None:
    async with running(lambda request: Reply(204)) as server, delivering(world) as worker:
        await create(
            world, "/v1/channels", "supervisor", name="运维", kind="webhook", target=f"{server.url}/hook",
            region_code=COUNTY, format="cloudevents",
        )  # fmt: skip
        opened = spike(uuid4(), level=2)
        await world.handle(opened)
        await world.handle(spike_over(opened), 2)
        await worker.deliver_due()
    events = [json.loads(request.body) for request in server.requests]
    assert {event["type"] for event in events} == {"alerts.alert.opened.v1", "alerts.alert.resolved.v1"}
    assert all(event["specversion"] == "1.0" and event["data"]["alert_id"] for event in events)


async def test_report_of_the_provider_says_what_arrived(world: World) -> None:
    vendor = SmsProvider()
    async with running(vendor) as server, delivering(world) as worker:
        gateway = await create(
            world, "/v1/gateways", name="短信", kind="sms", settings=SMS | {"url": f"{server.url}/send"},
            secrets={"code": "sms-secret"},
        )  # fmt: skip
        await _give_numbers(world)
        await world.handle(spike(uuid4(), level=3))
        assert await worker.deliver_due() == 1
    assert vendor.taken[0]["phone"] == DEMO_NUMBER
    async with world.client("nobody") as client:
        unknown = await client.post(f"/v1/gateways/{gateway['id']}/reports/x", json={})
        assert unknown.status_code == 404
        report = {"reports": [{"biz": "biz-1", "status": "DELIVRD"}, {"biz": "else", "status": "DELIVRD"}]}
        answer = await client.post(gateway["report_path"], json=report)
        assert answer.json() == {"known": 1}, answer.text
        nonsense = await client.post(gateway["report_path"], content=b"{")
        assert nonsense.status_code == 422
    assert await world.scalar("SELECT received_at FROM delivery") == world.clock.now()


async def _give_numbers(world: World) -> None:
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE person_replica SET phone = :number WHERE post = 'officer'"), {"number": DEMO_NUMBER}
        )
