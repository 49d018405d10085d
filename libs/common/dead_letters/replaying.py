"""How the letters of a service's consumers are handled once more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from libs.common.inbox.subscription import Subscription
from libs.common.outbox.envelope import Headers

# Topic, key, value, headers, partition: puts a record back to where it came from.
PutBack = Callable[[str, bytes | None, bytes | None, Headers, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Replaying:
    """Per consumer its subscriptions by topic; ``put_back`` for those whose records are no events.

    ``untyped``: those of the latter whose records may be mended to any JSON object, no contract being ours.

    Events are handled here, in the transaction that settles the letter; blocks of readings go back into their log,
    whose merge knows a value that it has.
    """

    consumers: Mapping[str, Mapping[str, Subscription]]
    put_back: Mapping[str, PutBack] = field(default_factory=dict)
    untyped: frozenset[str] = frozenset()

    def subscription(self, consumer: str, topic: str) -> Subscription | None:
        return self.consumers.get(consumer, {}).get(topic)


def replaying(
    consumers: Mapping[str, Sequence[Subscription]],
    put_back: Mapping[str, PutBack] | None = None,
    untyped: frozenset[str] = frozenset(),
) -> Replaying:
    """From the tables that services write down in ``subscriptions.py``."""
    by_topic = {
        consumer: {subscription.topic.name: subscription for subscription in subscriptions}
        for consumer, subscriptions in consumers.items()
    }
    return Replaying(by_topic, put_back or {}, untyped)
