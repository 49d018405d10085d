"""Parcels and plants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.projects.ledger.schemas import ParkCode, Short, Text
from services.projects.parks.domain.sites import LandUse, SiteKind, SiteState
from services.projects.parks.schemas.parks import Mu, Squares
from services.projects.parks.service.sites import Shown, SiteDraft
from services.projects.registry.schemas import Name, RegionCode, Versioned, example

Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class SiteCreate(BaseModel):
    """A parcel has area_mu and land_use and lies in a park; a plant has floor_area_m2 and may stand outside."""

    model_config = example(
        kind="parcel", number="A-07", name="七号地块", park_code="STONE", area_mu="32.5", land_use="industrial"
    )

    kind: SiteKind
    number: Number
    name: Name
    park_code: ParkCode | None = None
    region_code: RegionCode | None = Field(default=None, description="Only outside of parks.")
    area_mu: Mu | None = None
    floor_area_m2: Squares | None = None
    land_use: LandUse | None = None
    parcel_id: UUID | None = Field(default=None, description="The parcel a plant stands on.")
    owner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    features: Text = Field(default="", description="What whoever looks for a plant asks: crane, power, height …")
    idle_since: date | None = Field(
        default=None, description="Since when it has been idle, before its tenants here."
    )

    def draft(self) -> SiteDraft:
        return SiteDraft(**self.model_dump())


class SiteUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(area_mu="30.2")

    name: Name = Field(default_factory=str)
    area_mu: Mu | None = None
    floor_area_m2: Squares | None = None
    land_use: LandUse | None = None
    owner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(default_factory=str)
    features: Text = Field(default_factory=str)
    idle_since: date | None = None

    def facts(self) -> dict[str, Any]:
        facts = self.model_dump(exclude_unset=True)
        if (use := facts.get("land_use")) is not None:
            facts["land_use"] = use.value
        return facts


class Reservation(BaseModel):
    model_config = example(reserved_for="武钢合资冶金辅料", until="2026-12-31")

    reserved_for: Short = Field(description="The tenant it is kept for, by the name under which it will come.")
    until: date | None = Field(default=None, description="Last day; open-ended if absent.")


class SiteRead(Versioned):
    """A site as it stands on ``as_of``; sizes in its own measure, 亩 or ㎡."""

    id: UUID
    kind: SiteKind
    number: str
    name: str
    park_code: str | None
    region_code: str
    area_mu: Decimal | None
    floor_area_m2: Decimal | None
    land_use: LandUse | None
    parcel_id: UUID | None
    owner: str
    features: str
    as_of: date
    state: SiteState
    taken: Decimal
    free: Decimal
    idle_since: date | None = Field(description="Null for an idle site: nobody said since when.")
    idle_days: int | None
    reserved_for: str | None
    reserved_until: date | None

    @classmethod
    def of(cls, shown: Shown, day: date) -> SiteRead:
        stands = shown.standing
        idle_days = None if stands.idle_since is None else (day - stands.idle_since).days
        facts = shown.row.model_dump() | {
            "park_code": shown.park_code,
            "as_of": day,
            "state": stands.state,
            "taken": stands.taken,
            "free": stands.free,
            "idle_since": stands.idle_since,
            "idle_days": idle_days,
        }
        return cls.model_validate(facts)


class IdleSites(BaseModel):
    """Idle land and plants, the longest idle first; sums say how much of each there is."""

    as_of: date
    count: int
    area_mu: Decimal
    floor_area_m2: Decimal
    items: list[SiteRead]

    @classmethod
    def of(cls, shown: list[Shown], day: date) -> IdleSites:
        items = [SiteRead.of(one, day) for one in shown]
        return cls(
            as_of=day,
            count=len(items),
            area_mu=sum((item.area_mu for item in items if item.area_mu), Decimal(0)),
            floor_area_m2=sum((item.floor_area_m2 for item in items if item.floor_area_m2), Decimal(0)),
            items=items,
        )
