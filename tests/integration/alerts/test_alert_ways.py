"""By which ways somebody is told, what follows when nobody answers, and the answer by a one-time link."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from libs.common.ids import new_id
from libs.common.webhooks.backoff import RetrySchedule
from services.alerts.grouping import digests
from services.alerts.notices.jobs import NoticeWorker
from services.alerts.notifications.senders.catalogue import build_senders
from tests.support import duty
from tests.support.alerts import COUNTY, World, caller, spike, spike_over
from tests.support.delivering import DEMO_NUMBER, create, delivering, follow_up, means_of, trail_of
from tests.support.vendors import Reply, Request, Server, running, said

GATEWAY = {
    "body": {"to": "{to}", "text": "{text}", "id": "{id}"},
    "success": {"pointer": "/code", "equals": ["0"], "final": ["9"]},
    "reports": {"id_pointer": "/id", "status_pointer": "/state", "arrived": ["answered"], "failed": ["no_answer"]},
}


class Phone:
    """SMS and voice of one provider; ``refused`` numbers are none."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.sms: list[dict[str, str]] = []
        self.calls: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Reply:
        if request.json["to"] in self.refused:
            return said({"code": 9, "message": "no such number"})
        (self.calls if request.path == "/call" else self.sms).append(request.json)
        return said({"code": 0})


class House:
    """A county whose people have phones, and a stand-in for the officer."""

    def __init__(self, world: World, phone: Phone, server: Server) -> None:
        self.world, self.phone, self.server = world, phone, server
        self.gateways: dict[str, dict[str, Any]] = {}

    async def set_number(self, person: UUID, number: str | None) -> None:
        async with self.world.database.transaction() as session:
            await session.execute(
                text("UPDATE person_replica SET phone = :number WHERE person_id = :person"),
                {"number": number, "person": person},
            )


@pytest.fixture
async def house(world: World) -> AsyncIterator[House]:
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE person_replica SET email = NULL"))
    phone = Phone()
    async with running(phone) as server:
        house = House(world, phone, server)
        for kind, path in (("sms", "/sms"), ("voice", "/call")):
            settings = GATEWAY | {"url": server.url + path}
            house.gateways[kind] = await create(world, "/v1/gateways", name=kind, kind=kind, settings=settings)
        await house.set_number(world.people["officer"], DEMO_NUMBER)
        yield house


async def add_stand_in(house: House, number: str = "13900000000") -> UUID:
    person = await house.world.add_person("deputy", name="代理（演示）", email=None)
    await house.set_number(person, number)
    await partner(house, house.world.people["officer"], person)
    return person


async def partner(house: House, person: UUID, other: UUID) -> None:
    """`other` answers whenever the person cannot be reached."""
    await duty.stand_in(house.world, person, other, when="unreachable", ends_at=None)


async def advance(house: House, **by: float) -> int:
    house.world.clock.advance(timedelta(**by))
    return await follow_up(house.world)


def link_in(message: dict[str, str]) -> str:
    found = re.search(r"/r/[A-Za-z0-9_-]{22}", message["text"])
    assert found is not None, message
    return found[0]


async def test_red_is_told_by_sms_then_called_then_passed_on_when_nobody_answers(
    house: House, world: World
) -> None:
    stand_in = await add_stand_in(house)
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        assert [message["to"] for message in house.phone.sms] == [DEMO_NUMBER]
        assert await advance(house, minutes=4, seconds=59) == 0
        assert await advance(house, seconds=1) == 1
        await worker.deliver_due()
        assert [call["to"] for call in house.phone.calls] == [DEMO_NUMBER]
        assert await advance(house, minutes=4, seconds=59) == 0
        assert await advance(house, seconds=1) == 1
        await worker.deliver_due()
    assert [message["to"] for message in house.phone.sms] == [DEMO_NUMBER, "13900000000"]
    (facts,) = await trail_of(world, "unreachable")
    assert (facts["why"], facts["stand_in"]["person_id"]) == ("unanswered", str(stand_in))
    told = await world.rows("SELECT reason, in_place_of FROM notification ORDER BY id")
    assert [tuple(row) for row in told] == [("opened", None), ("stand_in", world.people["officer"])]
    assert await world.scalar("SELECT count(*) FROM delivery WHERE reason = 'stand_in'") == 1


async def test_nothing_follows_when_the_alert_is_acknowledged_in_time(house: House, world: World) -> None:
    await add_stand_in(house)
    await world.handle(spike(uuid4(), level=3))
    alert_id = await world.scalar("SELECT id FROM alert")
    async with world.client("officer") as client:
        assert (await client.post(f"/v1/alerts/{alert_id}/acknowledgements", json={})).status_code < 300
    assert await advance(house, minutes=30) == 0
    assert await world.scalar("SELECT state FROM follow_up") == "void"
    assert await world.scalar("SELECT count(*) FROM delivery WHERE kind = 'voice'") == 0


async def test_alert_moves_on_at_once_when_every_way_fails(house: House, world: World) -> None:
    await add_stand_in(house)
    house.phone.refused.add(DEMO_NUMBER)
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        # The SMS failed for good: the call comes now and not in five minutes; it fails as well.
        assert await follow_up(world) == 1
        await worker.deliver_due()
        assert await follow_up(world) == 1
        await worker.deliver_due()
    assert [message["to"] for message in house.phone.sms] == ["13900000000"]
    (facts,) = await trail_of(world, "unreachable")
    assert (facts["why"], facts["errors"]) == ("undelivered", ["sms: gateway.9", "voice: gateway.9"])


async def test_alert_moves_on_at_once_when_the_call_is_not_answered(house: House, world: World) -> None:
    await add_stand_in(house)
    # The SMS is away and said nothing.
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        await advance(house, minutes=5)
        await worker.deliver_due()
        (call,) = house.phone.calls
        for kind, delivery_id in (("voice", call["id"]), ("sms", house.phone.sms[0]["id"])):
            async with world.client("nobody") as client:
                report = {"id": delivery_id, "state": "no_answer"}
                answer = await client.post(house.gateways[kind]["report_path"], json=report)
                assert answer.json() == {"known": 1}
        assert await follow_up(world) == 1
        await worker.deliver_due()
    assert house.phone.sms[-1]["to"] == "13900000000"
    assert await world.scalar("SELECT status FROM delivery WHERE kind = 'voice'") == "failed"


async def test_stand_in_is_told_instead_of_somebody_without_a_way(house: House, world: World) -> None:
    stand_in = await add_stand_in(house)
    await house.set_number(world.people["officer"], None)
    await world.handle(spike(uuid4(), level=3))
    (facts,) = await trail_of(world, "unreachable")
    assert (facts["why"], facts["person_id"]) == ("no_way", str(world.people["officer"]))
    assert await world.scalar("SELECT person_id FROM delivery") == stand_in
    # The ladder did not climb: somebody is there.
    assert await world.scalar("SELECT escalation_level FROM alert") == 0


async def test_stand_in_of_a_stand_in_is_told_when_that_one_is_out_of_reach_too(
    house: House, world: World
) -> None:
    first = await world.add_person("deputy", name="甲（演示）", email=None)
    second = await world.add_person("deputy", name="乙（演示）", email=None)
    await house.set_number(second, "13900000002")
    await house.set_number(world.people["officer"], None)
    await partner(house, world.people["officer"], first)
    await partner(house, first, second)
    await world.handle(spike(uuid4(), level=3))
    assert await world.scalar("SELECT person_id FROM delivery") == second
    await house.set_number(second, None)
    await world.handle(spike(uuid4(), level=3))
    assert await world.scalar("SELECT count(*) FROM delivery") == 1


async def test_whoever_waits_for_a_resting_channel_alone_is_reached_otherwise(house: House, world: World) -> None:
    stand_in = await add_stand_in(house)
    await house.set_number(world.people["officer"], None)
    async with running(lambda request: Reply(410)) as server, delivering(world) as worker:
        await create(
            world, "/v1/channels", "supervisor", name="x", kind="webhook", target=server.url,
            person_id=str(world.people["officer"]),
        )  # fmt: skip
        await world.handle(spike(uuid4(), level=3))
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        await follow_up(world)
        await worker.deliver_due()
    assert len(house.phone.sms) == 2
    assert {row.person_id for row in await world.rows("SELECT person_id FROM delivery WHERE kind = 'sms'")} == {
        stand_in
    }


async def test_nobody_is_forgotten_when_all_ways_fail_at_the_same_moment(house: House, world: World) -> None:
    await add_stand_in(house)
    await house.set_number(world.people["officer"], None)
    schedule = RetrySchedule(waits=(0.0, 0.0), pause_after=3)
    async with (
        running(lambda request: Reply(500)) as server,
        delivering(world, schedule=schedule) as one,
        delivering(world, schedule=schedule) as two,
    ):
        for name in ("一", "二", "三"):
            await create(
                world, "/v1/channels", "supervisor", name=name, kind="webhook", target=server.url,
                person_id=str(world.people["officer"]),
            )  # fmt: skip
        for _ in range(6):
            await world.handle(spike(uuid4(), level=3))
        for _ in range(4):
            await asyncio.gather(one.deliver_due(), two.deliver_due(), follow_up(world), follow_up(world))
        await follow_up(world)
        await one.deliver_due()
    assert len(house.phone.sms) == len({message["id"] for message in house.phone.sms}) == 6
    assert len(await trail_of(world, "unreachable")) == 6


async def test_timer_of_ways_is_fired_once_when_several_run(house: House, world: World) -> None:
    for _ in range(5):
        await world.handle(spike(uuid4(), level=3))
    world.clock.advance(timedelta(minutes=5))
    fired = await asyncio.gather(*(follow_up(world) for _ in range(3)))
    while await follow_up(world):
        pass
    assert sum(fired) <= 5
    assert await world.scalar("SELECT count(*) FROM delivery WHERE kind = 'voice'") == 5


async def test_link_acknowledges_once_in_its_persons_name_and_opening_it_changes_nothing(
    house: House, world: World
) -> None:
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
    path = link_in(house.phone.sms[0])
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as phone:
        opened = [await phone.get(path) for _ in range(3)]
        assert {page.status_code for page in opened} == {200}
        assert "签收，由我处置" in opened[0].text
        assert opened[0].headers["referrer-policy"] == "no-referrer"
        assert "script" not in opened[0].text
        assert await world.scalar("SELECT status FROM alert") == "open"
        assert await world.scalar("SELECT read_at FROM delivery") is None
        assert (await phone.post(f"{path}/reads")).status_code == 200
        answers = await asyncio.gather(*(phone.post(f"{path}/acknowledgements") for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert "链接已使用过" in (await phone.get(path)).text
        assert (await phone.get("/r/" + "x" * 22)).status_code == 404
        assert (await phone.post("/r/" + "x" * 22 + "/acknowledgements")).status_code == 404
    officer = world.people["officer"]
    (alert,) = await world.rows("SELECT status, acknowledged_by, promised_at FROM alert")
    assert (alert.status, alert.acknowledged_by) == ("acknowledged", f"person:{officer}")
    assert alert.promised_at > world.clock.now()
    (delivery,) = await world.rows("SELECT read_at, acknowledged_at FROM delivery")
    assert delivery.read_at == delivery.acknowledged_at == world.clock.now()
    assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'acknowledged'") == 1
    (entry,) = await world.rows("SELECT actor FROM alert_trail WHERE kind = 'read'")
    assert entry.actor == f"person:{officer}"


async def test_link_says_so_when_it_is_too_late(house: House, world: World) -> None:
    opened = spike(uuid4(), level=3)
    async with delivering(world) as worker:
        await world.handle(opened)
        await worker.deliver_due()
        path = link_in(house.phone.sms[0])
        transport = httpx.ASGITransport(app=world.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as phone:
            async with world.database.transaction() as session:
                await session.execute(text("UPDATE receipt_link SET expires_at = clock_timestamp()"))
            assert (await phone.get(path)).status_code == 410
            assert (await phone.post(f"{path}/acknowledgements")).status_code == 409
            async with world.database.transaction() as session:
                await session.execute(text("UPDATE receipt_link SET expires_at = clock_timestamp() + '1 h'"))
            await world.handle(spike_over(opened), 2)
            page = await phone.get(path)
            assert "已解除" in page.text
            assert (await phone.post(f"{path}/acknowledgements")).status_code == 409
        await worker.deliver_due()
    # Whoever is told that it is over is not asked to answer.
    assert "/r/" not in house.phone.sms[1]["text"]


async def test_reader_marks_what_was_sent_to_them_and_nothing_else(house: House, world: World) -> None:
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
    world.callers.known["own"] = caller(
        "own", world.callers.known["officer"].role, COUNTY, person_id=world.people["officer"]
    )
    delivery_id = await world.scalar("SELECT id FROM delivery")
    async with world.client("supervisor") as client:
        assert (await client.post(f"/v1/deliveries/{delivery_id}/reads")).status_code == 404
    async with world.client("own") as client:
        first = await client.post(f"/v1/deliveries/{delivery_id}/reads")
        assert first.status_code == 201, first.text
        again = await client.post(f"/v1/deliveries/{delivery_id}/reads")
        assert again.json()["read_at"] == first.json()["read_at"] is not None
    assert await world.scalar("SELECT count(*) FROM alert_trail WHERE kind = 'read'") == 1


NIGHT = {"quiet_hours": [{"begins": "22:00", "ends": "07:00"}], "language": "en"}


async def test_quiet_hours_hold_what_may_wait_and_what_is_over_by_then_is_not_told(
    house: House, world: World
) -> None:
    officer = world.people["officer"]
    world.clock.set(datetime(2026, 9, 15, 15, 0, tzinfo=UTC))
    path = f"/v1/persons/{officer}/notification-preferences"
    async with world.client("supervisor") as client:
        before = await client.get(path)
        assert (before.json()["version"], before.headers["ETag"]) == (0, '"0"')
        assert (await client.put(path, json=NIGHT, headers={"If-Match": '"0"'})).status_code == 200
        assert (await client.put(path, json=NIGHT, headers={"If-Match": '"0"'})).status_code == 412
    over, lasting = spike(uuid4(), level=1), spike(uuid4(), level=1)
    async with running(lambda request: Reply(204)) as server, delivering(world) as worker:
        await create(
            world,
            "/v1/channels",
            "supervisor",
            name="x",
            kind="webhook",
            target=server.url,
            person_id=str(officer),
        )
        await world.handle(over)
        await world.handle(lasting)
        # Red is never quiet.
        await world.handle(spike(uuid4(), level=3))
        assert await worker.deliver_due() == 2
        await world.handle(spike_over(over), 2)
        world.clock.set(datetime(2026, 9, 15, 22, 59, 59, tzinfo=UTC))
        assert await worker.deliver_due() == 0
        world.clock.set(datetime(2026, 9, 15, 23, 0, tzinfo=UTC))
        assert await worker.deliver_due() == 2
    told = [json.loads(request.body)["type"] for request in server.requests]
    assert sorted(told) == ["alert.opened", "alert.opened", "alert.resolved"]
    assert house.phone.sms[0]["text"].startswith("Red alert ")
    (held,) = await world.rows("SELECT discard_reason FROM delivery WHERE status = 'discarded'")
    assert held.discard_reason == "resolved in quiet hours"


async def test_wish_is_refused_when_policy_does_not_allow_it(house: House, world: World) -> None:
    officer = world.people["officer"]
    path = f"/v1/persons/{officer}/notification-preferences"
    world.callers.known["own"] = caller("own", world.callers.known["officer"].role, COUNTY, person_id=officer)
    async with world.client("own") as client:
        refused = await client.put(path, json={"left_out": {"red": ["sms"]}})
        assert (refused.status_code, refused.json()["code"]) == (409, "preference.not_allowed")
        assert (await client.put(path, json={"left_out": {"yellow": ["mail"]}})).status_code == 200
        malformed = {"quiet_hours": [{"begins": "22:00", "ends": "22:00"}]}
        assert (await client.put(path, json=malformed)).status_code == 422
        other = f"/v1/persons/{world.people['leader']}/notification-preferences"
        assert (await client.put(other, json={})).status_code == 403
        assert (await client.get(f"/v1/persons/{uuid4()}/notification-preferences")).status_code == 404
    async with world.client("stranger") as client:
        assert (await client.get(path)).status_code == 404


async def test_policy_of_a_region_holds_there_and_below_from_its_day_on(house: House, world: World) -> None:
    definition = {
        "stages": [{"after_minutes": 0, "kinds": ["sms"]}, {"after_minutes": 2, "kinds": ["voice"]}],
        "may_choose": False,
    }
    later = (world.clock.now() + timedelta(hours=1)).isoformat()
    async with world.client("supervisor") as client:
        body = {"region_code": COUNTY, "definition": definition, "valid_from": later}
        saved = await client.put("/v1/way-policies/yellow", json=body)
        assert (saved.status_code, saved.json()["revision"]) == (200, 1)
        # The whole installation is not a county's to decide on.
        assert (await client.put("/v1/way-policies/yellow", json={"definition": definition})).status_code == 404
    async with world.client("admin") as client:
        quiet = {"definition": {**definition, "may_be_quiet": True}}
        red = await client.put("/v1/way-policies/red", json=quiet)
        assert (red.status_code, red.json()["code"]) == (409, "way_policy.red_is_never_quiet")
        wrong = {"definition": {"stages": [{"after_minutes": 3, "kinds": ["sms"]}]}}
        assert (await client.put("/v1/way-policies/red", json=wrong)).status_code == 422
        assert len((await client.get("/v1/way-policies")).json()["items"]) == 4
    await world.handle(spike(uuid4(), level=1))
    assert await world.scalar("SELECT count(*) FROM follow_up") == 0
    world.clock.advance(timedelta(hours=1))
    await world.handle(spike(uuid4(), level=1))
    assert await advance(house, minutes=2) == 1
    assert await world.scalar("SELECT count(*) FROM delivery WHERE kind = 'voice'") == 1


async def test_link_and_follow_up_survive_a_worker_that_dies_before_recording(house: House, world: World) -> None:
    class Killed(BaseException):
        """The process dies between sending and recording."""

    class Dying:
        async def send(self, outgoing: Any) -> Any:
            await sender.send(outgoing)
            raise Killed

    async with delivering(world) as worker:
        sender = worker._senders["sms"]
        worker._senders = {"sms": Dying()}
        await world.handle(spike(uuid4(), level=3))
        with pytest.raises(Killed):
            await worker.deliver_due()
        worker._senders = {"sms": sender}
        async with world.database.transaction() as session:
            await session.execute(text("UPDATE delivery SET next_attempt_at = clock_timestamp()"))
        assert await worker.deliver_due() == 1
    first, second = house.phone.sms
    # The same bytes, the same id, the same link: one row of it.
    assert first == second
    assert await world.scalar("SELECT count(*) FROM receipt_link") == 1
    outcomes = await world.rows("SELECT outcome FROM delivery_attempt ORDER BY number")
    assert [row.outcome for row in outcomes] == ["interrupted", "delivered"]


async def test_call_waits_while_the_alert_is_muted_and_comes_after_it(house: House, world: World) -> None:
    async with delivering(world) as worker:
        await world.handle(spike(uuid4(), level=3))
        until = world.clock.now() + timedelta(minutes=20)
        matchers = [{"name": "condition_kind", "value": "spike"}]
        await create(world, "/v1/silences", matchers=matchers, reason="试车", ends_at=until.isoformat())
        for _ in range(3):
            assert await advance(house, minutes=6) == 0
        await worker.deliver_due()
        assert house.phone.calls == []
        assert await advance(house, minutes=3) == 1
        await worker.deliver_due()
    assert [call["to"] for call in house.phone.calls] == [DEMO_NUMBER]


async def test_digest_of_a_storm_takes_the_ways_of_its_gravest_and_calls_nobody(
    house: House, world: World
) -> None:
    limits = {"singly": 1, "red_singly": 1, "window_seconds": 60, "digest_seconds": 5, "named": 1}
    async with world.client("supervisor") as client:
        assert (await client.put(f"/v1/storm-limits/{COUNTY}", json=limits)).status_code == 200
    async with delivering(world) as worker:
        for _ in range(3):
            await world.handle(spike(uuid4(), level=3))
        # What was held back has no further ways of its own.
        assert await world.scalar("SELECT count(*) FROM follow_up") == 1
        world.clock.advance(timedelta(seconds=61))
        async with world.edge() as ctx:
            assert await digests.send_due(ctx, external_url="https://duban.example") == 1
        await worker.deliver_due()
    assert [message["to"] for message in house.phone.sms] == [DEMO_NUMBER, DEMO_NUMBER]
    assert "2" in house.phone.sms[1]["text"]
    assert house.phone.calls == []
    rows = await world.rows("SELECT reason, priority, kind FROM delivery ORDER BY id")
    assert [tuple(row) for row in rows] == [("opened", 0, "sms"), ("digest", 0, "sms")]


async def test_digest_that_nothing_delivers_asks_for_no_answer_and_no_stand_in(house: House, world: World) -> None:
    await add_stand_in(house)
    limits = {"singly": 1, "red_singly": 1, "window_seconds": 60, "digest_seconds": 5, "named": 1}
    async with world.client("supervisor") as client:
        assert (await client.put(f"/v1/storm-limits/{COUNTY}", json=limits)).status_code == 200
    async with delivering(world) as worker:
        for _ in range(2):
            await world.handle(spike(uuid4(), level=3))
        await worker.deliver_due()
        house.phone.refused.add(DEMO_NUMBER)
        world.clock.advance(timedelta(seconds=61))
        async with world.edge() as ctx:
            await digests.send_due(ctx, external_url="https://duban.example")
        await worker.deliver_due()
    assert await world.scalar("SELECT status FROM delivery WHERE reason = 'digest'") == "failed"
    assert await world.scalar("SELECT count(*) FROM follow_up WHERE kind = 'unreachable'") == 0


async def test_notice_reaches_who_has_a_phone_alone_by_sms_with_its_link(house: House, world: World) -> None:
    await add_stand_in(house)
    body = {"title_zh": "通报", "text_zh": "请落实。", "link": "https://docs.example/9", "source_type": "bulletin"}
    recipients = [{"person_id": str(world.people["officer"])}]
    await create(world, "/v1/notices", **body, source_id="9", region_code=COUNTY, recipients=recipients)
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        worker = NoticeWorker(
            world.database,
            world.clock,
            new_id,
            build_senders(client, means_of(world)),
            schedule=RetrySchedule(waits=(3600.0,)),
        )
        assert await worker.deliver_due() == 1
    (message,) = house.phone.sms
    assert message["to"] == DEMO_NUMBER
    assert re.search(r"/v1/notices/links/\S+$", message["text"])
    assert house.phone.calls == []
