"""SQL of the ledger for thousands of projects at once: COPY, temporary tables, one statement a kind of row."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Text, Uuid, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.database import raw_connection
from services.projects.ledger.copying import copy_to_temporary, insert_rows, merge, upsert, upsert_rows
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.figures import Known
from services.projects.ledger.domain.funds import FundsArrival
from services.projects.ledger.domain.outputs import Output
from services.projects.ledger.domain.project import PlannedDate, Project
from services.projects.ledger.repository import (
    arrival_of,
    columns_of,
    figures_record,
    output_of,
    plans_of,
    project_of,
)
from services.projects.ledger.tables import (
    AnnualPlanRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    PlanCurveRow,
    ProgressEntryRow,
    ProjectChangeRow,
    ProjectFiguresRow,
    ProjectPlanRow,
    ProjectRow,
)

_PROJECT = tuple(ProjectRow.__table__.columns.keys())  # type: ignore[attr-defined]
_project_values = itemgetter(*_PROJECT)
_PLAN = ("project_id", "milestone", "original_on", "current_on", "actual_on")
_CHANGE = tuple(ProjectChangeRow.__table__.columns.keys())  # type: ignore[attr-defined]
_FIGURES = tuple(ProjectFiguresRow.__table__.columns.keys())  # type: ignore[attr-defined]


async def lock_projects(
    session: AsyncSession, *, codes: Sequence[str] = (), ids: Sequence[UUID] = ()
) -> list[tuple[ProjectRow, Project]]:
    """Lock the projects of these codes or ids, ordered by id; the rows are no longer the session's."""
    # Arrays rather than a parameter for each: a statement of thousands is slow to make.
    named = col(ProjectRow.code) == func.any(cast(list(codes), ARRAY(Text)))
    statement = (
        select(ProjectRow)
        .where(or_(named, col(ProjectRow.id) == func.any(cast(list(ids), ARRAY(Uuid)))))
        .order_by(col(ProjectRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = (await session.scalars(statement)).all()
    plans = await plans_of(session, [row.id for row in rows])
    for row in rows:
        session.expunge(row)
    return [(row, project_of(row, plans[row.id])) for row in rows]


async def progress_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Progress]]:
    """All entries of the projects, oldest day first."""
    statement = (
        select(col(ProgressEntryRow.project_id), col(ProgressEntryRow.on), col(ProgressEntryRow.percent))
        .where(col(ProgressEntryRow.project_id) == func.any(cast(list(ids), ARRAY(Uuid))))
        .order_by(col(ProgressEntryRow.on), col(ProgressEntryRow.id))
    )
    known: dict[UUID, list[Progress]] = {}
    for project_id, on, percent in await session.execute(statement):
        known.setdefault(project_id, []).append(Progress(on, percent))
    return known


async def investments_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Investment]]:
    statement = select(
        col(InvestmentEntryRow.project_id), col(InvestmentEntryRow.month), col(InvestmentEntryRow.amount_yuan)
    ).where(col(InvestmentEntryRow.project_id) == func.any(cast(list(ids), ARRAY(Uuid))))
    known: dict[UUID, list[Investment]] = {}
    for project_id, month, amount in await session.execute(statement):
        known.setdefault(project_id, []).append(Investment(month, amount))
    return known


async def arrivals_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[FundsArrival]]:
    """All arrivals of funds of the projects, oldest first."""
    statement = (
        select(FundsArrivalRow)
        .where(col(FundsArrivalRow.project_id) == func.any(cast(list(ids), ARRAY(Uuid))))
        .order_by(col(FundsArrivalRow.on), col(FundsArrivalRow.id))
        .execution_options(populate_existing=True)
    )
    known: dict[UUID, list[FundsArrival]] = {}
    for row in await session.scalars(statement):
        known.setdefault(row.project_id, []).append(arrival_of(row))
    return known


async def outputs_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[Output]]:
    """Output of the projects by month."""
    known: dict[UUID, list[Output]] = {}
    for row in await _loose(session, OutputEntryRow, ids, col(OutputEntryRow.month)):
        known.setdefault(row.project_id, []).append(output_of(row))
    return known


async def curves_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[PlanCurveRow]]:
    """All revisions of the projects' planned courses, the one that counts last."""
    known: dict[UUID, list[PlanCurveRow]] = {}
    for row in await _loose(session, PlanCurveRow, ids, col(PlanCurveRow.revision)):
        known.setdefault(row.project_id, []).append(row)
    return known


async def annual_plans_by_project(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[AnnualPlanRow]]:
    known: dict[UUID, list[AnnualPlanRow]] = {}
    for row in await _loose(session, AnnualPlanRow, ids, col(AnnualPlanRow.year)):
        known.setdefault(row.project_id, []).append(row)
    return known


async def _loose(session: AsyncSession, table: Any, ids: Collection[UUID], order: Any) -> list[Any]:
    """Rows of some projects that are no longer the session's: they are written past it."""
    statement = select(table).where(table.project_id == func.any(cast(list(ids), ARRAY(Uuid))))
    rows = (await session.scalars(statement.order_by(order).execution_options(populate_existing=True))).all()
    for row in rows:
        session.expunge(row)
    return list(rows)


async def ids_by_code(session: AsyncSession, codes: Sequence[str]) -> dict[str, UUID]:
    """The projects of these codes, whoever may see them."""
    if not codes:
        return {}
    statement = select(col(ProjectRow.code), col(ProjectRow.id)).where(col(ProjectRow.code).in_(codes))
    return {row.code: row.id for row in await session.execute(statement)}


async def insert_projects(session: AsyncSession, new: Sequence[tuple[ProjectRow, Project]]) -> None:
    """New projects with their plans."""
    if not new:
        return
    connection = await raw_connection(session)
    records = [_project_record(row, project) for row, project in new]
    await connection.copy_records_to_table("project", records=records, columns=_PROJECT)
    plans = [_plan_record(project.id, *item) for _, project in new for item in project.plan.items()]
    await connection.copy_records_to_table("project_plan", records=plans, columns=_PLAN)


async def update_projects(session: AsyncSession, changed: Sequence[tuple[Project, ProjectRow, Project]]) -> None:
    """Locked projects as they stand after the batch, with the planned dates that changed."""
    if not changed:
        return
    connection = await raw_connection(session)
    records = [_project_record(row, project) for _, row, project in changed]
    await copy_to_temporary(connection, "project", _PROJECT, records)
    facts = ", ".join(f'"{name}" = fresh."{name}"' for name in _PROJECT if name != "id")
    await connection.execute(f"UPDATE project SET {facts} FROM fresh_project fresh WHERE project.id = fresh.id")  # noqa: S608 - names of our columns
    moved = [
        (after.id, milestone, planned)
        for before, _, after in changed
        for milestone, planned in after.plan.items()
        if before.plan.get(milestone) != planned
    ]
    plans = [_plan_record(*item) for item in moved if item[2] != PlannedDate()]
    await upsert(connection, ProjectPlanRow, _PLAN, plans)
    forget_rows(session)
    gone = [(project_id, milestone.value) for project_id, milestone, planned in moved if planned == PlannedDate()]
    await connection.executemany("DELETE FROM project_plan WHERE project_id = $1 AND milestone = $2", gone)


def forget_rows(session: AsyncSession) -> None:
    """Let go of rows of projects that were read beside the batch: the connection has written past the session."""
    for row in [row for row in session.identity_map.values() if isinstance(row, ProjectRow)]:
        session.expunge(row)


async def insert_changes(session: AsyncSession, changes: Sequence[Mapping[str, Any]]) -> None:
    """Rows of the history, as :func:`services.projects.ledger.service.ledger.change_of` makes them."""
    if changes:
        connection = await raw_connection(session)
        # The connection takes JSON as text.
        texts = [{**change, "changes": orjson.dumps(change["changes"]).decode()} for change in changes]
        records = [tuple(change[name] for name in _CHANGE) for change in texts]
        await connection.copy_records_to_table("project_change", records=records, columns=_CHANGE)


async def insert_figures(session: AsyncSession, told: Sequence[tuple[UUID, Sequence[Known]]]) -> None:
    """What became known of each project, oldest first; what was known until then ends."""
    records = []
    for project_id, knowns in told:
        rows = [figures_record(project_id, known) for known in knowns]
        for row, following in pairwise(rows):
            row["known_to"] = following["known_from"]
        records += [tuple(row[name] for name in _FIGURES) for row in rows]
    if not records:
        return
    connection = await raw_connection(session)
    await copy_to_temporary(connection, "project_figures", _FIGURES, records)
    await connection.execute(
        "UPDATE project_figures known SET known_to = fresh.at FROM "
        "(SELECT project_id, min(known_from) AS at FROM fresh_project_figures GROUP BY project_id) fresh "
        "WHERE known.project_id = fresh.project_id AND known.known_to IS NULL AND known.known_from < fresh.at"
    )
    await merge(connection, ProjectFiguresRow, _FIGURES)


async def insert_progress(session: AsyncSession, rows: Sequence[ProgressEntryRow]) -> None:
    await insert_rows(session, ProgressEntryRow, rows)


async def insert_arrivals(session: AsyncSession, rows: Sequence[FundsArrivalRow]) -> None:
    await insert_rows(session, FundsArrivalRow, rows)


async def insert_curves(session: AsyncSession, rows: Sequence[PlanCurveRow]) -> None:
    """New revisions of planned courses."""
    await insert_rows(session, PlanCurveRow, rows)


async def upsert_investments(session: AsyncSession, rows: Sequence[InvestmentEntryRow]) -> None:
    """Insert months or replace their amounts."""
    await upsert_rows(session, InvestmentEntryRow, rows)


async def upsert_outputs(session: AsyncSession, rows: Sequence[OutputEntryRow]) -> None:
    """Insert months or replace their figures."""
    await upsert_rows(session, OutputEntryRow, rows)


async def upsert_annual_plans(session: AsyncSession, rows: Sequence[AnnualPlanRow]) -> None:
    """Insert years or replace their plans."""
    await upsert_rows(session, AnnualPlanRow, rows)


def _project_record(row: ProjectRow, project: Project) -> Any:
    values = columns_of(project)
    values["version"], values["updated_at"], values["created_at"] = row.version, row.updated_at, row.created_at
    return _project_values(values)


def _plan_record(project_id: UUID, milestone: Any, planned: PlannedDate) -> tuple[Any, ...]:
    return (project_id, milestone.value, planned.original_on, planned.current_on, planned.actual_on)
