"""What is offered to systems outside: all that this service publishes, but credentials and what has no region."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common.contracts.catalogue import EVENTS, topics_of
from libs.common.contracts.projects import CALENDAR, CREDENTIAL, OWNER
from libs.common.web.problems import FieldError
from services.projects.webhooks.domain.selection import Offered, unknown_in
from services.projects.webhooks.errors import UnknownEvents

_WITHHELD = frozenset({CREDENTIAL.name, CALENDAR.name})
PING = "webhook.ping"


def offered() -> tuple[Offered, ...]:
    return tuple(
        Offered(
            topic.name,
            topic.description,
            tuple(event.event_type for event in EVENTS if event.topic == topic),
        )
        for topic in topics_of(OWNER)
        if topic.name not in _WITHHELD
    )


def demand_offered(topics: Sequence[str], types: Sequence[str]) -> None:
    """Raises UnknownEvents naming all that is not offered."""
    known = offered()
    strangers = {
        "/topics": unknown_in(topics, (one.topic for one in known)),
        "/event_types": unknown_in(types, (name for one in known for name in one.types)),
    }
    errors = [
        FieldError("webhook.not_offered", pointer, {"names": names})
        for pointer, names in strangers.items()
        if names
    ]
    if errors:
        raise UnknownEvents(names=[name for names in strangers.values() for name in names], errors=errors)
