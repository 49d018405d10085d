"""Cases of the licence agency centre."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.environment.domain.cases import AgencyCaseStatus, Document, Item, ItemStatus
from services.projects.environment.domain.critical_path import Schedule
from services.projects.environment.schemas.rules import Note, Reason
from services.projects.environment.service.case_file import CaseFile
from services.projects.environment.service.cases import CaseDraft
from services.projects.registry.schemas import Name, RegionCode, example

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
DocumentName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Promise = Annotated[int, Field(ge=1, le=365, description="Working days from the start.")]


class DocumentWrite(BaseModel):
    model_config = example(name="公司章程", required=True)

    name: DocumentName
    required: bool = True
    received_on: date | None = None

    def document(self) -> Document:
        return Document(self.name, self.required, self.received_on)


class AgencyItemWrite(BaseModel):
    """One matter. It starts when all matters of ``depends_on`` are done and its required documents are in."""

    model_config = example(
        key="licence",
        matter="营业执照",
        unit_id="01926f4e-7f00-7000-8000-000000000001",
        promised_days=3,
        documents=[{"name": "公司章程", "required": True}],
        depends_on=[],
    )

    key: Key
    matter: Name
    unit_id: UUID
    promised_days: Promise
    documents: Annotated[list[DocumentWrite], Field(max_length=100)] = []
    depends_on: Annotated[list[Key], Field(max_length=100)] = []
    agent_person_id: UUID | None = None
    approval_case_id: UUID | None = Field(default=None, description="The approval case of this matter, if any.")

    def item(self) -> Item:
        return Item(
            key=self.key,
            matter=self.matter,
            unit_id=self.unit_id,
            promised_days=self.promised_days,
            documents=tuple(document.document() for document in self.documents),
            depends_on=tuple(dict.fromkeys(self.depends_on)),
            agent_person_id=self.agent_person_id,
            approval_case_id=self.approval_case_id,
        )


class ItemUpdate(BaseModel):
    """What is left out stays. Once its clock runs only agent and approval case may change."""

    model_config = example(agent_person_id="01926f4e-7f00-7000-8000-000000000002")

    matter: Name = Field(default_factory=str)
    unit_id: UUID = Field(default_factory=lambda: UUID(int=0))
    promised_days: Promise = Field(default_factory=lambda: 1)
    documents: Annotated[list[DocumentWrite], Field(max_length=100)] = Field(default_factory=list)
    depends_on: Annotated[list[Key], Field(max_length=100)] = Field(default_factory=list)
    agent_person_id: UUID | None = None
    approval_case_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if "documents" in said:
            said["documents"] = tuple(document.document() for document in self.documents)
        if "depends_on" in said:
            said["depends_on"] = tuple(dict.fromkeys(self.depends_on))
        return said


class AgencyCaseCreate(BaseModel):
    """One case of several matters. Its region is the project's or the enterprise's unless it is given."""

    model_config = example(
        title="企业开办一件事（演示）",
        region_code="421224",
        applicant="某新材料有限公司（筹）",
        items=[
            {
                "key": "licence",
                "matter": "营业执照",
                "unit_id": "01926f4e-7f00-7000-8000-000000000001",
                "promised_days": 3,
                "documents": [{"name": "公司章程", "required": True}],
            },
            {
                "key": "seal",
                "matter": "公章刻制",
                "unit_id": "01926f4e-7f00-7000-8000-000000000004",
                "promised_days": 1,
                "depends_on": ["licence"],
            },
        ],
    )

    title: Name
    applicant: Note = ""
    region_code: RegionCode | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    agent_person_id: UUID | None = None
    items: Annotated[list[AgencyItemWrite], Field(min_length=1, max_length=100)]

    def draft(self) -> CaseDraft:
        return CaseDraft(
            title=self.title,
            items=tuple(item.item() for item in self.items),
            applicant=self.applicant,
            region_code=self.region_code,
            enterprise_id=self.enterprise_id,
            project_id=self.project_id,
            agent_person_id=self.agent_person_id,
        )


class AgencyCaseUpdate(BaseModel):
    model_config = example(agent_person_id="01926f4e-7f00-7000-8000-000000000002")

    title: Name = Field(default_factory=str)
    applicant: Note = Field(default_factory=str)
    agent_person_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class Receipt(BaseModel):
    """``on`` null takes the tick back while the matter has not started."""

    model_config = example(document="公司章程", on="2026-09-15")

    document: DocumentName
    on: date | None


class Completion(BaseModel):
    model_config = example(on="2026-09-17", outcome="已领照 91421224MA49XXXXXX")

    on: date
    outcome: Reason


class Because(BaseModel):
    model_config = example(reason="该地块无需办理")

    reason: Reason


class AgencyDocumentRead(BaseModel):
    name: str
    required: bool
    received_on: date | None


class AgencyItemRead(BaseModel):
    """A matter with its expected days. ``slack_days``: how far it may slip before the case does."""

    id: UUID
    key: str
    matter: str
    unit_id: UUID
    promised_days: int
    documents: list[AgencyDocumentRead]
    missing_documents: list[str]
    depends_on: list[str]
    agent_person_id: UUID | None
    approval_case_id: UUID | None
    status: ItemStatus
    started_on: date | None
    due_on: date | None
    finished_on: date | None
    outcome: str | None
    expected_start_on: date | None
    expected_finish_on: date | None
    slack_days: int | None
    critical: bool = Field(description="On the longest chain to the end of the case.")


class CaseBrief(BaseModel):
    """A case in a list. ``expected_finish_on`` is as of the last write."""

    id: UUID
    code: str
    title: str
    applicant: str
    region_code: str
    enterprise_id: UUID | None
    project_id: UUID | None
    agent_person_id: UUID | None
    status: AgencyCaseStatus
    opened_on: date
    opened_at: AwareDatetime
    expected_finish_on: date
    percent: int
    finished_on: date | None
    cancel_reason: str | None
    version: int
    updated_at: AwareDatetime


class AgencyCaseRead(CaseBrief):
    """One case as of today: matters, the critical path in order, and all that is missing."""

    critical_path: list[str]
    missing_documents: dict[str, list[str]] = Field(description="By the matter's key.")
    items: list[AgencyItemRead]

    @classmethod
    def of(cls, file: CaseFile, plan: Schedule | None) -> "AgencyCaseRead":
        """``plan`` None: the case is over, nothing is expected any more."""
        items = [_item(file, key, plan) for key in file.items]
        facts = file.row.model_dump()
        if plan is not None:
            facts |= {"expected_finish_on": plan.finish_on, "percent": plan.percent}
        critical = [] if plan is None else list(plan.critical)
        missing = {one.key: one.missing_documents for one in items if plan is not None and one.missing_documents}
        return cls.model_validate(
            facts | {"critical_path": critical, "missing_documents": missing, "items": items}
        )


def _item(file: CaseFile, key: str, plan: Schedule | None) -> AgencyItemRead:
    item = file.items[key]
    expected = None if plan is None else plan.expected.get(key)
    return AgencyItemRead(
        id=file.rows[key].id,
        key=key,
        matter=item.matter,
        unit_id=item.unit_id,
        promised_days=item.promised_days,
        documents=[AgencyDocumentRead(**asdict(document)) for document in item.documents],
        missing_documents=list(item.missing_documents),
        depends_on=list(item.depends_on),
        agent_person_id=item.agent_person_id,
        approval_case_id=item.approval_case_id,
        status=item.status,
        started_on=item.started_on,
        due_on=item.due_on,
        finished_on=item.finished_on,
        outcome=item.outcome,
        expected_start_on=None if expected is None else expected.start_on,
        expected_finish_on=None if expected is None else expected.finish_on,
        slack_days=None if expected is None else expected.slack_days,
        critical=plan is not None and key in plan.critical,
    )
