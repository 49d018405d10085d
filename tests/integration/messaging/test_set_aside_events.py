"""Poison on a real broker: set aside, kept in the database, mended, handled once after all, or discarded."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from libs.common.clock import ManualClock
from libs.common.context import Context
from libs.common.contracts.base import Event, Topic
from libs.common.contracts.projects import ProjectProgressRecordedV1
from libs.common.database import Database
from libs.common.dead_letters.command import letters_command
from libs.common.dead_letters.replaying import Replaying, replaying
from libs.common.dead_letters.routes import router
from libs.common.ids import new_id
from libs.common.inbox.subscription import Subscription
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.letters import LetterKeeper
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import Headers, encode_headers
from libs.common.settings import CommonSettings
from tests.support.messaging import NOON, TOPIC, common_database, eventually, progress
from tests.support.web import build_app, client, settings

CONSUMER = "checker"
BLOCKS = Topic("energy.readings.v1", "energy", "Blocks of a test")


@dataclass
class Effects:
    """A handler whose effect is a row; what it is told to fail for, it fails after its effect."""

    poison: set[float] = field(default_factory=set)

    async def __call__(self, ctx: Context, event: Event[ProjectProgressRecordedV1]) -> None:
        await ctx.session.execute(
            text("INSERT INTO effect (event_id, percent) VALUES (:id, :percent)"),
            {"id": event.id, "percent": event.payload.percent},
        )
        if event.payload.percent in self.poison:
            raise ValueError("this one cannot succeed yet")


@dataclass
class Post:
    """A consumer, its dead letters, their keeper, and the API over them."""

    database: Database
    publisher: KafkaPublisher
    bootstrap: str
    prefix: str
    effects: Effects = field(default_factory=Effects)
    put_back: list[tuple[str, bytes | None, int]] = field(default_factory=list)

    @property
    def subscription(self) -> Subscription:
        return Subscription(TOPIC, {ProjectProgressRecordedV1: self.effects})

    @property
    def means(self) -> Replaying:
        async def again(
            topic: str, _key: bytes | None, value: bytes | None, _headers: Headers, partition: int
        ) -> None:
            self.put_back.append((topic, value, partition))

        return replaying({CONSUMER: [self.subscription]}, {"worker": again})

    async def send(self, value: bytes, event_id: UUID | None = None, region: str = "421224") -> UUID:
        identity = event_id or new_id()
        headers = encode_headers(
            event_id=identity,
            event_type=ProjectProgressRecordedV1.event_type,
            source="/projects",
            subject="project",
            time=NOON,
            aggregate_version=1,
            region_code=region,
            traceparent=None,
        )
        await self.publisher.publish(self.prefix + TOPIC.name, b"one-key", value, headers)
        return identity

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runner = ConsumerRunner(
            bootstrap=self.bootstrap,
            consumer=CONSUMER,
            subscriptions=[self.subscription],
            database=self.database,
            clock=ManualClock(NOON),
            new_id=new_id,
            dead_letters=DeadLetters(self.publisher, consumer=CONSUMER),
            topic_prefix=self.prefix,
        )
        keeper = LetterKeeper(
            bootstrap=self.bootstrap,
            database=self.database,
            clock=ManualClock(NOON),
            consumers={CONSUMER: [TOPIC], "worker": [BLOCKS]},
            topic_prefix=self.prefix,
        )
        tasks = [asyncio.create_task(runner.run()), asyncio.create_task(keeper.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def api(self, caller: str = "admin") -> AsyncIterator[httpx.AsyncClient]:
        app = build_app([router], self.database)
        app.state.replaying = self.means
        async with client(app, caller) as opened:
            yield opened

    async def done(self) -> list[float]:
        async with self.database.session() as session:
            rows = await session.execute(text("SELECT percent FROM effect ORDER BY number"))
            return [float(row.percent) for row in rows]

    async def letters(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []

        async def are_there() -> bool:
            async with self.api() as api:
                found[:] = (await api.get("/v1/set-aside-events?sort=received_at")).json()["items"]
            return len(found) >= number

        await eventually(are_there)
        assert len(found) == number
        return found


@pytest.fixture
async def post(
    fresh_database: Callable[[str], str], kafka_bootstrap: str, topic_prefix: str
) -> AsyncIterator[Post]:
    topics = [TOPIC, BLOCKS, dead_letter_topic(TOPIC, CONSUMER), dead_letter_topic(BLOCKS, "worker")]
    await ensure_topics(kafka_bootstrap, topics, prefix=topic_prefix, partitions=1, replication=1)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    async with common_database(fresh_database("letters")) as database:
        async with database.engine.begin() as connection:
            await connection.execute(
                text(
                    "CREATE TABLE effect (number bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, percent real)"
                )
            )
        try:
            yield Post(database, publisher, kafka_bootstrap, topic_prefix)
        finally:
            await publisher.stop()


def body(percent: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(progress(new_id(), percent).model_dump_json())
    return found


async def test_poison_takes_effect_once_when_it_was_mended(post: Post) -> None:
    broken = {**body(50), "percent": "a half"}
    async with post.running():
        sent = await post.send(json.dumps(broken).encode())
        await post.send(json.dumps(body(1)).encode())
        (letter,) = await post.letters(1)
        assert (letter["event_id"], letter["state"]) == (str(sent), "waiting")
        assert letter["cause"].startswith("MalformedEvent")
        address = f"/v1/set-aside-events/{letter['id']}"
        async with post.api() as api:
            whole = await api.get(address)
            assert json.loads(whole.json()["body"]) == broken
            assert "MalformedEvent" in whole.json()["stack"]
            tag = {"If-Match": whole.headers["ETag"]}

            as_it_came = await api.post(f"{address}/replays", json={"reason": "try it"})
            assert as_it_came.status_code == 422
            assert [each["pointer"] for each in as_it_came.json()["errors"]] == ["/body/percent"]
            unfit = await api.patch(address, json={"body": {**broken, "on": 7}, "reason": "try it"}, headers=tag)
            assert unfit.status_code == 422
            assert {each["pointer"] for each in unfit.json()["errors"]} == {"/body/percent", "/body/on"}

            mend = {"body": {**broken, "percent": 50.0}, "reason": "a half is fifty per cent"}
            assert (await api.patch(address, json=mend)).status_code == 428
            mended = await api.patch(address, json=mend, headers=tag)
            assert mended.status_code == 200, mended.text
            told = mended.json()
            assert (told["edited_by"], told["edit_reason"]) == ("admin-1", "a half is fifty per cent")
            assert json.loads(told["body"]) == broken  # what came is kept
            assert json.loads(told["edited_body"])["percent"] == 50.0

            answers = await asyncio.gather(
                *(api.post(f"{address}/replays", json={"reason": "mended"}) for _ in range(4))
            )
            assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
            assert {each.json()["code"] for each in answers if each.status_code == 409} == {"dead_letter.settled"}
            settled = (await api.get(address)).json()
            assert (settled["state"], settled["settled_by"], settled["took_effect"]) == (
                "replayed",
                "admin-1",
                True,
            )
        # The broker brings the very event again, whole this time: its effect is there already.
        await post.send(json.dumps(body(50)).encode(), event_id=sent)
        await post.send(json.dumps(body(2)).encode())
        await eventually(lambda: _has(post, 2.0))
    assert sorted(await post.done()) == [1.0, 2.0, 50.0]


async def _has(post: Post, percent: float) -> bool:
    return percent in await post.done()


async def test_nothing_happens_when_a_replay_fails_again(post: Post) -> None:
    post.effects.poison = {13.0}
    async with post.running():
        await post.send(json.dumps(body(13)).encode())
        (letter,) = await post.letters(1)
    address = f"/v1/set-aside-events/{letter['id']}"
    async with post.api() as api:
        refused = await api.post(f"{address}/replays", json={"reason": "the fix is out"})
        assert (refused.status_code, refused.json()["code"]) == (409, "dead_letter.still_fails")
        assert "this one cannot succeed yet" in refused.json()["detail"]
        assert (await api.get(address)).json()["state"] == "waiting"
        assert await post.done() == []
        post.effects.poison = set()
        done = await api.post(f"{address}/replays", json={"reason": "now the fix is out"})
        assert (done.status_code, done.json()["took_effect"]) == (201, True)
    assert await post.done() == [13.0]


async def test_replay_changes_nothing_when_the_event_was_handled_meanwhile(post: Post) -> None:
    post.effects.poison = {13.0}
    async with post.running():
        sent = await post.send(json.dumps(body(13)).encode())
        (letter,) = await post.letters(1)
        post.effects.poison = set()
        await post.send(json.dumps(body(13)).encode(), event_id=sent)
        await eventually(lambda: _has(post, 13.0))
    async with post.api() as api:
        done = await api.post(f"/v1/set-aside-events/{letter['id']}/replays", json={"reason": "again"})
        assert (done.status_code, done.json()["took_effect"]) == (201, False)
    assert await post.done() == [13.0]


async def test_letter_stands_once_when_it_was_set_aside_twice(post: Post) -> None:
    """As after a rollback and a restart: the dead-letter topic holds the same record twice."""
    async with post.running():
        await post.send(b"{")
        (letter,) = await post.letters(1)
    target = dead_letter_topic(TOPIC, CONSUMER).name
    headers = [("ce_id", letter["event_id"].encode()), ("dead_cause", b"again"), ("dead_topic", b"x")]
    headers += [("dead_partition", b"0"), ("dead_offset", str(letter["log_offset"]).encode())]
    await post.publisher.publish(post.prefix + target, b"one-key", b"{", headers)
    await post.publisher.publish(
        post.prefix + target, None, b"[", [("ce_region", b"421224"), ("dead_cause", b"x")]
    )
    async with post.running():
        found = await post.letters(2)
    assert {each["cause"].partition(":")[0] for each in found} == {"MalformedEvent", "x"}


async def test_letter_is_for_its_region_when_it_has_one(post: Post) -> None:
    async with post.running():
        await post.send(b"{", region="421221")
        (letter,) = await post.letters(1)
    async with post.api("officer") as api:
        assert (await api.get("/v1/set-aside-events")).status_code == 403
    async with post.api("county-admin") as api:
        assert (await api.get("/v1/set-aside-events")).json()["items"] == []
        for act in ("replays", "discards"):
            answer = await api.post(f"/v1/set-aside-events/{letter['id']}/{act}", json={"reason": "not mine"})
            assert answer.status_code == 404


async def test_discard_is_final_when_its_reason_is_given(post: Post) -> None:
    async with post.running():
        await post.send(b"{")
        (letter,) = await post.letters(1)
    address = f"/v1/set-aside-events/{letter['id']}"
    async with post.api() as api:
        assert (await api.post(f"{address}/discards", json={})).status_code == 422
        done = await api.post(f"{address}/discards", json={"reason": "sent by a test machine"})
        assert (done.status_code, done.json()["settle_reason"]) == (201, "sent by a test machine")
        assert (await api.post(f"{address}/replays", json={"reason": "after all"})).status_code == 409
    assert await post.done() == []


async def test_block_goes_back_to_its_log_when_it_is_replayed(post: Post) -> None:
    target = post.prefix + dead_letter_topic(BLOCKS, "worker").name
    headers = [("dead_cause", b"x"), ("dead_partition", b"3"), ("dead_offset", b"7")]
    await post.publisher.publish(target, None, b"\x00block", headers)
    async with post.running():
        (letter,) = await post.letters(1)
    async with post.api() as api:
        address = f"/v1/set-aside-events/{letter['id']}"
        tag = {"If-Match": f'"{letter["version"]}"'}
        refused = await api.patch(address, json={"body": {}, "reason": "mend"}, headers=tag)
        assert (refused.status_code, refused.json()["code"]) == (409, "dead_letter.not_editable")
        assert (await api.post(f"{address}/replays", json={"reason": "again"})).status_code == 201
    assert post.put_back == [(BLOCKS.name, b"\x00block", 3)]


async def test_command_settles_a_letter_when_no_api_answers(
    post: Post, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with post.running():
        await post.send(json.dumps({**body(50), "percent": "a half"}).encode())
        (letter,) = await post.letters(1)
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(body(50)))

    @asynccontextmanager
    async def means(_: CommonSettings) -> AsyncIterator[Replaying]:
        yield post.means

    dsn = post.database.engine.url.render_as_string(hide_password=False).replace("+asyncpg", "")

    def of_test() -> CommonSettings:
        return settings(database_dsn=dsn)

    capsys.readouterr()  # what consumer and keeper logged

    def run(*arguments: str) -> tuple[int, str]:
        code = letters_command("test", of_test, means, arguments)
        return code, capsys.readouterr().out

    signed = ("--by", "on duty", "--reason", "fifty per cent was meant")
    code, listed = await asyncio.to_thread(run, "list")
    assert (code, json.loads(listed)["id"]) == (0, letter["id"])
    assert (await asyncio.to_thread(run, "replay", letter["id"], *signed))[0] == 1
    edit = ("edit", letter["id"], *signed, "--body", str(mended))
    assert (await asyncio.to_thread(run, *edit))[0] == 0
    code, told = await asyncio.to_thread(run, "replay", letter["id"], *signed)
    assert (code, json.loads(told)["settled_by"]) == (0, "machine:on duty")
    assert await asyncio.to_thread(run, "list") == (0, "")
    assert await post.done() == [50.0]
    async with post.database.session() as session:
        acts = await session.scalars(text("SELECT action FROM audit_record ORDER BY at, id"))
        assert [each for each in acts if each.startswith("letters")] == ["letters edit", "letters replay"]
