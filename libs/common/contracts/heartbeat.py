"""Beats of the alerts service that go round through its relay, the broker and its consumer, back to it."""

from typing import ClassVar

from libs.common.contracts.base import EventPayload, Instant, Topic

HEARTBEAT = Topic(
    "alerts.heartbeat.v1",
    "alerts",
    "Beats that prove the way of events: what does not come round is not told outside",
    partitions=1,
    retention_hours=24,
)


class HeartbeatBegunV1(EventPayload):
    """A beat on its way; ``begun_at`` is the stack's time."""

    event_type: ClassVar[str] = "alerts.heartbeat.begun.v1"
    topic: ClassVar[Topic] = HEARTBEAT

    sequence: int
    begun_at: Instant
