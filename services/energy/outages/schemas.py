"""Planned outages in the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.energy.outages.domain.outage import Scope
from services.energy.outages.service import OWN_SYSTEM, Announcement
from services.energy.outages.tables import PlannedOutageRow

Code = Annotated[str, Field(min_length=1, max_length=64)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
System = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\s/]+$")]


class OutageWrite(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "scope": "feeder",
                    "code": "10kV-012",
                    "region_code": "421224",
                    "starts_at": "2026-09-16T08:00:00+08:00",
                    "ends_at": "2026-09-16T18:00:00+08:00",
                    "reason": "线路改造",
                    "system": "marketing",
                    "external_id": "TD-2026-0916-03",
                }
            ]
        },
    )

    scope: Scope
    code: Code = Field(description="Meter number, feeder or transformer code, or region code.")
    region_code: str | None = Field(default=None, description="Of a feeder or transformer.")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Reason
    system: System = OWN_SYSTEM
    external_id: Code | None = Field(default=None, description="The same one again changes the outage.")

    def announcement(self) -> Announcement:
        return Announcement(**self.model_dump())


class OutageChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    reason: Reason | None = None


class OutageRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    scope: Scope
    code: str
    region_code: str
    enterprise_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    status: str = Field(description="planned or withdrawn.")
    system: str
    external_id: str
    version: int
    recorded_by: str
    recorded_at: datetime
    changed_at: datetime


def outage_read(row: PlannedOutageRow) -> OutageRead:
    return OutageRead.model_validate(row)
