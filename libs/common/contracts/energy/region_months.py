"""What the enterprises of a region drew in a month, as a city tells it and a province adds it up."""

from datetime import date
from typing import ClassVar

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.energy.owner import OWNER

REGION_MONTH = Topic(
    "energy.region_month.v1",
    OWNER,
    "Electricity of regions by month, latest state by region and month",
    compacted=True,
)


class EnergyRegionMonthRecordedV1(EventPayload):
    """Of the meters of enterprises in the region itself, not in those below it, that measure what is drawn.

    ``month`` is its first day. ``meters`` have a value in the month; ``present`` counts their values,
    ``estimated`` those among them that were filled in; ``energy_kwh`` is null when nothing is there any more.
    """

    event_type: ClassVar[str] = "energy.region_month.recorded.v1"
    topic: ClassVar[Topic] = REGION_MONTH

    region_code: str
    month: date
    meters: int
    present: int
    estimated: int
    energy_kwh: float | None = None


EVENTS: tuple[type[EventPayload], ...] = (EnergyRegionMonthRecordedV1,)
