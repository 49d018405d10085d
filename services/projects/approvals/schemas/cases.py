"""Cases: what is taken and answered."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.approvals.domain.case import Case, CaseOutcome, CaseStatus
from services.projects.approvals.domain.matters import AuthorityLevel
from services.projects.approvals.service.filing import Application
from services.projects.approvals.tables import ApprovalCaseRow
from services.projects.ledger.schemas import FieldChangeRead, Reason, Text
from services.projects.registry.schemas import Code, example

CaseCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$"),
    Field(description="办件编号; made up by the service if absent."),
]
Notice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class CaseCreate(BaseModel):
    """``project_id`` or ``enterprise_id`` or both. Who enters it is its first contact unless another is named."""

    model_config = example(
        matter_code="filing", project_id="01926f4e-7f00-7000-8000-000000000101", applied_on="2026-09-14"
    )

    matter_code: Code
    project_id: UUID | None = None
    enterprise_id: UUID | None = None
    code: CaseCode | None = None
    applied_on: date | None = Field(default=None, description="Today if absent.")
    unit_id: UUID | None = Field(default=None, description="Who decides; the matter's unit if absent.")
    owner_person_id: UUID | None = None
    agent_person_id: UUID | None = None
    summary: Text = ""
    green_reason: Reason | None = Field(default=None, description="Asks for the green channel.")

    def application(self) -> Application:
        return Application(**self.model_dump())


class CaseUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(agent_person_id="01926f4e-7f00-7000-8000-000000000002")

    unit_id: UUID = Field(default_factory=lambda: UUID(int=0))
    agent_person_id: UUID | None = None
    summary: Text = Field(default_factory=str)

    def change(self, case: Case) -> Case:
        return replace(case, **self.model_dump(exclude_unset=True))


class Reception(BaseModel):
    model_config = example(person_id="01926f4e-7f00-7000-8000-000000000002")

    person_id: UUID


class Handover(BaseModel):
    model_config = example(to_person_id="01926f4e-7f00-7000-8000-000000000002", reason="on leave until October")

    to_person_id: UUID
    reason: Reason


class Acceptance(BaseModel):
    model_config = example(on="2026-09-15")

    on: date = Field(description="The day of acceptance; the clock counts from the day after.")
    lacking_reason: Reason | None = Field(
        default=None, description="Why it is accepted with required documents missing (容缺受理)."
    )


class GreenChannel(BaseModel):
    model_config = example(reason="provincial key project")

    reason: Reason


class DocumentPut(BaseModel):
    model_config = example(received_on="2026-09-15", reference="box 7")

    received_on: date | None = Field(description="Null: not received after all.")
    reference: Reference = ""


class PauseCreate(BaseModel):
    """Stops the clock from ``from_on`` on for a ground in force; see ``/v1/approval-pause-grounds``."""

    model_config = example(ground="expert_review", from_on="2026-09-16", notice="告知书〔2026〕12号")

    ground: Code
    from_on: date
    notice: Notice = Field(description="The paper that told the applicant of it.")
    expected_to_on: date | None = None
    reason: Text = ""


class Resume(BaseModel):
    model_config = example(on="2026-09-21")

    on: date = Field(description="The first day that may count again.")
    note: Text = ""


class Decision(BaseModel):
    model_config = example(outcome="granted", on="2026-09-22", document="通发改备〔2026〕31号")

    outcome: CaseOutcome
    on: date
    reason: Reason | None = Field(default=None, description="Required unless granted.")
    document: Notice | None = Field(default=None, description="Number of the permit or of the reply.")


class Withdrawal(BaseModel):
    model_config = example(on="2026-09-22", reason="the plot has changed")

    on: date
    reason: Reason


class CaseDocumentRead(BaseModel):
    code: str
    name: str
    required: bool
    received_on: date | None
    reference: str


class PauseRead(BaseModel):
    ground: str
    from_on: date
    to_on: date | None = Field(description="First day that may count again; null while it runs.")
    notice: str
    limit_days: int | None = Field(description="Working days its ground allows; beyond them the clock runs.")
    expected_to_on: date | None


class CaseRead(BaseModel):
    """A case as it stands. ``due_on`` is null before acceptance and while a pause without an end runs."""

    id: UUID
    code: str
    matter_code: str
    matter_name: str
    authority_level: AuthorityLevel
    region_code: str
    project_id: UUID | None
    enterprise_id: UUID | None
    unit_id: UUID | None
    summary: str
    status: CaseStatus
    applied_on: date
    first_contact_person_id: UUID | None = Field(description="Who received it first; stays named.")
    owner_person_id: UUID | None = Field(description="Who answers for it now.")
    agent_person_id: UUID | None
    requires_gate: bool
    green_reason: str | None
    lacking_reason: str | None
    documents: list[CaseDocumentRead]
    accepted_on: date | None
    promised_days: int | None
    statutory_days: int | None
    used_days: int | None = Field(description="Working days used, today included.")
    remaining_days: int | None = Field(description="Of the promise, after today; negative when it is broken.")
    due_on: date | None
    statutory_due_on: date | None
    pauses: list[PauseRead]
    outcome: CaseOutcome | None
    decided_on: date | None
    decision_reason: str | None
    decision_document: str | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(cls, row: ApprovalCaseRow, case: Case, used: int | None) -> "CaseRead":
        own = {name: getattr(case, name) for name in cls.model_fields if name in Case.__dataclass_fields__}
        promised = case.promised_days
        return cls.model_validate(
            own
            | {
                "promised_days": promised,
                "statutory_days": case.terms.statutory_days if case.terms else None,
                "used_days": used,
                "remaining_days": None if used is None or promised is None else promised - used,
                "due_on": row.due_on,
                "statutory_due_on": row.statutory_due_on,
                "version": row.version,
                "created_at": row.created_at,
                "updated_at": row.updated_at,
            },
            from_attributes=True,
        )


class CaseChangeRead(BaseModel):
    """One step: who, when, why, and what it changed."""

    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[FieldChangeRead]
