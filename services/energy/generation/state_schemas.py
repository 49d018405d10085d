"""States of units and limits of dispatch in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.energy.generation.day_tables import PlantLimitRow, PlantUnitStateRow
from services.energy.generation.domain.plant import LimitCause, State, StateCause
from services.energy.generation.schemas import Code, Name, Power, Reason, example
from services.energy.generation.service.states import LimitFacts, StateFacts


class StateWrite(BaseModel):
    model_config = example(
        unit_code="1",
        state="outage_forced",
        cause="equipment",
        starts_at="2026-09-14T21:10:00+08:00",
        reason="推力瓦温高",
    )

    unit_code: Code
    state: State
    cause: StateCause
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    expected_end_at: AwareDatetime | None = None
    available_kw: Power | None = Field(default=None, description="Of a reduced unit: what it can still make.")
    reason: Reason

    def facts(self) -> StateFacts:
        return StateFacts(**self.model_dump(exclude={"unit_code"}) | {"state": self.state, "cause": self.cause})


class StateChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    expected_end_at: AwareDatetime | None = None
    available_kw: Power | None = None
    cause: StateCause | None = None
    reason: Reason | None = None

    def facts(self) -> dict[str, Any]:
        given = self.model_dump(mode="python", exclude_unset=True)
        kept = {"starts_at", "cause", "reason"}
        return {name: value for name, value in given.items() if value is not None or name not in kept}


class StateRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    plant_id: UUID
    unit_id: UUID
    state: State
    cause: StateCause
    starts_at: datetime
    ends_at: datetime | None
    expected_end_at: datetime | None
    available_kw: float | None
    reason: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    version: int
    recorded_at: datetime
    recorded_by: str


class LimitWrite(BaseModel):
    model_config = example(
        starts_at="2026-09-15T11:00:00+08:00",
        ends_at="2026-09-15T14:00:00+08:00",
        limit_kw=3000,
        cause="congestion",
        order_no="DD-2026-0915-07",
        reason="通山变主变重载",
    )

    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    limit_kw: Power
    cause: LimitCause
    order_no: Name | None = None
    reason: Reason

    def facts(self) -> LimitFacts:
        return LimitFacts(**self.model_dump() | {"cause": self.cause})


class LimitChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    limit_kw: Power | None = None
    cause: LimitCause | None = None
    reason: Reason | None = None

    def facts(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name == "ends_at"}


class LimitRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    plant_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    limit_kw: float
    cause: LimitCause
    order_no: str | None
    reason: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    version: int
    recorded_at: datetime
    recorded_by: str


def state_read(row: PlantUnitStateRow) -> StateRead:
    return StateRead.model_validate(row)


def limit_read(row: PlantLimitRow) -> LimitRead:
    return LimitRead.model_validate(row)
