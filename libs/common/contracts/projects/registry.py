"""The registry on compacted topics: regions, units, people, enterprises, credentials and the calendar."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.projects.owner import OWNER

REGION = Topic("projects.region.v1", OWNER, "Administrative divisions, latest state by code", compacted=True)
UNIT = Topic("projects.unit.v1", OWNER, "Offices and departments, latest state by id", compacted=True)
PERSON = Topic("projects.person.v1", OWNER, "People and their posts, latest state by id", compacted=True)
ENTERPRISE = Topic("projects.enterprise.v1", OWNER, "Enterprises, latest state by id", compacted=True)
CREDENTIAL = Topic("projects.credential.v1", OWNER, "Signing keys, API key hashes and revocations", compacted=True)
CALENDAR = Topic("projects.calendar.v1", OWNER, "Overrides of the working-day calendar", compacted=True)


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


class SessionEndedV1(EventPayload):
    """A sign-in is over: its tokens are void. After ``not_after`` none of them would live anyway."""

    event_type: ClassVar[str] = "projects.session.ended.v1"
    topic: ClassVar[Topic] = CREDENTIAL

    session_id: UUID
    account_id: UUID
    not_after: Instant


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


EVENTS: tuple[type[EventPayload], ...] = (
    RegionRecordedV1,
    UnitRecordedV1,
    PersonRecordedV1,
    EnterpriseRecordedV1,
    SigningKeyRecordedV1,
    ApiKeyRecordedV1,
    AccountRevokedV1,
    SessionEndedV1,
    CalendarDayRecordedV1,
)
