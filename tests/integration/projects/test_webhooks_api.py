"""Other systems are told: signed, in order, at least once under one id, and only what their owner may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from libs.common.context import Context
from libs.common.ids import new_id
from libs.common.outbox.relay import Relay
from libs.common.security.principal import SYSTEM
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import WebhookClient
from services.projects.assembly import webhook_guard
from services.projects.webhooks.domain.pausing import PauseRule
from services.projects.webhooks.jobs import DeliveryPlanner, WebhookWorker, forget_old_deliveries
from tests.support.receiver import Receiver, running_receiver

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

SUBSCRIPTIONS = "/v1/webhook-subscriptions"


@pytest.fixture
def more_settings() -> dict[str, Any]:
    return {"webhook_allowed_hosts": ("127.0.0.1",)}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver


class NoBroker:
    """What is published goes nowhere: here it is the places in the feed that count."""

    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Any) -> None:
        return None


async def plan(office: Office) -> int:
    """Place what was committed, as the relay does, and make deliveries of it."""
    relay = Relay(office.database, NoBroker())
    async with office.database.engine.connect() as connection:
        while await relay.relay_once(connection):
            pass
    return await DeliveryPlanner(office.database, office.clock, new_id).plan_due()


@asynccontextmanager
async def worker(office: Office, **options: Any) -> AsyncIterator[WebhookWorker]:
    given: dict[str, Any] = {"schedule": RetrySchedule(waits=(3600,) * 3), "pausing": PauseRule()} | options
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        webhooks = WebhookClient(client, office.settings.allowed_hosts())
        yield WebhookWorker(
            office.database, office.clock, new_id, webhooks, webhook_guard(office.settings), **given
        )


async def deliver(office: Office, **options: Any) -> int:
    await plan(office)
    async with worker(office, **options) as deliveries:
        return await deliveries.deliver_due()


async def sql(office: Office, statement: str, **values: Any) -> None:
    async with office.database.transaction() as session:
        await session.execute(text(statement), values)


async def pass_the_wait(office: Office) -> None:
    """As if waits and rests had passed."""
    await sql(office, "UPDATE webhook_delivery SET next_attempt_at = clock_timestamp() WHERE status = 'pending'")
    await sql(office, "UPDATE webhook_subscription SET rest_until = clock_timestamp()")


async def subscribe(office: Office, url: str, *, by: str = "admin", **facts: Any) -> dict[str, Any]:
    # What was committed before is before the subscription's time.
    await plan(office)
    body = {"name": "市级平台（演示）", "url": url, "topics": ["projects.project.v1"], "region_code": "421224"}
    return dict(await office.done("POST", SUBSCRIPTIONS, body | facts, by=by))


def told(receiver: Receiver) -> list[tuple[str, str, int]]:
    """Type, subject and version of what arrived, in order."""
    bodies = [json.loads(body) for _, body in receiver.requests]
    return [(body["type"].split(".")[-2], body["data"].get("code", ""), body["version"]) for body in bodies]


async def test_events_arrive_signed_and_in_order_as_they_were_published(
    office: Office, receiver: Receiver
) -> None:
    await office.register("P-0")
    subscription = await subscribe(office, receiver.url)
    assert subscription["secret"].startswith("whsec_")
    path = await office.signed("P-1")
    await office.register("P-2", region_code="421221")
    assert await deliver(office) == 2
    assert told(receiver) == [("registered", "P-1", 1), ("stage_entered", "P-1", 2)]
    for headers, body in receiver.requests:
        Webhook(subscription["secret"]).verify(body, headers)
    event = (await office.events("projects.project.v1", path.rpartition("/")[2]))[0]
    assert receiver.requests[0][0]["webhook-id"] == str(event.event_id)
    first = json.loads(receiver.requests[0][1])
    assert (first["id"], first["region_code"]) == (str(event.event_id), "421224101")
    assert first["data"] == json.loads(event.payload or b"")
    # Nothing is made or sent twice.
    assert await deliver(office) == 0
    log = (await office.done("GET", "/v1/webhook-deliveries"))["items"]
    assert [(entry["status"], entry["attempts"], entry["last_status_code"]) for entry in log] == [
        ("delivered", 1, 200),
        ("delivered", 1, 200),
    ]


async def test_secret_is_shown_once_and_both_sign_while_it_is_replaced(office: Office, receiver: Receiver) -> None:
    made = await subscribe(office, receiver.url)
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    assert "secret" not in await office.done("GET", path)
    answer = await office.call("POST", f"{path}/secret-rotations")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    await office.done("POST", f"{path}/pings")
    assert await deliver(office) == 1
    for secret in (made["secret"], answer.json()["secret"]):
        assert Webhook(secret).verify(receiver.requests[0][1], receiver.requests[0][0])["type"] == "webhook.ping"
    await sql(office, "UPDATE webhook_subscription SET previous_secret_until = clock_timestamp()")
    await office.done("POST", f"{path}/pings")
    await deliver(office)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(made["secret"]).verify(receiver.requests[1][1], receiver.requests[1][0])


async def test_message_is_repeated_under_its_id_and_its_successor_waits(
    office: Office, receiver: Receiver
) -> None:
    await subscribe(office, receiver.url)
    await office.signed("P-1")
    receiver.status = 503
    # The first of the aggregate fails; the one after it is not sent before it.
    assert await deliver(office) == 1
    await pass_the_wait(office)
    receiver.status = 200
    assert await deliver(office) == 2
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert (ids[0] == ids[1], len(set(ids))) == (True, 2)
    assert told(receiver) == [("registered", "P-1", 1), ("registered", "P-1", 1), ("stage_entered", "P-1", 2)]
    delivery = (await office.done("GET", "/v1/webhook-deliveries", params={"sort": "id"}))["items"][0]
    detail = await office.done("GET", f"/v1/webhook-deliveries/{delivery['id']}")
    assert [(one["outcome"], one["status_code"]) for one in detail["attempts_made"]] == [
        ("failed", 503),
        ("delivered", 200),
    ]


async def test_one_bad_event_holds_up_its_project_only_and_is_given_up(office: Office, receiver: Receiver) -> None:
    await subscribe(office, receiver.url)
    path = await office.signed("P-1")
    bad = (await office.events("projects.project.v1", path.rpartition("/")[2]))[0]
    receiver.refuse = {str(bad.event_id)}
    await office.register("P-2")
    schedule = RetrySchedule(waits=(3600,))
    await deliver(office, schedule=schedule)
    for _ in range(2):
        await pass_the_wait(office)
        await deliver(office, schedule=schedule)
    assert [entry for entry in told(receiver) if entry[1] == "P-2"] == [("registered", "P-2", 1)]
    assert told(receiver)[-1] == ("stage_entered", "P-1", 2)
    failed = (await office.done("GET", "/v1/webhook-deliveries", params={"filter[status][eq]": "failed"}))["items"]
    assert [(entry["event_id"], entry["attempts"]) for entry in failed] == [(str(bad.event_id), 2)]
    # Somebody mends the receiver and asks for it again.
    receiver.refuse = set()
    again = f"/v1/webhook-deliveries/{failed[0]['id']}/redeliveries"
    assert (await office.done("POST", again))["status"] == "pending"
    await office.refused("POST", again, status=409, code="webhook.delivery_pending")
    assert await deliver(office) == 1
    assert receiver.requests[-1][0]["webhook-id"] == str(bad.event_id)


async def test_subscription_is_paused_with_a_warning_and_goes_on_when_resumed(
    office: Office, receiver: Receiver
) -> None:
    made = await subscribe(office, receiver.url)
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    for number in range(4):
        await office.register(f"P-{number}")
    receiver.status = 500
    rule = PauseRule(after_failures=3)
    # All that could be under way at once fails; from then on one message tries whether the receiver is back.
    await deliver(office, pausing=PauseRule(after_failures=100))
    seen = len(receiver.requests)
    await pass_the_wait(office)
    assert await deliver(office, pausing=rule) == 1
    paused = await office.done("GET", path)
    assert (paused["paused_reason"], paused["failures_in_a_row"]) == ("failures", seen + 1)
    (warning,) = (await office.done("GET", "/v1/conditions"))["items"]
    assert (warning["kind"], warning["subject_type"], warning["subject_id"]) == (
        "webhook_paused",
        "webhook_subscription",
        made["id"],
    )
    assert f"{seen + 1} attempts in a row failed" in warning["explanation_en"]
    # What happens meanwhile is kept, and sent after.
    await office.register("P-9")
    await pass_the_wait(office)
    assert await deliver(office, pausing=rule) == 0
    receiver.status = 200
    await office.refused("PATCH", path, {"paused": False}, status=428, code="precondition.required")
    await office.done("PATCH", path, {"paused": False}, headers={"If-Match": f'"{paused["version"]}"'})
    await deliver(office)
    arrived = {code for _, code, _ in told(receiver)[seen + 1 :]}
    assert arrived == {"P-0", "P-1", "P-2", "P-3", "P-9"}
    (cleared,) = (await office.done("GET", "/v1/conditions"))["items"]
    assert cleared["cleared_reason"] == "resumed"
    kinds = [event.type.split(".")[2] for event in await office.events("projects.condition.v1")]
    assert kinds == ["opened", "cleared"]


async def test_subscription_is_paused_when_it_fails_for_three_days(office: Office, receiver: Receiver) -> None:
    made = await subscribe(office, receiver.url)
    await office.register("P-1")
    receiver.status = 500
    await deliver(office)
    reasons = []
    for hours in (71, 72):
        since = (
            "UPDATE webhook_subscription SET failing_since = clock_timestamp() - make_interval(hours => :hours)"
        )
        await sql(office, since, hours=hours)
        await pass_the_wait(office)
        await deliver(office)
        reasons.append((await office.done("GET", f"{SUBSCRIPTIONS}/{made['id']}"))["paused_reason"])
    assert reasons == [None, "too_long"]


async def test_receiver_that_is_gone_is_asked_no_more(office: Office, receiver: Receiver) -> None:
    made = await subscribe(office, receiver.url)
    await office.register("P-1")
    receiver.status = 410
    await deliver(office)
    assert (await office.done("GET", f"{SUBSCRIPTIONS}/{made['id']}"))["paused_reason"] == "gone"


async def test_subscription_gets_only_what_its_owner_may_see(office: Office, receiver: Receiver) -> None:
    enterprise = {"name": "plant (demo)", "region_code": "421224101", "sector_code": "3140"}
    own = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", enterprise)
    await office.staff("plant", "enterprise", "421224101", enterprise_id=own["enterprise_id"])
    await office.staff("town", "officer", "421224101")
    await office.staff("jiayu", "officer", "421221")
    await office.staff("watcher", "viewer", "421224")
    body = {"name": "x", "url": receiver.url, "region_code": "421224"}
    # A wider region than one's own does not exist.
    for who in ("town", "jiayu"):
        await office.refused("POST", SUBSCRIPTIONS, body, status=404, code="not_found", by=who)
    await office.refused("POST", SUBSCRIPTIONS, body, status=403, code="forbidden", by="watcher")
    await subscribe(office, f"{receiver.url}/plant", by="plant", region_code=None, topics=[])
    mine = await subscribe(office, f"{receiver.url}/town", by="town", region_code=None, topics=[])
    await office.register("P-1", enterprise_id=own["enterprise_id"])
    await office.register("P-2")
    await office.register("P-3", region_code="421224")
    await deliver(office)
    async with office.database.session() as session:
        found = await session.execute(
            text(
                "SELECT s.url, d.body::json -> 'data' ->> 'code' FROM webhook_delivery d"
                " JOIN webhook_subscription s ON s.id = d.subscription_id WHERE d.topic = 'projects.project.v1'"
            )
        )
    by_owner = sorted((url.rpartition("/")[2], code) for url, code in found)
    assert by_owner == [("plant", "P-1"), ("town", "P-1"), ("town", "P-2")]
    # Subscriptions are their owners' own; those who manage see the ones of their region.
    path = f"{SUBSCRIPTIONS}/{mine['id']}"
    await office.refused("GET", path, status=404, code="not_found", by="plant")
    await office.refused("DELETE", path, status=404, code="not_found", by="jiayu")
    assert len((await office.done("GET", SUBSCRIPTIONS, by="town"))["items"]) == 1
    assert len((await office.done("GET", SUBSCRIPTIONS))["items"]) == 2
    seen = (await office.done("GET", "/v1/webhook-deliveries", by="jiayu"))["items"]
    assert seen == []


async def test_nothing_is_sent_for_an_owner_whose_account_is_closed(office: Office, receiver: Receiver) -> None:
    account = await office.staff("town", "officer", "421224101")
    made = await subscribe(office, receiver.url, by="town", region_code=None)
    await sql(office, "UPDATE account SET active = false WHERE id = :id", id=UUID(account["id"]))
    await office.register("P-1")
    assert await deliver(office) == 0
    assert (await office.done("GET", f"{SUBSCRIPTIONS}/{made['id']}"))["paused_reason"] == "owner_revoked"


async def test_subscription_to_one_project_hears_of_it_and_its_documents(
    office: Office, receiver: Receiver
) -> None:
    path = await office.register("P-1")
    project_id = path.rpartition("/")[2]
    await subscribe(office, receiver.url, topics=[], project_id=project_id)
    await office.register("P-2")
    await office.done("PATCH", path, {"sector_code": "3140"}, headers={"If-Match": '"1"'})
    params = {"owner_type": "project", "owner_id": project_id, "name": "a.txt", "category": "other"}
    await office.done(
        "POST", "/v1/documents", content=b"text", headers={"Content-Type": "text/plain"}, params=params
    )
    await deliver(office)
    assert sorted(json.loads(body)["type"] for _, body in receiver.requests) == [
        "projects.document.added.v1",
        "projects.project.amended.v1",
    ]


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"url": "https://elsewhere.example/x"}, 409, "webhook.address_refused"),
    ({"url": "http://user:secret@127.0.0.1/"}, 409, "webhook.address_refused"),
    ({"url": "ftp://127.0.0.1/"}, 409, "webhook.address_refused"),
    ({"url": "http://169.254.169.254/latest"}, 409, "webhook.address_refused"),
    ({"topics": ["projects.credential.v1"]}, 409, "webhook.unknown_events"),
    ({"event_types": ["projects.dream.dreamt.v1"]}, 409, "webhook.unknown_events"),
    ({"region_code": None}, 409, "webhook.region_required"),
    ({"region_code": "421299"}, 409, "registry.unknown_region"),
    ({"project_id": "01926f4e-7f00-7000-8000-000000000001"}, 404, "not_found"),
    ({"secret": "whsec_mine"}, 422, "request.malformed"),
    ({"name": ""}, 422, "request.malformed"),
]


async def test_subscription_is_refused_when_it_cannot_be(office: Office) -> None:
    for facts, status, code in REFUSED:
        body = {"name": "x", "url": "http://127.0.0.1:9/x", "region_code": "421224"} | facts
        await office.refused("POST", SUBSCRIPTIONS, body, status=status, code=code)


async def test_ended_subscription_sends_nothing_more_and_keeps_its_log(office: Office, receiver: Receiver) -> None:
    made = await subscribe(office, receiver.url)
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    await office.register("P-1")
    await plan(office)
    await office.refused("DELETE", path, status=412, code="precondition.failed", headers={"If-Match": '"7"'})
    await office.done("DELETE", path)
    assert await deliver(office) == 0
    await office.refused("GET", path, status=404, code="not_found")
    (delivery,) = (await office.done("GET", "/v1/webhook-deliveries"))["items"]
    assert delivery["status"] == "cancelled"
    again = f"/v1/webhook-deliveries/{delivery['id']}/redeliveries"
    await office.refused("POST", again, status=409, code="webhook.subscription_ended")


async def test_two_workers_and_planners_send_each_event_once(office: Office, receiver: Receiver) -> None:
    await subscribe(office, receiver.url)
    for number in range(12):
        await office.register(f"P-{number}")
    relay = Relay(office.database, NoBroker())
    async with office.database.engine.connect() as connection:
        await relay.relay_once(connection)
    planners = [DeliveryPlanner(office.database, office.clock, new_id) for _ in range(2)]
    assert sum(await asyncio.gather(*(planner.plan_due() for planner in planners))) == 12
    async with worker(office) as one, worker(office) as other:
        made = await asyncio.gather(one.deliver_due(), other.deliver_due())
    assert sum(made) == len(receiver.requests) == 12
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 12


async def test_attempt_without_an_end_is_repeated_and_named(office: Office, receiver: Receiver) -> None:
    """A worker that died between sending and recording: the message comes again, under its id."""
    await subscribe(office, receiver.url)
    await office.register("P-1")
    await plan(office)
    async with worker(office) as dying:
        await dying._claim(8, ())
    await pass_the_wait(office)
    assert await deliver(office) == 1
    (delivery,) = (await office.done("GET", "/v1/webhook-deliveries"))["items"]
    detail = await office.done("GET", f"/v1/webhook-deliveries/{delivery['id']}")
    assert [one["outcome"] for one in detail["attempts_made"]] == ["interrupted", "delivered"]


async def test_gap_is_named_when_history_was_forgotten_while_paused(office: Office, receiver: Receiver) -> None:
    made = await subscribe(office, receiver.url)
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    await office.done("PATCH", path, {"paused": True}, headers={"If-Match": '"1"'})
    await office.register("P-1")
    await office.register("P-2")
    await plan(office)
    await sql(office, "DELETE FROM outbox WHERE position < (SELECT max(position) FROM outbox)")
    await office.done("PATCH", path, {"paused": False}, headers={"If-Match": '"2"'})
    await deliver(office)
    assert told(receiver) == [("registered", "P-2", 1)]
    assert (await office.done("GET", path))["history_gap_at"] is not None


async def test_old_deliveries_are_forgotten(office: Office, receiver: Receiver) -> None:
    await subscribe(office, receiver.url)
    await office.register("P-1")
    await deliver(office)
    for days, left in ((29, 1), (31, 0)):
        now = office.clock.now() + timedelta(days=days)
        async with office.database.transaction() as session:
            await forget_old_deliveries(Context(session, now, new_id, SYSTEM), now)
        assert len((await office.done("GET", "/v1/webhook-deliveries"))["items"]) == left


async def test_event_types_are_listed_without_credentials(office: Office) -> None:
    topics = {entry["topic"] for entry in (await office.done("GET", "/v1/webhook-event-types"))["items"]}
    assert "projects.project.v1" in topics
    assert "projects.credential.v1" not in topics
