"""Events of the ledger of accountability."""

from typing import ClassVar

from libs.common.contracts.base import EventPayload, Instant, Topic

ACCOUNTABILITY = Topic("alerts.accountability.v1", "alerts", "Editions of the yearly ledger of accountability")


class AccountabilityFrozenV1(EventPayload):
    """A year's ledger was frozen as an edition; a later edition holds what was corrected since.

    ``seal`` is the last seal of the trails it rests on; ``misses``, ``persons`` and ``units`` count what was not
    excluded. The rows are at ``/v1/accountability/{year}/export?edition=``.
    """

    event_type: ClassVar[str] = "alerts.accountability.frozen.v1"
    topic: ClassVar[Topic] = ACCOUNTABILITY

    year: int
    edition: int
    frozen_at: Instant
    reason: str
    seal: int
    misses: int
    persons: int
    units: int
    digest: str
