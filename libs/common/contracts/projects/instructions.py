"""Instructions of leaders that became tracked matters (S28, 批示 and 督办件)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

INSTRUCTION = Topic("projects.instruction.v1", OWNER, "Leaders' instructions, from issuing to closing")


class _InstructionState(EventPayload):
    """The instruction after what the event tells; ``note`` is the feedback, reason or report of this step.

    ``subject_type`` is project, problem, decision, approval, alert or figure; ``subject_id`` is null for a figure.
    """

    instruction_id: UUID
    number: str
    subject_type: str
    subject_id: UUID | None = None
    subject_name: str
    project_id: UUID | None = None
    text: str
    status: str
    lead_unit_id: UUID
    assisting_unit_ids: tuple[UUID, ...] = ()
    owner_person_id: UUID | None = None
    instructed_by_person_id: UUID | None = None
    due_on: date
    note: str = ""


class InstructionIssuedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.issued.v1"
    topic: ClassVar[Topic] = INSTRUCTION


class InstructionAmendedV1(_InstructionState):
    """Units, person or deputies changed; ``action`` names it."""

    event_type: ClassVar[str] = "projects.instruction.amended.v1"
    topic: ClassVar[Topic] = INSTRUCTION

    action: str


class InstructionFedBackV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.fed_back.v1"
    topic: ClassVar[Topic] = INSTRUCTION


class InstructionExtensionRequestedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.extension_requested.v1"
    topic: ClassVar[Topic] = INSTRUCTION

    extension_id: UUID
    until: date


class InstructionExtendedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.extended.v1"
    topic: ClassVar[Topic] = INSTRUCTION

    extension_id: UUID
    previous_due_on: date


class InstructionExtensionRefusedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.extension_refused.v1"
    topic: ClassVar[Topic] = INSTRUCTION

    extension_id: UUID


class InstructionRemindedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.reminded.v1"
    topic: ClassVar[Topic] = INSTRUCTION


class InstructionReportedV1(_InstructionState):
    """The lead unit reports completion; whoever instructed closes it or returns it."""

    event_type: ClassVar[str] = "projects.instruction.reported.v1"
    topic: ClassVar[Topic] = INSTRUCTION


class InstructionReturnedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.returned.v1"
    topic: ClassVar[Topic] = INSTRUCTION


class InstructionClosedV1(_InstructionState):
    event_type: ClassVar[str] = "projects.instruction.closed.v1"
    topic: ClassVar[Topic] = INSTRUCTION


EVENTS: tuple[type[EventPayload], ...] = (
    InstructionIssuedV1,
    InstructionAmendedV1,
    InstructionFedBackV1,
    InstructionExtensionRequestedV1,
    InstructionExtendedV1,
    InstructionExtensionRefusedV1,
    InstructionRemindedV1,
    InstructionReportedV1,
    InstructionReturnedV1,
    InstructionClosedV1,
)
