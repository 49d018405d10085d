"""SQL of the department score's base."""

from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from services.projects.environment.domain.cases import AgencyCaseStatus, ItemStatus
from services.projects.environment.domain.inspections import InspectionStatus
from services.projects.environment.domain.scores import DoneItem, Handled
from services.projects.environment.domain.unfiled import ReportStatus
from services.projects.environment.tables.appeals import AppealRoundRow, AppealRow
from services.projects.environment.tables.cases import AgencyCaseRow, AgencyItemRow
from services.projects.environment.tables.inspections import (
    InspectionRow,
    InspectionUnitRow,
    UnfiledInspectionRow,
)
from services.projects.registry.tables import UnitRow


async def filed_inspections(
    session: AsyncSession, principal: Principal, first: date, last: date
) -> list[tuple[UUID, UUID, bool]]:
    """(unit, inspection, refused) of every unit that takes part, filed in the period and not withdrawn."""
    statement = (
        select(col(InspectionUnitRow.unit_id), col(InspectionRow.id), col(InspectionRow.status))
        .join(InspectionRow, col(InspectionRow.id) == col(InspectionUnitRow.inspection_id))
        .where(
            col(InspectionRow.filed_on).between(first, last),
            col(InspectionRow.status) != InspectionStatus.CANCELLED.value,
            region_scope(col(InspectionRow.region_code), principal),
        )
        .order_by(col(InspectionRow.id))
    )
    rows = await session.execute(statement)
    return [(unit_id, key, status == InspectionStatus.REFUSED.value) for unit_id, key, status in rows]


async def unfiled_reports(
    session: AsyncSession, principal: Principal, first: date, last: date
) -> list[tuple[UUID, UUID]]:
    """(unit, report) of what enterprises reported in the period and nobody dismissed."""
    statement = (
        select(col(UnfiledInspectionRow.unit_id), col(UnfiledInspectionRow.id))
        .where(
            col(UnfiledInspectionRow.reported_on).between(first, last),
            col(UnfiledInspectionRow.status) != ReportStatus.DISMISSED.value,
            col(UnfiledInspectionRow.unit_id).is_not(None),
            region_scope(col(UnfiledInspectionRow.region_code), principal),
        )
        .order_by(col(UnfiledInspectionRow.id))
    )
    return [(unit_id, key) for unit_id, key in await session.execute(statement) if unit_id is not None]


async def handled_rounds(session: AsyncSession, principal: Principal, first: date, last: date) -> list[Handled]:
    """Rounds answered, due or rated in the period. What was closed without an answer is nobody's lateness."""
    rounds = AppealRoundRow
    statement = (
        select(
            col(rounds.appeal_id),
            col(rounds.unit_id),
            col(rounds.due_on),
            col(rounds.answered_on),
            col(rounds.score),
            col(rounds.rated_on),
        )
        .join(AppealRow, col(AppealRow.id) == col(rounds.appeal_id))
        .where(
            col(rounds.transferred).is_(False),
            or_(col(rounds.answered_on).is_not(None), col(AppealRow.closed_as).is_(None)),
            or_(
                col(rounds.answered_on).between(first, last),
                col(rounds.due_on).between(first, last),
                col(rounds.rated_on).between(first, last),
            ),
            region_scope(col(AppealRow.region_code), principal),
        )
        .order_by(col(rounds.appeal_id), col(rounds.number))
    )
    return [Handled(*row) for row in await session.execute(statement)]


async def done_items(session: AsyncSession, principal: Principal, first: date, last: date) -> list[DoneItem]:
    """Matters of agency cases finished or due in the period, those of cancelled cases and dropped ones aside."""
    statement = (
        select(
            col(AgencyItemRow.id),
            col(AgencyItemRow.unit_id),
            col(AgencyItemRow.due_on),
            col(AgencyItemRow.finished_on),
        )
        .join(AgencyCaseRow, col(AgencyCaseRow.id) == col(AgencyItemRow.case_id))
        .where(
            col(AgencyItemRow.status).in_([ItemStatus.RUNNING.value, ItemStatus.FINISHED.value]),
            or_(
                col(AgencyItemRow.finished_on).between(first, last),
                col(AgencyItemRow.due_on).between(first, last),
            ),
            col(AgencyCaseRow.status) != AgencyCaseStatus.CANCELLED.value,
            region_scope(col(AgencyCaseRow.region_code), principal),
        )
        .order_by(col(AgencyItemRow.id))
    )
    rows = await session.execute(statement)
    # A matter whose clock has run has a due day; the check constraint sees to it.
    return [DoneItem(key, unit_id, due_on, done) for key, unit_id, due_on, done in rows if due_on is not None]


async def unit_names(session: AsyncSession, ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    """(code, name) by id, also of units that were deleted since."""
    statement = select(col(UnitRow.unit_id), col(UnitRow.code), col(UnitRow.name)).where(
        col(UnitRow.unit_id).in_(ids)
    )
    return {key: (code, name) for key, code, name in await session.execute(statement)}
