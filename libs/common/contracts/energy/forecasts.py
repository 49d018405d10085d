"""Forecasts of load (S17), as they are issued."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.energy.owner import OWNER

FORECAST = Topic("energy.forecast.v1", OWNER, "Forecasts of the load of areas and substations, as they are issued")


class ForecastPeak(BaseModel):
    """A day of a forecast in short; the 96 values with their quantiles are read by the issue's id.

    ``peak_kw`` is the highest p50, at the slot that starts at ``peak_at``; ``peak_p10_kw`` is p10 of that slot,
    ``peak_p90_kw`` the highest p90 of the day. ``mape``: error of the model on the days held out, in percent.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    day: date
    lead_days: int
    model: str
    peak_at: Instant
    peak_kw: float
    peak_p10_kw: float
    peak_p90_kw: float
    energy_kwh: float
    mape: float | None = None


class ForecastIssuedV1(EventPayload):
    """A forecast was issued; it is never changed, a later one stands beside it."""

    event_type: ClassVar[str] = "energy.forecast.issued.v1"
    topic: ClassVar[Topic] = FORECAST

    issue_id: UUID
    # day_ahead: tomorrow and the days after; intraday: the rest of the day, and tomorrow again.
    kind: str
    node_id: UUID
    node_code: str
    node_name: str
    node_kind: str
    issued_at: Instant
    # Loads before this instant were known.
    origin_at: Instant
    days: tuple[ForecastPeak, ...]


EVENTS: tuple[type[EventPayload], ...] = (ForecastIssuedV1,)
