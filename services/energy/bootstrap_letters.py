"""Putting together what keeps the energy service's dead letters and handles them once more."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.clock import Clock, clock_from
from libs.common.contracts.base import dead_letter_name
from libs.common.contracts.energy import READINGS
from libs.common.database import Database
from libs.common.dead_letters.replaying import PutBack, Replaying, replaying
from libs.common.ids import new_id
from libs.common.inbox.repository import load_positions
from libs.common.kafka.letters import LetterKeeper
from libs.common.kafka.producer import KafkaPublisher
from libs.common.outbox.envelope import Headers
from libs.common.web.catalogue import Catalogue
from services.energy.api import MESSAGES
from services.energy.bootstrap_door import build_door
from services.energy.bootstrap_gateway import GATEWAY
from services.energy.feeds.delivery import Means
from services.energy.settings import EnergySettings
from services.energy.sources import repository
from services.energy.sources.domain.messages import Message
from services.energy.sources.errors import FeedNotFound
from services.energy.sources.intake import intake_of
from services.energy.subscriptions import CONSUMER, SUBSCRIPTIONS, WORKER

# Of the keeper of what feeds set aside, among the positions.
_OF_FEEDS: Final = "feed-dead-letters"
# Real time: a worker that is behind is not waited for while somebody waits for the answer.
_DELIVER_SECONDS: Final = 20.0


def letter_keeper(settings: EnergySettings, database: Database, clock: Clock) -> LetterKeeper:
    """Keeps what the registry's consumer and the worker set aside."""
    return LetterKeeper(
        bootstrap=settings.kafka_address,
        database=database,
        clock=clock,
        consumers={CONSUMER: [each.topic for each in SUBSCRIPTIONS], WORKER: [READINGS]},
        topic_prefix=settings.topic_prefix,
    )


def gateway_keeper(settings: EnergySettings, database: Database, clock: Clock) -> LetterKeeper:
    """Keeps what feeds of other Kafkas set aside; their topics are the registry's, and have no prefix of ours."""
    return LetterKeeper(
        bootstrap=settings.kafka_address,
        database=database,
        clock=clock,
        consumers={},
        name=_OF_FEEDS,
        further=_topics_of_feeds,
    )


async def _topics_of_feeds(session: AsyncSession) -> Mapping[str, set[str]]:
    """Of feeds that are registered, and of those that once were."""
    ending = dead_letter_name("", GATEWAY)
    read = await load_positions(session, _OF_FEEDS)
    return {GATEWAY: await repository.topics_fetched(session) | {topic.removesuffix(ending) for topic, _ in read}}


def means_of_replay(settings: EnergySettings, publisher: KafkaPublisher, means: Means) -> Replaying:
    """Events by their handlers; blocks of readings go back to their partition by way of ``publisher``, messages of
    a utility through the door of ``means`` as their feeds are registered by now."""

    async def put_back(
        topic: str, key: bytes | None, value: bytes | None, headers: Headers, partition: int
    ) -> None:
        await publisher.publish(settings.topic_prefix + topic, key, value, headers, partition)

    async def deliver(topic: str, _key: bytes | None, value: bytes | None, _headers: Headers, _place: int) -> None:
        await _deliver(means, topic, value or b"")

    again: dict[str, PutBack] = {WORKER: put_back, GATEWAY: deliver}
    return replaying({CONSUMER: SUBSCRIPTIONS}, again, untyped=frozenset({GATEWAY}))


async def _deliver(means: Means, topic: str, body: bytes) -> None:
    """Once more to every feed of the topic; the door knows a body that it has taken. Raises FeedNotFound, and what
    is wrong with the body."""
    async with means.database.session() as session:
        feeds = await repository.feeds_of_topic(session, topic)
    if not feeds:
        raise FeedNotFound(code=topic)
    catalogue = Catalogue([MESSAGES])
    for feed in feeds:
        intake = intake_of(feed, means, lambda code, params: catalogue.title(code, "zh-CN", params))
        async with asyncio.timeout(_DELIVER_SECONDS):
            for _, error in await intake.deliver_messages([Message(None, body)], topic):
                raise error


@asynccontextmanager
async def letter_means(settings: EnergySettings) -> AsyncIterator[Replaying]:
    """How dead letters are handled at the machine."""
    database = Database(settings.dsn, pool_size=2)
    running = build_door(settings, database, "letters")
    try:
        async with running.running() as door:
            means = Means(database, clock_from(settings.clock_file), new_id, door)
            yield means_of_replay(settings, running.publisher, means)
    finally:
        await database.close()
