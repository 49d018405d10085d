"""A province takes up the conditions of two cities: one alert each, and nothing goes round."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from libs.common.cells import Cell, cells_of
from libs.common.contracts import energy
from libs.common.contracts.base import EventPayload
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.mirror import Mirror
from libs.common.kafka.offsets import end_offsets
from libs.common.kafka.producer import BrokerUnavailable, KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.envelope import Headers, encode_headers
from services.alerts.subscriptions import CONSUMER, SUBSCRIPTIONS
from tests.support.alerts import COUNTY, World, spike, spike_over
from tests.support.messaging import eventually

CITIES = ("east", "west")
CONDITIONS = [subscription for subscription in SUBSCRIPTIONS if subscription.topic == energy.CONDITION]


class Unsteady:
    """A producer whose broker goes away at first, now after it took the record and now before."""

    def __init__(self, publisher: KafkaPublisher) -> None:
        self._publisher = publisher
        self._calls = 0
        self.failures = 0

    async def publish(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        self._calls += 1
        fails = self.failures < 8 and self._calls % 7 in {0, 3}
        if not fails or self._calls % 7 == 3:
            await self._publisher.publish(topic, key, value, headers)
        if fails:
            self.failures += 1
            raise BrokerUnavailable("gone for a moment")


class Cells:
    """The cities' topics and the province's lie on one broker, told apart by their prefix."""

    def __init__(self, publisher: KafkaPublisher, bootstrap: str, prefix: str, world: World) -> None:
        self._publisher = publisher
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._world = world
        self.unsteady = Unsteady(publisher)

    @property
    def province(self) -> str:
        return f"{self._prefix}province."

    def city(self, name: str) -> str:
        return f"{self._prefix}{name}."

    async def build(self) -> None:
        topics = [energy.CONDITION, dead_letter_topic(energy.CONDITION, CONSUMER)]
        for prefix in (self.province, *map(self.city, CITIES)):
            await ensure_topics(self._bootstrap, topics, prefix=prefix, partitions=2, replication=1)

    async def publish(self, city: str, payload: EventPayload, version: int, event_id: UUID | None = None) -> None:
        subject = str(getattr(payload, "condition_id", ""))
        headers = encode_headers(
            event_id=event_id or new_id(),
            event_type=payload.event_type,
            source="/energy",
            subject=subject,
            time=self._world.clock.now(),
            aggregate_version=version,
            region_code=COUNTY,
            traceparent=None,
        )
        body = payload.model_dump_json().encode()
        await self._publisher.publish(self.city(city) + payload.topic.name, subject.encode(), body, headers)

    def mirror(self, name: str, source: str, target: str, publisher: Unsteady | KafkaPublisher) -> Mirror:
        return Mirror(
            Cell(name, self._bootstrap),
            energy.CONDITION,
            publisher,
            group=f"{self._prefix}mirror.{target}",
            prefix=target,
            source_prefix=source,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The province's consumer, a mirror of each city, and one of a city that reads the province back."""
        runner = ConsumerRunner(
            bootstrap=self._bootstrap,
            consumer=CONSUMER,
            subscriptions=CONDITIONS,
            database=self._world.database,
            clock=self._world.clock,
            new_id=new_id,
            dead_letters=DeadLetters(self._publisher, consumer=CONSUMER),
            topic_prefix=self.province,
        )
        mirrors: list[Mirror] = [
            self.mirror(city, self.city(city), self.province, self.unsteady) for city in CITIES
        ]
        mirrors.append(self.mirror("province", self.province, self.city("east"), self._publisher))
        running = [asyncio.create_task(runner.run()), *(asyncio.create_task(one.run()) for one in mirrors)]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def length(self, prefix: str) -> int:
        return sum((await end_offsets(self._bootstrap, [prefix + energy.CONDITION.name])).values())


@pytest.fixture
async def cells(world: World, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Cells]:
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test-cells")
    await publisher.start()
    made = Cells(publisher, kafka_bootstrap, topic_prefix, world)
    await made.build()
    yield made
    await publisher.stop()


async def test_conditions_of_two_cities_are_one_alert_each_in_the_province(world: World, cells: Cells) -> None:
    opened = {city: [spike(uuid4(), level=3) for _ in range(10)] for city in CITIES}
    async with cells.running():
        for city in CITIES:
            for number, payload in enumerate(opened[city]):
                event_id = new_id()
                for _ in range(2 if number == 0 else 1):
                    await cells.publish(city, payload, 1, event_id)
                if number < 4:
                    await cells.publish(city, spike_over(payload), 2)

        async def all_there() -> bool:
            alerts = await world.scalar("SELECT count(*) FROM alert")
            resolved = await world.scalar("SELECT count(*) FROM alert WHERE status = 'resolved'")
            return (alerts, resolved) == (20, 8)

        await eventually(all_there, seconds=600)
        mirrored = await cells.length(cells.province)
    assert cells.unsteady.failures > 3, "the producer never failed: this test shows nothing"
    expected = {str(payload.condition_id) for city in CITIES for payload in opened[city]}
    found = Counter(str(row.condition_id) for row in await world.rows("SELECT condition_id FROM alert_condition"))
    assert found == Counter(expected)
    # Sent again where the producer failed after the broker had it, and passed over by id.
    assert mirrored > 28
    assert await world.scalar("SELECT count(*) FROM inbox") == 28
    # The city that reads the province took back nothing of its own, and nothing of its neighbour's.
    assert await cells.length(cells.city("east")) == 15


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", ()),
        ("east=10.0.0.1:9092", (Cell("east", "10.0.0.1:9092"),)),
        ("east=a:1, b:2 ; west=c:3;", (Cell("east", "a:1,b:2"), Cell("west", "c:3"))),
    ],
)
def test_cells_are_read_from_a_setting(text: str, cells: tuple[Cell, ...]) -> None:
    assert cells_of(text) == cells


@pytest.mark.parametrize(
    "text", ["east", "=a:1", "east=", "east=a", "east=a:0", "east=a:x", "e/w=a:1", "e=a:1;e=b:1"]
)
def test_setting_is_refused_when_it_names_no_cell(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not name=host:port|is named twice"):
        cells_of(text)
