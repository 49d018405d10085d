"""A case (办件) as it stands: who asks, who answers for it, its papers, its days, its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.approvals.domain.clock import Clock, Pause
from services.projects.approvals.domain.matters import AuthorityLevel, Matter


class CaseStatus(StrEnum):
    """申请 draft, 受理 accepted, 暂停计时 paused, 办结 decided."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    PAUSED = "paused"
    DECIDED = "decided"


class CaseOutcome(StrEnum):
    """准予 granted, 不予许可 refused, 撤回申请 withdrawn, 不予受理 not accepted."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A paper of the checklist; ``reference`` says where it is kept."""

    code: str
    name: str
    required: bool = True
    received_on: date | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the matter says on the day of acceptance; a later change of the matter does not touch the case."""

    promised_days: int
    statutory_days: int
    due_soon_days: int
    green_days: int | None

    @classmethod
    def of(cls, matter: Matter) -> Terms:
        return cls(
            promised_days=matter.promised_days,
            statutory_days=matter.statutory_days,
            due_soon_days=matter.due_soon_days,
            green_days=matter.green_promised_days,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """State of one case.

    ``first_contact_person_id`` is who received it first and stays named (首问负责制); ``owner_person_id``
    answers for it now. ``agent_person_id`` runs the errands for the applicant (审批代办). ``terms`` are known from
    acceptance on. ``lacking_reason`` says why it was accepted with papers missing (容缺受理).
    """

    id: UUID
    code: str
    matter_code: str
    matter_name: str
    authority_level: AuthorityLevel
    region_code: str
    applied_on: date
    project_id: UUID | None = None
    enterprise_id: UUID | None = None
    unit_id: UUID | None = None
    summary: str = ""
    status: CaseStatus = CaseStatus.DRAFT
    first_contact_person_id: UUID | None = None
    owner_person_id: UUID | None = None
    agent_person_id: UUID | None = None
    requires_gate: bool = False
    green_reason: str | None = None
    lacking_reason: str | None = None
    terms: Terms | None = None
    accepted_on: date | None = None
    documents: tuple[CaseDocument, ...] = ()
    pauses: tuple[Pause, ...] = ()
    outcome: CaseOutcome | None = None
    decided_on: date | None = None
    decision_reason: str | None = None
    decision_document: str | None = None

    @property
    def is_green(self) -> bool:
        """Whether the case runs in the green channel (绿色通道)."""
        return self.green_reason is not None

    @property
    def promised_days(self) -> int | None:
        """Working days promised, by the green channel where the case runs in it."""
        if self.terms is None:
            return None
        return self.terms.green_days if self.is_green and self.terms.green_days else self.terms.promised_days

    @property
    def clock(self) -> Clock | None:
        """The case's clock; None before acceptance."""
        if self.accepted_on is None or self.terms is None or self.promised_days is None:
            return None
        return Clock(
            accepted_on=self.accepted_on,
            promised_days=self.promised_days,
            statutory_days=self.terms.statutory_days,
            due_soon_days=self.terms.due_soon_days,
            pauses=self.pauses,
        )

    @property
    def running_pause(self) -> Pause | None:
        return next((pause for pause in self.pauses if pause.to_on is None), None)

    @property
    def missing_documents(self) -> tuple[CaseDocument, ...]:
        return tuple(paper for paper in self.documents if paper.required and paper.received_on is None)
