"""Pairs and days as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.power_factor.domain.factor import Standard
from services.energy.power_factor.service import Pairing
from services.energy.power_factor.tables import PowerFactorDayRow, PowerFactorPairRow

MeterNo = Annotated[str, Field(pattern=METER_NO_PATTERN)]


class PairWrite(BaseModel):
    """The active and the reactive meters of one supply point."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "active_meter_no": "TS-0001",
                    "reactive_import_meter_no": "TS-0001-Q",
                    "standard": "large_industry",
                    "valid_from": "2026-01-01",
                }
            ]
        },
    )

    active_meter_no: MeterNo
    reactive_import_meter_no: MeterNo
    reactive_export_meter_no: MeterNo | None = Field(default=None, description="What is fed back counts as drawn.")
    standard: Standard = Field(description="Class of user: 0.90, 0.85 or 0.80 as shipped.")
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; open if left out.")

    def pairing(self) -> Pairing:
        return Pairing(
            self.active_meter_no,
            self.reactive_import_meter_no,
            self.reactive_export_meter_no,
            self.standard,
            self.valid_from,
            self.valid_to,
        )


class PairChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    standard: Standard | None = None
    valid_to: date | None = None


class PairRead(PairWrite):
    id: UUID
    region_code: str
    enterprise_id: UUID | None
    version: int
    changed_at: datetime
    changed_by: str


class FactorDay(BaseModel):
    """Energies over the loaded slots of a day; ``factor`` null where they were too few to say anything."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    slots: int
    loaded: int
    active_kwh: float
    reactive_kvarh: float
    factor: float | None
    standard: float
    worst: float | None = Field(description="The lowest of a single loaded slot.")
    worst_slot: int | None


class FactorDays(BaseModel):
    items: list[FactorDay]


def pair_read(row: PowerFactorPairRow) -> PairRead:
    return PairRead(
        id=row.id,
        active_meter_no=row.active_no,
        reactive_import_meter_no=row.reactive_import_no,
        reactive_export_meter_no=row.reactive_export_no,
        standard=Standard(row.standard),
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        version=row.version,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def factor_day(row: PowerFactorDayRow) -> FactorDay:
    return FactorDay.model_validate(row)
