"""SQL of meetings, action items and visits."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.duties.domain.duty import PENDING
from services.projects.duties.repository import duty_fields
from services.projects.ledger.tables import ProjectRow
from services.projects.meetings.domain.meeting import MeetingKind, MeetingStatus, VisitStatus
from services.projects.meetings.tables import (
    ActionItemRow,
    ActionStepRow,
    AttendanceRow,
    DecisionRow,
    GoverningMinutesRow,
    MeetingItemRow,
    MeetingRow,
    MinutesRow,
    VisitRow,
)
from services.projects.registry.repository import region_filter
from services.projects.registry.tables import EnterpriseRow

_PENDING = [status.value for status in PENDING]


def _on_agenda(column: Any, key: Any) -> Any:
    return exists().where(col(MeetingItemRow.meeting_id) == column, col(MeetingItemRow.project_id) == key)


MEETINGS = Listing(
    fields={
        "id": FilterField(col(MeetingRow.id), UUID),
        "kind": FilterField(col(MeetingRow.kind), MeetingKind),
        "status": FilterField(col(MeetingRow.status), MeetingStatus),
        "title": FilterField(col(MeetingRow.title)),
        "region_code": region_filter(col(MeetingRow.region_code)),
        "chair_person_id": FilterField(col(MeetingRow.chair_person_id), UUID),
        "project_id": FilterField(col(MeetingRow.id), UUID, frozenset(), own={"eq": _on_agenda}),
        "planned_on": FilterField(col(MeetingRow.planned_on), date),
        "held_on": FilterField(col(MeetingRow.held_on), date),
    },
    sortable=("planned_on", "held_on", "title"),
    default_sort="-planned_on",
)
MINUTES = Listing(
    fields={
        "id": FilterField(col(MinutesRow.id), UUID),
        "edition": FilterField(col(MinutesRow.edition), int),
        "document_no": FilterField(col(MinutesRow.document_no)),
    },
    key="edition",
)
GOVERNING = Listing(
    fields={
        "id": FilterField(col(GoverningMinutesRow.id), UUID),
        "valid_from": FilterField(col(GoverningMinutesRow.valid_from), date),
        "valid_to": FilterField(col(GoverningMinutesRow.valid_to), date),
    },
    sortable=("valid_from",),
    default_sort="-valid_from",
)
DECISIONS = Listing(
    fields={
        "id": FilterField(col(DecisionRow.id), UUID),
        "number": FilterField(col(DecisionRow.number), int),
        "text": FilterField(col(DecisionRow.text)),
    },
    key="number",
)
ACTIONS = Listing(
    fields={
        **duty_fields(ActionItemRow),
        "meeting_id": FilterField(col(ActionItemRow.meeting_id), UUID),
        "decision_id": FilterField(col(ActionItemRow.decision_id), UUID),
        "project_id": FilterField(col(ActionItemRow.project_id), UUID),
        "problem_id": FilterField(col(ActionItemRow.problem_id), UUID),
        "title": FilterField(col(ActionItemRow.title)),
        "region_code": region_filter(col(ActionItemRow.region_code)),
        "pending": FilterField(col(ActionItemRow.status).in_(_PENDING), bool, frozenset({"eq"})),
    },
    sortable=("due_on", "title"),
    default_sort="due_on",
)
ACTION_STEPS = Listing(
    fields={
        "version": FilterField(col(ActionStepRow.version), int),
        "action": FilterField(col(ActionStepRow.action)),
    },
    key="version",
)
VISITS = Listing(
    fields={
        "id": FilterField(col(VisitRow.id), UUID),
        "enterprise_id": FilterField(col(VisitRow.enterprise_id), UUID),
        "project_id": FilterField(col(VisitRow.project_id), UUID),
        "region_code": region_filter(col(EnterpriseRow.region_code)),
        "status": FilterField(col(VisitRow.status), VisitStatus),
        "planned_on": FilterField(col(VisitRow.planned_on), date),
        "made_on": FilterField(col(VisitRow.made_on), date),
    },
    sortable=("planned_on", "made_on"),
    default_sort="-planned_on",
)


def _concerns(principal: Principal) -> Any:
    """Meetings of the caller's subtree, and those above it that had one of its projects on the agenda."""
    own_project = exists().where(
        col(MeetingItemRow.meeting_id) == col(MeetingRow.id),
        col(MeetingItemRow.project_id) == col(ProjectRow.id),
        region_scope(col(ProjectRow.region_code), principal),
    )
    return or_(region_scope(col(MeetingRow.region_code), principal), own_project)


async def find_meeting(session: AsyncSession, meeting_id: UUID, *, lock: bool = False) -> MeetingRow | None:
    """The row; with ``lock`` nobody else changes the meeting until this transaction ends."""
    statement = select(MeetingRow).where(col(MeetingRow.id) == meeting_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def concerns_caller(session: AsyncSession, meeting_id: UUID, principal: Principal) -> bool:
    statement = select(MeetingRow).where(col(MeetingRow.id) == meeting_id, _concerns(principal))
    return bool(await session.scalar(select(statement.exists())))


async def items_of(session: AsyncSession, meeting_id: UUID) -> list[MeetingItemRow]:
    statement = (
        select(MeetingItemRow)
        .where(col(MeetingItemRow.meeting_id) == meeting_id)
        .order_by(col(MeetingItemRow.position))
    )
    return list((await session.scalars(statement)).all())


async def attendance_of(session: AsyncSession, meeting_id: UUID) -> list[AttendanceRow]:
    statement = (
        select(AttendanceRow)
        .where(col(AttendanceRow.meeting_id) == meeting_id)
        .order_by(col(AttendanceRow.person_id))
    )
    return list((await session.scalars(statement)).all())


async def drop_agenda(session: AsyncSession, meeting_id: UUID) -> None:
    await session.execute(delete(MeetingItemRow).where(col(MeetingItemRow.meeting_id) == meeting_id))


async def last_edition(session: AsyncSession, meeting_id: UUID) -> int:
    statement = select(func.max(col(MinutesRow.edition))).where(col(MinutesRow.meeting_id) == meeting_id)
    return int(await session.scalar(statement) or 0)


async def last_decision(session: AsyncSession, meeting_id: UUID) -> int:
    statement = select(func.max(col(DecisionRow.number))).where(col(DecisionRow.meeting_id) == meeting_id)
    return int(await session.scalar(statement) or 0)


async def last_action(session: AsyncSession, meeting_id: UUID) -> int:
    statement = select(func.max(col(ActionItemRow.number))).where(col(ActionItemRow.meeting_id) == meeting_id)
    return int(await session.scalar(statement) or 0)


async def on_site_meetings(session: AsyncSession, project_id: UUID) -> tuple[int, date | None]:
    """How many on-site meetings were held about a project, and the day of the last."""
    statement = select(func.count(), func.max(col(MeetingRow.held_on))).where(
        col(MeetingRow.kind) == MeetingKind.ON_SITE.value,
        col(MeetingRow.status) == MeetingStatus.HELD.value,
        _on_agenda(col(MeetingRow.id), project_id),
    )
    count, last = (await session.execute(statement)).one()
    return int(count), last


async def governing(session: AsyncSession, project_id: UUID) -> GoverningMinutesRow | None:
    """The minutes that govern the project now; the caller holds the project's lock when it is to change."""
    statement = select(GoverningMinutesRow).where(
        col(GoverningMinutesRow.project_id) == project_id, col(GoverningMinutesRow.valid_to).is_(None)
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).first()


async def governing_ended_on(session: AsyncSession, project_id: UUID) -> date | None:
    statement = select(func.max(col(GoverningMinutesRow.valid_to))).where(
        col(GoverningMinutesRow.project_id) == project_id
    )
    return await session.scalar(statement)


def visible_meetings(principal: Principal) -> Select[Any]:
    """Ids of the meetings that the caller may see, as a query; enterprises see none."""
    return select(col(MeetingRow.id)).where(
        _concerns(principal), false() if principal.is_enterprise_bound else true()
    )


async def list_meetings(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[MeetingRow]:
    """Of the caller's subtree, and those above that concern it; enterprises see none."""
    statement = select(MeetingRow).where(_concerns(principal))
    if principal.is_enterprise_bound:
        return Page([])
    return await query.page(session, statement)


async def list_minutes(session: AsyncSession, meeting_id: UUID, query: ListQuery) -> Page[MinutesRow]:
    return await query.page(session, select(MinutesRow).where(col(MinutesRow.meeting_id) == meeting_id))


async def list_governing(session: AsyncSession, project_id: UUID, query: ListQuery) -> Page[GoverningMinutesRow]:
    statement = select(GoverningMinutesRow).where(col(GoverningMinutesRow.project_id) == project_id)
    return await query.page(session, statement)


async def list_decisions(session: AsyncSession, meeting_id: UUID, query: ListQuery) -> Page[DecisionRow]:
    return await query.page(session, select(DecisionRow).where(col(DecisionRow.meeting_id) == meeting_id))


async def actions_of(session: AsyncSession, decision_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Ids of action items by decision."""
    statement = (
        select(col(ActionItemRow.decision_id), col(ActionItemRow.id))
        .where(col(ActionItemRow.decision_id).in_(list(decision_ids)))
        .order_by(col(ActionItemRow.number))
    )
    found: dict[UUID, list[UUID]] = {}
    for decision_id, action_id in await session.execute(statement):
        found.setdefault(decision_id, []).append(action_id)
    return found


async def find_action(session: AsyncSession, action_id: UUID, *, lock: bool = False) -> ActionItemRow | None:
    statement = select(ActionItemRow).where(col(ActionItemRow.id) == action_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_actions(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (action item, meeting); enterprises see none."""
    if principal.is_enterprise_bound:
        return Page([])
    statement: Any = (
        select(ActionItemRow, MeetingRow)
        .join(MeetingRow, col(MeetingRow.id) == col(ActionItemRow.meeting_id))
        .where(region_scope(col(ActionItemRow.region_code), principal))
    )
    return await query.page(session, statement)


async def list_action_steps(session: AsyncSession, action_id: UUID, query: ListQuery) -> Page[ActionStepRow]:
    return await query.page(session, select(ActionStepRow).where(col(ActionStepRow.action_item_id) == action_id))


async def late_actions(session: AsyncSession, today: date, also: Collection[UUID]) -> list[UUID]:
    """Ids of pending action items past their deadline, and of those ``also``, in one order."""
    late = col(ActionItemRow.status).in_(_PENDING) & (col(ActionItemRow.due_on) < today)
    statement = select(col(ActionItemRow.id)).where(or_(late, col(ActionItemRow.id).in_(also)))
    return list((await session.scalars(statement.order_by(col(ActionItemRow.id)))).all())


async def find_visit(session: AsyncSession, visit_id: UUID, *, lock: bool = False) -> VisitRow | None:
    statement = select(VisitRow).where(col(VisitRow.id) == visit_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def list_visits(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[VisitRow]:
    """Visits in the caller's subtree; an enterprise sees those to itself."""
    statement = (
        select(VisitRow)
        .join(EnterpriseRow, col(EnterpriseRow.enterprise_id) == col(VisitRow.enterprise_id))
        .where(
            region_scope(col(EnterpriseRow.region_code), principal),
            enterprise_scope(col(VisitRow.enterprise_id), principal),
        )
    )
    return await query.page(session, statement)
