"""What instructions take and answer."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.duties.schemas import DeadlineWrite, DutyRead, Title, Words
from services.projects.instructions.domain.instruction import (
    ExtensionStatus,
    Figure,
    Reference,
    SubjectType,
    printed_number,
)
from services.projects.instructions.service.instructions import Opened
from services.projects.instructions.service.steps import Draft
from services.projects.instructions.tables import InstructionRow
from services.projects.registry.schemas import RegionCode, example

FigureUnit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]
Value = Annotated[Decimal, Field(max_digits=24, decimal_places=6)]
Link = Annotated[str, StringConstraints(pattern=r"^(?:https?://|/)\S+$", max_length=500)]
Units = Annotated[list[UUID], Field(max_length=50)]
_ID = "01926f4e-7f00-7000-8000-000000000101"
_UNIT = "01926f4e-7f00-7000-8000-000000000001"
_PERSON = "01926f4e-7f00-7000-8000-000000000002"


class FigureWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Title
    value: Value
    unit: FigureUnit = ""
    as_of: date
    link: Link | None = Field(default=None, description="Where the figure can be seen.")

    def figure(self) -> Figure:
        return Figure(self.name, self.value, self.unit, self.as_of, self.link)


class SubjectWrite(BaseModel):
    """What is instructed on. Projects, problems and decisions are looked up by id.

    What this service does not hold, such as an alert, comes with its id, its name and its region; a figure with
    its name, value, unit and day.
    """

    model_config = ConfigDict(extra="forbid")

    type: SubjectType
    id: UUID | None = None
    name: Title | None = None
    region_code: RegionCode | None = Field(default=None, description="The caller's own if absent.")
    figure: FigureWrite | None = None

    def reference(self) -> Reference:
        figure = None if self.figure is None else self.figure.figure()
        return Reference(self.type, self.id, self.name, self.region_code, figure)


class InstructionCreate(DeadlineWrite):
    model_config = example(
        subject={"type": "project", "id": _ID},
        text="请自然资源局牵头，九宫山镇配合，月底前解决升压站用地，专题报我。",
        lead_unit_id=_UNIT,
        owner_person_id=_PERSON,
        working_days=10,
    )

    subject: SubjectWrite
    text: Words = Field(description="批示内容.")
    lead_unit_id: UUID = Field(description="牵头单位.")
    assisting_unit_ids: Units = Field(default_factory=list, description="协办单位.")
    owner_person_id: UUID | None = Field(default=None, description="责任人.")
    instructed_by_person_id: UUID | None = Field(
        default=None,
        description="The leader, where another records it; the caller's person if absent.",
    )
    deputy_person_ids: Annotated[list[UUID], Field(max_length=20)] = Field(
        default_factory=list, description="Who may decide in the leader's place."
    )

    def draft(self) -> Draft:
        return Draft(
            subject=self.subject.reference(),
            text=self.text,
            lead_unit_id=self.lead_unit_id,
            assisting_unit_ids=self.assisting_unit_ids,
            owner_person_id=self.owner_person_id,
            instructed_by_person_id=self.instructed_by_person_id,
            deputy_person_ids=self.deputy_person_ids,
            deadline=self.deadline(),
        )


class InstructionUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(lead_unit_id=_UNIT, owner_person_id=_PERSON)

    lead_unit_id: UUID = Field(default_factory=lambda: UUID(int=0))
    assisting_unit_ids: Units = Field(default_factory=list)
    owner_person_id: UUID | None = None

    def said_lead(self) -> UUID | None:
        return self.lead_unit_id if "lead_unit_id" in self.model_fields_set else None

    def said_assisting(self) -> list[UUID] | None:
        return self.assisting_unit_ids if "assisting_unit_ids" in self.model_fields_set else None

    def keeps_person(self) -> bool:
        return "owner_person_id" not in self.model_fields_set


class DeputyWrite(BaseModel):
    model_config = example(person_id=_PERSON, reason="外出招商期间代为审核")

    person_id: UUID
    reason: Words


class ReportWrite(BaseModel):
    model_config = example(report="升压站用地已获批，9月12日交付施工单位")

    report: Words


class DecisionWrite(BaseModel):
    model_config = example(note="同意延期，请按新时限办结")

    note: Words


class DeputyRead(BaseModel):
    person_id: UUID
    reason: str
    authorised_at: AwareDatetime
    authorised_by: str


class ExtensionRead(BaseModel):
    id: UUID
    instruction_id: UUID
    until: date
    reason: str
    status: ExtensionStatus
    requested_at: AwareDatetime
    requested_by: str
    decided_at: AwareDatetime | None
    decided_by: str | None
    decision_note: str | None


class InstructionRead(DutyRead):
    """A tracked matter (督办件); ``owner_unit_id`` is the lead unit."""

    number: str
    printed_number: str = Field(description="文号 as on paper.")
    region_code: str
    issuer_region_code: str
    year: int
    sequence: int
    subject_type: SubjectType
    subject_id: UUID | None
    subject_name: str
    project_id: UUID | None
    figure_name: str | None
    figure_value: Decimal | None
    figure_unit: str | None
    figure_as_of: date | None
    figure_link: str | None
    text: str
    issued_on: date
    instructed_by_person_id: UUID | None
    lead_unit_id: UUID | None
    assisting_unit_ids: list[UUID]

    @classmethod
    def of(cls, row: InstructionRow, assisting_unit_ids: Sequence[UUID]) -> "InstructionRead":
        return cls.model_validate(_facts(row, assisting_unit_ids))


class InstructionWhole(InstructionRead):
    """An instruction with those who may decide in the leader's place."""

    deputies: list[DeputyRead]

    @classmethod
    def of_opened(cls, opened: Opened) -> "InstructionWhole":
        deputies = [deputy.model_dump() for deputy in opened.deputies]
        return cls.model_validate(_facts(opened.row, opened.assisting_unit_ids) | {"deputies": deputies})


def _facts(row: InstructionRow, assisting_unit_ids: Sequence[UUID]) -> dict[str, object]:
    return row.model_dump() | {
        "printed_number": printed_number(row.year, row.sequence),
        "lead_unit_id": row.owner_unit_id,
        "assisting_unit_ids": list(assisting_unit_ids),
    }
