"""Lists, members and how they meet a condition."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.projects.ledger.schemas import Reason, Short, Text
from services.projects.lists.domain.facts import EntryVerdict, Judgement
from services.projects.lists.domain.lists import PERIODS, ListKind, Reporting
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.service.lists import ListDraft, reporting_of
from services.projects.lists.service.members import Member, MemberDraft
from services.projects.lists.tables import EnterpriseListRow, ListMemberRow
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example
from services.projects.registry.tables import EnterpriseRow

Condition = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=1000),
    Field(description="Typed expression over an enterprise's facts; empty is met by all."),
]
_UNSAID: Any = Field(default_factory=lambda: None)


class ReportingWrite(BaseModel):
    """A progress entry for every so many months of the calendar year, due on a day of the month after them."""

    model_config = ConfigDict(extra="forbid")

    months: Annotated[int, Field(description=f"One of {', '.join(map(str, PERIODS))}.")] = 1
    day: Annotated[int, Field(ge=1, le=28, description="Rolls to the next working day.")] = 10

    @model_validator(mode="after")
    def _divides_the_year(self) -> ReportingWrite:
        if self.months not in PERIODS:
            raise ValueError(f"months is one of {PERIODS}")
        return self

    def reporting(self) -> Reporting:
        return Reporting(self.months, self.day)


class ListCreate(BaseModel):
    model_config = example(
        code="YY-2026",
        name="亿元企业工程",
        kind="hundred_million",
        region_code="421224",
        valid_from="2026-01-01",
        condition="sales >= 80000000 and not vetoed",
        basis="县亿元企业培育工程实施方案",
        reporting={"months": 3, "day": 10},
    )

    code: Code
    name: Name
    kind: ListKind
    region_code: RegionCode
    valid_from: date
    valid_to: date | None = Field(default=None, description="Day after the last.")
    condition: Condition = ""
    basis: Text = ""
    unit_id: UUID | None = Field(default=None, description="Who keeps it, and answers for members by default.")
    reporting: ReportingWrite | None = Field(default=None, description="Null: members owe no progress.")

    def draft(self) -> ListDraft:
        facts = self.model_dump(exclude={"reporting"})
        return ListDraft(**facts, reporting=None if self.reporting is None else self.reporting.reporting())


class ListUpdate(BaseModel):
    model_config = example(name="亿元企业培育工程", valid_to="2028-01-01")

    name: Name = _UNSAID
    kind: ListKind = _UNSAID
    valid_from: date = _UNSAID
    valid_to: date | None = _UNSAID
    condition: Condition = _UNSAID
    basis: Text = _UNSAID
    unit_id: UUID | None = _UNSAID
    reporting: ReportingWrite | None = _UNSAID

    def facts(self) -> dict[str, Any]:
        facts = {name: getattr(self, name) for name in self.model_fields_set - {"reporting"}}
        if "kind" in facts:
            facts["kind"] = self.kind.value
        if "reporting" in self.model_fields_set:
            facts["progress_months"] = None if self.reporting is None else self.reporting.months
            facts["progress_day"] = None if self.reporting is None else self.reporting.day
        return facts


class ListRead(Versioned):
    id: UUID
    code: str
    name: str
    kind: ListKind
    region_code: str
    valid_from: date
    valid_to: date | None
    condition: str
    basis: str
    unit_id: UUID | None
    reporting: ReportingWrite | None
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: EnterpriseListRow) -> ListRead:
        reporting = reporting_of(row)
        said = None if reporting is None else {"months": reporting.months, "day": reporting.day}
        return cls.model_validate(row.model_dump() | {"reporting": said})


class JudgementRead(BaseModel):
    """``facts`` are those that the condition names; ``missing`` says why one is not known."""

    verdict: EntryVerdict
    facts: dict[str, Any]
    missing: dict[str, str]

    @classmethod
    def of(cls, judgement: Judgement) -> JudgementRead:
        return cls(verdict=judgement.verdict, facts=dict(judgement.facts), missing=dict(judgement.missing))


class CandidateRead(JudgementRead):
    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str

    @classmethod
    def of_enterprise(cls, row: EnterpriseRow, judgement: Judgement) -> CandidateRead:
        return cls(
            enterprise_id=row.enterprise_id,
            credit_code=row.credit_code,
            name=row.name,
            region_code=row.region_code,
            **JudgementRead.of(judgement).model_dump(),
        )


class Candidates(BaseModel):
    items: list[CandidateRead]


class MemberCreate(BaseModel):
    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        joined_on="2026-03-01",
        leader_person_id="01926f4e-7f00-7000-8000-000000000101",
        entry_reason="县政府常务会议研究确定，全年销售预计过亿",
    )

    enterprise_id: UUID
    joined_on: date | None = Field(default=None, description="Today if absent.")
    leader_person_id: UUID | None = Field(default=None, description="The responsible leader.")
    unit_id: UUID | None = None
    entry_reason: Text = Field(default="", description="Demanded where the condition is not met or not known.")

    def draft(self) -> MemberDraft:
        return MemberDraft(**self.model_dump())


class MemberUpdate(BaseModel):
    model_config = example(leader_person_id="01926f4e-7f00-7000-8000-000000000102")

    leader_person_id: UUID | None = _UNSAID
    unit_id: UUID | None = _UNSAID

    def facts(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class MemberEnd(BaseModel):
    model_config = example(left_on="2026-09-01", reason="连续两年未达标，调出")

    left_on: date | None = Field(default=None, description="First day off the list; today if absent.")
    reason: Reason


class MemberRead(Versioned):
    """``entry`` is the judgement of the day it entered; ``progress_due_on`` rolls to the next working day."""

    id: UUID
    list_id: UUID
    list_code: str
    list_name: str
    kind: ListKind
    enterprise_id: UUID
    credit_code: str
    enterprise_name: str
    region_code: str
    joined_on: date
    left_on: date | None
    left_reason: str | None
    leader_person_id: UUID | None
    unit_id: UUID | None
    verdict: EntryVerdict
    entry: dict[str, Any]
    entry_reason: str
    owed_from: date | None
    progress_due_on: date | None
    pilot_stage: PilotStage | None
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: ListMemberRow, listed: EnterpriseListRow, enterprise: EnterpriseRow) -> MemberRead:
        return cls.model_validate(
            row.model_dump()
            | {
                "list_code": listed.code,
                "list_name": listed.name,
                "kind": listed.kind,
                "credit_code": enterprise.credit_code,
                "enterprise_name": enterprise.name,
            }
        )

    @classmethod
    def of_member(cls, member: Member) -> MemberRead:
        return cls.of(member.row, member.list, member.enterprise)


class ListCount(BaseModel):
    """Members on the day, and who came and went in its year up to it; ``members_path`` opens to them."""

    kind: ListKind
    list_id: UUID
    code: Short
    name: Short
    members: int
    entered: int
    left: int
    members_path: str


class ListSummary(BaseModel):
    day: date
    items: list[ListCount]
