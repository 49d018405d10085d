"""Rules, findings, estimates and edits as the API shows them."""

import math
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.domain.quality import Quality
from services.energy.vee.domain.kinds import RuleKind
from services.energy.vee.domain.taking_back import BackTo
from services.energy.vee.service.rules import RuleFacts
from services.energy.vee.tables import CurveEditRow, CurveEstimateRow, VeeFindingRow, VeeRuleRow


class VeeRuleWrite(BaseModel):
    """Thresholds of a kind for all meters, a region's subtree or one meter; those left out keep their default.

    A rule holds for days from its beginning on; days that were judged are judged anew when they are touched.
    """

    model_config = ConfigDict(extra="forbid")

    kind: RuleKind
    region_code: Annotated[str, Field(min_length=6, max_length=9)] | None = None
    meter_no: Annotated[str, Field(pattern=METER_NO_PATTERN)] | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; open if left out.")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Of the kind; `enabled: false` switches it off for this scope and time."
    )
    note: Annotated[str, Field(max_length=500)] = ""

    def facts(self) -> RuleFacts:
        return RuleFacts(**self.model_dump())


class VeeRuleRead(VeeRuleWrite):
    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


def rule_read(row: VeeRuleRow) -> VeeRuleRead:
    return VeeRuleRead.model_validate(row.model_dump())


class FindingRead(BaseModel):
    """What a rule found on a day of a meter, with the figures that show it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    meter_no: str
    region_code: str
    enterprise_id: UUID | None
    day: date
    kind: RuleKind
    status: str = Field(description="open, accepted (a person says the values are right) or cleared.")
    slots: list[int]
    figures: dict[str, Any]
    rule_id: UUID | None
    opened_at: datetime
    cleared_at: datetime | None
    accepted_by: str | None
    accepted_because: str | None
    version: int


def finding_read(row: VeeFindingRow) -> FindingRead:
    return FindingRead.model_validate(row, from_attributes=True)


class Acceptance(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class EstimateRead(BaseModel):
    """Values the software estimated, by which method and from what."""

    id: UUID
    day: date
    method: str = Field(description="linear, day_type or catch_up.")
    slots: list[int]
    values_kw: list[float]
    inputs: dict[str, Any]
    made_at: datetime
    replaced_at: datetime | None = Field(description="When no slot showed it any more.")


def estimate_read(row: CurveEstimateRow) -> EstimateRead:
    return EstimateRead(**row.model_dump(include=set(EstimateRead.model_fields)))


class EditRead(BaseModel):
    """What a person changed, and why."""

    id: UUID
    day: date
    revision: int
    slots: list[int]
    before_kw: list[float | None]
    before_quality: list[str]
    after_kw: list[float | None] = Field(description="Null where a value was taken back to nothing.")
    after_quality: list[str]
    reason: str
    edited_by: str
    edited_at: datetime


def edit_read(row: CurveEditRow) -> EditRead:
    facts = row.model_dump(include=set(EditRead.model_fields))
    for name in ("before_kw", "after_kw"):
        facts[name] = [None if math.isnan(value) else value for value in facts[name]]
    after = row.after_quality or [Quality.EDITED] * len(row.slots)
    facts["before_quality"] = [Quality(code).label for code in row.before_quality]
    facts["after_quality"] = [Quality(code).label for code in after]
    return EditRead(**facts)


class EstimateList(BaseModel):
    meter_no: str
    items: list[EstimateRead]


class EditList(BaseModel):
    meter_no: str
    items: list[EditRead]


class DayEdit(BaseModel):
    """Values for slots of a day, counted from 0 at 00:00 of the meter's standard time.

    Null takes a value back: by itself an edited one, to what was measured; with ``back_to`` missing any, to
    nothing, for instance because it is known to be false.
    """

    model_config = ConfigDict(extra="forbid")

    slots: Annotated[list[int], Field(min_length=1, max_length=288)]
    values_kw: Annotated[
        list[Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)] | None],
        Field(min_length=1, max_length=288),
    ]
    back_to: BackTo = BackTo.MEASURED
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
