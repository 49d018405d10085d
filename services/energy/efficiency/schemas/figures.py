"""Processes, meters that count, months and figures in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.energy.efficiency.domain.books import OUTPUT_VALUE, FigureKind, Flow, Origin
from services.energy.efficiency.schemas.types import (
    Code,
    Month,
    Name,
    Note,
    Number,
    example,
)
from services.energy.efficiency.service.processes import Assignment
from services.energy.efficiency.service.statements import Stated
from services.energy.efficiency.tables import FigureRow

Quantity = Annotated[Number, Field(max_digits=26)]


def _counts(coefficient: float) -> float:
    if not coefficient:
        raise ValueError("a meter with a coefficient of zero counts nowhere")
    return coefficient


class ProcessWrite(BaseModel):
    model_config = example(
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1",
        code="kiln-1",
        name="1# 回转窑",
        product_code="cement_clinker",
    )

    enterprise_id: UUID
    code: Code
    name: Name
    product_code: Code | None = Field(default=None, description="What it makes; null: it serves others.")


class ProcessChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    product_code: Code | None = None


class ProcessRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    enterprise_id: UUID
    region_code: str
    code: str
    name: str
    product_code: str | None
    version: int


class ShareWrite(BaseModel):
    """A meter of the enterprise whose energy counts as its electricity."""

    model_config = example(
        enterprise_id="01994c3e-1000-7a11-8000-0000000000e1", meter_no="TS-0001", first_month="2026-01"
    )

    enterprise_id: UUID
    process_id: UUID | None = Field(default=None, description="Of one process; null: of the whole enterprise.")
    meter_no: Annotated[str, Field(min_length=1, max_length=64)]
    coefficient: Annotated[float, Field(ge=-100, le=100), AfterValidator(_counts)] = Field(
        default=1.0, description="-1 takes the meter off: what is passed on."
    )
    first_month: Month
    last_month: Month | None = Field(default=None, description="Included; open if left out.")

    def assignment(self) -> Assignment:
        return Assignment(
            self.enterprise_id,
            self.process_id,
            self.meter_no,
            self.coefficient,
            self.first_month,
            self.last_month,
        )


class ShareChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    last_month: Month | None = Field(description="Included; null: it goes on.")


class ShareRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    enterprise_id: UUID
    region_code: str
    process_id: UUID | None
    meter_no: str
    coefficient: float
    first_month: Month
    last_month: Month | None
    version: int


class UseWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    carrier: Code
    quantity: Quantity | None = Field(description="0 where none was used; null takes a figure back.")
    unit: str | None = Field(default=None, description="The carrier's own if absent; t, 万m3, 万kWh, GJ and such.")
    flow: Flow = Flow.CONSUMED
    process: Code | None = Field(default=None, description="Code of the process; null: the whole enterprise.")


class OutputWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    product: Code
    quantity: Quantity | None
    unit: str | None = Field(default=None, description="The product's own; any other is refused.")
    process: Code | None = None


class MonthWrite(BaseModel):
    """Figures of a month; those that are not named stay as they stand."""

    model_config = example(
        uses=[
            {"carrier": "raw_coal", "quantity": 4200, "unit": "t"},
            {"carrier": "electricity", "quantity": 310, "unit": "万kWh"},
        ],
        outputs=[{"product": "cement_clinker", "quantity": 31000}],
        output_value_yuan=9_800_000,
    )

    uses: Annotated[list[UseWrite], Field(max_length=500)] = Field(default_factory=list)
    outputs: Annotated[list[OutputWrite], Field(max_length=500)] = Field(default_factory=list)
    output_value_yuan: Quantity | None = Field(default=None, description="Null takes it back; left out: as it is.")
    reason: Note = Field(default="", description="Demanded where a figure that stands is corrected.")

    def stated(self) -> list[Stated]:
        found = [
            Stated(FigureKind.USE, one.carrier, one.quantity, f"/uses/{number}", one.process, one.flow, one.unit)
            for number, one in enumerate(self.uses)
        ]
        found += [
            Stated(FigureKind.OUTPUT, one.product, one.quantity, f"/outputs/{number}", one.process, None, one.unit)
            for number, one in enumerate(self.outputs)
        ]
        if "output_value_yuan" in self.model_fields_set:
            value = self.output_value_yuan
            found.append(Stated(FigureKind.VALUE, OUTPUT_VALUE, value, "/output_value_yuan"))
        return found


class FigureRead(BaseModel):
    """A figure in its base unit, output value in yuan; quantity null: it was taken back."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    enterprise_id: UUID
    region_code: str
    month: Month
    kind: FigureKind
    process_id: UUID | None
    code: str
    flow: Flow | None
    quantity: Number | None
    revision: int
    recorded_at: datetime
    recorded_by: str
    origin: Origin = Field(description="Stated by the enterprise itself, or entered or corrected by an office.")
    replaced_at: datetime | None = Field(description="Until when it was what is known; null while it stands.")
    reason: str


def figure_read(row: FigureRow) -> FigureRead:
    return FigureRead.model_validate(row)


class TableFault(BaseModel):
    line: int = Field(description="The row as the spreadsheet or editor numbers it.")
    column: str = Field(description="Its heading; empty where no column is meant.")
    code: str
    message: str


class TableReport(BaseModel):
    """What an import did, or in a dry run would do; all of the table is taken or nothing."""

    dry_run: bool
    rows: int
    figures: int
    months: int = Field(description="Months of enterprises.")
    faults: list[TableFault] = Field(description="The first 1000; in a dry run only, else the import is refused.")
