"""Places of meters, rules and works as the API takes and shows them."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.grid.domain.node import PlacementRole
from services.energy.grid.schemas import EXCLUSIVE, Body, Code, Day, Factor, Overload, Reason, Region
from services.energy.grid.service.placements import PlacementFacts
from services.energy.grid.service.rules import RuleFacts
from services.energy.grid.tables import GridPlacementRow


class PlacementWrite(Body):
    """Where a meter hangs; wins over the codes of its register."""

    meter_no: Code
    node_code: Code
    role: PlacementRole = Field(
        default=PlacementRole.LOAD, description="gateway: it is the node's own meter, whose load it is."
    )
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)

    def facts(self) -> PlacementFacts:
        return PlacementFacts(**self.model_dump())


class PlacementRead(BaseModel):
    id: UUID
    meter_no: str
    node_code: str
    role: PlacementRole
    valid_from: date
    valid_to: date | None
    version: int
    changed_at: datetime
    changed_by: str


class GridRuleWrite(Body):
    """A rule of a region (null: everywhere) from a day on, until its next one."""

    region_code: Region | None = None
    valid_from: Day
    power_factor: Factor = Field(description="MW for each MVA.")
    overload_factor: Overload = Field(description="Of transformers for a short time, when one is out.")
    least_completeness: Factor = Field(description="Share of what the meters usually draw that must be there.")
    reason: Reason

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class GridRuleRead(GridRuleWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    id: UUID
    valid_to: date | None
    version: int
    changed_at: datetime
    changed_by: str


class WorksRead(BaseModel):
    """A grid project; ``node_code`` once it builds or extends one, ``is_counted`` while its capacity counts."""

    project_id: UUID
    code: str
    name: str
    region_code: str | None
    work: str | None
    voltage_kv: float | None
    capacity_mva: float | None
    line_length_km: float | None
    financing_form: str | None
    stage: str
    stage_on: date
    commissioned_on: date | None
    node_code: str | None
    is_counted: bool
    updated_at: datetime


class WorksNode(Body):
    node_code: Code


def placement_read(found: tuple[GridPlacementRow, str]) -> PlacementRead:
    row, code = found
    return PlacementRead(node_code=code, **row.model_dump(exclude={"node_id", "meter_index"}))
