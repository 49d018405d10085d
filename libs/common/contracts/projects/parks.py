"""Parks, their sites and tenants, and who may count what they bring (S10)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

PARK = Topic("projects.park.v1", OWNER, "Parks, latest state by id", compacted=True)
SITE = Topic("projects.site.v1", OWNER, "Parcels and plants as they are registered, amended and reserved")
TENANT = Topic("projects.tenant.v1", OWNER, "Who moves into parks and leaves, and what tenants bring a month")
ATTRIBUTION = Topic("projects.attribution.v1", OWNER, "Which regions count what a tenant or project brings")


class ParkRecordedV1(EventPayload):
    """State of one park; ``closed_managed_since`` is the first day of closed management (封闭管理)."""

    event_type: ClassVar[str] = "projects.park.recorded.v1"
    topic: ClassVar[Topic] = PARK

    park_id: UUID
    code: str
    name: str
    region_code: str
    level: str
    area_mu: float | None = None
    industries: tuple[str, ...] = ()
    unit_id: UUID | None = None
    closed_managed_since: date | None = None


class SiteRecordedV1(EventPayload):
    """State of a parcel (亩) or a plant (㎡ of floor); who is on it say the events of tenants."""

    event_type: ClassVar[str] = "projects.site.recorded.v1"
    topic: ClassVar[Topic] = SITE

    site_id: UUID
    kind: str
    number: str
    name: str
    park_id: UUID | None = None
    region_code: str
    area_mu: float | None = None
    floor_area_m2: float | None = None
    reserved_for: str | None = None
    reserved_until: date | None = None


class TenantMovedInV1(EventPayload):
    """A tenant came, or took more sites; the payload is the state after it."""

    event_type: ClassVar[str] = "projects.tenant.moved_in.v1"
    topic: ClassVar[Topic] = TENANT

    tenant_id: UUID
    park_id: UUID | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    from_on: date
    to_on: date | None = None
    site_ids: tuple[UUID, ...] = ()


class TenantLeftV1(EventPayload):
    """``to_on`` is the tenant's last day; it may lie ahead."""

    event_type: ClassVar[str] = "projects.tenant.left.v1"
    topic: ClassVar[Topic] = TENANT

    tenant_id: UUID
    park_id: UUID | None = None
    to_on: date
    reason: str


class TenantFiguresRecordedV1(EventPayload):
    """A month of a tenant; a figure that is null is not known. A higher revision corrects."""

    event_type: ClassVar[str] = "projects.tenant.figures_recorded.v1"
    topic: ClassVar[Topic] = TENANT

    tenant_id: UUID
    month: date
    revision: int
    output_yuan: int | None = None
    value_added_yuan: int | None = None
    tax_yuan: int | None = None
    jobs: int | None = None


class AttributionShare(BaseModel):
    """10,000 basis points are the whole."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    region_code: str
    basis_points: int


class AttributionSetV1(EventPayload):
    """Shares of one subject and measure for a time, stated anew with a higher version when their end moves."""

    event_type: ClassVar[str] = "projects.attribution.set.v1"
    topic: ClassVar[Topic] = ATTRIBUTION

    attribution_id: UUID
    measure: str
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    shares: tuple[AttributionShare, ...]
    reason: str = ""


EVENTS: tuple[type[EventPayload], ...] = (
    ParkRecordedV1,
    SiteRecordedV1,
    TenantMovedInV1,
    TenantLeftV1,
    TenantFiguresRecordedV1,
    AttributionSetV1,
)
