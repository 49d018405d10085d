"""Verdicts and factors as the API shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.contracts.energy import ConditionKind
from services.energy.feedback.tables import ConditionVerdictRow, MeterFactorRow


class VerdictWrite(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"is_true": False, "note": "换炉衬，已报备"}]}
    )

    is_true: bool = Field(description="Whether there was such a thing; false for a false alarm.")
    note: Annotated[str, Field(max_length=500)] = ""


class VerdictRead(BaseModel):
    """What was said of a condition, and how the meter's factor changed by it."""

    model_config = ConfigDict(from_attributes=True)

    condition_id: UUID
    meter_no: str
    kind: ConditionKind
    is_true: bool
    note: str
    source: str = Field(description="rest, or alert when it was given with the alert's resolution.")
    given_at: datetime
    given_by: str
    factor_before: float
    factor_after: float


class VerdictList(BaseModel):
    items: list[VerdictRead]


class FactorRead(BaseModel):
    """By how much a meter's limits of a kind are wider (above 1) or narrower than the rule's."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    meter_no: str
    kind: ConditionKind
    region_code: str
    enterprise_id: UUID | None
    factor: float
    true_verdicts: int
    false_verdicts: int
    version: int
    changed_at: datetime
    changed_by: str


def verdict_read(row: ConditionVerdictRow) -> VerdictRead:
    return VerdictRead.model_validate(row)


def factor_read(row: MeterFactorRow) -> FactorRead:
    return FactorRead.model_validate(row)
