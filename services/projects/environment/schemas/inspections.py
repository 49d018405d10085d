"""Inspections."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.environment.domain.inspections import (
    Filing,
    InspectionResult,
    InspectionStatus,
    Inspector,
    Party,
    RefusalReason,
)
from services.projects.environment.domain.limits import InspectionKind
from services.projects.environment.domain.quiet_days import ExemptionGround
from services.projects.environment.domain.unfiled import ReportStatus
from services.projects.environment.schemas.rules import Note, Reason, Required
from services.projects.environment.service.inspections import OpenedInspection, Report
from services.projects.registry.schemas import Name, example

Certificate = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    Field(description="执法证号"),
]
Resolved = Literal[ReportStatus.CONFIRMED, ReportStatus.DISMISSED]


class InspectorWrite(BaseModel):
    model_config = example(name="陈某（演示）", certificate_no="17120230001")

    name: Name
    certificate_no: Certificate


class InspectionPartyWrite(BaseModel):
    """A unit that takes part, and the inspectors it sends."""

    model_config = example(
        unit_id="01926f4e-7f00-7000-8000-000000000001",
        inspectors=[
            {"name": "陈某（演示）", "certificate_no": "17120230001"},
            {"name": "李某（演示）", "certificate_no": "17120230002"},
        ],
    )

    unit_id: UUID
    inspectors: Annotated[list[InspectorWrite], Field(min_length=1, max_length=50)]

    def party(self) -> Party:
        return Party(self.unit_id, tuple(Inspector(one.name, one.certificate_no) for one in self.inspectors))


class InspectionCreate(BaseModel):
    """An inspection filed beforehand. The first party leads; further ones make it a joint inspection.

    On quiet days, in closed-managed parks and beyond the frequency limit it is refused, unless it claims an exempt
    ground with a reason: then another person decides.
    """

    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000003",
        kind="routine",
        subject="特种设备使用登记与定期检验",
        basis="《特种设备安全法》第五十七条",
        planned_from="2026-09-28",
        planned_to="2026-09-28",
        parties=[
            {
                "unit_id": "01926f4e-7f00-7000-8000-000000000001",
                "inspectors": [
                    {"name": "陈某（演示）", "certificate_no": "17120230001"},
                    {"name": "李某（演示）", "certificate_no": "17120230002"},
                ],
            }
        ],
    )

    enterprise_id: UUID
    kind: InspectionKind
    subject: Reason = Field(description="What is inspected.")
    basis: Reason = Field(description="The legal ground.")
    planned_from: date
    planned_to: date
    parties: Annotated[list[InspectionPartyWrite], Field(min_length=1, max_length=20)]
    exempt_ground: ExemptionGround | None = None
    exempt_reason: Note = Field(default="", description="Required with an exempt ground.")

    def filing(self) -> Filing:
        return Filing(
            kind=self.kind,
            planned_from=self.planned_from,
            planned_to=self.planned_to,
            parties=tuple(party.party() for party in self.parties),
            exempt_ground=self.exempt_ground,
        )


class InspectionDecision(BaseModel):
    model_config = example(approve=True, note="粉尘涉爆专项排查，同意")

    approve: bool
    note: Reason


class InspectionReport(BaseModel):
    model_config = example(
        on="2026-09-28",
        duration_minutes=90,
        result="rectification",
        findings="两台叉车超期未检",
        rectify_by="2026-10-15",
    )

    on: date
    duration_minutes: Annotated[int, Field(ge=1, le=14400)]
    result: InspectionResult
    findings: Required
    rectify_by: date | None = Field(default=None, description="Required with rectification, and only then.")

    def report(self) -> Report:
        return Report(self.on, self.duration_minutes, self.result, self.findings, self.rectify_by)


class Cancellation(BaseModel):
    model_config = example(reason="并入联合检查")

    reason: Reason


class RefusalRead(BaseModel):
    reason: RefusalReason
    on: date | None
    rule_code: str | None
    unit_id: UUID | None
    inspection_ids: list[UUID]
    explanation_zh: str
    explanation_en: str


class InspectionPartyRead(BaseModel):
    unit_id: UUID
    inspectors: list[InspectorWrite]
    joined_at: AwareDatetime


class InspectionRead(BaseModel):
    """A filed inspection. ``decided_by`` is the person who decided on an exemption; null where rules alone did."""

    id: UUID
    code: str
    region_code: str
    enterprise_id: UUID
    unit_id: UUID = Field(description="The leading unit.")
    parties: list[InspectionPartyRead]
    kind: InspectionKind
    subject: str
    basis: str
    planned_from: date
    planned_to: date
    exempt_ground: ExemptionGround | None
    exempt_reason: str
    is_exempted: bool
    status: InspectionStatus
    refusals: list[RefusalRead]
    filed_on: date
    filed_at: AwareDatetime
    filed_by: str
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision_note: str
    carried_out_on: date | None
    duration_minutes: int | None
    result: InspectionResult | None
    findings: str
    rectify_by: date | None
    reported_at: AwareDatetime | None
    cancel_reason: str | None
    version: int
    updated_at: AwareDatetime

    @classmethod
    def of(cls, opened: OpenedInspection) -> "InspectionRead":
        facts: dict[str, Any] = opened.row.model_dump()
        return cls.model_validate(facts | {"parties": [unit.model_dump() for unit in opened.units]})


class UnfiledReportCreate(BaseModel):
    """An inspection that nobody filed. Without ``unit_id`` a name says who came, as far as it is known."""

    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000003",
        unit_id="01926f4e-7f00-7000-8000-000000000001",
        came_on="2026-09-14",
        description="两人入厂检查消防器材，未出示备案号",
    )

    enterprise_id: UUID
    unit_id: UUID | None = None
    unit_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        default="", description="Who came, as far as it is known; with unit_id the registry's name."
    )
    came_on: date
    description: Required


class UnfiledReportResolution(BaseModel):
    model_config = example(status="confirmed", resolution="责令该单位说明情况并通报")

    status: Resolved
    resolution: Reason
    inspection_id: UUID | None = Field(default=None, description="The filing it went by, if there was one.")


class UnfiledReportRead(BaseModel):
    id: UUID
    code: str
    region_code: str
    enterprise_id: UUID
    unit_id: UUID | None
    unit_name: str
    came_on: date
    description: str
    status: ReportStatus
    reported_on: date
    reported_at: AwareDatetime
    resolution: str
    inspection_id: UUID | None
    resolved_at: AwareDatetime | None
    resolved_by: str | None
    version: int
    updated_at: AwareDatetime
