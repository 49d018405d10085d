"""The stream: live, resumed without a gap, within the caller's reach, ended when it has to be."""

import asyncio
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
from libs.common.security.principal import SYSTEM
from libs.common.web.problems import ChangesForgotten, Unauthenticated
from services.alerts.streams.domain.filters import StreamFilter, parse
from services.alerts.streams.hub import AlertHub
from services.alerts.streams.service import AlertStream, ensure_remembered
from tests.support.alerts import COUNTY, MORNING, OTHER_COUNTY, World, spike


@dataclass
class Chunk:
    id: int
    event: str
    data: Any


class Client:
    """Reads a stream chunk by chunk, as a browser would; comments are passed over."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self.comments = 0

    async def next(self, seconds: float = 5.0) -> Chunk:
        async with asyncio.timeout(seconds):
            while True:
                raw = (await anext(self._chunks)).decode()
                fields = dict(line.split(": ", 1) for line in raw.strip().splitlines() if not line.startswith(":"))
                if "data" in fields:
                    return Chunk(int(fields["id"]), fields["event"], orjson.loads(fields["data"]))
                self.comments += 1

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
        with pytest.raises(TimeoutError):
            await client.next(1.5)
        assert client.comments >= 1


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


async def test_reader_is_told_when_what_it_missed_is_no_longer_kept(world: World) -> None:
    await world.handle(spike(uuid4()))
    await world.place_events()
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE outbox SET position = position + 100"))
        oldest = await session.scalar(text("SELECT min(position) FROM outbox"))
    await ensure_remembered(world.database, oldest - 1)
    with pytest.raises(ChangesForgotten):
        await ensure_remembered(world.database, oldest - 2)


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
