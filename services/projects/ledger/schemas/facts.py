"""Parts of a project: where it stands, what a grid project is, whose key project it is."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.projects.ledger.domain.coordinates import CoordinateSystem, Location
from services.projects.ledger.domain.grid import FinancingForm, GridWork, GridWorks
from services.projects.ledger.domain.project import KeyLevel
from services.projects.ledger.schemas.types import Reason
from services.projects.registry.schemas import example

Longitude = Annotated[Decimal, Field(ge=-180, le=180, max_digits=11, decimal_places=8)]
Latitude = Annotated[Decimal, Field(ge=-90, le=90, max_digits=10, decimal_places=8)]


class LocationWrite(BaseModel):
    """Decimal degrees east and north, with the system they were measured in."""

    model_config = example(longitude="114.5831", latitude="29.3857", system="gcj02")

    longitude: Longitude
    latitude: Latitude
    system: CoordinateSystem

    def location(self) -> Location:
        return Location(self.longitude, self.latitude, self.system)


class Wgs84Read(BaseModel):
    longitude: Decimal
    latitude: Decimal


class LocationRead(BaseModel):
    """As it was given, and in WGS 84 for the map."""

    longitude: Decimal
    latitude: Decimal
    system: CoordinateSystem
    wgs84: Wgs84Read

    @classmethod
    def of(cls, location: Location) -> "LocationRead":
        longitude, latitude = location.wgs84
        return cls(
            longitude=location.longitude,
            latitude=location.latitude,
            system=location.system,
            wgs84=Wgs84Read(longitude=longitude, latitude=latitude),
        )


class GridFacts(BaseModel):
    """Of grid works alone. Before the contract all but the length of the line must be known, and for a line its
    capacity, which it has not.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    work: GridWork | None = None
    voltage_kv: Annotated[Decimal, Field(gt=0, le=1100, max_digits=7, decimal_places=2)] | None = None
    capacity_mva: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)] | None = None
    line_length_km: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=3)] | None = None
    financing_form: FinancingForm | None = None

    def grid(self) -> GridWorks | None:
        grid = GridWorks(**self.model_dump())
        return None if grid == GridWorks() else grid


class KeyDesignation(BaseModel):
    """Makes a project a key project of a level, or, without a level, no key project any more."""

    model_config = example(level="county", reason="县重点项目名单 2026")

    level: KeyLevel | None
    reason: Reason
