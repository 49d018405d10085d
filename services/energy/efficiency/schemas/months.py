"""A month of an enterprise as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from services.energy.efficiency.domain.books import OUTPUT_VALUE, Book, FigureKind, Flow, Key, MeterTrust
from services.energy.efficiency.domain.carriers import FactorKind
from services.energy.efficiency.domain.converting import Line, MonthEnergy
from services.energy.efficiency.schemas.types import Month, Number, ReasonRead, reasons_read
from services.energy.efficiency.service.statements import Statement


class LineRead(BaseModel):
    """A carrier in its base unit. ``quantity`` is what counts: metered where complete enough, else reported."""

    carrier: str
    flow: Flow
    unit: str
    reported: Number | None
    metered: Number | None
    completeness: Number | None = Field(description="Share of the meters' expected values.")
    difference: Number | None = Field(description="Metered less reported.")
    difference_percent: Number | None
    flagged: bool = Field(description="The difference is beyond the tolerance.")
    quantity: Number | None
    source: str | None
    kgce_per_unit: Number | None
    factor_source: str | None
    factor_measured: bool
    tce: Number | None
    reasons: list[ReasonRead]


class EnergyRead(BaseModel):
    """``tce`` null as long as something is not known; ``reasons`` says what."""

    process: str | None = Field(description="Code; null: the whole enterprise.")
    tce: Number | None
    reasons: list[ReasonRead]
    lines: list[LineRead]


class OutputRead(BaseModel):
    product: str
    process: str | None
    quantity: Number
    unit: str


class MonthRead(BaseModel):
    """A month in standard coal by one kind of factors, beside what was reported."""

    enterprise_id: UUID
    month: Month
    kind: FactorKind
    reported_on: str | None = Field(description="When it was reported first.")
    restated: bool
    whole: EnergyRead
    processes: list[EnergyRead]
    outputs: list[OutputRead]
    output_value_yuan: Number | None


def month_read(found: Statement) -> MonthRead:
    trust = found.world.converter(found.kind, found.book.region_code, found.month).trust
    units = {code: carrier.unit for code, carrier in found.world.factors.carriers.items()}
    codes: dict[UUID | None, str | None] = {None: None}
    codes |= {process_id: process.code for process_id, process in found.book.processes.items()}
    reported = found.book.reported_on.get(found.month)
    return MonthRead(
        enterprise_id=found.book.enterprise_id,
        month=found.month,
        kind=found.kind,
        reported_on=None if reported is None else reported.isoformat(),
        restated=any(key.month == found.month for key in found.book.restated),
        whole=_energy(found.whole, None, units, trust),
        processes=[
            _energy(energy, codes[process_id], units, trust)
            for process_id, energy in found.processes
            if energy.lines
        ],
        outputs=[
            OutputRead(
                product=key.code,
                process=codes.get(key.process_id),
                quantity=quantity,
                unit=found.world.products[key.code].unit,
            )
            for key, quantity in found.outputs
        ],
        output_value_yuan=found.output_value_yuan,
    )


def _energy(energy: MonthEnergy, process: str | None, units: dict[str, str], trust: MeterTrust) -> EnergyRead:
    return EnergyRead.model_validate(
        {
            "process": process,
            "tce": None if energy.tce is None else energy.tce.quantize(Decimal("0.000001")),
            "reasons": reasons_read(energy.reasons),
            "lines": [_line(line, units, trust) for line in energy.lines],
        }
    )


def _line(line: Line, units: dict[str, str], trust: MeterTrust) -> dict[str, object]:
    names = ("flow", "reported", "metered", "completeness", "difference", "difference_percent", "quantity")
    more = ("source", "kgce_per_unit", "factor_source", "factor_measured", "tce")
    return {
        **{name: getattr(line, name) for name in (*names, *more)},
        "carrier": line.carrier_code,
        "unit": units.get(line.carrier_code, ""),
        "flagged": line.is_flagged(trust),
        "reasons": [] if line.reason is None else reasons_read((line.reason,)),
    }


class MonthSum(BaseModel):
    """A month of the whole enterprise; null with its reasons."""

    month: Month
    tce: Number | None
    electricity_kwh: Number | None
    output_value_yuan: Number | None
    reasons: list[ReasonRead]


class MonthSums(BaseModel):
    items: list[MonthSum]


def month_sums(book: Book, months: Sequence[MonthEnergy]) -> MonthSums:
    return MonthSums.model_validate(
        {
            "items": [
                {
                    "month": energy.month,
                    "tce": None if energy.tce is None else energy.tce.quantize(Decimal("0.000001")),
                    "electricity_kwh": energy.kwh,
                    "output_value_yuan": book.figures.get(Key(FigureKind.VALUE, energy.month, None, OUTPUT_VALUE)),
                    "reasons": reasons_read(energy.reasons),
                }
                for energy in months
            ]
        }
    )
