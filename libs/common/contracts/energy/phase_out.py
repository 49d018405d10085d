"""Phase-out: standards, enterprises and equipment below them, from listing to passing or closure (S20)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.energy.owner import OWNER

PHASE_OUT = Topic(
    "energy.phase_out.v1", OWNER, "Enterprises and equipment below standard: listed, replanned, decided, closed"
)


class PhaseOutPayload(EventPayload):
    """A case as it is at the time of the event. ``required`` and ``measured`` share ``unit``."""

    topic: ClassVar[Topic] = PHASE_OUT

    case_id: UUID
    number: str
    enterprise_id: UUID
    credit_code: str
    enterprise_name: str
    region_code: str
    standard_id: UUID
    standard_code: str
    standard_name: str
    title: str
    status: str
    listed_on: date
    deadline_on: date
    original_deadline_on: date
    required: float | None = None
    measured: float | None = None
    unit: str | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class PhaseOutListedV1(PhaseOutPayload):
    event_type: ClassVar[str] = "energy.phase_out.listed.v1"


class PhaseOutAmendedV1(PhaseOutPayload):
    """``changed`` names what is other: facts of the case, ``items``, ``evidence``, ``grants``."""

    event_type: ClassVar[str] = "energy.phase_out.amended.v1"

    changed: tuple[str, ...]


class PhaseOutReplannedV1(PhaseOutPayload):
    """A date is another one, with the reason; ``milestone`` is absent for the deadline itself."""

    event_type: ClassVar[str] = "energy.phase_out.replanned.v1"

    milestone: str | None = None
    before_on: date | None = None
    after_on: date
    reason: str


class PhaseOutMilestoneReachedV1(PhaseOutPayload):
    event_type: ClassVar[str] = "energy.phase_out.milestone_reached.v1"

    milestone: str
    planned_on: date
    reached_on: date


class PhaseOutInspectedV1(PhaseOutPayload):
    """``conclusion``: met, not_met, cannot_tell."""

    event_type: ClassVar[str] = "energy.phase_out.inspected.v1"

    inspection_id: UUID
    inspected_on: date
    conclusion: str
    findings: str


class PhaseOutDecidedV1(PhaseOutPayload):
    """``verdict``: passed, extended, close. An extension names the new deadline."""

    event_type: ClassVar[str] = "energy.phase_out.decided.v1"

    verdict_id: UUID
    verdict: str
    decided_on: date
    reason: str
    new_deadline_on: date | None = None


class PhaseOutClosureAdvancedV1(PhaseOutPayload):
    """A closure order was issued, served, executed, verified or withdrawn: ``step`` on day ``on``."""

    event_type: ClassVar[str] = "energy.phase_out.closure_advanced.v1"

    order_id: UUID
    order_number: str
    step: str
    on: date
    execute_by: date
    note: str | None = None


class PhaseOutRunningCheckedV1(PhaseOutPayload):
    """Whether the meters show that what was closed runs: ``running``, ``stopped`` or ``cannot_tell``."""

    event_type: ClassVar[str] = "energy.phase_out.running_checked.v1"

    order_id: UUID
    first: date
    last: date
    result: str
    reason: str | None = None
    completeness: float | None = None
    highest_kw: float | None = None
    threshold_kw: float | None = None


class PhaseOutWithdrawnV1(PhaseOutPayload):
    """The case never was one."""

    event_type: ClassVar[str] = "energy.phase_out.withdrawn.v1"

    reason: str


EVENTS: tuple[type[EventPayload], ...] = (
    PhaseOutListedV1,
    PhaseOutAmendedV1,
    PhaseOutReplannedV1,
    PhaseOutMilestoneReachedV1,
    PhaseOutInspectedV1,
    PhaseOutDecidedV1,
    PhaseOutClosureAdvancedV1,
    PhaseOutRunningCheckedV1,
    PhaseOutWithdrawnV1,
)
