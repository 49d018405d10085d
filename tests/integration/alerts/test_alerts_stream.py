"""The stream: live, resumed without a gap, within the caller's reach, ended when it has to be."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text

from libs.common.context import Context
from libs.common.contracts import alerts as contract
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.outbox.record import record_event
from libs.common.security.principal import SYSTEM, Role
from libs.common.web.problems import Unauthenticated
from services.alerts.streams.domain.filters import StreamFilter, parse
from services.alerts.streams.hub import AlertHub
from services.alerts.streams.service import AlertStream
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, caller, spike


@dataclass
class Chunk:
    id: int
    event: str
    data: Any


class Client:
    """Reads a stream chunk by chunk, as a browser would; comments are passed over."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._blocks: list[str] = []

    async def next(self, seconds: float = 60.0) -> Chunk:
        async with asyncio.timeout(seconds):
            while True:
                while not self._blocks:
                    self._blocks = [block for block in (await anext(self._chunks)).decode().split("\n\n") if block]
                raw = self._blocks.pop(0)
                fields = dict(line.split(": ", 1) for line in raw.strip().splitlines() if not line.startswith(":"))
                if "data" in fields:
                    return Chunk(int(fields["id"]), fields["event"], orjson.loads(fields["data"]))

    async def heartbeat(self) -> None:
        """The next that comes is a comment."""
        async with asyncio.timeout(60):
            assert (await anext(self._chunks)).decode().startswith(":")

    async def ended(self) -> bool:
        try:
            await anext(self._chunks)
        except StopAsyncIteration:
            return True
        return False


@asynccontextmanager
async def reading(
    world: World, caller: str = "officer", *, after: int | None = None, hub: AlertHub | None = None, **options: Any
) -> AsyncIterator[Client]:
    async def authenticate() -> Any:
        if caller not in world.callers.known:
            raise Unauthenticated
        return world.callers.known[caller]

    stream = AlertStream(
        world.database,
        hub or world.hub,
        world.callers.known[caller],
        options.pop("wanted", StreamFilter()),
        authenticate=authenticate,
        is_stopping=options.pop("is_stopping", lambda: False),
        **options,
    )
    chunks = stream.chunks(after)
    try:
        client = Client(chunks)
        ready = await client.next()
        assert ready.event == "ready"
        yield client
    finally:
        await chunks.aclose()  # type: ignore[attr-defined]


async def test_change_arrives_when_it_happens(world: World) -> None:
    async with reading(world) as client:
        await world.handle(spike(uuid4()))
        await world.place_events()
        chunk = await client.next()
    assert chunk.event == "alerts.alert.opened.v1"
    assert chunk.data["severity"] == "yellow"


async def test_nothing_is_missed_or_repeated_when_a_reader_resumes(world: World) -> None:
    async with reading(world) as client:
        await world.handle(spike(uuid4()))
        await world.place_events()
        last = (await client.next()).id
    for _ in range(3):
        await world.handle(spike(uuid4()))
    await world.place_events()
    async with reading(world, after=last) as client:
        missed = [await client.next() for _ in range(3)]
        await world.handle(spike(uuid4()))
        await world.place_events()
        live = await client.next()
    numbers = [chunk.data["number"] for chunk in (*missed, live)]
    assert numbers == sorted(numbers)
    assert [chunk.id for chunk in (*missed, live)] == list(range(last + 1, last + 5))


async def test_both_transactions_arrive_when_they_commit_in_reverse_order(
    world: World, database: Database
) -> None:
    """The first to insert commits last: a reader who has seen the second must still get the first."""
    first, second = database.session(), database.session()
    async with first as early, second as late:
        early_id = await _record(world, early)
        late_id = await _record(world, late)
        await late.commit()
        await world.place_events()
        async with reading(world, after=0) as client:
            seen = await client.next()
        assert seen.data["alert_id"] == str(late_id)
        async with reading(world, after=seen.id) as client:
            await early.commit()
            await world.place_events()
            assert (await client.next()).data["alert_id"] == str(early_id)


async def test_stranger_and_filter_let_nothing_else_through(world: World) -> None:
    wanted, faults = parse([("filter[severity][in]", "orange,red"), ("filter[region_code][within]", "421200")])
    assert faults == []
    async with reading(world, "stranger") as stranger, reading(world, wanted=wanted) as grave:
        await world.handle(spike(uuid4(), level=1))
        await world.handle(spike(uuid4(), level=2))
        await world.handle(spike(uuid4(), level=3), region_code=OTHER_COUNTY)
        await world.place_events()
        assert (await grave.next()).data["severity"] == "orange"
        assert (await stranger.next()).data["region_code"] == OTHER_COUNTY
        for client in (stranger, grave):
            with pytest.raises(TimeoutError):
                await client.next(0.3)


async def test_heartbeat_comes_when_nothing_happens(world: World) -> None:
    async with reading(world, heartbeat_seconds=0.1) as client:
        await client.heartbeat()
        await client.heartbeat()


async def test_stream_ends_when_the_credential_does(world: World) -> None:
    async with reading(world, heartbeat_seconds=0.1) as client:
        del world.callers.known["officer"]
        chunk = await client.next()
        assert (chunk.event, chunk.data["reason"]) == ("expired", "credential_ended")
        assert await client.ended()


async def test_slow_reader_is_dropped_with_a_word_and_finds_the_rest_when_it_resumes(world: World) -> None:
    hub = AlertHub(world.database, poll_seconds=0.02, queue_size=2)
    polling = asyncio.create_task(hub.run())
    try:
        async with reading(world, hub=hub) as client:
            for _ in range(5):
                await world.handle(spike(uuid4()))
            await world.place_events()
            await asyncio.sleep(0.3)
            seen = [await client.next() for _ in range(2)]
            dropped = await client.next()
            assert (dropped.event, dropped.data["last_event_id"]) == ("dropped", seen[-1].id)
            assert await client.ended()
        async with reading(world, after=dropped.id) as again:
            rest = [await again.next() for _ in range(3)]
        assert len({chunk.id for chunk in (*seen, *rest)}) == 5
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


async def test_stream_ends_when_the_process_is_told_to(world: World) -> None:
    stopping = asyncio.Event()
    async with reading(world, is_stopping=stopping.is_set) as client:
        stopping.set()
        assert await client.ended()


async def test_gap_is_told_with_the_place_from_which_the_stream_goes_on(world: World) -> None:
    await world.handle(spike(uuid4()))
    await world.place_events()
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE outbox SET position = position + 100"))
        oldest = await session.scalar(text("SELECT min(position) FROM outbox"))
        newest = await session.scalar(text("SELECT max(position) FROM outbox"))
    for after, reason in ((oldest - 2, "forgotten"), (newest + 1000, "unknown_id")):
        async with reading(world, after=after) as client:
            gap = await client.next()
            assert (gap.event, gap.id) == ("gap", newest)
            assert gap.data == {
                "reason": reason, "missed_after": after, "reload": "/v1/alerts", "last_event_id": newest,
            }  # fmt: skip
            await world.handle(spike(uuid4()))
            await world.place_events()
            chunk = await client.next()
            assert (chunk.event, chunk.id) == ("alerts.alert.opened.v1", newest + 1)
            newest = chunk.id
    async with reading(world, after=oldest - 1) as client:
        assert (await client.next()).id == oldest


async def test_gap_is_told_when_the_history_is_trimmed_while_it_is_being_read(world: World) -> None:
    for _ in range(6):
        await world.handle(spike(uuid4()))
    await world.place_events()
    async with reading(world, after=0, page=2) as client:
        seen = [await client.next() for _ in range(2)]
        async with world.database.transaction() as session:
            await session.execute(text("DELETE FROM outbox WHERE position <= 4"))
        gap = await client.next()
        assert [chunk.id for chunk in seen] == [1, 2]
        assert (gap.event, gap.data["missed_after"], gap.id) == ("gap", 2, 6)


async def test_reader_gets_nothing_twice_when_its_id_is_ahead_of_this_process(world: World) -> None:
    """Another process has served it more than this one has polled."""
    lagging = AlertHub(world.database, poll_seconds=0.02)
    async with lagging.reader() as first:
        assert first.start == 0
        for _ in range(3):
            await world.handle(spike(uuid4()))
        await world.place_events()
        async with reading(world, after=2, hub=lagging) as client:
            polling = asyncio.create_task(lagging.run())
            assert (await client.next()).id == 3
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)


async def test_nothing_is_lost_or_doubled_when_a_reader_reconnects_at_random_while_events_are_written(
    world: World,
) -> None:
    chance = random.Random(7)
    wanted, _ = parse([("filter[severity][in]", "yellow,red")])
    written: list[int] = []

    async def write() -> None:
        for _ in range(60):
            level = chance.choice((1, 2, 3))
            await world.handle(spike(uuid4(), level=level))
            written.append(level)
            if chance.random() < 0.5:
                await world.place_events()
        await world.place_events()

    def all_seen() -> bool:
        return writing.done() and len(seen) >= sum(level != 2 for level in written)

    writing = asyncio.create_task(write())
    seen: list[int] = []
    last = 0
    async with asyncio.timeout(300):
        while not all_seen():
            async with reading(world, after=last, wanted=wanted, page=3) as client:
                for _ in range(chance.randrange(1, 9)):
                    try:
                        chunk = await client.next(0.2)
                    except TimeoutError:
                        break
                    assert chunk.event == "alerts.alert.opened.v1"
                    seen.append(chunk.id)
                    last = chunk.id
    await writing
    async with reading(world, after=last, wanted=wanted) as client:
        with pytest.raises(TimeoutError):
            await client.next(0.3)
    rows = await world.rows(
        "SELECT position FROM outbox WHERE topic = 'alerts.alert.v1' AND payload::text IS NOT NULL "
        "AND convert_from(payload, 'UTF8')::jsonb ->> 'severity' IN ('yellow', 'red') ORDER BY position"
    )
    assert seen == [row.position for row in rows]
    assert len(seen) == sum(level != 2 for level in written)


async def test_own_alerts_and_labels_are_told_apart() -> None:
    person, unit = uuid4(), uuid4()
    me = caller("me", Role.OFFICER, COUNTY, person_id=person, unit_id=unit)
    mine, faults = parse([("filter[labels.team]", "grid")], own=True)
    assert faults == []
    state: dict[str, Any] = {"labels": {"team": "grid"}, "responsible_person_id": str(person)}
    assert mine.passes(state, me)
    assert mine.passes({**state, "responsible_person_id": None, "responsible_unit_id": str(unit)}, me)
    assert not mine.passes({**state, "responsible_person_id": str(uuid4())}, me)
    assert not mine.passes({**state, "labels": {"team": "gas"}}, me)
    assert not mine.passes({"responsible_person_id": str(person)}, me)
    assert not mine.passes(state, caller("nobody", Role.OFFICER, COUNTY))
    assert parse([("filter[labels.]", "x")])[1] != []


async def test_heartbeat_carries_the_place_on_when_nothing_wanted_happens(world: World) -> None:
    wanted, _ = parse([("filter[severity]", "red")])
    async with world.hub.reader(
        lambda event: wanted.passes(event.payload, world.callers.known["admin"])
    ) as reader:
        await world.handle(spike(uuid4(), level=1))
        await world.place_events()
        async with asyncio.timeout(60):
            while not reader.passed:
                await asyncio.sleep(0.01)
        assert reader.queue.empty()


async def test_many_readers_share_one_poller(world: World) -> None:
    clients = [reading(world) for _ in range(20)]
    opened = [await client.__aenter__() for client in clients]
    await world.handle(spike(uuid4()))
    await world.place_events()
    chunks = await asyncio.gather(*(client.next() for client in opened))
    assert len({chunk.data["alert_id"] for chunk in chunks}) == 1
    for client in clients:
        await client.__aexit__(None, None, None)


async def test_stream_answers_over_http_when_asked_with_an_id_and_refuses_nonsense(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/v1/alerts/stream", headers={"Last-Event-ID": "x"})).status_code == 422
        assert (await client.get("/v1/alerts/stream", params={"filter[colour]": "red"})).status_code == 422
        assert (await client.get("/v1/alerts/stream", params={"filter[status][gt]": "x"})).status_code == 422
    await world.handle(spike(uuid4()))
    await world.place_events()
    world.app.state.stopping.clear()

    async def stop_soon() -> None:
        await asyncio.sleep(0.3)
        world.app.state.stopping.set()

    stopper = asyncio.create_task(stop_soon())
    async with world.client() as client:
        answer = await client.get("/v1/alerts/stream", headers={"Last-Event-ID": "0"})
    await stopper
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: alerts.alert.opened.v1" in answer.text


async def _record(world: World, session: Any) -> UUID:
    alert_id = new_id()
    payload = contract.AlertOpenedV1(
        alert_id=alert_id,
        number=1,
        rule_code="energy.spike",
        severity=contract.Severity.YELLOW,
        status=contract.AlertStatus.OPEN,
        title_zh="x",
        title_en="x",
        object_type="meter",
        object_id="m",
        condition_kind="spike",
        region_code=COUNTY,
        occurred_at=MORNING,
        received_at=MORNING,
        escalation_level=0,
        source_event_id=uuid4(),
    )
    ctx = Context(session, MORNING, new_id, SYSTEM)
    await record_event(ctx, payload, subject=str(alert_id), aggregate_version=1, region_code=COUNTY)
    # The row has its sequence now; only the commit is still to come.
    await session.execute(text("SELECT 1"))
    return alert_id
