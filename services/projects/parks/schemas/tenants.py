"""Tenants, what they occupy and their figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.ledger.schemas import ParkCode, Reason, Text, Yuan, in_whole_yuan
from services.projects.parks.domain.sites import SiteKind
from services.projects.parks.domain.tenants import Figures
from services.projects.parks.schemas.parks import Mu
from services.projects.parks.service.tenants import Take, TenantDraft
from services.projects.parks.tables import OccupancyRow, SiteRow, TenantRow
from services.projects.registry.schemas import Versioned, example

SignedYuan = Annotated[
    Decimal, Field(max_digits=18, decimal_places=0, description="Whole yuan; negative for a refund or a loss.")
]
Size = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]


class SiteTake(BaseModel):
    model_config = ConfigDict(extra="forbid")

    site_id: UUID
    size: Size | None = Field(default=None, description="In the site's measure, 亩 or ㎡; all of it if absent.")

    def take(self) -> Take:
        return Take(self.site_id, self.size)


class TenantCreate(BaseModel):
    """An enterprise or a project, one of both, in a park or in a plant outside of one."""

    model_config = example(
        park_code="STONE", enterprise_id="01926f4e-7f00-7000-8000-000000000011", from_on="2026-03-01"
    )

    park_code: ParkCode | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    from_on: date
    to_on: date | None = Field(default=None, description="Last day; open-ended if absent.")
    area_mu: Mu | None = Field(
        default=None, description="Where no parcel is recorded; parcels' sizes count first."
    )
    sites: Annotated[list[SiteTake], Field(max_length=100)] = []
    note: Text = ""

    def draft(self) -> TenantDraft:
        facts = self.model_dump(exclude={"sites"})
        return TenantDraft(**facts, takes=tuple(site.take() for site in self.sites))


class OccupancyCreate(SiteTake):
    model_config = example(site_id="01926f4e-7f00-7000-8000-000000000611", size="12.5", from_on="2026-10-01")

    from_on: date
    to_on: date | None = Field(default=None, description="Last day; as long as the tenant stays if absent.")


class Departure(BaseModel):
    model_config = example(on="2026-09-30", reason="迁往冶金工业园")

    on: date = Field(description="Last day; it may lie ahead.")
    reason: Reason


class OccupancyRead(BaseModel):
    id: UUID
    site_id: UUID
    kind: SiteKind
    number: str
    size: Decimal
    from_on: date
    to_on: date | None


class TenantRead(Versioned):
    id: UUID
    name: str
    park_code: str | None
    region_code: str
    enterprise_id: UUID | None
    project_id: UUID | None
    from_on: date
    to_on: date | None
    area_mu: Decimal | None
    leaving_reason: str | None
    note: str
    occupancies: list[OccupancyRead]

    @classmethod
    def of(
        cls, row: TenantRow, park_code: str | None, name: str, occupied: list[tuple[OccupancyRow, SiteRow]]
    ) -> TenantRead:
        occupancies = [
            occupancy.model_dump() | {"kind": site.kind, "number": site.number} for occupancy, site in occupied
        ]
        facts: dict[str, Any] = row.model_dump()
        return cls.model_validate(facts | {"park_code": park_code, "name": name, "occupancies": occupancies})


class FiguresWrite(BaseModel):
    """A whole month: what is left out or null is not known, which is not zero."""

    model_config = example(output_yuan="3200000", tax_yuan="96000", jobs=42)

    output_yuan: Yuan | None = None
    value_added_yuan: SignedYuan | None = None
    tax_yuan: SignedYuan | None = None
    jobs: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    note: Text = Field(default="", description="Required when a figure that was said is corrected.")

    def figures(self) -> Figures:
        return Figures(**in_whole_yuan(self.model_dump(exclude={"note"})))


class FiguresRead(BaseModel):
    tenant_id: UUID
    month: date
    revision: int
    is_current: bool
    output_yuan: Yuan | None
    value_added_yuan: SignedYuan | None
    tax_yuan: SignedYuan | None
    jobs: int | None
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


MonthText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
