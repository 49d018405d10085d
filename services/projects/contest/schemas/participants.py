"""Who takes part, and points and vetoes by hand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.participants import Participant, ParticipantDraft, ParticipantKind
from services.projects.contest.schemas.types import MOST_PARTICIPANTS, Evidence, Points, Quarter
from services.projects.contest.service.participants import AdjustmentDraft
from services.projects.contest.tables import ContestParticipantRow
from services.projects.economy.schemas.types import Amount, Reason
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.registry.schemas import RegionCode, Versioned, example


class ParticipantCreate(BaseModel):
    """Exactly what the contest's kind is; beside an enterprise the township it is thought to belong to."""

    model_config = example(region_code="421224101", from_on="2026-01-01")

    region_code: RegionCode | None = None
    unit_id: UUID | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    responsible_unit_id: UUID | None = Field(default=None, description="Who is warned for it.")
    from_on: date
    to_on: date | None = Field(default=None, description="Day after the last.")

    def draft(self) -> ParticipantDraft:
        return ParticipantDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ParticipantsCreate(BaseModel):
    """All of them are entered, or none."""

    model_config = example(items=[{"region_code": "421224101", "from_on": "2026-01-01"}])

    items: Annotated[list[ParticipantCreate], Field(min_length=1, max_length=MOST_PARTICIPANTS)]


class ParticipationEnd(BaseModel):
    model_config = example(to_on="2026-07-01", reason="撤并")

    to_on: date = Field(description="Day after the last.")
    reason: Reason


class ParticipantRead(Versioned):
    """``code``, ``name`` and ``region_code`` are those of the registry now."""

    id: UUID
    contest_id: UUID
    kind: ParticipantKind
    subject_id: UUID | None = Field(description="Null of a township, which its code names.")
    code: str
    name: str
    region_code: str
    entered_in: str = Field(description="The region at the entry.")
    enterprise_id: UUID | None
    responsible_unit_id: UUID | None
    from_on: date
    to_on: date | None
    end_reason: str | None
    added_at: AwareDatetime
    added_by: str

    @classmethod
    def of(cls, row: ContestParticipantRow, participant: Participant) -> ParticipantRead:
        return cls(
            id=row.id,
            contest_id=row.contest_id,
            kind=participant.kind,
            subject_id=participant.subject_id,
            code=participant.code,
            name=participant.name,
            region_code=participant.region_code,
            entered_in=row.region_code,
            enterprise_id=participant.enterprise_id,
            responsible_unit_id=row.responsible_unit_id,
            from_on=row.from_on,
            to_on=row.to_on,
            end_reason=row.end_reason,
            added_at=row.added_at,
            added_by=row.added_by,
            version=row.version,
            updated_at=row.updated_at,
        )


class ParticipantsRead(BaseModel):
    items: list[ParticipantRead]


class ContestAdjustmentCreate(BaseModel):
    """Points or a veto by hand. The ground energy is the energy service's own."""

    model_config = example(
        participant_id="01926f4e-7f00-7000-8000-000000003801",
        quarter=1,
        kind="bonus",
        points="2",
        reason="获省级表彰",
        evidence="鄂政发〔2026〕3号",
    )

    participant_id: UUID
    quarter: Quarter
    kind: Literal["bonus", "deduction", "veto"]
    points: Points | None = None
    ground: VetoGround | None = None
    reason: Reason
    evidence: Evidence

    def draft(self) -> AdjustmentDraft:
        return AdjustmentDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ContestReason(BaseModel):
    model_config = example(reason="证据有误，予以撤销")

    reason: Reason


class ContestAdjustmentRead(Versioned):
    id: UUID
    contest_id: UUID
    participant_id: UUID
    quarter: int
    kind: str
    points: Amount | None
    ground: VetoGround | None
    reason: str
    evidence: str
    recorded_at: AwareDatetime
    recorded_by: str
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
