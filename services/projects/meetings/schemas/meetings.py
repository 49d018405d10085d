"""What meetings, action items and visits take and answer."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.duties.schemas import DeadlineWrite, DutyRead, LongText, Title, Words
from services.projects.meetings.domain.meeting import (
    Attendance,
    MeetingKind,
    MeetingStatus,
)
from services.projects.meetings.service import actions
from services.projects.meetings.service.meetings import Attendee, Draft, Item, Opened
from services.projects.meetings.tables import (
    ActionItemRow,
    AttendanceRow,
    DecisionRow,
    MeetingRow,
)
from services.projects.registry.schemas import RegionCode, example

Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
DocumentNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
_ID = "01926f4e-7f00-7000-8000-000000000101"
_PERSON = "01926f4e-7f00-7000-8000-000000000002"
_UNIT = "01926f4e-7f00-7000-8000-000000000001"


class ItemWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    topic: Words
    project_id: UUID | None = None
    problem_id: UUID | None = Field(default=None, description="Brings its project along.")

    def item(self) -> Item:
        return Item(self.topic, self.project_id, self.problem_id)


Items = Annotated[list[ItemWrite], Field(max_length=100)]


class MeetingCreate(BaseModel):
    model_config = example(
        kind="on_site",
        title="九宫山风电项目现场办公会",
        region_code="421224",
        planned_on="2026-09-18",
        place="九宫山镇项目部",
        items=[{"topic": "升压站用地", "project_id": _ID}],
    )

    kind: MeetingKind
    title: Title
    region_code: RegionCode
    planned_on: date
    place: Place = ""
    host_unit_id: UUID | None = None
    chair_person_id: UUID | None = None
    items: Items = Field(default_factory=list)

    def draft(self) -> Draft:
        return Draft(**self.model_dump(exclude={"items"}))


class MeetingUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(planned_on="2026-09-21", place="县政府三楼会议室")

    title: Title = Field(default_factory=str)
    planned_on: date = Field(default_factory=lambda: date(2000, 1, 1))
    place: Place = Field(default_factory=str)
    host_unit_id: UUID | None = None
    chair_person_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class AgendaWrite(BaseModel):
    model_config = example(items=[{"topic": "升压站用地", "project_id": _ID}])

    items: Items


class AttendeeWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    status: Attendance
    note: Remark = ""

    def attendee(self) -> Attendee:
        return Attendee(self.person_id, self.status, self.note)


Attendees = Annotated[list[AttendeeWrite], Field(max_length=500)]


class AttendanceWrite(BaseModel):
    model_config = example(attendance=[{"person_id": _PERSON, "status": "present"}])

    attendance: Attendees


class HoldingWrite(BaseModel):
    model_config = example(on="2026-09-15", attendance=[{"person_id": _PERSON, "status": "present"}])

    on: date
    attendance: Attendees | None = Field(default=None, description="Left as it is if absent.")


class CancellationWrite(BaseModel):
    model_config = example(reason="与县委常委会时间冲突")

    reason: Words


class ItemRead(BaseModel):
    id: UUID
    position: int
    topic: str
    project_id: UUID | None
    problem_id: UUID | None


class AttendeeRead(BaseModel):
    person_id: UUID
    status: Attendance
    note: str


class MeetingRead(BaseModel):
    id: UUID
    kind: MeetingKind
    title: str
    region_code: str
    status: MeetingStatus
    planned_on: date
    place: str
    host_unit_id: UUID | None
    chair_person_id: UUID | None
    held_on: date | None
    cancel_reason: str | None
    created_at: AwareDatetime
    created_by: str
    version: int
    updated_at: AwareDatetime


class MeetingWhole(MeetingRead):
    """A meeting with its agenda and attendance."""

    items: list[ItemRead]
    attendance: list[AttendeeRead]

    @classmethod
    def of(cls, opened: Opened, attendance: Sequence[AttendanceRow]) -> "MeetingWhole":
        items = [item.model_dump() for item in opened.items]
        present = [row.model_dump() for row in attendance]
        return cls.model_validate(opened.row.model_dump() | {"items": items, "attendance": present})


class MinutesCreate(BaseModel):
    model_config = example(document_no="通政办纪〔2026〕12号", text="会议议定：一、……", reason="")

    text: LongText
    document_no: DocumentNo | None = Field(default=None, description="文号, if the minutes have one.")
    reason: Remark = Field(default="", description="Required for every edition after the first.")


class MinutesRead(BaseModel):
    id: UUID
    meeting_id: UUID
    edition: int
    document_no: str | None
    text: str
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str


class GoverningWrite(BaseModel):
    model_config = example(minutes_id=_ID, on="2026-09-15", reason="县委主要领导现场办公会纪要统领后续工作")

    minutes_id: UUID
    on: date
    reason: Words


class RevocationWrite(BaseModel):
    model_config = example(on="2026-09-15", reason="纪要依据的规划已调整")

    on: date
    reason: Words


class GoverningRead(BaseModel):
    id: UUID
    project_id: UUID
    minutes_id: UUID
    valid_from: date
    valid_to: date | None = Field(description="First day on which they govern no longer.")
    reason: str
    recorded_at: AwareDatetime
    recorded_by: str
    superseded_by_id: UUID | None
    end_reason: str | None
    ended_at: AwareDatetime | None
    ended_by: str | None


class ActionWrite(DeadlineWrite):
    model_config = ConfigDict(extra="forbid")

    title: Words
    project_id: UUID | None = Field(default=None, description="That of the agenda item if absent.")
    problem_id: UUID | None = None
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None

    def draft(self) -> actions.ActionDraft:
        return actions.ActionDraft(**self.model_dump(exclude={"due_on", "working_days"}), deadline=self.deadline())


class DecisionCreate(BaseModel):
    model_config = example(
        text="由自然资源局牵头，10个工作日内完成升压站用地报批",
        actions=[{"title": "完成升压站用地报批", "owner_unit_id": _UNIT, "working_days": 10}],
    )

    text: LongText
    item_id: UUID | None = Field(default=None, description="The agenda item that it settles.")
    actions: Annotated[list[ActionWrite], Field(max_length=100)] = Field(default_factory=list)


class DecisionRead(BaseModel):
    id: UUID
    meeting_id: UUID
    item_id: UUID | None
    number: int
    text: str
    action_item_ids: list[UUID]
    recorded_at: AwareDatetime
    recorded_by: str

    @classmethod
    def of(cls, row: DecisionRow, action_item_ids: Sequence[UUID]) -> "DecisionRead":
        return cls.model_validate(row.model_dump() | {"action_item_ids": list(action_item_ids)})


class ActionUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(owner_unit_id=_UNIT)

    title: Words = Field(default_factory=str)
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class ActionRead(DutyRead):
    code: str
    meeting_id: UUID
    meeting_title: str
    decision_id: UUID
    number: int
    title: str
    region_code: str
    project_id: UUID | None
    problem_id: UUID | None

    @classmethod
    def of(cls, row: ActionItemRow, meeting: MeetingRow) -> "ActionRead":
        named = {"code": actions.code_of(meeting, row), "meeting_title": meeting.title}
        return cls.model_validate(row.model_dump() | named)
