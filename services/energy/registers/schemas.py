"""States of registers and their faults as the API shows them."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import instant_of
from services.energy.registers.tables import RegisterFaultRow, RegisterReadingRow


class StateRead(BaseModel):
    at: datetime
    value: float
    quality: str
    revision: int = Field(description="How often it was corrected.")


class FaultRead(BaseModel):
    """Two neighbouring states that give no energy: the curve is missing between them, not zero."""

    start: datetime
    end: datetime
    kind: str = Field(description="negative, too_fast, too_long or unknown_state.")
    before: float | None
    after: float | None
    found_at: datetime
    cleared_at: datetime | None


class RegisterPage(BaseModel):
    meter_no: str
    unit: str = Field(description="kWh, kvarh, kVAh or imp: as the device counts, before any multiplier.")
    items: list[StateRead]
    faults: list[FaultRead]
    next_after: datetime | None = Field(description="Ask again from here when the span holds more states.")


def register_page(
    meter: Meter,
    rows: Sequence[RegisterReadingRow],
    faults: Sequence[RegisterFaultRow],
    next_minute: int | None,
) -> RegisterPage:
    offset = meter.offset_minutes
    return RegisterPage(
        meter_no=meter.meter_no,
        unit="imp" if meter.kind.counts_pulses else f"{meter.quantity.unit}h",
        items=[
            StateRead(
                at=instant_of(row.minute, offset),
                value=row.value,
                quality=Quality(row.quality).label,
                revision=row.revision,
            )
            for row in rows
        ],
        faults=[
            FaultRead(
                start=instant_of(fault.start_minute, offset),
                end=instant_of(fault.end_minute, offset),
                kind=fault.kind,
                before=fault.before,
                after=fault.after,
                found_at=fault.found_at,
                cleared_at=fault.cleared_at,
            )
            for fault in faults
        ],
        next_after=None if next_minute is None else instant_of(next_minute, offset),
    )
