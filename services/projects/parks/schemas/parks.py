"""Parks and their infrastructure. Land is in 亩, a capacity in a unit of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.projects.ledger.schemas import Text, Unit
from services.projects.parks.domain.parks import (
    InfrastructureDraft,
    InfrastructureKind,
    InfrastructureState,
    ParkDraft,
    ParkLevel,
)
from services.projects.parks.tables import ParkRow
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example

Mu = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, description="亩 (1/15 hectare).")]
Squares = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, description="㎡ of floor.")]
Capacity = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=3)]
Industry = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Industries = Annotated[list[Industry], Field(max_length=32)]
ClosedSince = Annotated[
    date | None, Field(description="First day of closed management (封闭管理); null while the park is open.")
]


class ParkWrite(BaseModel):
    model_config = example(
        name="石材工业园",
        region_code="421224100",
        level="county",
        area_mu="620.5",
        planned_capacity="1500000",
        capacity_unit="㎡",
        industries=["石材加工"],
    )

    name: Name
    region_code: RegionCode
    level: ParkLevel
    area_mu: Mu | None = None
    planned_capacity: Capacity | None = None
    capacity_unit: Unit | None = None
    industries: Industries = []
    unit_id: UUID | None = Field(default=None, description="The unit that manages the park.")
    closed_managed_since: ClosedSince = None
    summary: Text = ""

    def draft(self) -> ParkDraft:
        return ParkDraft(**self.model_dump(exclude={"code"}))


class ParkCreate(ParkWrite):
    model_config = example(code="STONE", name="石材工业园", region_code="421224100", level="county")

    code: Code


class ParkUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(closed_managed_since="2026-10-01")

    name: Name = Field(default_factory=str)
    region_code: RegionCode = Field(default_factory=str)
    level: ParkLevel = Field(default_factory=lambda: ParkLevel.COUNTY)
    area_mu: Mu | None = None
    planned_capacity: Capacity | None = None
    capacity_unit: Unit | None = None
    industries: Industries = Field(default_factory=list)
    unit_id: UUID | None = None
    closed_managed_since: ClosedSince = None
    summary: Text = Field(default_factory=str)

    def draft(self, row: ParkRow) -> ParkDraft:
        """The park's draft after this partial change."""
        known: dict[str, Any] = {name: getattr(row, name) for name in ParkDraft.__dataclass_fields__}
        facts = known | {"level": ParkLevel(row.level)} | self.model_dump(exclude_unset=True)
        return ParkDraft(**facts)


class ParkRead(Versioned):
    id: UUID
    code: str
    name: str
    region_code: str
    level: ParkLevel
    area_mu: Decimal | None
    planned_capacity: Decimal | None
    capacity_unit: str | None
    industries: list[str]
    unit_id: UUID | None
    closed_managed_since: date | None
    closed_managed: bool = Field(description="Under closed management today.")
    summary: str

    @classmethod
    def of(cls, row: ParkRow, today: date) -> ParkRead:
        since = row.closed_managed_since
        return cls.model_validate(row.model_dump() | {"closed_managed": since is not None and since <= today})


class InfrastructureWrite(BaseModel):
    model_config = example(kind="power", name="110千伏专线", state="in_service", capacity="2×50 MVA")

    kind: InfrastructureKind
    name: Name
    state: InfrastructureState
    capacity: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    in_service_on: date | None = None
    note: Text = ""

    def draft(self) -> InfrastructureDraft:
        return InfrastructureDraft(**self.model_dump())


class InfrastructureRead(Versioned):
    item: str
    kind: InfrastructureKind
    name: str
    state: InfrastructureState
    capacity: str
    in_service_on: date | None
    note: str
