"""SQL of phase-out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, any_, cast, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.energy.metering.domain.meter import Quantity
from services.energy.metering.tables import MeterRow
from services.energy.phase_out.act_tables import (
    PhaseOutContentRow,
    PhaseOutGrantRow,
    PhaseOutOrderRow,
    PhaseOutRunningRow,
)
from services.energy.phase_out.domain.case import Status
from services.energy.phase_out.errors import CaseNotFound, CasePartNotFound
from services.energy.phase_out.tables import (
    PhaseOutCaseRow,
    PhaseOutMilestoneRow,
)
from services.energy.tables import EnergyTable

CASES: Final = Listing(
    fields={
        "id": FilterField(PhaseOutCaseRow.id, UUID),
        "number": FilterField(PhaseOutCaseRow.number, str),
        "title": FilterField(PhaseOutCaseRow.title, str),
        "enterprise_id": FilterField(PhaseOutCaseRow.enterprise_id, UUID),
        "enterprise_name": FilterField(PhaseOutCaseRow.enterprise_name, str),
        "credit_code": FilterField(PhaseOutCaseRow.credit_code, str),
        "region_code": FilterField(PhaseOutCaseRow.region_code, str),
        "standard_id": FilterField(PhaseOutCaseRow.standard_id, UUID),
        "standard_code": FilterField(PhaseOutCaseRow.standard_code, str),
        "status": FilterField(PhaseOutCaseRow.status, Status),
        "open": FilterField(col(PhaseOutCaseRow.ended_on).is_(None), bool, frozenset({"eq"})),
        "listed_on": FilterField(PhaseOutCaseRow.listed_on, date),
        "deadline_on": FilterField(PhaseOutCaseRow.deadline_on, date),
        "ended_on": FilterField(PhaseOutCaseRow.ended_on, date),
        "responsible_unit_id": FilterField(PhaseOutCaseRow.responsible_unit_id, UUID),
        "responsible_person_id": FilterField(PhaseOutCaseRow.responsible_person_id, UUID),
        "changed_at": FilterField(PhaseOutCaseRow.changed_at, datetime),
    },
    sortable=("deadline_on", "listed_on", "number", "changed_at"),
    default_sort="deadline_on",
)

PartT = TypeVar("PartT", bound=EnergyTable)


def visible(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(PhaseOutCaseRow.region_code), principal),
        enterprise_scope(col(PhaseOutCaseRow.enterprise_id), principal),
    )


async def list_cases(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[PhaseOutCaseRow]:
    page: Page[PhaseOutCaseRow] = await query.page(session, select(PhaseOutCaseRow).where(*visible(principal)))
    return page


async def all_cases(
    session: AsyncSession, principal: Principal, query: ListQuery, most: int
) -> list[PhaseOutCaseRow]:
    """Whatever the query's filters leave, in its order; ``most`` + 1 rows tell of more."""
    statement = (
        select(PhaseOutCaseRow)
        .where(*visible(principal), *query.conditions)
        .order_by(*(key.order() for key in query.keys))
    )
    return list(await session.scalars(statement.limit(most + 1)))


async def get_case(
    session: AsyncSession, principal: Principal, case_id: UUID, *, lock: bool = False
) -> PhaseOutCaseRow:
    """Raises CaseNotFound."""
    statement = select(PhaseOutCaseRow).where(col(PhaseOutCaseRow.id) == case_id, *visible(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.scalars(statement)).first()
    if row is None:
        raise CaseNotFound(case_id=case_id)
    return row


async def open_cases(session: AsyncSession, *, lock: bool = False) -> list[PhaseOutCaseRow]:
    """All that is still to be dealt with, ordered as locks are taken."""
    statement = (
        select(PhaseOutCaseRow).where(col(PhaseOutCaseRow.ended_on).is_(None)).order_by(col(PhaseOutCaseRow.id))
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(statement))


async def executed_cases(session: AsyncSession, since: date) -> list[PhaseOutCaseRow]:
    """Cases whose closure was executed: all that wait for verification, and those closed since a day; locked."""
    statement = (
        select(PhaseOutCaseRow)
        .where(
            or_(
                col(PhaseOutCaseRow.status) == Status.EXECUTED.value,
                and_(col(PhaseOutCaseRow.status) == Status.CLOSED.value, col(PhaseOutCaseRow.ended_on) >= since),
            )
        )
        .order_by(col(PhaseOutCaseRow.id))
    )
    return list(await session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


async def has_open_case(session: AsyncSession, enterprise_id: UUID, standard_code: str, title: str) -> bool:
    statement = select(col(PhaseOutCaseRow.id)).where(
        col(PhaseOutCaseRow.enterprise_id) == enterprise_id,
        col(PhaseOutCaseRow.standard_code) == standard_code,
        col(PhaseOutCaseRow.title) == title,
        col(PhaseOutCaseRow.ended_on).is_(None),
    )
    return await session.scalar(statement) is not None


async def has_number(session: AsyncSession, number: str) -> bool:
    statement = select(col(PhaseOutCaseRow.id)).where(col(PhaseOutCaseRow.number) == number)
    return await session.scalar(statement) is not None


async def next_number(session: AsyncSession, prefix: str) -> int:
    """The number that follows the highest with this prefix; numbering takes turns."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('phase_out_number'))"))
    found = await session.scalar(text(_HIGHEST), {"start": len(prefix) + 1, "pattern": f"^{prefix}[0-9]{{1,9}}$"})
    return int(found or 0) + 1


_HIGHEST: Final = "SELECT max(substr(number, :start)::int) FROM phase_out_case WHERE number ~ :pattern"


async def restricted(session: AsyncSession, day: date, region_prefix: str | None) -> list[PhaseOutCaseRow]:
    """Cases that were open on the day, by enterprise."""
    statement = (
        select(PhaseOutCaseRow)
        .where(
            col(PhaseOutCaseRow.listed_on) <= day,
            or_(
                col(PhaseOutCaseRow.ended_on).is_(None),
                and_(col(PhaseOutCaseRow.ended_on) > day, col(PhaseOutCaseRow.status) != Status.WITHDRAWN.value),
            ),
        )
        .order_by(col(PhaseOutCaseRow.enterprise_id), col(PhaseOutCaseRow.listed_on), col(PhaseOutCaseRow.id))
    )
    if region_prefix is not None:
        statement = statement.where(col(PhaseOutCaseRow.region_code).like(f"{region_prefix}%"))
    return list(await session.scalars(statement))


async def parts_of(session: AsyncSession, part: type[PartT], case_ids: Collection[UUID]) -> list[PartT]:
    """Rows of a table with ``case_id``, as they were recorded."""
    table: Any = part
    statement = (
        select(part)
        .where(col(table.case_id) == any_(cast(list(case_ids), ARRAY(Uuid))))
        .order_by(col(table.case_id), col(table.id))
    )
    return list(await session.scalars(statement))


async def get_part(session: AsyncSession, part: type[PartT], case: PhaseOutCaseRow, part_id: UUID) -> PartT:
    """A row of a table with ``case_id``. Raises CasePartNotFound."""
    table: Any = part
    statement = select(part).where(col(table.case_id) == case.id, col(table.id) == part_id)
    row = (await session.scalars(statement.execution_options(populate_existing=True))).first()
    if row is None:
        raise CasePartNotFound(case=case.number, part=str(part_id))
    return row


async def milestones_of(
    session: AsyncSession, case_ids: Collection[UUID]
) -> dict[UUID, list[PhaseOutMilestoneRow]]:
    found: dict[UUID, list[PhaseOutMilestoneRow]] = {}
    for row in await parts_of(session, PhaseOutMilestoneRow, case_ids):
        found.setdefault(row.case_id, []).append(row)
    return found


async def standing_orders(session: AsyncSession, case_ids: Collection[UUID]) -> dict[UUID, PhaseOutOrderRow]:
    """The order of each case that was not withdrawn."""
    rows = await parts_of(session, PhaseOutOrderRow, case_ids)
    return {row.case_id: row for row in rows if row.withdrawn_on is None}


async def newest_check(session: AsyncSession, order_id: UUID) -> PhaseOutRunningRow | None:
    statement = (
        select(PhaseOutRunningRow)
        .where(col(PhaseOutRunningRow.order_id) == order_id)
        .order_by(col(PhaseOutRunningRow.checked_at).desc(), col(PhaseOutRunningRow.id).desc())
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def has_order_number(session: AsyncSession, number: str) -> bool:
    statement = select(col(PhaseOutOrderRow.id)).where(col(PhaseOutOrderRow.number) == number)
    return await session.scalar(statement) is not None


async def get_grant(session: AsyncSession, case: PhaseOutCaseRow, grant_id: UUID) -> PhaseOutGrantRow:
    """Raises CasePartNotFound."""
    return await get_part(session, PhaseOutGrantRow, case, grant_id)


async def store_content(session: AsyncSession, sha256: str, data: bytes, at: datetime) -> None:
    """Keep the bytes unless they are kept already."""
    statement = insert(PhaseOutContentRow).values(sha256=sha256, data=data, stored_at=at)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["sha256"]))


async def read_content(session: AsyncSession, sha256: str) -> bytes:
    statement = select(col(PhaseOutContentRow.data)).where(col(PhaseOutContentRow.sha256) == sha256)
    return bytes((await session.scalars(statement)).one())


async def meters_of_enterprise(
    session: AsyncSession, enterprise_id: UUID, meter_nos: Sequence[str] | None
) -> list[MeterRow]:
    """The enterprise's meters of drawn active power, all or those named."""
    statement = select(MeterRow).where(
        col(MeterRow.enterprise_id) == enterprise_id,
        col(MeterRow.quantity).in_([Quantity.ACTIVE_IMPORT_KW.value, Quantity.ACTIVE_POWER_KW.value]),
    )
    if meter_nos is not None:
        statement = statement.where(col(MeterRow.meter_no).in_(meter_nos))
    return list(await session.scalars(statement.order_by(col(MeterRow.meter_no))))


_SUMMARY: Final = """
SELECT standard_code, status, count(*)::int, count(*) FILTER (WHERE ended_on IS NULL AND deadline_on < :today)::int
FROM phase_out_case
WHERE region_code LIKE :prefix AND (CAST(:enterprise AS uuid) IS NULL OR enterprise_id = :enterprise)
GROUP BY 1, 2 ORDER BY 1, 2
"""


async def summary(
    session: AsyncSession, prefix: str, today: date, enterprise_id: UUID | None
) -> list[tuple[str, str, int, int]]:
    """Standard, status, cases, and how many of them are past their deadline; of one enterprise if one is named."""
    facts = {"prefix": f"{prefix}%", "today": today, "enterprise": enterprise_id}
    rows = await session.execute(text(_SUMMARY), facts)
    return [(row[0], row[1], row[2], row[3]) for row in rows]
