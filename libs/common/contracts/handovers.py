"""Events of shifts that are handed over: given by one person, taken over by another."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic

HANDOVER = Topic("alerts.handover.v1", "alerts", "Shifts handed over: signed by who gives, then by who takes")


class HandoverGivenV1(EventPayload):
    """The first signature; ``digest`` is that of the statement, which stands at the alerts service."""

    event_type: ClassVar[str] = "alerts.handover.given.v1"
    topic: ClassVar[Topic] = HANDOVER

    handover_id: UUID
    roster_code: str
    giver_id: UUID
    taker_id: UUID
    digest: str
    open_alerts: int
    given_at: Instant


class HandoverTakenV1(EventPayload):
    """The second signature, over the same digest."""

    event_type: ClassVar[str] = "alerts.handover.taken.v1"
    topic: ClassVar[Topic] = HANDOVER

    handover_id: UUID
    roster_code: str
    taker_id: UUID
    digest: str
    taken_at: Instant


EVENTS: tuple[type[EventPayload], ...] = (HandoverGivenV1, HandoverTakenV1)
