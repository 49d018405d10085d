"""Cases of the licence agency centre (S30): several matters for one applicant."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

AGENCY_CASE = Topic("projects.agency_case.v1", OWNER, "Cases of the licence agency centre and their matters")


class AgencyCaseOpenedV1(EventPayload):
    event_type: ClassVar[str] = "projects.agency_case.opened.v1"
    topic: ClassVar[Topic] = AGENCY_CASE

    case_id: UUID
    code: str
    title: str
    items: int
    expected_finish_on: date
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    agent_person_id: UUID | None = None


class AgencyCaseAmendedV1(EventPayload):
    """Facts, matters, documents or dependencies changed; ``fields`` names what, ``item`` the matter's key."""

    event_type: ClassVar[str] = "projects.agency_case.amended.v1"
    topic: ClassVar[Topic] = AGENCY_CASE

    case_id: UUID
    code: str
    item: str | None = None
    fields: tuple[str, ...]
    expected_finish_on: date


class AgencyItemStartedV1(EventPayload):
    """All it waited for is done and its documents are in: the unit's clock runs to ``due_on``."""

    event_type: ClassVar[str] = "projects.agency_case.item_started.v1"
    topic: ClassVar[Topic] = AGENCY_CASE

    case_id: UUID
    code: str
    item_id: UUID
    item: str
    matter: str
    unit_id: UUID
    started_on: date
    due_on: date


class AgencyItemFinishedV1(EventPayload):
    """``status``: finished, dropped (not needed after all), or reopened, which takes one of these back."""

    event_type: ClassVar[str] = "projects.agency_case.item_finished.v1"
    topic: ClassVar[Topic] = AGENCY_CASE

    case_id: UUID
    code: str
    item_id: UUID
    item: str
    matter: str
    unit_id: UUID
    status: str
    on: date
    outcome: str
    in_time: bool | None = None


class AgencyCaseFinishedV1(EventPayload):
    """All matters are done. ``status``: finished, or cancelled with its reason as ``note``."""

    event_type: ClassVar[str] = "projects.agency_case.finished.v1"
    topic: ClassVar[Topic] = AGENCY_CASE

    case_id: UUID
    code: str
    status: str
    on: date
    note: str = ""


EVENTS: tuple[type[EventPayload], ...] = (
    AgencyCaseOpenedV1,
    AgencyCaseAmendedV1,
    AgencyItemStartedV1,
    AgencyItemFinishedV1,
    AgencyCaseFinishedV1,
)
