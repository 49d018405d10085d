"""Feeds that fell silent, and feeds that are heard again."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

FEED = Topic("energy.feed.v1", OWNER, "Feeds that fell silent, and feeds that are heard again")


class FeedSilentV1(EventPayload):
    """A feed did not deliver by its schedule and its patience. One silence is one condition, told once."""

    event_type: ClassVar[str] = "energy.feed.silent.v1"
    topic: ClassVar[Topic] = FEED

    condition_id: UUID
    kind: str
    feed_id: UUID
    feed_code: str
    feed_name: str
    owner: str
    transport: str
    enterprise_id: UUID | None = None
    # When the delivery that did not come was due.
    expected_at: Instant
    last_received_at: Instant | None = None
    # The end of the latest interval that came.
    last_reading_at: Instant | None = None
    late_minutes: int
    level: int = 1
    explanation_zh: str
    explanation_en: str


class FeedRecoveredV1(EventPayload):
    event_type: ClassVar[str] = "energy.feed.recovered.v1"
    topic: ClassVar[Topic] = FEED

    condition_id: UUID
    kind: str
    feed_id: UUID
    feed_code: str
    recovered_at: Instant
    # heard: it delivered; rescheduled, unscheduled, paused: nothing is expected of it for now.
    reason: str
    last_received_at: Instant | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    FeedSilentV1,
    FeedRecoveredV1,
)
