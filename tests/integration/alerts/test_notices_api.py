"""A document goes to people, and what became of it is proven: delivered, read, confirmed, by whom and when."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from libs.common.contracts.base import Event
from libs.common.contracts.projects.bulletins import BulletinAddressee, BulletinPublishedV1
from libs.common.ids import new_id
from libs.common.security.digests import SHA256, digest
from libs.common.security.principal import Role
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.delivery import Outcome
from services.alerts.notices.jobs import NoticeKeeper, NoticeWorker
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.seals.keys import is_signed_by
from services.alerts.subscriptions import papers
from tests.support.alerts import CITY, COUNTY, MORNING, OTHER_COUNTY, TOWN, World, caller


class Post:
    """The way out of the house, as a test needs it: what was handed in, and what is refused."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []
        self.outcome = Outcome(True, status_code=250)

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.sent.append(outgoing)
        return self.outcome

    def tokens(self) -> list[str]:
        return [re.findall(r"/links/(\S+)", outgoing.body)[0] for outgoing in self.sent]


@pytest.fixture
def post() -> Post:
    return Post()


async def deliver(world: World, post: Post) -> int:
    worker = NoticeWorker(
        world.database,
        world.clock,
        new_id,
        {"mail": post, "webhook": post},
        schedule=RetrySchedule(waits=(3600.0,)),
    )
    return await worker.deliver_due()


async def remind(world: World) -> None:
    async with world.edge() as ctx:
        await NoticeKeeper(world.settings.notice_links()).remind(ctx, ctx.now)


async def send(world: World, who: str = "supervisor", **facts: Any) -> dict[str, Any]:
    body = {
        "title_zh": "9月工业经济运行通报",
        "text_zh": "请各单位认真落实。",
        "link": "https://docs.example/bulletins/9",
        "source_type": "bulletin",
        "source_id": "2026-09",
        "region_code": COUNTY,
        "recipients": [{"post": "leader", "region_code": COUNTY}, {"person_id": str(world.people["officer"])}],
        "confirm_by": (MORNING + timedelta(days=3)).isoformat(),
        **facts,
    }
    async with world.client(who) as client:
        answer = await client.post("/v1/notices", json=body)
    made: dict[str, Any] = answer.json() | {"http": answer.status_code}
    return made


async def events(world: World) -> list[tuple[str, str | None]]:
    rows = await world.rows("SELECT type, payload FROM outbox WHERE topic = 'alerts.notice.v1' ORDER BY sequence")
    return [(row.type.split(".")[2], json.loads(row.payload).get("state")) for row in rows]


async def test_notice_is_delivered_read_and_confirmed_and_that_is_proven(world: World, post: Post) -> None:
    notice = await send(world)
    assert (notice["http"], notice["recipients"], notice["title_en"]) == (201, 2, "9月工业经济运行通报")
    assert await deliver(world, post) == 2
    first, second = post.tokens()
    async with world.client("nobody") as anyone:
        page = await anyone.get(f"/v1/notices/links/{first}")
        assert (page.status_code, "Confirm receipt" in page.text) == (200, True)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        # Looking changes nothing.
        assert await world.scalar("SELECT count(read_at) FROM notice_receipt") == 0
        opened = await anyone.post(f"/v1/notices/links/{first}/reads")
        assert (opened.status_code, opened.headers["location"]) == (303, "https://docs.example/bulletins/9")
        world.clock.advance(timedelta(minutes=5))
        for _ in range(2):
            assert (await anyone.post(f"/v1/notices/links/{first}/confirmations")).status_code == 200
        await anyone.post(f"/v1/notices/links/{second}/confirmations")
        assert (await anyone.get(f"/v1/notices/links/{first[:-2]}xx")).json()["code"] == "notice.link_refused"
    assert await events(world) == [
        ("sent", None),
        ("receipted", "delivered"),
        ("receipted", "delivered"),
        ("receipted", "read"),
        ("receipted", "confirmed"),
        ("receipted", "read"),
        ("receipted", "confirmed"),
        ("completed", None),
    ]
    async with world.client("supervisor") as client:
        read = (await client.get(f"/v1/notices/{notice['id']}")).json()
        assert [read[name] for name in ("status", "delivered", "read", "confirmed")] == ["completed", 2, 2, 2]
        receipts = (await client.get(f"/v1/notices/{notice['id']}/receipts")).json()["items"]
        assert {receipt["confirmed_by"] for receipt in receipts} == {"link"}
        proof = (await client.get(f"/v1/notices/{notice['id']}/proof")).json()
    assert proof["digest"] == digest(SHA256, proof["statement"].encode())
    assert is_signed_by(proof["public_key"], proof["digest"], proof["signature"])
    stated = json.loads(proof["statement"])
    assert [receipt["read_at"] < receipt["confirmed_at"] for receipt in stated["receipts"]].count(True) == 1


async def test_recipient_is_reminded_in_working_time_until_confirmed(world: World, post: Post) -> None:
    notice = await send(world, recipients=[{"person_id": str(world.people["officer"])}])
    await deliver(world, post)
    # 240 working minutes after 08:30 are 15:00 (two and a half hours of noon lie between).
    for hours, expected in ((6, 1), (0.5, 2), (18, 2), (0.5, 3)):
        world.clock.advance(timedelta(hours=hours))
        await remind(world)
        await deliver(world, post)
        assert len(post.sent) == expected, hours
    assert [outgoing.subject[:4] for outgoing in post.sent] == ["【通知】", "【催收】", "【催收】"]
    assert len(set(post.tokens())) == 1
    world.clock.advance(timedelta(days=3))
    await remind(world)
    await deliver(world, post)
    assert post.sent[-1].subject.startswith("【逾期催收】")
    assert ("overdue", None) in await events(world)
    async with world.client("nobody") as anyone:
        await anyone.post(f"/v1/notices/links/{post.tokens()[0]}/confirmations")
    world.clock.advance(timedelta(days=10))
    await remind(world)
    assert await deliver(world, post) == 0
    assert await world.scalar("SELECT reminders FROM notice_receipt") == 3
    assert notice["needs_confirmation"]


async def test_signed_in_recipient_sees_and_confirms_what_is_addressed_to_them(world: World) -> None:
    notice = await send(world)
    world.callers.known["me"] = caller("me", Role.OFFICER, COUNTY, person_id=world.people["officer"])
    path = f"/v1/notices/{notice['id']}"
    async with world.client("me") as me:
        (own,) = (await me.get("/v1/notices/mine")).json()["items"]
        assert own["notice"]["id"] == notice["id"]
        assert (await me.post(f"{path}/reads")).json()["read_by"] == f"person:{world.people['officer']}"
        both = await asyncio.gather(*(me.post(f"{path}/confirmations") for _ in range(2)))
        assert {answer.status_code for answer in both} == {201}
    assert (await events(world)).count(("receipted", "confirmed")) == 1
    async with world.client("viewer") as viewer:
        assert (await viewer.post(f"{path}/confirmations")).status_code in {403, 404}
        assert (await viewer.get("/v1/notices/mine")).json()["items"] == []
    async with world.client("supervisor") as stranger_to_it:
        assert (await stranger_to_it.post(f"{path}/confirmations")).json()["code"] == "notice.not_found"


async def test_failure_is_known_when_no_way_leads_to_the_recipient(world: World, post: Post) -> None:
    mute = await world.add_person("officer", region_code=TOWN, email=None, name="无邮箱（演示）")
    await send(world, recipients=[{"person_id": str(mute)}, {"person_id": str(world.people["leader"])}])
    post.outcome = Outcome(False, status_code=550, error="no such mailbox", is_final=True)
    await deliver(world, post)
    rows = await world.rows("SELECT ways, failed_at, delivered_at FROM notice_receipt ORDER BY ways")
    assert [(row.ways, row.failed_at is not None, row.delivered_at) for row in rows] == [
        (0, True, None),
        (1, True, None),
    ]
    assert ("receipted", "failed") in await events(world)


async def test_message_is_tried_again_under_the_same_id(world: World, post: Post) -> None:
    await send(world, recipients=[{"person_id": str(world.people["leader"])}])
    post.outcome = Outcome(False, status_code=451, error="try later")
    await deliver(world, post)
    post.outcome = Outcome(True, status_code=250)
    async with world.edge() as ctx:
        # As if the wait, which is of real time, had passed.
        await ctx.session.execute(text("UPDATE notice_delivery SET next_attempt_at = created_at"))
    await deliver(world, post)
    assert len(post.sent) == 2
    assert len({outgoing.id for outgoing in post.sent}) == 1
    assert await world.scalar("SELECT delivered_at IS NOT NULL FROM notice_receipt")


async def test_withdrawn_notice_asks_nothing_more(world: World, post: Post) -> None:
    notice = await send(world)
    async with world.client("supervisor") as client:
        answer = await client.post(f"/v1/notices/{notice['id']}/withdrawals", json={"reason": "内容有误"})
        assert answer.json()["status"] == "withdrawn"
        again = await client.post(f"/v1/notices/{notice['id']}/withdrawals", json={"reason": "x"})
        assert again.json()["code"] == "notice.ended"
    assert await deliver(world, post) == 0
    world.clock.advance(timedelta(days=5))
    await remind(world)
    assert await deliver(world, post) == 0
    receipt = await world.scalar("SELECT id FROM notice_receipt LIMIT 1")
    token = world.settings.notice_links().token(receipt)
    async with world.client("nobody") as anyone:
        assert "withdrawn" in (await anyone.get(f"/v1/notices/links/{token}")).text
        assert (await anyone.post(f"/v1/notices/links/{token}/confirmations")).json()["code"] == "notice.ended"


async def test_recipients_are_found_by_region_unit_and_post_each_once(world: World) -> None:
    town = await world.add_person("officer", region_code=TOWN, name="镇经办（演示）")
    unit = uuid4()
    await world.add_person("clerk", unit_id=unit, name="科员（演示）")
    everybody = await send(world, recipients=[{"region_code": COUNTY, "include_below": True}])
    assert everybody["recipients"] == 5
    own = await send(world, recipients=[{"region_code": COUNTY}])
    assert own["recipients"] == 4
    merged = await send(
        world,
        recipients=[{"unit_id": str(unit)}, {"person_id": str(town)}, {"post": "officer", "region_code": TOWN}],
    )
    assert merged["recipients"] == 2
    # Upwards to the city, not across to another county.
    await world.add_person("leading_group", region_code=CITY, name="市组（演示）")
    await world.add_person("leading_group", region_code=OTHER_COUNTY, name="邻县（演示）")
    assert (await send(world, recipients=[{"post": "leading_group", "region_code": COUNTY}]))["recipients"] == 1
    across = await send(world, recipients=[{"post": "leading_group", "region_code": OTHER_COUNTY}])
    assert (across["code"], OTHER_COUNTY in across["detail"]) == ("notice.recipients_unknown", True)


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"recipients": [{"person_id": str(uuid4())}]}, "notice.recipients_unknown"),
    ({"confirm_by": (MORNING - timedelta(days=1)).isoformat()}, "notice.deadline_in_past"),
    ({"region_code": OTHER_COUNTY}, "not_found"),
    ({"recipients": [{"post": "leader"}]}, "request.malformed"),
    ({"recipients": [{"region_code": COUNTY, "person_id": str(uuid4())}]}, "request.malformed"),
    ({"link": "javascript:alert(1)"}, "request.malformed"),
    ({"needs_confirmation": False}, "request.malformed"),
)


async def test_notice_is_refused_when_it_makes_no_sense(world: World) -> None:
    for facts, code in REFUSED:
        assert (await send(world, **facts))["code"] == code, facts


async def test_offices_see_the_notices_of_their_region(world: World) -> None:
    notice = await send(world)
    async with world.client("stranger") as client:
        assert (await client.get("/v1/notices")).json()["items"] == []
        for path in ("", "/receipts", "/proof"):
            assert (await client.get(f"/v1/notices/{notice['id']}{path}")).status_code == 404
    async with world.client("viewer") as client:
        assert (await client.get("/v1/notices")).status_code == 403
    async with world.client("admin") as client:
        found = await client.get("/v1/notices", params={"filter[source_id]": "2026-09"})
        assert [each["id"] for each in found.json()["items"]] == [notice["id"]]


async def publish(world: World, payload: BulletinPublishedV1) -> None:
    """What the projects service tells of a bulletin, handled as the consumer does."""
    event = Event(
        id=uuid4(),
        type=payload.event_type,
        source="/projects",
        subject=str(payload.bulletin_id),
        time=MORNING,
        aggregate_version=1,
        region_code=COUNTY,
        payload=payload,
    )
    (subscription,) = papers(world.settings.notice_links())
    async with world.edge() as ctx:
        await subscription.handlers[BulletinPublishedV1](ctx, event)


async def test_published_bulletin_is_sent_once_and_its_correction_takes_its_place(
    world: World, post: Post
) -> None:
    published = BulletinPublishedV1(
        bulletin_id=uuid4(),
        kind="month",
        year=2026,
        number=8,
        edition=1,
        document_number="通工经通报〔2026〕8号",
        title_zh="关于2026年1—8月通山县工业经济运行情况的通报",
        title_en="The industrial economy, January to August 2026",
        confirm_by=MORNING + timedelta(days=2),
        link="https://console.example/year/bulletins/1",
        recipients=(
            BulletinAddressee(post="leader", region_code=COUNTY),
            BulletinAddressee(person_id=world.people["officer"]),
            # Left the office since the template was written.
            BulletinAddressee(person_id=uuid4()),
        ),
        files=(),
    )
    await publish(world, published)
    await publish(world, published)
    async with world.client("supervisor") as client:
        (notice,) = (await client.get("/v1/notices")).json()["items"]
        assert (notice["source_type"], notice["source_id"]) == ("bulletin", str(published.bulletin_id))
        assert (notice["recipients"], notice["needs_confirmation"], notice["link"]) == (2, True, published.link)
        assert notice["title_zh"] == f"{published.document_number} {published.title_zh}"
        receipts = (await client.get(f"/v1/notices/{notice['id']}/receipts")).json()["items"]
    assert await deliver(world, post) == 2
    assert published.title_zh in post.sent[0].body
    (sent,) = await world.rows("SELECT payload FROM outbox WHERE type = 'alerts.notice.sent.v1'")
    # Whoever asked can tell who has not confirmed.
    addressed = json.loads(sent.payload)["addressed"]
    assert {one["receipt_id"] for one in addressed} == {receipt["id"] for receipt in receipts}
    assert {one["person_id"] for one in addressed} == {receipt["person_id"] for receipt in receipts}

    corrected = published.model_copy(
        update={
            "bulletin_id": uuid4(),
            "edition": 2,
            "corrects_id": published.bulletin_id,
            "reason": "企业更正八月产值",
            # Told after it had passed: nobody is late for it.
            "confirm_by": MORNING - timedelta(days=1),
        }
    )
    await publish(world, corrected)
    # Nobody at all: nothing is sent, and nothing is held up.
    nobody = {"bulletin_id": uuid4(), "recipients": (BulletinAddressee(person_id=uuid4()),)}
    await publish(world, published.model_copy(update=nobody))
    async with world.client("supervisor") as client:
        notices = {one["source_id"]: one for one in (await client.get("/v1/notices")).json()["items"]}
    assert len(notices) == 2
    old, new = notices[str(published.bulletin_id)], notices[str(corrected.bulletin_id)]
    assert (old["status"], new["status"], new["confirm_by"]) == ("withdrawn", "open", None)
    assert "企业更正八月产值" in old["withdrawn_reason"]
    assert "更正版（第2版）" in new["text_zh"]
