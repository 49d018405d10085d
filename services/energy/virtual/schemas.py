"""Formulas of virtual meters as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.virtual.domain.formula import Missing
from services.energy.virtual.service import MemberFacts
from services.energy.virtual.tables import VirtualFormulaRow, VirtualMemberRow


class MemberWrite(BaseModel):
    """A meter with its coefficient: 1 in a sum, -1 in a difference, 0.35 of a share."""

    model_config = ConfigDict(extra="forbid")

    meter_no: Annotated[str, Field(pattern=METER_NO_PATTERN)]
    coefficient: float = Field(default=1.0, ge=-1e6, le=1e6, allow_inf_nan=False)
    valid_from: date | None = Field(default=None, description="The virtual meter's first day if absent.")
    valid_to: date | None = Field(default=None, description="The day before which it ends; open if absent.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must lie after valid_from")
        return self

    def facts(self) -> MemberFacts:
        return MemberFacts(self.meter_no, self.coefficient, self.valid_from, self.valid_to)


class FormulaWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    missing: Missing = Field(
        default=Missing.MISSING,
        description="A slot without one of its members is missing, or holds the sum of the others as partial.",
    )
    members: Annotated[list[MemberWrite], Field(min_length=1, max_length=2000)]


class MemberRead(BaseModel):
    meter_no: str | None = Field(description="Null for a meter that is not the caller's to see.")
    coefficient: float
    valid_from: date
    valid_to: date | None


class DueSpan(BaseModel):
    first: date
    last: date


class FormulaRead(BaseModel):
    meter_no: str
    missing: Missing
    members: list[MemberRead]
    version: int
    changed_at: datetime
    waiting: list[DueSpan] = Field(description="Days that are yet to be computed by this formula.")


def formula_read(
    meter_no: str,
    formula: VirtualFormulaRow,
    members: list[VirtualMemberRow],
    numbers: dict[int, str],
    waiting: list[tuple[date, date]],
) -> FormulaRead:
    return FormulaRead(
        meter_no=meter_no,
        missing=Missing(formula.missing),
        members=[
            MemberRead(
                meter_no=numbers.get(member.member_index),
                coefficient=member.coefficient,
                valid_from=member.valid_from,
                valid_to=member.valid_to,
            )
            for member in members
        ],
        version=formula.version,
        changed_at=formula.changed_at,
        waiting=[DueSpan(first=first, last=last) for first, last in waiting],
    )


class Recomputation(BaseModel):
    """Days to compute in full; at most ten years."""

    model_config = ConfigDict(extra="forbid")

    first: date
    last: date
