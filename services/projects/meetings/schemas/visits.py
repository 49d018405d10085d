"""What supervision visits take and answer."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.projects.duties.schemas import Words
from services.projects.environment.domain.quiet_days import ExemptionGround
from services.projects.meetings.domain.meeting import VisitStatus
from services.projects.meetings.service.visits import Draft, Exemption
from services.projects.registry.schemas import example

_ID = "01926f4e-7f00-7000-8000-000000000301"
_PERSON = "01926f4e-7f00-7000-8000-000000000002"


class ExemptionWrite(BaseModel):
    """A visit for safety, environment or an emergency may fall on a quiet day, if somebody approved it."""

    model_config = ConfigDict(extra="forbid")

    ground: ExemptionGround
    reason: Words
    approver_person_id: UUID

    def exemption(self) -> Exemption:
        return Exemption(self.ground, self.reason, self.approver_person_id)


class VisitCreate(BaseModel):
    model_config = example(
        enterprise_id=_ID, purpose="督导技改项目设备到货情况", planned_on="2026-09-18", leader_person_id=_PERSON
    )

    enterprise_id: UUID
    project_id: UUID | None = None
    purpose: Words
    unit_id: UUID | None = Field(default=None, description="The supervising unit (督导组).")
    leader_person_id: UUID | None = None
    planned_on: date
    exemption: ExemptionWrite | None = None

    def draft(self) -> Draft:
        facts = self.model_dump(exclude={"exemption"})
        return Draft(**facts, exemption=None if self.exemption is None else self.exemption.exemption())


class VisitMove(BaseModel):
    model_config = example(planned_on="2026-09-28", reason="避开企业安静生产日")

    planned_on: date
    reason: Words


class VisitMade(BaseModel):
    model_config = example(on="2026-09-15", findings="设备已到货 80%，安装队伍未进场")

    on: date
    findings: Words


class VisitCancel(BaseModel):
    model_config = example(reason="并入联席会议议程")

    reason: Words


class VisitRead(BaseModel):
    id: UUID
    enterprise_id: UUID
    project_id: UUID | None
    status: VisitStatus
    purpose: str
    unit_id: UUID | None
    leader_person_id: UUID | None
    planned_on: date
    exemption: ExemptionGround | None
    exemption_reason: str | None
    approver_person_id: UUID | None
    made_on: date | None
    findings: str
    cancel_reason: str | None
    created_at: AwareDatetime
    created_by: str
    version: int = Field(description="The ETag's number.")
    updated_at: AwareDatetime
