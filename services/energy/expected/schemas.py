"""Expected events in the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.energy import ConditionKind
from services.energy.expected.domain.event import Cause, Scope
from services.energy.expected.service import OWN_SYSTEM, Expectation
from services.energy.expected.tables import ExpectedEventRow

Code = Annotated[str, Field(min_length=1, max_length=64)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
System = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\s/]+$")]
Kinds = Annotated[tuple[ConditionKind, ...], Field(min_length=1, max_length=20)]


class ExpectedEventWrite(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "scope": "meter",
                    "code": "TS-0001",
                    "cause": "maintenance",
                    "kinds": ["drop", "dead", "stuck", "missing"],
                    "starts_at": "2026-09-16T08:00:00+08:00",
                    "ends_at": "2026-09-18T18:00:00+08:00",
                    "reason": "2号炉检修",
                    "system": "marketing",
                    "external_id": "JX-2026-0916",
                }
            ]
        },
    )

    scope: Scope
    code: Code = Field(description="Meter number, enterprise id, or region code.")
    cause: Cause
    kinds: Kinds = Field(default=tuple(ConditionKind), description="Conditions that are no news; all if left out.")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Reason
    system: System = OWN_SYSTEM
    external_id: Code | None = Field(default=None, description="The same one again changes the event.")

    def expectation(self) -> Expectation:
        return Expectation(**self.model_dump())


class ExpectedEventChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    kinds: Kinds | None = None
    reason: Reason | None = None


class ExpectedEventRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    scope: Scope
    code: str
    cause: Cause
    kinds: list[ConditionKind]
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


def event_read(row: ExpectedEventRow) -> ExpectedEventRead:
    return ExpectedEventRead.model_validate(row)
