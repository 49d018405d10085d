"""What happens to a case, in the API: evidence, inspections, verdicts, closure, grants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.phase_out.domain.case import Conclusion, Step, Verdict
from services.energy.phase_out.domain.running import Running, Untold
from services.energy.phase_out.schemas import (
    CaseRead,
    DaysLeftRead,
    Figure,
    ItemRead,
    Long,
    MilestoneRead,
    Name,
    ReplanRead,
    Text40,
    example,
)
from services.energy.phase_out.service.closing import OrderFacts
from services.energy.phase_out.service.deciding import InspectionFacts, VerdictFacts
from services.energy.phase_out.service.evidence import EvidenceFacts, EvidenceKind
from services.energy.phase_out.service.grants import GrantFacts, GrantKind
from services.energy.phase_out.standard_schemas import StandardRead

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Yuan = Annotated[int, Field(gt=0, le=10**12)]


class ReferenceWrite(BaseModel):
    """Evidence that is kept elsewhere."""

    model_config = ConfigDict(extra="forbid")

    kind: EvidenceKind
    title: Name
    reference: Annotated[str, Field(min_length=1, max_length=500, description="Number, address or document id.")]
    sha256: Digest | None = None
    taken_on: date | None = None
    milestone_id: UUID | None = None
    item_id: UUID | None = None

    def facts(self) -> EvidenceFacts:
        return EvidenceFacts(self.kind, self.title, self.taken_on, self.milestone_id, self.item_id)


class EvidenceRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    milestone_id: UUID | None
    item_id: UUID | None
    kind: EvidenceKind
    title: str
    taken_on: date | None
    content_sha256: str | None
    media_type: str | None
    size_bytes: int | None
    reference: str | None
    reference_sha256: str | None
    enterprise_id: UUID | None = Field(description="The enterprise whose account handed it in.")
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class InspectionWrite(BaseModel):
    model_config = example(
        inspected_on="2026-09-10",
        inspectors=["王工", "李工"],
        findings="2号炉已拆除，1号炉在运行",
        measured=3200,
        is_running=True,
    )

    inspected_on: date
    inspectors: list[Name] = Field(min_length=1, max_length=20)
    findings: Long
    measured: Figure | None = None
    is_running: bool | None = None
    conclusion: Conclusion | None = Field(default=None, description="By the measured figure if left out.")

    def facts(self) -> InspectionFacts:
        return InspectionFacts(
            self.inspected_on,
            tuple(self.inspectors),
            self.findings,
            self.measured,
            self.is_running,
            self.conclusion,
        )


class InspectionRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    inspected_on: date
    inspectors: list[str]
    findings: str
    measured: float | None
    is_running: bool | None
    conclusion: Conclusion
    recorded_at: datetime
    recorded_by: str


class VerdictWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    decided_on: date
    reason: Long
    document_no: Name | None = None
    new_deadline_on: date | None = Field(default=None, description="Of an extension.")

    def facts(self) -> VerdictFacts:
        extended_to = self.new_deadline_on if self.verdict is Verdict.EXTENDED else None
        return VerdictFacts(self.verdict, self.decided_on, self.reason, self.document_no, extended_to)


class VerdictRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    verdict: Verdict
    decided_on: date
    reason: str
    document_no: str | None
    new_deadline_on: date | None
    recorded_at: datetime
    recorded_by: str


class OrderWrite(BaseModel):
    model_config = example(
        number="通政关〔2026〕3号",
        issuer="通山县人民政府",
        scope="1号、2号矿热炉及其供电线路",
        issued_on="2026-09-14",
        execute_by="2026-09-30",
    )

    number: Name
    issuer: Name
    scope: Long
    issued_on: date
    execute_by: date
    meter_nos: Annotated[
        list[Annotated[str, Field(pattern=METER_NO_PATTERN)]] | None, Field(min_length=1, max_length=200)
    ] = Field(default=None, description="What must stand still; everything of the enterprise if left out.")

    def facts(self) -> OrderFacts:
        meters = None if self.meter_nos is None else tuple(dict.fromkeys(self.meter_nos))
        return OrderFacts(self.number, self.issuer, self.scope, self.issued_on, self.execute_by, meters)


class StepWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    step: Annotated[Step, Field(description="served, executed, verified or withdrawn.")]
    on: date
    note: Long | None = Field(default=None, description="Demanded of a withdrawal, and where meters cannot tell.")


class OrderRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    issuer: str
    scope: str
    meter_nos: list[str] | None
    issued_on: date
    execute_by: date
    served_on: date | None
    served_note: str | None
    executed_on: date | None
    executed_note: str | None
    verified_on: date | None
    verified_note: str | None
    withdrawn_on: date | None
    withdrawn_reason: str | None
    running: Running | None
    running_checked_on: date | None
    version: int


class RunningRead(BaseModel):
    """Whether the meters show that it runs, with the figures behind the answer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    order_id: UUID
    first_day: date
    last_day: date
    result: Running
    reason: Untold | None
    meters: list[str]
    usual_kw: float | None
    threshold_kw: float
    highest_kw: float | None
    mean_kw: float | None
    completeness: float
    slots_above: int
    slots: int
    checked_at: datetime


class GrantWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: GrantKind
    amount_yuan: Yuan
    decided_on: date
    reason: Long
    document_no: Name | None = None

    def facts(self) -> GrantFacts:
        return GrantFacts(self.kind, self.amount_yuan, self.decided_on, self.reason, self.document_no)


class PaymentWrite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    yuan: Yuan
    paid_on: date
    document_no: Text40 | None = None


class GrantWithdrawal(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: date
    reason: Long


class GrantRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: GrantKind
    amount_yuan: int
    paid_yuan: int
    decided_on: date
    document_no: str | None
    reason: str
    withdrawn_on: date | None
    withdrawn_reason: str | None
    version: int


class CaseDetail(CaseRead):
    """A case with everything that belongs to it."""

    standard: StandardRead
    days_left: DaysLeftRead | None = Field(description="Of an open case.")
    items: list[ItemRead]
    milestones: list[MilestoneRead]
    replans: list[ReplanRead]
    evidence: list[EvidenceRead]
    inspections: list[InspectionRead]
    verdicts: list[VerdictRead]
    orders: list[OrderRead]
    running_checks: list[RunningRead]
    grants: list[GrantRead]
