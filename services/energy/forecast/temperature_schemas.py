"""Temperatures in the API."""

import math
from datetime import date, datetime
from math import cos, pi
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.energy.forecast.domain.temperature import TemperatureKind
from services.energy.forecast.tables import TemperatureDayRow
from services.energy.forecast.temperatures import Telling
from services.energy.grid.schemas import Day
from services.energy.utility.schemas import ListReport

Source = Annotated[str, Field(min_length=1, max_length=100)]
RegionText = Annotated[str, Field(min_length=1, max_length=40)]


class TemperatureWrite(BaseModel):
    """A day of a region: 24, 48, 96 or 288 values from 00:00 of standard time on, null where nothing is known."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {
                    "region_code": "421224",
                    "kind": "forecast",
                    "day": "2026-09-16",
                    "celsius": [round(26.0 - 6.0 * cos((hour - 2) * pi / 12), 1) for hour in range(24)],
                    "source": "meteorological office",
                    "issued_at": "2026-09-15T08:00:00+08:00",
                }
            ]
        },
    )

    region_code: RegionText = Field(description="Or the name of exactly one region within reach.")
    kind: TemperatureKind
    day: Day
    celsius: Annotated[list[float | None], Field(min_length=24, max_length=288)]
    source: Source
    issued_at: AwareDatetime | None = Field(default=None, description="When it was told; now if left out.")

    def telling(self) -> Telling:
        return Telling(self.source, self.kind, self.issued_at)


class TemperatureRead(BaseModel):
    id: UUID
    region_code: str
    kind: TemperatureKind
    day: date
    interval_minutes: int
    celsius: list[float | None]
    source: str
    issued_at: datetime
    recorded_at: datetime = Field(description="Since when it is what is known.")
    recorded_by: str
    replaced_at: datetime | None = Field(description="Until when; null while it stands.")


class TemperatureReport(ListReport):
    """What became of a list; the counts are of regions and days."""

    superseded: int = Field(description="Days of which a later list had spoken already.")


def temperature_read(row: TemperatureDayRow) -> TemperatureRead:
    facts: dict[str, Any] = row.model_dump()
    facts["celsius"] = [None if math.isnan(value) else value for value in row.celsius]
    return TemperatureRead(**facts)
