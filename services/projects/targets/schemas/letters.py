"""Responsibility letters."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.economy.schemas.types import Note, Reason
from services.projects.registry.schemas import RegionCode, example
from services.projects.targets.domain.letters import LetterState, Side
from services.projects.targets.schemas.goals import Year
from services.projects.targets.service.letters import LetterDraft
from services.projects.targets.service.signing import Signing

Duty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Duties = Annotated[list[Duty], Field(max_length=30)]


class LetterCreate(BaseModel):
    """Binds a unit, and a person of it, to all targets of the year that they answer for in the region."""

    model_config = example(
        region_code="421224",
        year=2026,
        issuer_unit_id="01926f4e-7f00-7000-8000-000000000001",
        unit_id="01926f4e-7f00-7000-8000-000000000002",
        person_id=None,
    )

    region_code: RegionCode
    year: Year
    issuer_unit_id: UUID
    unit_id: UUID
    person_id: UUID | None = Field(default=None, description="Null: all targets of the unit, whoever answers.")
    duties: Duties = Field(default_factory=list, description="The usual ones if empty.")

    def draft(self) -> LetterDraft:
        return LetterDraft(
            self.region_code, self.year, self.issuer_unit_id, self.unit_id, self.person_id, tuple(self.duties)
        )


class RevisionCreate(BaseModel):
    model_config = example(reason="投资目标调整后重新拟订")

    reason: Reason
    duties: Duties | None = Field(default=None, description="As they were if null.")


class SignatureCreate(BaseModel):
    """Who signed for which side, and the scan: a document of the letter."""

    model_config = example(
        side="responsible", person_id="01926f4e-7f00-7000-8000-000000000003", signed_on="2026-03-02"
    )

    side: Side
    person_id: UUID
    signed_on: date
    document_id: UUID | None = None
    note: Note = ""

    def signing(self) -> Signing:
        return Signing(self.side, self.person_id, self.signed_on, self.document_id, self.note)


class TermRead(BaseModel):
    target_id: UUID
    code: str
    name: str
    indicator: str
    scope: str
    first_year: int
    last_year: int
    direction: str
    amount: str
    unit: str
    weight: str
    version: int = Field(description="The target's when the letter was drawn up.")


class LetterRead(BaseModel):
    id: UUID
    number: str
    region_code: str
    year: int
    main_id: UUID | None = Field(description="Of a supplement the letter that it belongs to.")
    supplement: int = Field(description="0 for the letter itself, then 1, 2 …")
    issuer_unit_id: UUID
    issuer_unit_name: str
    unit_id: UUID
    unit_name: str
    person_id: UUID | None
    person_name: str
    state: LetterState
    revision: int
    terms: list[TermRead]
    duties: list[str]
    drawn_up_on: date
    signed_on: date | None
    withdrawn_reason: str | None
    version: int
    updated_at: AwareDatetime


class SignatureRead(BaseModel):
    id: UUID
    revision: int
    side: Side
    person_id: UUID
    person_name: str
    signed_on: date
    document_id: UUID | None
    note: str
    recorded_at: AwareDatetime
    recorded_by: str


class RevisionRead(BaseModel):
    revision: int
    terms: list[TermRead]
    duties: list[str]
    reason: str
    drawn_up_at: AwareDatetime
    drawn_up_by: str


class LetterRecord(BaseModel):
    """All revisions and signatures, oldest first; none is ever changed."""

    revisions: list[RevisionRead]
    signatures: list[SignatureRead]

    @classmethod
    def of(cls, revisions: list[Any], signatures: list[Any]) -> "LetterRecord":
        return cls(
            revisions=[RevisionRead.model_validate(row, from_attributes=True) for row in revisions],
            signatures=[SignatureRead.model_validate(row, from_attributes=True) for row in signatures],
        )
