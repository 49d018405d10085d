"""Puts together what fetches feeds; beside ``bootstrap``, which starts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from libs.common.clock import Clock
from libs.common.contracts.base import Topic
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.foreign import ForeignTopic, consume_foreign
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.topics import ensure_topics
from libs.common.scanner import Scanner
from libs.common.web.catalogue import Catalogue
from services.energy.api import MESSAGES, SERVICE, feed_site
from services.energy.feeds.delivery import Means
from services.energy.feeds.service import Door
from services.energy.feeds.tables import FeedSourceRow
from services.energy.settings import EnergySettings
from services.energy.sources.domain.connection import FolderPlace, KafkaPlace, MqttPlace, Transport, place_of
from services.energy.sources.errors import FeedFolderUnset
from services.energy.sources.gateway import Connected, Gateway
from services.energy.sources.intake import Intake, intake_of
from services.energy.sources.service import Site, secret_of
from services.energy.sources.transports.folder import FolderFeed
from services.energy.sources.transports.kafka import KafkaFeed
from services.energy.sources.transports.mqtt import MqttFeed

# The role that fetches feeds, and the consumer of foreign topics.
GATEWAY: Final = "gateway"


@dataclass(frozen=True, slots=True)
class Fetching:
    """Runs a feed by its transport.

    ``letters``: a feed's poison stays counted while it is started again and again, until the feed is changed.
    """

    settings: EnergySettings
    means: Means
    publisher: KafkaPublisher
    site: Site
    catalogue: Catalogue
    scanner: Scanner | None = None
    letters: dict[tuple[UUID, int], DeadLetters] = field(default_factory=dict)

    async def run_feed(self, row: FeedSourceRow, connected: Connected) -> None:
        """Fetch until cancelled. Raises when the connection is lost, or the site no longer allows it."""
        intake = intake_of(row, self.means, self._describe)
        place = place_of(Transport(row.transport), row.connection)
        if isinstance(place, FolderPlace):
            await self._folder(place, intake).run(connected)
        elif isinstance(place, MqttPlace):
            await MqttFeed(row.code, place, secret_of(row, self.site), intake).run(connected)
        elif isinstance(place, KafkaPlace):
            await self._consume(row, place, intake, connected)

    def _describe(self, code: str, params: dict[str, Any]) -> str:
        # Beside files stands what people at the utility read.
        return self.catalogue.title(code, "zh-CN", params)

    def _folder(self, place: FolderPlace, intake: Intake) -> FolderFeed:
        if self.site.folder_root is None:
            raise FeedFolderUnset
        poll, limit = self.settings.gateway_poll_seconds, self.settings.max_body_bytes
        return FolderFeed(self.site.folder_root, place, intake, poll, limit, self.scanner)

    async def _consume(self, row: FeedSourceRow, place: KafkaPlace, intake: Intake, connected: Connected) -> None:
        dead = dead_letter_topic(Topic(place.topic, SERVICE, f"Feed {row.code}"), GATEWAY)
        await ensure_topics(
            self.settings.kafka_address,
            [dead],
            prefix="",
            partitions=1,
            replication=self.settings.topic_replication,
        )
        letters = self.letters.setdefault((row.id, row.version), DeadLetters(self.publisher, consumer=GATEWAY))
        feed = KafkaFeed(place.topic, intake, letters.set_aside, letters.succeeded)
        source = ForeignTopic(
            bootstrap=place.bootstrap,
            topic=place.topic,
            group=place.group or f"duban-{row.code}",
            security=place.security,
            mechanism=place.mechanism,
            username=place.username,
            password=secret_of(row, self.site),
        )
        await consume_foreign(source, feed.handle, connected)


def build_gateway(
    settings: EnergySettings, database: Database, clock: Clock, door: Door, publisher: KafkaPublisher
) -> Gateway:
    """What fetches feeds and hands their bodies to the door; ``publisher`` takes their dead letters."""
    means = Means(database, clock, new_id, door)
    fetching = Fetching(settings, means, publisher, feed_site(settings), Catalogue([MESSAGES]), settings.scanner())
    return Gateway(means, fetching.run_feed, settings.gateway_poll_seconds)
