"""Output by month, planned courses of the works, planned investment by year."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.projects.ledger.domain.curve import CurvePoint
from services.projects.ledger.domain.outputs import Output
from services.projects.ledger.schemas.types import ConfirmAmount, Text, Yuan
from services.projects.ledger.tables import AnnualPlanRow
from services.projects.registry.schemas import example

Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
_PLACES = Decimal("0.001")
Physical = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]


class OutputCreate(BaseModel):
    model_config = example(month="2026-08-01", output_value_yuan="5600000", tax_yuan="420000")

    month: date = Field(description="Any day of the month.")
    output_value_yuan: Yuan = Field(description="Output value of this month alone, in whole yuan.")
    tax_yuan: Yuan | None = Field(default=None, description="Null: not reported, which is not zero.")
    physical_output: Physical | None = Field(default=None, description="In the project's output_unit.")
    note: Text = Field(default="", description="Required when the month's figures are corrected.")
    confirm_amount: ConfirmAmount = False

    def output(self) -> Output:
        return Output(
            month=self.month.replace(day=1),
            output_value_yuan=int(self.output_value_yuan),
            tax_yuan=None if self.tax_yuan is None else int(self.tax_yuan),
            # As it will be read again.
            physical_output=None if self.physical_output is None else self.physical_output.quantize(_PLACES),
        )


class OutputRead(BaseModel):
    project_id: UUID
    month: date
    output_value_yuan: Yuan
    tax_yuan: Yuan | None
    physical_output: Decimal | None
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class CurvePointWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    month: date = Field(description="Any day of the month.")
    percent: Percent = Field(description="Of the works, all told, at the end of the month.")

    def point(self) -> CurvePoint:
        return CurvePoint(self.month, self.percent)


class PlanCurveWrite(BaseModel):
    """Months rise, percentages never fall, the last is 100. Months may be left out: between two the works go on
    evenly.
    """

    model_config = example(
        points=[
            {"month": "2026-03-01", "percent": "10"},
            {"month": "2026-06-01", "percent": "45"},
            {"month": "2026-12-01", "percent": "100"},
        ]
    )

    points: Annotated[list[CurvePointWrite], Field(min_length=1, max_length=240)]
    reason: Text = Field(default="", description="Required when a plan is known already.")


class CurvePointRead(BaseModel):
    month: date
    percent: Decimal


class CurveRevisionRead(BaseModel):
    project_id: UUID
    revision: int
    points: list[CurvePointRead]
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str


class PlanCurveRead(CurveRevisionRead):
    """The revision that counts, and where the works should be and are on a day."""

    on: date
    planned_percent: Decimal
    actual_percent: Decimal | None = Field(description="The latest entry up to the day; null without one.")
    behind_points: Decimal | None = Field(description="Planned less actual; negative when ahead.")


class AnnualPlanWrite(BaseModel):
    model_config = example(amount_yuan="80000000", reason="年中调整")

    amount_yuan: Yuan
    reason: Text = Field(default="", description="Required when the year's plan is known already.")
    confirm_amount: ConfirmAmount = False


class AnnualPlanRead(BaseModel):
    """A year's planned investment beside what was completed in it."""

    project_id: UUID
    year: int
    original_yuan: Yuan = Field(description="As first planned.")
    amount_yuan: Yuan
    invested_yuan: Yuan | None = Field(description="Completed in the year; null while nothing was recorded.")
    difference_yuan: int | None = Field(description="Completed less planned.")
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(cls, row: AnnualPlanRow, invested_yuan: int | None) -> "AnnualPlanRead":
        difference = None if invested_yuan is None else invested_yuan - row.amount_yuan
        return cls.model_validate(
            {**row.model_dump(), "invested_yuan": invested_yuan, "difference_yuan": difference}
        )
