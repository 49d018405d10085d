"""Events of the projects service: the registry on compacted topics, the ledger, and its conditions."""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic

OWNER = "projects"

REGION = Topic("projects.region.v1", OWNER, "Administrative divisions, latest state by code", compacted=True)
UNIT = Topic("projects.unit.v1", OWNER, "Offices and departments, latest state by id", compacted=True)
PERSON = Topic("projects.person.v1", OWNER, "People and their posts, latest state by id", compacted=True)
ENTERPRISE = Topic("projects.enterprise.v1", OWNER, "Enterprises, latest state by id", compacted=True)
CREDENTIAL = Topic("projects.credential.v1", OWNER, "Signing keys, API key hashes and revocations", compacted=True)
CALENDAR = Topic("projects.calendar.v1", OWNER, "Overrides of the working-day calendar", compacted=True)
PROJECT = Topic("projects.project.v1", OWNER, "What happens to investment projects")
CONDITION = Topic("projects.condition.v1", OWNER, "Overdue and stalled projects, opened and cleared")


class RegionRecordedV1(EventPayload):
    """State of one division; ``code`` by GB/T 2260 (6 digits) or with the township's 9 digits."""

    event_type: ClassVar[str] = "projects.region.recorded.v1"
    topic: ClassVar[Topic] = REGION

    code: str
    name: str
    # Where alerts go when the unit concerned is unknown: a post, filled by the region's people.
    default_post: str = "officer"


class UnitRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.unit.recorded.v1"
    topic: ClassVar[Topic] = UNIT

    unit_id: UUID
    code: str
    name: str
    region_code: str


class PersonRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.person.recorded.v1"
    topic: ClassVar[Topic] = PERSON

    person_id: UUID
    name: str
    unit_id: UUID
    region_code: str
    # officer, leader, supervision_group, leading_group: the rungs of the escalation ladder (S28).
    post: str
    email: str | None = None
    phone: str | None = None
    active: bool = True


class EnterpriseRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.enterprise.recorded.v1"
    topic: ClassVar[Topic] = ENTERPRISE

    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    key_energy_user: bool = False


class SigningKeyRecordedV1(EventPayload):
    """Public half of an issuer key; services verify tokens with it while projects is down."""

    event_type: ClassVar[str] = "projects.signing_key.recorded.v1"
    topic: ClassVar[Topic] = CREDENTIAL

    kid: str
    public_jwk: dict[str, str]
    not_after: Instant | None = None


class ApiKeyRecordedV1(EventPayload):
    """Hash and grants of a machine's key; ``meter_nos`` bounds a feed key (null: all of its region)."""

    event_type: ClassVar[str] = "projects.api_key.recorded.v1"
    topic: ClassVar[Topic] = CREDENTIAL

    key_id: UUID
    name: str
    key_hash: str
    role: str
    scopes: tuple[str, ...]
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: tuple[str, ...] | None = None
    expires_at: Instant | None = None
    revoked_at: Instant | None = None


class AccountRevokedV1(EventPayload):
    """Tokens of the account issued before ``not_before`` are void (sign-out, lock, changed grants)."""

    event_type: ClassVar[str] = "projects.account.revoked.v1"
    topic: ClassVar[Topic] = CREDENTIAL

    account_id: UUID
    not_before: Instant


def declares_year(on: date) -> bool:
    """Whether the record of this day says that the whole notice of its year is recorded: 1 January does."""
    return (on.month, on.day) == (1, 1)


class CalendarDayRecordedV1(EventPayload):
    """One day that differs from the known calendar.

    The record of a 1 January also declares its year known: days of it without a record are then weekends or
    worked. New Year's Day is in every notice; whoever enters a notice records it last. Its tombstone withdraws
    the declaration.
    """

    event_type: ClassVar[str] = "projects.calendar_day.recorded.v1"
    topic: ClassVar[Topic] = CALENDAR

    on: date
    working: bool
    note: str = ""


class Stage(StrEnum):
    """Stages of a project (S2); the Chinese terms stand in the ledger's domain."""

    PLANNED = "planned"
    SIGNED = "signed"
    STARTED = "started"
    COMPLETED = "completed"
    IN_PRODUCTION = "in_production"
    AT_CAPACITY = "at_capacity"
    OPENED = "opened"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class ProjectRegisteredV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.registered.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    kind: str
    region_code: str
    total_investment_yuan: int | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class ProjectAmendedV1(EventPayload):
    """Facts changed outside of the lifecycle; the payload is the state after it, ``fields`` names what changed."""

    event_type: ClassVar[str] = "projects.project.amended.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    kind: str
    region_code: str
    total_investment_yuan: int | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    fields: tuple[str, ...] = ()


class ProjectStageEnteredV1(EventPayload):
    """A step of the lifecycle, forwards or as a recorded reversal (then ``reversal_reason`` is set).

    ``reason`` says why a project was suspended, resumed or terminated.
    """

    event_type: ClassVar[str] = "projects.project.stage_entered.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    name: str
    from_stage: Stage
    stage: Stage
    on: date
    reversal_reason: str | None = None
    reason: str | None = None


class ProjectReplannedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.replanned.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    milestone: str
    original_on: date
    previous_on: date
    planned_on: date
    reason: str


class ProjectProgressRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.progress_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    on: date
    percent: float
    note: str = ""


class ProjectInvestmentRecordedV1(EventPayload):
    event_type: ClassVar[str] = "projects.project.investment_recorded.v1"
    topic: ClassVar[Topic] = PROJECT

    project_id: UUID
    code: str
    month: date
    amount_yuan: int


ProjectConditionKind = Literal["start_overdue", "capacity_overdue", "stalled"]


class ProjectConditionOpenedV1(EventPayload):
    """A project is overdue or stalled; the figures explain why in the reader's own language."""

    event_type: ClassVar[str] = "projects.condition.opened.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ProjectConditionKind
    project_id: UUID
    project_code: str
    project_name: str
    opened_on: date
    # The date that was missed, or the last sign of life of a stalled project.
    reference_on: date
    days: int
    threshold_days: int
    # 1 a deadline missed, 2 missed by far (three months in the shipped rule).
    level: int = 1
    planned_percent: float | None = None
    actual_percent: float | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


class ProjectConditionClearedV1(EventPayload):
    event_type: ClassVar[str] = "projects.condition.cleared.v1"
    topic: ClassVar[Topic] = CONDITION

    condition_id: UUID
    kind: ProjectConditionKind
    project_id: UUID
    project_code: str
    project_name: str
    cleared_on: date
    reason: str
