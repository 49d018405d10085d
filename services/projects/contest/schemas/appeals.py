"""Appeals against published standings."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.schemas.types import Evidence, Word
from services.projects.contest.service.appeals import AppealDraft
from services.projects.contest.tables import ContestAppealRow, ContestRow
from services.projects.economy.schemas.types import Reason
from services.projects.registry.schemas import Versioned, example


class ContestAppealCreate(BaseModel):
    model_config = example(
        participant_id="01926f4e-7f00-7000-8000-000000003801",
        component="quality",
        grounds="第二季度税收数据漏报一户",
        evidence="税务部门完税证明",
    )

    participant_id: UUID
    component: Word | None = Field(default=None, description="The component it is about, if it is about one.")
    grounds: Reason
    evidence: Evidence

    def draft(self) -> AppealDraft:
        return AppealDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ContestAppealDecision(BaseModel):
    model_config = example(upheld=True, decision="经核实情况属实，予以更正")

    upheld: bool
    decision: Reason


class ContestAppealRead(Versioned):
    id: UUID
    contest_id: UUID
    contest_code: str
    standing_id: UUID
    participant_id: UUID
    participant_name: str
    region_code: str
    component: str | None
    grounds: str
    evidence: str
    state: AppealState
    filed_on: date
    due_on: date = Field(description="Decided by this day.")
    filed_at: AwareDatetime
    filed_by: str
    decision: str | None
    decided_at: AwareDatetime | None
    decided_by: str | None
    corrected_by_id: UUID | None = Field(description="The edition that answers it.")

    @classmethod
    def of(cls, row: ContestAppealRow, contest: ContestRow, name: str) -> ContestAppealRead:
        own = {field: getattr(row, field) for field in cls.model_fields if hasattr(row, field)}
        return cls.model_validate(own | {"contest_code": contest.code, "participant_name": name})
