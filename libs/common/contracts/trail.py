"""Events of the trail's seals: published so that nobody who rules the database alone can make the record anew."""

from typing import ClassVar

from libs.common.contracts.base import FOREVER, EventPayload, Instant, Topic

TRAIL = Topic(
    "alerts.trail.v1",
    "alerts",
    "Signed seals over the trails of all alerts, kept for ever, in one order",
    partitions=1,
    retention_hours=FOREVER,
)


class TrailSealedV1(EventPayload):
    """A seal: the Merkle root over the heads of the trails that grew, chained to the seal before, and signed.

    ``digest`` is that of the JSON object of the other fields but ``public_key`` and ``signature``, with sorted
    keys and no spaces, ``sealed_at`` in UTC with microseconds; ``signature`` is Ed25519 over the digest's text,
    both it and ``public_key`` as base64.
    """

    event_type: ClassVar[str] = "alerts.trail.sealed.v1"
    topic: ClassVar[Topic] = TRAIL

    sequence: int
    sealed_at: Instant
    algorithm: str
    previous: str
    root: str
    alerts: int
    entries: int
    entries_total: int
    key_id: str
    public_key: str
    digest: str
    signature: str
