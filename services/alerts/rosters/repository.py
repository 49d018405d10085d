"""SQL of rosters, shifts, swaps and stand-ins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common import regions
from libs.common.registry.queries import Person
from libs.common.registry.tables import PersonReplicaRow
from libs.common.remember import remembered
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.rosters.domain.schedule import DutyRole
from services.alerts.rosters.domain.stand_ins import StandIn, StandInScope, StandInWhen
from services.alerts.rosters.tables import (
    AssignmentRow,
    HolidayRow,
    RosterRow,
    RotationRow,
    StandInRow,
    SwapRow,
)

ROSTERS = Listing(
    fields={
        "id": FilterField(col(RosterRow.id), UUID),
        "code": FilterField(col(RosterRow.code)),
        "kind": FilterField(col(RosterRow.kind)),
        "region_code": FilterField(col(RosterRow.region_code)),
        "valid_to": FilterField(col(RosterRow.valid_to), date),
    },
    sortable=("code", "region_code"),
    default_sort="code",
)

SWAPS = Listing(
    fields={
        "id": FilterField(col(SwapRow.id), UUID),
        "state": FilterField(col(SwapRow.state)),
        "giver_id": FilterField(col(SwapRow.giver_id), UUID),
        "taker_id": FilterField(col(SwapRow.taker_id), UUID),
        "roster_code": FilterField(col(RosterRow.code)),
        "proposed_at": FilterField(col(SwapRow.proposed_at), datetime),
    },
    sortable=("proposed_at",),
    default_sort="-proposed_at",
)

STAND_INS = Listing(
    fields={
        "id": FilterField(col(StandInRow.id), UUID),
        "person_id": FilterField(col(StandInRow.person_id), UUID),
        "stand_in_id": FilterField(col(StandInRow.stand_in_id), UUID),
        "region_code": FilterField(col(StandInRow.region_code)),
        "when": FilterField(col(StandInRow.when_asked), StandInWhen),
        "scope": FilterField(col(StandInRow.scope), StandInScope),
        "starts_at": FilterField(col(StandInRow.starts_at), datetime),
        "ends_at": FilterField(col(StandInRow.ends_at), datetime),
        "revoked_at": FilterField(col(StandInRow.revoked_at), datetime),
    },
    sortable=("starts_at", "ends_at"),
    default_sort="-starts_at",
)


async def page_rosters(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(RosterRow).where(_seen(principal)))


async def find_roster(
    session: AsyncSession, principal: Principal, code: str, *, lock: bool = False
) -> RosterRow | None:
    """The roster if the caller may see it; `lock` keeps other changes of its schedule out."""
    statement = select(RosterRow).where(col(RosterRow.code) == code, _seen(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def roster_by_code(session: AsyncSession, code: str) -> RosterRow | None:
    return (await session.scalars(select(RosterRow).where(col(RosterRow.code) == code))).one_or_none()


async def roster_by_id(session: AsyncSession, roster_id: UUID, *, lock: bool = False) -> RosterRow | None:
    statement = select(RosterRow).where(col(RosterRow.id) == roster_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


@remembered
async def rosters_of_chain(session: AsyncSession, region_code: str) -> list[RosterRow]:
    """Rosters of the region and of those above it, nearest first; none for a malformed code."""
    try:
        chain = (region_code, *regions.ancestors(region_code))
    except regions.InvalidRegionCode:
        return []
    rows = (await session.scalars(select(RosterRow).where(col(RosterRow.region_code).in_(chain)))).all()
    return sorted(rows, key=lambda row: (chain.index(row.region_code), row.code))


async def rosters_in_force(session: AsyncSession, day: date) -> Sequence[RosterRow]:
    statement = select(RosterRow).where(
        col(RosterRow.valid_from) <= day, or_(col(RosterRow.valid_to).is_(None), col(RosterRow.valid_to) > day)
    )
    return (await session.scalars(statement.order_by(col(RosterRow.code)))).all()


@remembered
async def rotations(session: AsyncSession, roster_id: UUID) -> Sequence[RotationRow]:
    """All of a roster's, in the order in which they were made: a later one lies above."""
    statement = select(RotationRow).where(col(RotationRow.roster_id) == roster_id)
    return (await session.scalars(statement.order_by(col(RotationRow.made_at), col(RotationRow.id)))).all()


@remembered
async def holidays(
    session: AsyncSession, roster_id: UUID, start: datetime | None = None, end: datetime | None = None
) -> Sequence[HolidayRow]:
    """Holiday lists that were not withdrawn, all or those that touch [start, end)."""
    statement = select(HolidayRow).where(
        col(HolidayRow.roster_id) == roster_id, col(HolidayRow.withdrawn_at).is_(None)
    )
    if start is not None and end is not None:
        statement = statement.where(col(HolidayRow.starts_at) < end, col(HolidayRow.ends_at) > start)
    return (await session.scalars(statement.order_by(col(HolidayRow.starts_at)))).all()


async def find_holiday(session: AsyncSession, roster_id: UUID, holiday_id: UUID) -> HolidayRow | None:
    statement = select(HolidayRow).where(
        col(HolidayRow.id) == holiday_id,
        col(HolidayRow.roster_id) == roster_id,
        col(HolidayRow.withdrawn_at).is_(None),
    )
    return (await session.scalars(statement)).one_or_none()


@remembered
async def assignments(
    session: AsyncSession, roster_id: UUID, start: datetime, end: datetime
) -> Sequence[AssignmentRow]:
    """Those in force that touch [start, end), in the order in which they were made."""
    statement = select(AssignmentRow).where(
        col(AssignmentRow.roster_id) == roster_id,
        col(AssignmentRow.taken_back_at).is_(None),
        col(AssignmentRow.starts_at) < end,
        col(AssignmentRow.ends_at) > start,
    )
    return (await session.scalars(statement.order_by(col(AssignmentRow.made_at), col(AssignmentRow.id)))).all()


async def of_holiday(session: AsyncSession, holiday_id: UUID) -> Sequence[AssignmentRow]:
    statement = select(AssignmentRow).where(
        col(AssignmentRow.holiday_id) == holiday_id, col(AssignmentRow.taken_back_at).is_(None)
    )
    return (await session.scalars(statement.order_by(col(AssignmentRow.starts_at)))).all()


async def find_assignment(session: AsyncSession, roster_id: UUID, assignment_id: UUID) -> AssignmentRow | None:
    statement = select(AssignmentRow).where(
        col(AssignmentRow.id) == assignment_id,
        col(AssignmentRow.roster_id) == roster_id,
        col(AssignmentRow.taken_back_at).is_(None),
    )
    return (await session.scalars(statement)).one_or_none()


async def overlapping(
    session: AsyncSession, roster_id: UUID, layer: str, role: DutyRole, start: datetime, end: datetime
) -> bool:
    """Whether somebody has the role by this layer at some time of [start, end)."""
    rows = await assignments(session, roster_id, start, end)
    return any(row.layer == layer and row.role == role.value for row in rows)


async def page_swaps(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    of_roster = col(RosterRow.id) == col(SwapRow.roster_id)
    statement: Any = select(SwapRow, RosterRow).join(RosterRow, of_roster).where(_seen(principal))
    return await query.page(session, statement)


async def find_swap(session: AsyncSession, principal: Principal, swap_id: UUID) -> SwapRow | None:
    statement = select(SwapRow).join(RosterRow, col(RosterRow.id) == col(SwapRow.roster_id))
    return (await session.scalars(statement.where(col(SwapRow.id) == swap_id, _seen(principal)))).one_or_none()


async def lock_untold_swaps(session: AsyncSession, limit: int = 100) -> list[tuple[SwapRow, RosterRow]]:
    """Swaps with a state of which the other side has not been told, oldest first, locked."""
    statement = (
        select(SwapRow, RosterRow)
        .join(RosterRow, col(RosterRow.id) == col(SwapRow.roster_id))
        .where(col(SwapRow.told_state).is_distinct_from(col(SwapRow.state)))
        .order_by(col(SwapRow.proposed_at))
        .limit(limit)
        .with_for_update(of=SwapRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return [(swap, roster) for swap, roster in await session.execute(statement)]


async def page_stand_ins(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(StandInRow).where(_seen_stand_in(principal)))


async def find_stand_in(
    session: AsyncSession, principal: Principal, stand_in_id: UUID, *, lock: bool = False
) -> StandInRow | None:
    statement = select(StandInRow).where(col(StandInRow.id) == stand_in_id, _seen_stand_in(principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def lock_stand_ins(session: AsyncSession) -> None:
    """Let one at a time name stand-ins: two who close a circle together would each see half of it."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('alerts.stand_in'))"))


@remembered
async def stand_ins_from(session: AsyncSession, at: datetime) -> list[StandIn]:
    """Those in force at `at` or later; an office has tens."""
    statement = select(StandInRow).where(
        col(StandInRow.revoked_at).is_(None), or_(col(StandInRow.ends_at).is_(None), col(StandInRow.ends_at) > at)
    )
    return [
        StandIn(
            row.id,
            row.person_id,
            row.stand_in_id,
            StandInWhen(row.when_asked),
            StandInScope(row.scope),
            row.starts_at,
            row.ends_at,
        )
        for row in await session.scalars(statement)
    ]


async def people(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, Person]:
    """The active ones among them."""
    return await _people(session, frozenset(person_ids)) if person_ids else {}


@remembered
async def _people(session: AsyncSession, person_ids: frozenset[UUID]) -> dict[UUID, Person]:
    statement = select(PersonReplicaRow).where(
        col(PersonReplicaRow.person_id).in_(person_ids),
        col(PersonReplicaRow.active),
        col(PersonReplicaRow.deleted).is_(False),
    )
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {
        row.person_id: Person(
            row.person_id, row.name, row.unit_id, row.region_code, row.post, row.email, row.phone
        )
        for row in rows
    }


async def names(session: AsyncSession, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of people, active or not."""
    if not person_ids:
        return {}
    statement = select(col(PersonReplicaRow.person_id), col(PersonReplicaRow.name)).where(
        col(PersonReplicaRow.person_id).in_(set(person_ids))
    )
    return dict((await session.execute(statement)).all())


def _seen(principal: Principal) -> ColumnElement[bool]:
    return _office(principal, col(RosterRow.id), col(RosterRow.region_code))


def _seen_stand_in(principal: Principal) -> ColumnElement[bool]:
    return _office(principal, col(StandInRow.id), col(StandInRow.region_code))


def _office(principal: Principal, key: Any, region_code: Any) -> ColumnElement[bool]:
    # Rosters and absences are the offices' own: an enterprise's caller has none, whatever region it is in.
    nobody: ColumnElement[bool] = key.is_(None)
    return nobody if principal.is_enterprise_bound else region_scope(region_code, principal)
