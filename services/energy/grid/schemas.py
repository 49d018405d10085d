"""The grid as the API takes and shows it."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.energy.grid.domain.node import NodeKind
from services.energy.grid.domain.spans import Span
from services.energy.grid.service.nodes import NodeFacts
from services.energy.grid.service.parts import CapacityFacts
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.meter import METER_NO_PATTERN

Code = Annotated[str, Field(pattern=METER_NO_PATTERN)]
# Days that curves and calendars know; a typed year of 20260 is a fault of its field.
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2199, 12, 31))]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Region = Annotated[str, Field(min_length=6, max_length=9)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Voltage = Annotated[float, Field(gt=0, le=1500, allow_inf_nan=False)]
Power = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Overload = Annotated[float, Field(ge=1, le=3, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
EXCLUSIVE = "The first day on which it holds no more; open if left out."


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CapacityWrite(Body):
    """A part of a node's capacity; the parts in force add up, with those of the transformers in a substation."""

    rated_mva: Power = Field(description="Of all units together; below zero where something is taken away.")
    units: int = Field(default=1, ge=1, le=100, description="Equal transformers.")
    overload_factor: Overload | None = Field(default=None, description="For a short time; the rule's if absent.")
    power_factor: Factor | None = Field(default=None, description="MW for each MVA; the rule's if absent.")
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)
    reason: Reason

    @model_validator(mode="after")
    def _say_something(self) -> Self:
        if self.rated_mva == 0:
            raise ValueError("rated_mva cannot be 0")
        return self

    def facts(self) -> CapacityFacts:
        return CapacityFacts(**self.model_dump())


class FirstCapacity(Body):
    """Capacity from the node's first day on."""

    rated_mva: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
    units: int = Field(default=1, ge=1, le=100)
    overload_factor: Overload | None = None
    power_factor: Factor | None = None
    reason: Reason = "registered"


class NodeCreate(Body):
    """A node with what it hangs under and can carry from its first day on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "TS-110-01",
                    "kind": "substation",
                    "name": "城关110千伏变电站",
                    "region_code": "421224",
                    "voltage_kv": 110,
                    "parent_code": "421224",
                    "valid_from": "2020-01-01",
                    "capacity": {"rated_mva": 100, "units": 2},
                }
            ]
        },
    )

    code: Code
    kind: NodeKind
    name: Name
    region_code: Region
    voltage_kv: Voltage | None = None
    quota_code: Code | None = Field(
        default=None, description="Under which it gets its supply quota, where that is not its own code."
    )
    project_id: UUID | None = Field(default=None, description="The grid project that builds it.")
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    parent_code: Code | None = None
    capacity: FirstCapacity | None = None
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)

    def facts(self) -> NodeFacts:
        given: dict[str, Any] = {
            name: getattr(self, name) for name in type(self).model_fields if name != "capacity"
        }
        if self.capacity is not None:
            given["capacity"] = CapacityFacts(valid_from=self.valid_from, **self.capacity.model_dump())
        return NodeFacts(**given)


class NodeUpdate(Body):
    """What is given changes, null takes a fact away, what is absent stays."""

    name: Name | None = None
    region_code: Region | None = None
    voltage_kv: Voltage | None = None
    quota_code: Code | None = None
    project_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _keep_what_must_be_there(self) -> Self:
        for name in ("name", "region_code", "valid_from"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def changes(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class NodeRead(BaseModel):
    """``origin``: registered, or project: made when a grid project reached production."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    kind: NodeKind
    name: str
    region_code: str
    voltage_kv: float | None
    quota_code: str | None
    origin: str
    project_id: UUID | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    valid_from: date
    valid_to: date | None
    version: int
    changed_at: datetime
    changed_by: str


class LinkWrite(Body):
    """What the node hangs under, one at a time."""

    parent_code: Code
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)
    reason: Reason | None = None
    move: bool = Field(default=False, description="What it hung under until then ends on that day.")

    @property
    def span(self) -> Span:
        return Span(self.valid_from, self.valid_to)


class SpanChange(Body):
    """Another end; null opens it again."""

    valid_to: Day | None = Field(description=EXCLUSIVE)


class LinkRead(BaseModel):
    id: UUID
    parent_code: str
    parent_name: str
    valid_from: date
    valid_to: date | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str


class CapacityChange(Body):
    """What is given changes. What a part carries stays: end it, and add another."""

    valid_to: Day | None = None
    overload_factor: Overload | None = None
    power_factor: Factor | None = None
    reason: Reason | None = None

    def changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in given.items() if name != "reason" or value is not None}


class CapacityRead(BaseModel):
    """``withdrawn_at``: it was taken back and counts nowhere."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rated_mva: float
    units: int
    overload_factor: float | None
    power_factor: float | None
    valid_from: date
    valid_to: date | None
    reason: str
    project_id: UUID | None = Field(description="The grid project it came with.")
    project_code: str | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class ShareWrite(Body):
    """The part of a node's load that neither its meters nor the nodes below it show."""

    share: Share
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)
    reason: Reason


class ShareChange(Body):
    share: Share | None = None
    valid_to: Day | None = None

    def changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in given.items() if name != "share" or value is not None}


class ShareRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    share: float
    valid_from: date
    valid_to: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str


class Links(BaseModel):
    items: list[LinkRead]


class Capacities(BaseModel):
    items: list[CapacityRead]


class Shares(BaseModel):
    items: list[ShareRead]


def node_read(row: GridNodeRow) -> NodeRead:
    return NodeRead.model_validate(row)
