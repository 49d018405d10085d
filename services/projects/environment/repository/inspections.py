"""SQL of inspections."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, cast, exists, null, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.projects import Stage
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.environment.domain.inspections import InspectionStatus
from services.projects.environment.domain.limits import Earlier, InspectionKind
from services.projects.environment.domain.quiet_days import ExemptionGround, ParkStay
from services.projects.environment.domain.unfiled import ReportStatus
from services.projects.environment.tables.inspections import (
    InspectionRow,
    InspectionUnitRow,
    UnfiledInspectionRow,
)
from services.projects.ledger.tables import ProjectRow
from services.projects.parks.tables import ParkRow, TenantRow
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

# What an enterprise is or was visited by.
STANDING = (InspectionStatus.APPROVED.value, InspectionStatus.CARRIED_OUT.value)


def _takes_part(column: Any, unit_id: Any) -> Any:
    return exists().where(
        col(InspectionUnitRow.inspection_id) == column, col(InspectionUnitRow.unit_id) == unit_id
    )


INSPECTIONS = Listing(
    fields={
        "id": FilterField(col(InspectionRow.id), UUID),
        "code": FilterField(col(InspectionRow.code)),
        "region_code": region_filter(col(InspectionRow.region_code)),
        "enterprise_id": FilterField(col(InspectionRow.enterprise_id), UUID),
        "unit_id": FilterField(col(InspectionRow.unit_id), UUID),
        "participant": FilterField(col(InspectionRow.id), UUID, frozenset(), own={"eq": _takes_part}),
        "kind": FilterField(col(InspectionRow.kind), InspectionKind),
        "status": FilterField(col(InspectionRow.status), InspectionStatus),
        "exempt_ground": FilterField(col(InspectionRow.exempt_ground), ExemptionGround),
        "planned_from": FilterField(col(InspectionRow.planned_from), date),
        "planned_to": FilterField(col(InspectionRow.planned_to), date),
        "filed_on": FilterField(col(InspectionRow.filed_on), date),
        "filed_at": FilterField(col(InspectionRow.filed_at), datetime),
        "carried_out_on": FilterField(col(InspectionRow.carried_out_on), date),
    },
    sortable=("code", "planned_from", "filed_at", "carried_out_on"),
    default_sort="-filed_at",
)
UNFILED = Listing(
    fields={
        "id": FilterField(col(UnfiledInspectionRow.id), UUID),
        "code": FilterField(col(UnfiledInspectionRow.code)),
        "region_code": region_filter(col(UnfiledInspectionRow.region_code)),
        "enterprise_id": FilterField(col(UnfiledInspectionRow.enterprise_id), UUID),
        "unit_id": FilterField(col(UnfiledInspectionRow.unit_id), UUID),
        "status": FilterField(col(UnfiledInspectionRow.status)),
        "came_on": FilterField(col(UnfiledInspectionRow.came_on), date),
        "reported_on": FilterField(col(UnfiledInspectionRow.reported_on), date),
    },
    sortable=("code", "came_on", "reported_on"),
    default_sort="-reported_on",
)


async def find_enterprise(session: AsyncSession, enterprise_id: UUID) -> EnterpriseRow | None:
    """None for one that was deleted, too."""
    row = await session.get(EnterpriseRow, enterprise_id)
    return None if row is None or row.deleted_at is not None else row


async def stays_of(session: AsyncSession, enterprise_id: UUID) -> tuple[ParkStay, ...]:
    """The parks in which the enterprise is a tenant, for as long as it is one, or has a project not terminated."""
    park = (col(ParkRow.code), col(ParkRow.name), col(ParkRow.closed_managed_since))
    no_day = cast(null(), Date)
    tenancies = (
        select(*park, col(TenantRow.from_on), col(TenantRow.to_on))
        .join(TenantRow, col(TenantRow.park_id) == col(ParkRow.id))
        .where(col(TenantRow.enterprise_id) == enterprise_id)
    )
    projects = (
        select(*park, no_day, no_day)
        .join(ProjectRow, col(ProjectRow.park_code) == col(ParkRow.code))
        .where(col(ProjectRow.enterprise_id) == enterprise_id, col(ProjectRow.stage) != Stage.TERMINATED.value)
    )
    rows: Any = await session.execute(union(tenancies, projects))
    return tuple(ParkStay(*row) for row in rows)


async def find_inspection(
    session: AsyncSession, inspection_id: UUID, *, lock: bool = False
) -> InspectionRow | None:
    statement = select(InspectionRow).where(col(InspectionRow.id) == inspection_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def find_unfiled(
    session: AsyncSession, report_id: UUID, *, lock: bool = False
) -> UnfiledInspectionRow | None:
    statement = select(UnfiledInspectionRow).where(col(UnfiledInspectionRow.id) == report_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def units_of(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, list[InspectionUnitRow]]:
    """The units that take part, the leading one first."""
    statement = (
        select(InspectionUnitRow)
        .where(col(InspectionUnitRow.inspection_id).in_(list(ids)))
        .order_by(col(InspectionUnitRow.position))
    )
    found: dict[UUID, list[InspectionUnitRow]] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.inspection_id, []).append(row)
    return found


async def earlier_of(session: AsyncSession, enterprise_id: UUID, first: date, last: date) -> list[Earlier]:
    """What counts against limits: standing inspections of the enterprise, those that were exempted left out."""
    statement = select(InspectionRow).where(
        col(InspectionRow.enterprise_id) == enterprise_id,
        col(InspectionRow.planned_from).between(first, last),
        col(InspectionRow.status).in_(STANDING),
        col(InspectionRow.is_exempted).is_(False),
    )
    rows = (await session.scalars(statement)).all()
    units = await units_of(session, [row.id for row in rows])
    return [
        Earlier(
            row.id,
            InspectionKind(row.kind),
            row.planned_from,
            frozenset(unit.unit_id for unit in units.get(row.id, [])),
        )
        for row in rows
    ]


async def standing_on(session: AsyncSession, enterprise_id: UUID, unit_id: UUID, on: date) -> InspectionRow | None:
    """A standing inspection of the enterprise in which the unit takes part on the day."""
    statement = (
        select(InspectionRow)
        .where(
            col(InspectionRow.enterprise_id) == enterprise_id,
            col(InspectionRow.status).in_(STANDING),
            col(InspectionRow.planned_from) <= on,
            col(InspectionRow.planned_to) >= on,
            _takes_part(col(InspectionRow.id), unit_id),
        )
        .order_by(col(InspectionRow.id))
    )
    return (await session.scalars(statement)).first()


async def list_inspections(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """Rows; the units come by :func:`units_of`."""
    statement = select(InspectionRow).where(
        region_scope(col(InspectionRow.region_code), principal),
        enterprise_scope(col(InspectionRow.enterprise_id), principal),
    )
    return await query.page(session, statement)


async def list_unfiled(
    session: AsyncSession, principal: Principal, query: ListQuery
) -> Page[UnfiledInspectionRow]:
    statement = select(UnfiledInspectionRow).where(
        region_scope(col(UnfiledInspectionRow.region_code), principal),
        enterprise_scope(col(UnfiledInspectionRow.enterprise_id), principal),
    )
    return await query.page(session, statement)


async def find_report_of(
    session: AsyncSession, enterprise_id: UUID, unit_id: UUID, came_on: date
) -> UnfiledInspectionRow | None:
    """A report of the unit's visit on the day that was not dismissed."""
    statement = select(UnfiledInspectionRow).where(
        col(UnfiledInspectionRow.enterprise_id) == enterprise_id,
        col(UnfiledInspectionRow.unit_id) == unit_id,
        col(UnfiledInspectionRow.came_on) == came_on,
        col(UnfiledInspectionRow.status) != ReportStatus.DISMISSED.value,
    )
    return (await session.scalars(statement)).first()
