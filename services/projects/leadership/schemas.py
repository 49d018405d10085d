"""What leadership takes and answers."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from libs.common.contracts.projects import Stage
from services.projects.duties.schemas import Title, Words
from services.projects.leadership.domain.gaps import FourOnes, Standing, missing
from services.projects.leadership.domain.tenure import TaskForceRole
from services.projects.leadership.service.task_forces import Force, Seat
from services.projects.leadership.tables import (
    LeadOfficialRow,
    TaskForceMemberRow,
    TaskForceRow,
)
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.schemas import example

DutyText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
_PERSON = "01926f4e-7f00-7000-8000-000000000002"


class EndWrite(BaseModel):
    model_config = example(on="2026-09-15", reason="工作调整")

    on: date = Field(description="First day without.")
    reason: Words


class Ending(BaseModel):
    valid_from: date
    valid_to: date | None = Field(description="First day without; null while it lasts.")
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str
    end_reason: str | None
    ended_at: AwareDatetime | None
    ended_by: str | None


class LeadAssign(BaseModel):
    model_config = example(person_id=_PERSON, on="2026-03-01", reason="县重点项目县级领导包联方案")

    person_id: UUID
    on: date = Field(description="First day in office; a present lead official's last day is the one before.")
    reason: Words


class LeadOfficialRead(Ending):
    id: UUID
    project_id: UUID
    person_id: UUID


class MemberWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    role: TaskForceRole
    duty: DutyText = ""

    def seat(self) -> Seat:
        return Seat(self.person_id, self.role, self.duty)


class TaskForceCreate(BaseModel):
    model_config = example(
        name="九宫山风电项目工作专班",
        on="2026-03-01",
        reason="县重点项目推进方案",
        members=[{"person_id": _PERSON, "role": "head", "duty": "统筹协调"}],
    )

    name: Title
    unit_id: UUID | None = Field(default=None, description="The unit that leads it (牵头单位).")
    on: date
    reason: Words
    members: Annotated[list[MemberWrite], Field(min_length=1, max_length=100)]


class MemberAdd(MemberWrite):
    model_config = example(person_id=_PERSON, role="member", duty="用地报批", on="2026-04-01", reason="充实力量")

    on: date
    reason: Words


class HeadHandover(BaseModel):
    model_config = example(person_id=_PERSON, on="2026-09-15", reason="原组长调任")

    person_id: UUID
    on: date
    reason: Words


class MemberRead(Ending):
    id: UUID
    person_id: UUID
    role: TaskForceRole
    duty: str


class TaskForceRead(Ending):
    id: UUID
    project_id: UUID
    name: str
    unit_id: UUID | None
    members: list[MemberRead] = Field(description="Past members included, the heads first.")

    @classmethod
    def of(cls, row: TaskForceRow, members: Iterable[TaskForceMemberRow]) -> "TaskForceRead":
        return cls.model_validate(row.model_dump() | {"members": [member.model_dump() for member in members]})

    @classmethod
    def of_force(cls, force: Force) -> "TaskForceRead":
        return cls.of(force.row, force.members)


class LeadershipRead(BaseModel):
    """Who leads a project on a day, and what it lacks of the four "one"s."""

    project_id: UUID
    on: date
    is_key: bool
    key_since: date | None
    lead_official: LeadOfficialRead | None
    task_force: TaskForceRead | None
    on_site_meetings: int
    last_on_site_on: date | None
    governing_minutes_id: UUID | None
    missing: list[FourOnes]
    version: int


class GapRead(BaseModel):
    """A key project and what it lacks of the four "one"s, each with the first day without it."""

    project_id: UUID
    project_code: str
    project_name: str
    region_code: str
    stage: Stage
    key_since: date
    lead_person_id: UUID | None
    task_force_id: UUID | None
    on_site_meetings: int
    governing_minutes_id: UUID | None
    missing: dict[FourOnes, date]
    days: int = Field(description="Days since the oldest of the gaps began.")

    @classmethod
    def of(cls, project: ProjectRow, standing: Standing, today: date) -> "GapRead":
        gaps = missing(standing)
        facts = {name: getattr(standing, name) for name in cls.model_fields if hasattr(standing, name)}
        return cls.model_validate(
            facts
            | {
                "project_code": project.code,
                "project_name": project.name,
                "region_code": project.region_code,
                "missing": gaps,
                "days": max(((today - since).days for since in gaps.values()), default=0),
            }
        )


def lead_read(row: LeadOfficialRow | None) -> LeadOfficialRead | None:
    return None if row is None else LeadOfficialRead.model_validate(row, from_attributes=True)
