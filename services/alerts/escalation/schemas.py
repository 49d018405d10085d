"""Shapes of escalation policies on the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import Severity
from services.alerts.escalation.domain.ladder import ClockMode, Policy
from services.alerts.escalation.simulation import StepKind
from services.alerts.worktime.schemas import Region

PolicyCodeField = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["grid"])]


class PolicyWrite(BaseModel):
    """A new revision of a policy; ``valid_from`` defaults to now."""

    model_config = ConfigDict(extra="forbid")

    definition: Policy
    valid_from: AwareDatetime | None = None
    reason: str | None = Field(default=None, max_length=500)


class PolicyCreate(PolicyWrite):
    code: PolicyCodeField


class PolicyRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    code: str
    revision: int
    valid_from: datetime
    changed_by: str
    changed_at: datetime
    reason: str | None
    definition: Policy


class PolicyList(BaseModel):
    items: list[PolicyRead]


class SimulationCreate(BaseModel):
    """A chase to be played through: by a policy in force, or by a definition that is not saved yet."""

    model_config = ConfigDict(extra="forbid")

    code: PolicyCodeField | None = None
    definition: Policy | None = None
    severity: Severity
    region_code: Region
    starts_at: AwareDatetime | None = Field(default=None, description="Default: now.")
    clock: ClockMode | None = Field(default=None, description="Where a rule says another clock than the policy.")
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    acknowledged_at: AwareDatetime | None = None
    promised_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.code is None) == (self.definition is None):
            raise ValueError("name a policy by its code, or give a definition")
        if self.promised_at is not None and (
            self.acknowledged_at is None or self.promised_at <= self.acknowledged_at
        ):
            raise ValueError("a promise is made with an acknowledgement, and lies after it")
        return self


class ToldRead(BaseModel):
    person_id: UUID
    name: str
    post: str
    instead_of: UUID | None
    because: str | None = Field(description="away, inactive or stand_in, where somebody stands in.")


class StepRead(BaseModel):
    """One step; of ``nobody`` the next rung is told at the same instant."""

    kind: StepKind
    at: datetime
    local_at: str = Field(description="The same in Shanghai.")
    after_minutes: float = Field(description="Since the opening, by the wall clock.")
    rung: int | None
    label: str | None = Field(description="The rung's post, or duty.")
    roster_code: str | None
    people: list[ToldRead]
    year_unknown: int | None = Field(description="The working days of this year are not known: all time counted.")


class SimulationRead(BaseModel):
    severity: Severity
    region_code: str
    clock: ClockMode
    starts_at: datetime
    steps: list[StepRead]
