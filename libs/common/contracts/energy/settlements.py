"""Settlements of years of orderly use (S21): frozen, and corrected by later editions."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.energy.owner import OWNER

SETTLEMENT = Topic("energy.settlement.v1", OWNER, "Settlements of years of orderly use, an event an edition")


class SettlementFrozenV1(EventPayload):
    """An edition of a region's year. Amounts in whole yuan and energies are null where nothing is known.

    ``open_amounts``: orders without an amount, because nothing is known of them or no rate held.
    """

    event_type: ClassVar[str] = "energy.settlement.frozen.v1"
    topic: ClassVar[Topic] = SETTLEMENT

    settlement_id: UUID
    region_code: str
    year: int
    edition: int
    reason: str
    enterprises: int
    times: int
    hours: float
    ordered_kwh: float
    energy_kwh: float | None = None
    shortfall_kwh: float | None = None
    rate: float | None = None
    met: int
    not_met: int
    cannot_tell: int
    compensation_yuan: int | None = None
    penalty_yuan: int | None = None
    open_amounts: int


EVENTS: tuple[type[EventPayload], ...] = (SettlementFrozenV1,)
