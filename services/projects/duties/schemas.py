"""What duties of all kinds take and answer."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.duties.domain.duty import DutyStatus
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.duties.service import Deadline
from services.projects.registry.schemas import RegionCode, example

LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
WorkingDays = Annotated[int, Field(ge=1, le=500)]
Days = Annotated[int, Field(ge=1, le=3650)]


class DutyRuleWrite(BaseModel):
    model_config = example(kind="problem_overdue", region_code="421224", threshold_days=1, level2_days=10)

    kind: DutyKind
    threshold_days: Days = Field(
        description="Working days of a term or before a deadline; calendar days for gaps and what is overdue."
    )
    level2_days: Days | None = Field(default=None, description="Calendar days from which it is grave.")
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next rule if absent.")

    def rule(self, today: date) -> DutyRule:
        return DutyRule(
            kind=self.kind,
            threshold_days=self.threshold_days,
            level2_days=self.level2_days,
            region_code=self.region_code,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class DutyRuleRead(BaseModel):
    id: UUID
    kind: DutyKind
    threshold_days: int
    level2_days: int | None
    region_code: str | None
    valid_from: date
    valid_to: date | None
    version: int


class DeadlineWrite(BaseModel):
    """A day or a number of working days; with neither the rule of the region says how many.

    They count from the day a problem was raised, from the day of the meeting that decided an action item, and from
    the day of an instruction or of a reopening: not from the day somebody enters it.
    """

    due_on: date | None = None
    working_days: WorkingDays | None = Field(
        default=None, description="From the day of the fact on, the day itself not counted."
    )

    def deadline(self) -> Deadline:
        return Deadline(self.due_on, self.working_days)


class NoteWrite(BaseModel):
    model_config = example(note="已约自然资源局现场踏勘，下周一出图")

    note: Words


class ResolutionWrite(BaseModel):
    model_config = example(resolution="用地红线已调整，批文已下达")

    resolution: Words


class ClosingWrite(BaseModel):
    model_config = example(note="经现场核实，问题已解决，予以销号")

    note: Words


class ExtensionWrite(BaseModel):
    model_config = example(until="2026-10-20", reason="等待省厅批复")

    until: date
    reason: Words


class ReopeningWrite(DeadlineWrite):
    model_config = example(reason="现场复核发现围挡仍未拆除", working_days=5)

    reason: Words


class DutyRead(BaseModel):
    """State of a duty; ``version`` is the ETag's number and rises with each step."""

    id: UUID
    status: DutyStatus
    owner_unit_id: UUID | None
    owner_person_id: UUID | None
    original_due_on: date
    due_on: date
    overdue_since: date | None = Field(
        description="A missed deadline that a later one, given to a higher level, does not make good."
    )
    resolution: str
    resolved_by: str | None
    resolved_on: date | None
    closing_note: str
    closed_by: str | None
    closed_on: date | None
    reopenings: int
    created_at: AwareDatetime
    created_by: str
    version: int
    updated_at: AwareDatetime


class StepRead(BaseModel):
    """One step: who, when, what, why, and the facts after it."""

    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    actor_person_id: UUID | None
    action: str
    note: str
    facts: dict[str, Any]


class ScanRead(BaseModel):
    """How many things a scan looked at, and what it changed."""

    subjects: int
    opened: int
    amended: int
    cleared: int
