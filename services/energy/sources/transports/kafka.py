"""A topic of a utility's Kafka; its offsets are committed there after our own log has acknowledged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.energy.sources.domain.messages import Message
from services.energy.sources.intake import Intake


class Record(Protocol):
    """A record as the consumer hands it on."""

    @property
    def value(self) -> bytes | None: ...


SetAside = Callable[[Record, BaseException], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class KafkaFeed:
    """What is done with records. ``set_aside`` keeps poison as a dead letter, ``succeeded`` ends its row."""

    topic: str
    intake: Intake
    set_aside: SetAside
    succeeded: Callable[[], None]

    async def handle(self, records: Sequence[Record]) -> None:
        """Deliver the records of a partition; a record without a value says nothing."""
        messages = [Message(record, record.value) for record in records if record.value is not None]
        poison = await self.intake.deliver_messages(messages, self.topic)
        for message, error in poison:
            await self.set_aside(message.place, error)
        if len(poison) < len(messages):
            self.succeeded()
