"""Bodies of the regions' months."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from services.energy.region_months.tables import RegionMonthRow


class RegionMonthRead(BaseModel):
    """One region's own meters in the month, as one installation counts them."""

    region_code: str
    cell: str | None = Field(description="The installation that told it; null: this one.")
    meters: int
    present: int = Field(description="Values that are there.")
    estimated: int = Field(description="Those among them that were filled in.")
    energy_kwh: float | None
    recorded_at: datetime

    @classmethod
    def of(cls, row: RegionMonthRow) -> Self:
        return cls(
            region_code=row.region_code,
            cell=row.cell or None,
            meters=row.meters,
            present=row.present,
            estimated=row.estimated,
            energy_kwh=row.energy_kwh,
            recorded_at=row.recorded_at,
        )


class RegionMonths(BaseModel):
    """A month of a region and all below it, of this installation and the cells it takes up."""

    month: date
    region_code: str | None
    meters: int
    present: int
    estimated: int
    energy_kwh: float | None = Field(description="Null when no meter of the region has a value.")
    items: list[RegionMonthRead]

    @classmethod
    def of(cls, month: date, region_code: str | None, rows: Sequence[RegionMonthRow]) -> Self:
        known = [row.energy_kwh for row in rows if row.energy_kwh is not None]
        return cls(
            month=month,
            region_code=region_code,
            meters=sum(row.meters for row in rows),
            present=sum(row.present for row in rows),
            estimated=sum(row.estimated for row in rows),
            energy_kwh=sum(known) if known else None,
            items=[RegionMonthRead.of(row) for row in rows],
        )
