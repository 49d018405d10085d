"""What is shown of conditions."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.conditions.tables import ConditionRow


class ConditionRead(BaseModel):
    """Something overdue, stalled or missing, from opening to clearing."""

    id: UUID
    kind: str
    subject_type: str = Field(description="What it is about: project, approval_case, check, problem …")
    subject_id: UUID
    subject_code: str
    subject_name: str
    project_id: UUID | None = Field(description="The project concerned, if there is one.")
    project_code: str | None
    project_name: str | None
    region_code: str
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    opened_on: date
    opened_at: AwareDatetime
    reference_on: date = Field(description="The missed date, or the last sign of life of what has stalled.")
    days: int = Field(description="Days since then: today, or on the day it was cleared.")
    threshold_days: int
    level: int = Field(description="1 missed, 2 missed by far.")
    planned_percent: float | None
    actual_percent: float | None
    explanation_zh: str
    explanation_en: str
    cleared_on: date | None
    cleared_at: AwareDatetime | None
    cleared_reason: str | None
    version: int

    @classmethod
    def of(cls, row: ConditionRow, today: date) -> "ConditionRead":
        facts: dict[str, Any] = row.model_dump()
        return cls.model_validate(facts | {"days": ((row.cleared_on or today) - row.reference_on).days})
