"""Messages leave the house: signed, at least once, under one id; and nowhere they should not go."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text
from standardwebhooks import Webhook

from libs.common.ids import new_id
from libs.common.security.envelope import Envelope
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome, WebhookClient
from libs.common.webhooks.hosts import AllowedHosts
from services.alerts.notifications.jobs import DeliveryAuditor, DeliveryWorker
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.mail import MailSender, SmtpServer
from services.alerts.notifications.senders.webhook import WebhookSender
from tests.support.alerts import COUNTY, World, spike, spike_over
from tests.support.ports import reserve_ports
from tests.support.receiver import Receiver, running_receiver
from tests.support.vendors import Reply, running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
async def no_registry_mail(world: World) -> None:
    """What is counted here is what the channels carry."""
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL"))


@dataclass
class Mailbox:
    messages: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(envelope.content)
        return "250 OK"


@asynccontextmanager
async def worker(world: World, *, smtp_port: int = 1, **options: Any) -> AsyncIterator[DeliveryWorker]:
    envelope = Envelope(world.settings.secret_key.get_secret_value())
    async with httpx.AsyncClient(timeout=300, trust_env=False) as client:
        senders = {
            "webhook": WebhookSender(WebhookClient(client, world.settings.allowed_hosts()), envelope),
            "mail": MailSender(SmtpServer("127.0.0.1", smtp_port, "duban@example.test")),
        }
        given = {"schedule": RetrySchedule(waits=(3600, 3600), pause_after=20)} | options
        yield DeliveryWorker(world.database, world.clock, new_id, given.pop("senders", senders), **given)


async def pass_the_wait(world: World) -> None:
    """As if the time until the next attempt had passed."""
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE delivery SET next_attempt_at = clock_timestamp()"))


async def add_channel(world: World, name: str = "supervisor", **body: Any) -> dict[str, Any]:
    async with world.client(name) as client:
        answer = await client.post("/v1/channels", json={"name": "演示", "kind": "webhook", **body})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


async def test_webhook_is_signed_and_recorded_when_an_alert_opens(world: World, receiver: Receiver) -> None:
    channel = await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4(), level=3))
    async with worker(world) as deliveries:
        assert await deliveries.deliver_due() == 1
    ((headers, body),) = receiver.requests
    data = Webhook(channel["secret"]).verify(body, headers)
    (delivery,) = await world.rows("SELECT * FROM delivery")
    assert headers["webhook-id"] == str(delivery.id)
    assert data["type"] == "alert.opened"
    assert data["data"]["alert_id"] == str(delivery.alert_id)
    assert data["data"]["text_en"].startswith("11:15 2,340 kW")
    assert data["data"]["recipient"]["person_id"] == str(world.people["officer"])
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    (attempt,) = await world.rows("SELECT outcome, status_code FROM delivery_attempt")
    assert tuple(attempt) == ("delivered", 200)


async def test_mail_arrives_in_both_languages_when_people_want_them(world: World) -> None:
    person = await world.add_person("officer", name="Reader (demo)", email=None)
    await add_channel(world, kind="mail", target="reader@example.test", person_id=str(person), language="en")
    # The other officer has an address in the registry, and a webhook beside it.
    async with world.database.transaction() as session:
        officer = {"email": "officer@example.test", "person_id": world.people["officer"]}
        await session.execute(
            text("UPDATE person_replica SET email = :email WHERE person_id = :person_id"), officer
        )
    await world.handle(spike(uuid4(), level=3))
    mailbox = Mailbox()
    port = reserve_ports(1)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        async with worker(world, smtp_port=port) as deliveries:
            assert await deliveries.deliver_due() == 2
    finally:
        controller.stop()
    texts = [message.decode() for message in mailbox.messages]
    ids = {str(row.id) for row in await world.rows("SELECT id FROM delivery")}
    assert {
        identity for identity in ids if any(f"Message-ID: <{identity}@example.test>" in it for it in texts)
    } == ids
    english = next(it for it in texts if "reader@example.test" in it)
    assert "Subject: [Red]" in english


async def test_delivery_is_repeated_under_its_id_when_the_receiver_fails(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))
    receiver.status = 503
    async with worker(world) as deliveries:
        for status in (503, 200):
            receiver.status = status
            assert await deliveries.deliver_due() == 1
            await pass_the_wait(world)
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len({body for _, body in receiver.requests}) == 1
    outcomes = await world.rows("SELECT outcome, status_code FROM delivery_attempt ORDER BY number")
    assert [tuple(row) for row in outcomes] == [("failed", 503), ("delivered", 200)]


async def test_delivery_fails_for_good_and_is_in_the_trail_when_the_schedule_ends(
    world: World, receiver: Receiver
) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))
    receiver.status = 500
    async with worker(world) as deliveries:
        for _ in range(3):
            await deliveries.deliver_due()
            await pass_the_wait(world)
        assert await world.scalar("SELECT status FROM delivery") == "failed"
        assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'undelivered'") == 1
        # Somebody mends the receiver and asks for it again.
        receiver.status = 200
        delivery_id = await world.scalar("SELECT id FROM delivery")
        async with world.client("supervisor") as client:
            assert (await client.post(f"/v1/deliveries/{delivery_id}/redeliveries")).status_code == 201
            assert await deliveries.deliver_due() == 1
            detail = (await client.get(f"/v1/deliveries/{delivery_id}")).json()
            assert (await client.post(f"/v1/deliveries/{delivery_id}/redeliveries")).status_code == 201
    assert (detail["status"], len(detail["attempts_made"])) == ("delivered", 4)
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {str(delivery_id)}


async def test_channel_is_paused_with_a_finding_when_it_keeps_failing(world: World, receiver: Receiver) -> None:
    channel = await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    receiver.status = 500
    for _ in range(3):
        await world.handle(spike(uuid4()))
    async with worker(world, schedule=RetrySchedule(waits=(0.0,) * 9, pause_after=3)) as deliveries:
        await deliveries.deliver_due()
        seen = len(receiver.requests)
        assert await world.scalar("SELECT paused_reason FROM channel") == "3 failures in a row"
        assert [tuple(row) for row in await world.rows("SELECT kind, object_id FROM finding")] == [
            ("channel_paused", channel["id"])
        ]
        # What is written now waits with the rest.
        await world.handle(spike(uuid4()))
        assert await deliveries.deliver_due() == 0
        receiver.status = 200
        async with world.client("supervisor") as client:
            etag = (await client.get(f"/v1/channels/{channel['id']}")).headers["ETag"]
            answer = await client.patch(
                f"/v1/channels/{channel['id']}", json={"paused": False}, headers={"If-Match": etag}
            )
            assert answer.status_code == 200, answer.text
        await deliveries.deliver_due()
    assert len(receiver.requests) == seen + 4
    assert await world.rows("SELECT 1 FROM finding WHERE cleared_at IS NULL") == []


async def test_registry_address_is_used_when_the_persons_own_mail_channel_is_paused(world: World) -> None:
    person = await world.add_person("officer", name="Reader (demo)", email="registry@example.test")
    await add_channel(world, kind="mail", target="own@example.test", person_id=str(person))
    await world.handle(spike(uuid4()))
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE channel SET paused_at = created_at"))
    await world.handle(spike(uuid4()))
    targets = [row.target for row in await world.rows("SELECT target FROM delivery ORDER BY id")]
    assert targets == ["own@example.test", "own@example.test", "registry@example.test"]


async def test_channel_is_paused_at_once_when_the_receiver_is_gone(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))
    receiver.status = 410
    async with worker(world) as deliveries:
        await deliveries.deliver_due()
    assert await world.scalar("SELECT paused_reason FROM channel") == "gone"
    assert await world.scalar("SELECT status FROM delivery") == "failed"


async def test_redirect_is_not_followed_when_a_receiver_sends_us_on(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))
    receiver.status, receiver.extra = 307, "Location: http://169.254.169.254/latest\r\n"
    async with worker(world) as deliveries:
        await deliveries.deliver_due()
    (delivery,) = await world.rows("SELECT status, last_error FROM delivery")
    assert tuple(delivery) == ("failed", "redirects are not followed")
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest", "host_not_allowed"),
        ("http://intranet.example.org/", "host_not_allowed"),
        ("http://user:pass@127.0.0.1/", "credentials_in_address"),
        ("ftp://127.0.0.1/", "malformed"),
        ("http://[::1]/", "host_not_allowed"),
    ],
)
async def test_channel_is_refused_when_its_host_is_not_listed(world: World, target: str, reason: str) -> None:
    async with world.client("supervisor") as client:
        answer = await client.post("/v1/channels", json={"name": "x", "kind": "webhook", "target": target})
    assert (answer.status_code, answer.json()["code"]) == (409, "channel.address_refused")
    assert reason in answer.json()["detail"]


async def test_nothing_is_sent_when_a_listed_name_leads_inside() -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.7"]

    async with httpx.AsyncClient() as client:
        webhooks = WebhookClient(client, AllowedHosts.of(["hooks.example.org"]), resolver=inside)
        sender = WebhookSender(webhooks, Envelope("x" * 32))
        sealed = Envelope("x" * 32).seal(b"whsec_" + b"QUJD" * 8, "webhook-secret")
        outgoing = Outgoing(
            uuid4(), uuid4(), "webhook", "https://hooks.example.org/x", "", "{}", "en", 1, 0, uuid4(), sealed
        )
        outcome = await sender.send(outgoing)
    assert (outcome.delivered, outcome.is_final, outcome.error) == (False, True, "refused: inner_address")


class Killed(BaseException):
    """The process dies between sending and recording."""


async def test_message_comes_again_under_its_id_when_the_worker_dies_before_recording(
    world: World, receiver: Receiver
) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))

    @dataclass
    class DyingSender:
        sender: Any

        async def send(self, outgoing: Outgoing) -> Outcome:
            await self.sender.send(outgoing)
            raise Killed

    async with worker(world) as deliveries:
        dying = DeliveryWorker(
            world.database,
            world.clock,
            new_id,
            {"webhook": DyingSender(deliveries._senders["webhook"])},
            schedule=RetrySchedule(),
        )
        with pytest.raises(Killed):
            await dying.deliver_due()
        # The lease still runs: nobody else may send it now.
        assert await deliveries.deliver_due() == 0
        await pass_the_wait(world)
        assert await deliveries.deliver_due() == 1
    assert len(receiver.requests) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    outcomes = await world.rows("SELECT outcome FROM delivery_attempt ORDER BY number")
    assert [row.outcome for row in outcomes] == ["interrupted", "delivered"]


async def test_each_delivery_is_sent_once_when_several_workers_run(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    for _ in range(20):
        await world.handle(spike(uuid4()))
    async with worker(world) as first, worker(world) as second, worker(world) as third:
        made = await asyncio.gather(*(each.deliver_due() for each in (first, second, third)))
    assert sum(made) == 20
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert len(ids) == len(set(ids)) == 20


async def test_webhook_leaves_by_itself_when_the_worker_runs(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    async with worker(world) as deliveries:
        task = asyncio.create_task(deliveries.run())
        await asyncio.sleep(0.2)
        await world.handle(spike(uuid4()))
        # The promise is a second; a machine that runs every test at once is allowed more.
        async with asyncio.timeout(120):
            while not receiver.requests:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_receiver_that_hangs_takes_no_more_than_its_places(world: World, receiver: Receiver) -> None:
    async with running(lambda request: Reply(hang=True)) as hanging, worker(world) as deliveries:
        # First in every order there is.
        stuck = await add_channel(world, target=hanging.url, region_code=COUNTY)
        await add_channel(world, target=receiver.url, region_code=COUNTY)
        await world.handle_all([spike(uuid4()) for _ in range(40)])
        task = asyncio.create_task(deliveries.run())
        async with asyncio.timeout(300):
            while len(receiver.requests) < 40:
                await asyncio.sleep(0.02)
        under_way = await world.scalar(
            "SELECT count(*) FROM delivery_attempt JOIN delivery ON delivery.id = delivery_id "
            "WHERE channel_id = :channel AND finished_at IS NULL",
            channel=stuck["id"],
        )
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert hanging.requests
    assert under_way <= 8
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {
        str(row.id) for row in await world.rows("SELECT id FROM delivery WHERE target = :url", url=receiver.url)
    }


async def test_subscription_gets_every_change_when_region_and_severity_fit(
    world: World, receiver: Receiver
) -> None:
    await add_channel(world, target=receiver.url, region_code=COUNTY, min_severity="orange")
    await add_channel(world, "stranger", target=receiver.url)
    mild, grave = spike(uuid4(), level=1), spike(uuid4(), level=2)
    await world.handle(mild)
    await world.handle(grave)
    await world.handle(spike_over(grave), 2)
    async with worker(world) as deliveries:
        await deliveries.deliver_due()
    types = [json.loads(body)["type"] for _, body in receiver.requests]
    assert sorted(types) == ["alert.opened", "alert.resolved"]


async def test_post_channel_counts_as_somebody_when_no_person_holds_the_post(
    world: World, receiver: Receiver
) -> None:
    await add_channel(world, target=receiver.url, post="leading_group", region_code=COUNTY)
    await world.handle(spike(uuid4(), level=3))
    for _ in range(3):
        await world.advance(hours=1)
    async with worker(world) as deliveries:
        await deliveries.deliver_due()
    assert [json.loads(body)["data"]["recipient"]["kind"] for _, body in receiver.requests] == ["post"]


async def test_auditor_reports_when_a_delivery_waits_too_long(world: World, receiver: Receiver) -> None:
    await add_channel(world, target=receiver.url, person_id=str(world.people["officer"]))
    await world.handle(spike(uuid4()))
    async with world.edge() as ctx:
        await DeliveryAuditor(late_after_seconds=0.0).check_deliveries(ctx, ctx.now)
    delivery_id: UUID = await world.scalar("SELECT id FROM delivery")
    assert [tuple(row) for row in await world.rows("SELECT kind, object_id FROM finding")] == [
        ("delivery_late", str(delivery_id))
    ]
