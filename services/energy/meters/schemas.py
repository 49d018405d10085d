"""The register of meters as the API takes and shows it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from services.energy.metering.domain.meter import Kind, Profile, Quantity
from services.energy.metering.domain.periods import DATED, Facts
from services.energy.metering.domain.slots import instant_of
from services.energy.metering.repository import period_of
from services.energy.metering.tables import MeterAliasRow, MeterPeriodRow, MeterRevisionRow
from services.energy.meters.domain.record import CORRECTABLE, MeterRecord
from services.energy.meters.service.devices import DeviceEventFacts
from services.energy.registers.domain.devices import DeviceEventKind

Power = Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)]
Ratio = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Digits = Annotated[int, Field(ge=4, le=12)]
State = Annotated[float, Field(ge=0, le=1e13, allow_inf_nan=False)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class DeviceFacts(BaseModel):
    """Facts of the device and its transformers."""

    model_config = ConfigDict(extra="forbid")

    multiplier: Ratio = Field(default=1.0, description="A constant apart from CT and PT.")
    ct_ratio: Ratio = Field(default=1.0, description="Ratio of the current transformer: 200/5 is 40.")
    pt_ratio: Ratio = Field(default=1.0, description="Ratio of the voltage transformer: 10 kV/100 V is 100.")
    register_digits: Digits | None = Field(
        default=None, description="Whole digits after which the register turns over to 0."
    )
    pulses_per_kwh: Ratio | None = Field(
        default=None, description="Pulse constant, imp/kWh; pulse meters need it."
    )
    asset_no: Code | None = None


class DatedFacts(DeviceFacts):
    """Facts with the time they hold."""

    region_code: Annotated[str, Field(min_length=6, max_length=9)]
    enterprise_id: UUID | None = None
    capacity_kw: Annotated[float, Field(gt=0, le=1e8, allow_inf_nan=False)] | None = None
    low_kw: Power | None = Field(default=None, description="Lowest value the meter can register.")
    high_kw: Power | None = Field(default=None, description="Highest value the meter can register.")
    feeder_code: Code | None = Field(default=None, description="Feeder (10 kV line) it hangs on.")
    transformer_code: Code | None = Field(default=None, description="Transformer that supplies it.")


class MeterWrite(DatedFacts):
    """Kind, quantity, interval and zone stay as first registered; dated facts hold from ``effective_from`` on."""

    name: Name
    kind: Kind = Kind.INTERVAL
    quantity: Quantity = Quantity.ACTIVE_IMPORT_KW
    profile: Profile = Profile.CONSUMPTION
    interval_minutes: Literal[5, 15, 30, 60] = 15
    offset_minutes: int = Field(
        default=480, ge=-840, le=840, multiple_of=15, description="Standard time east of UTC, no summer time."
    )
    valid_from: date = Field(description="First day, in the meter's standard time, of which readings are taken.")
    effective_from: date | None = Field(
        default=None, description="Day from which changed facts hold; today if absent. May lie before or ahead."
    )
    reason: Reason | None = None

    def record(self) -> MeterRecord:
        dated = {name: getattr(self, name) for name in DATED}
        return MeterRecord(
            name=self.name,
            kind=self.kind,
            quantity=self.quantity,
            profile=self.profile,
            interval_minutes=self.interval_minutes,
            offset_minutes=self.offset_minutes,
            valid_from=self.valid_from,
            facts=Facts(**dated),
        )


class MeterUpdate(BaseModel):
    """What is given changes, null takes a fact away, what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    profile: Profile | None = None
    valid_from: date | None = None
    region_code: Annotated[str, Field(min_length=6, max_length=9)] | None = None
    enterprise_id: UUID | None = None
    capacity_kw: Annotated[float, Field(gt=0, le=1e8, allow_inf_nan=False)] | None = None
    low_kw: Power | None = None
    high_kw: Power | None = None
    multiplier: Ratio | None = None
    ct_ratio: Ratio | None = None
    pt_ratio: Ratio | None = None
    register_digits: Digits | None = None
    pulses_per_kwh: Ratio | None = None
    asset_no: Code | None = None
    feeder_code: Code | None = None
    transformer_code: Code | None = None
    effective_from: date | None = Field(
        default=None, description="Day from which the dated facts hold; today if absent."
    )
    reason: Reason | None = None

    @model_validator(mode="after")
    def _keep_what_must_be_there(self) -> Self:
        for name in (*CORRECTABLE, "region_code", "multiplier", "ct_ratio", "pt_ratio"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def changes(self) -> dict[str, Any]:
        names = self.model_fields_set - {"effective_from", "reason"}
        return {name: getattr(self, name) for name in sorted(names)}


class NewDevice(BaseModel):
    """Facts of the new device that are not those of the old one."""

    model_config = ConfigDict(extra="forbid")

    multiplier: Ratio | None = None
    ct_ratio: Ratio | None = None
    pt_ratio: Ratio | None = None
    register_digits: Digits | None = None
    pulses_per_kwh: Ratio | None = None
    asset_no: Code | None = None


class DeviceEventCreate(BaseModel):
    """``turned`` confirms a turn at the last digit that is not believed by itself."""

    model_config = ConfigDict(extra="forbid")

    kind: DeviceEventKind
    at: AwareDatetime = Field(description="To the minute; what is read in this minute is the new device's.")
    final_state: State | None = Field(
        default=None, description="Last state of the old device, or before the reset; null when nobody read it."
    )
    initial_state: State | None = Field(default=None, description="First state of the new device, or after it.")
    new_device: NewDevice = NewDevice()
    reason: Reason | None = None

    @field_validator("at")
    @classmethod
    def _whole_minute(cls, at: datetime) -> datetime:
        if at.second or at.microsecond:
            raise ValueError("the time must be a whole minute")
        return at

    def facts(self) -> DeviceEventFacts:
        device = self.new_device
        return DeviceEventFacts(
            kind=self.kind,
            at=self.at,
            final_state=self.final_state,
            initial_state=self.initial_state,
            facts={name: getattr(device, name) for name in sorted(device.model_fields_set)},
            reason=self.reason,
        )


class DeviceEventRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: DeviceEventKind
    at: datetime
    final_state: float | None
    initial_state: float | None
    old_asset_no: str | None
    new_asset_no: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None


class DeviceEventList(BaseModel):
    items: list[DeviceEventRead]


class Voiding(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


class StateRemoval(BaseModel):
    """A state that never was: it had another stamp."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    reason: Reason


class Closure(BaseModel):
    model_config = ConfigDict(extra="forbid")

    last_day: date = Field(description="Last day, in the meter's standard time, of which readings are taken.")
    reason: Reason


class AliasRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    system: str
    code: str


class AliasList(BaseModel):
    meter_no: str
    items: list[AliasRead]


class PeriodRead(BaseModel):
    """Facts from a moment on; those of the first period hold from the meter's first day."""

    valid_from: datetime
    valid_to: datetime | None
    multiplier_total: float = Field(description="Constant × CT × PT.")
    facts: dict[str, Any]


class ChangeRead(BaseModel):
    """Who changed what; ``before`` and ``after`` hold what is another."""

    version: int
    act: str
    changed_at: datetime
    changed_by: str
    effective_from: datetime | None
    reason: str | None
    before: dict[str, Any]
    after: dict[str, Any]


class MeterHistory(BaseModel):
    """What held when, and how it came to be known."""

    meter_no: str
    periods: list[PeriodRead]
    changes: list[ChangeRead]


def history_read(
    meter_no: str, offset_minutes: int, periods: list[MeterPeriodRow], revisions: list[MeterRevisionRow]
) -> MeterHistory:
    starts = [instant_of(row.from_minute, offset_minutes) for row in periods]
    return MeterHistory(
        meter_no=meter_no,
        periods=[
            PeriodRead(
                valid_from=start,
                valid_to=end,
                multiplier_total=period_of(row).facts.factor,
                facts=row.facts,
            )
            for row, start, end in zip(periods, starts, [*starts[1:], None], strict=True)
        ],
        changes=[ChangeRead.model_validate(row, from_attributes=True) for row in revisions],
    )


def own_history(
    enterprise_id: UUID | None, periods: list[MeterPeriodRow], revisions: list[MeterRevisionRow]
) -> tuple[list[MeterPeriodRow], list[MeterRevisionRow]]:
    """What an enterprise may know of its meter: nothing of the time before it was its own."""
    begins = 0
    for place, row in enumerate(periods):
        if row.taken_effect and row.facts.get("enterprise_id") != str(enterprise_id):
            begins = place + 1
    own = [row for row in periods[begins:] if row.facts.get("enterprise_id") == str(enterprise_id)]
    return own, revisions if len(own) == len(periods) else []


def alias_list(meter_no: str, rows: list[MeterAliasRow]) -> AliasList:
    return AliasList(meter_no=meter_no, items=[AliasRead.model_validate(row) for row in rows])
