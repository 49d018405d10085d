"""Which handler takes which event: the table a service writes down in ``subscriptions.py``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.common.context import Context
from libs.common.contracts.base import Event, EventPayload, Tombstone, Topic

# A handler is typed by its own payload; the table as a whole can only say "some payload".
EventHandler = Callable[[Context, Event[Any]], Awaitable[None]]
TombstoneHandler = Callable[[Context, Tombstone], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic a service listens to.

    Types of the topic without a handler are passed over: a contract grows by new types, and a service that does
    not know one yet must not stop for it.
    """

    topic: Topic
    handlers: Mapping[type[EventPayload], EventHandler]
    on_tombstone: TombstoneHandler | None = None
    contracts: Mapping[str, type[EventPayload]] = field(init=False)

    def __post_init__(self) -> None:
        foreign = [payload.__name__ for payload in self.handlers if payload.topic != self.topic]
        if foreign:
            raise ValueError(f"{', '.join(foreign)} do not travel on {self.topic.name}")
        object.__setattr__(self, "contracts", {payload.event_type: payload for payload in self.handlers})
