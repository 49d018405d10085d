"""What all event contracts share: frozen payloads, topics, and the envelope a handler receives."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

# For a topic whose records are never to go: evidence.
FOREVER = -1


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic of the catalogue; its name carries the contract's version."""

    name: str
    owner: str
    description: str
    compacted: bool = False
    # None takes the deployment's number; a topic that must keep one total order says 1.
    partitions: int | None = None
    retention_hours: int = 24 * 14


def dead_letter_name(topic: str, consumer: str) -> str:
    """Where a consumer sets aside what it cannot handle of a topic."""
    return f"{topic}.{consumer}.dead"


class EventPayload(BaseModel):
    """Body of one event. Additive within a version: new fields are optional, none is removed or renamed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]
    topic: ClassVar[Topic]


PayloadT = TypeVar("PayloadT", bound=EventPayload)


@dataclass(frozen=True, slots=True)
class Event(Generic[PayloadT]):
    """A CloudEvent as a handler sees it.

    ``subject`` is the aggregate's id and the Kafka key; ``aggregate_version`` rises by one with each event of the
    aggregate; ``region_code`` is the region at the time of the occurrence; ``time`` is when it occurred.
    """

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    aggregate_version: int
    region_code: str | None
    payload: PayloadT
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A deletion on a compacted topic: the key with no value.

    ``aggregate_version`` comes from the record's header; None when somebody deleted the key without one.
    """

    topic: str
    subject: str
    aggregate_version: int | None = None


Instant = AwareDatetime
