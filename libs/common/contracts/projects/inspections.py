"""Inspections of enterprises (S30): filed, decided, carried out; and those that nobody filed."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

INSPECTION = Topic("projects.inspection.v1", OWNER, "Inspections of enterprises, filed beforehand")
UNFILED_INSPECTION = Topic(
    "projects.unfiled_inspection.v1", OWNER, "Inspections that enterprises report as not filed"
)


class InspectionFiledV1(EventPayload):
    """An authority filed an inspection. ``status``: approved, refused, or awaiting_approval by a person.

    ``unit_ids`` are all units that take part, the leading one first. ``refusal_reasons``: quiet_day, closed_park,
    frequency. ``exempt_ground``: safety, environment, emergency.
    """

    event_type: ClassVar[str] = "projects.inspection.filed.v1"
    topic: ClassVar[Topic] = INSPECTION

    inspection_id: UUID
    code: str
    enterprise_id: UUID
    unit_ids: tuple[UUID, ...]
    kind: str
    planned_from: date
    planned_to: date
    status: str
    refusal_reasons: tuple[str, ...] = ()
    exempt_ground: str | None = None


class InspectionDecidedV1(EventPayload):
    """A person decided on an inspection that claims an exempt ground. ``status``: approved or refused."""

    event_type: ClassVar[str] = "projects.inspection.decided.v1"
    topic: ClassVar[Topic] = INSPECTION

    inspection_id: UUID
    code: str
    enterprise_id: UUID
    status: str
    exempt_ground: str
    note: str
    decided_by: str


class InspectionJoinedV1(EventPayload):
    """Another unit takes part in an approved inspection instead of coming by itself."""

    event_type: ClassVar[str] = "projects.inspection.joined.v1"
    topic: ClassVar[Topic] = INSPECTION

    inspection_id: UUID
    code: str
    enterprise_id: UUID
    unit_id: UUID


class InspectionCarriedOutV1(EventPayload):
    """``result``: no_findings, rectification, referred, proceedings."""

    event_type: ClassVar[str] = "projects.inspection.carried_out.v1"
    topic: ClassVar[Topic] = INSPECTION

    inspection_id: UUID
    code: str
    enterprise_id: UUID
    on: date
    duration_minutes: int
    result: str
    rectify_by: date | None = None


class InspectionCancelledV1(EventPayload):
    event_type: ClassVar[str] = "projects.inspection.cancelled.v1"
    topic: ClassVar[Topic] = INSPECTION

    inspection_id: UUID
    code: str
    enterprise_id: UUID
    reason: str


class UnfiledInspectionReportedV1(EventPayload):
    """An enterprise says it was inspected without a filing; ``unit_id`` is null where it does not know by whom."""

    event_type: ClassVar[str] = "projects.unfiled_inspection.reported.v1"
    topic: ClassVar[Topic] = UNFILED_INSPECTION

    report_id: UUID
    code: str
    enterprise_id: UUID
    unit_id: UUID | None = None
    unit_name: str
    came_on: date


class UnfiledInspectionResolvedV1(EventPayload):
    """``status``: confirmed or dismissed."""

    event_type: ClassVar[str] = "projects.unfiled_inspection.resolved.v1"
    topic: ClassVar[Topic] = UNFILED_INSPECTION

    report_id: UUID
    code: str
    enterprise_id: UUID
    status: str
    resolution: str
    inspection_id: UUID | None = None


EVENTS: tuple[type[EventPayload], ...] = (
    InspectionFiledV1,
    InspectionDecidedV1,
    InspectionJoinedV1,
    InspectionCarriedOutV1,
    InspectionCancelledV1,
    UnfiledInspectionReportedV1,
    UnfiledInspectionResolvedV1,
)
