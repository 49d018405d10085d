"""SQL of checks, their reports and their steps."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.cadences.domain.check import PENDING, Check, CheckStatus
from services.projects.cadences.domain.regimes import Level
from services.projects.cadences.domain.statistics import Counted, Grouping
from services.projects.cadences.tables import CheckRow, CheckStepRow, CheckSubmissionRow
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.domain.periods import Period, PeriodKind
from services.projects.registry.repository import region_filter

_LEVEL = TypeAdapter(Level)
_PENDING = col(CheckRow.status).in_([status.value for status in PENDING])
_KEPT = (
    *("id", "project_id", "original_due_on", "due_on", "owner_person_id", "owner_unit_id"),
    *("submissions", "submitted_on", "late", "reason"),
)

CHECKS = Listing(
    fields={
        "id": FilterField(col(CheckRow.id), UUID),
        "project_id": FilterField(col(CheckRow.project_id), UUID),
        "project_code": FilterField(col(ProjectRow.code)),
        "project_name": FilterField(col(ProjectRow.name)),
        "region_code": region_filter(col(ProjectRow.region_code)),
        "round_id": FilterField(col(CheckRow.round_id), UUID),
        "regime_code": FilterField(col(CheckRow.regime_code)),
        "level_code": FilterField(col(CheckRow.level_code)),
        "period_kind": FilterField(col(CheckRow.period_kind), PeriodKind),
        "period": FilterField(col(CheckRow.period)),
        "first_on": FilterField(col(CheckRow.first_on), date),
        "last_on": FilterField(col(CheckRow.last_on), date),
        "status": FilterField(col(CheckRow.status), CheckStatus),
        "pending": FilterField(_PENDING, bool, frozenset({"eq"})),
        "late": FilterField(col(CheckRow.late), bool),
        "owner_person_id": FilterField(col(CheckRow.owner_person_id), UUID),
        "owner_unit_id": FilterField(col(CheckRow.owner_unit_id), UUID),
        "original_due_on": FilterField(col(CheckRow.original_due_on), date),
        "due_on": FilterField(col(CheckRow.due_on), date),
        "submitted_on": FilterField(col(CheckRow.submitted_on), date),
    },
    sortable=("due_on", "original_due_on", "last_on", "submitted_on", "project_code"),
    default_sort="due_on",
)
SUBMISSIONS = Listing(
    fields={"number": FilterField(col(CheckSubmissionRow.number), int)},
    key="number",
)
STEPS = Listing(
    fields={
        "version": FilterField(col(CheckStepRow.version), int),
        "action": FilterField(col(CheckStepRow.action)),
    },
    key="version",
)


def level_of(terms: dict[str, Any]) -> Level:
    return _LEVEL.validate_python(terms)


def check_of(row: CheckRow) -> Check:
    return Check(
        **{name: getattr(row, name) for name in _KEPT},
        level=level_of(row.terms),
        period=Period(PeriodKind(row.period_kind), row.first_on, row.last_on),
        status=CheckStatus(row.status),
    )


def write_check(row: CheckRow, check: Check) -> None:
    """Copy the state into the row."""
    for name in _KEPT:
        setattr(row, name, getattr(check, name))
    row.status = check.status.value


async def find_check(session: AsyncSession, check_id: UUID, *, lock: bool = False) -> CheckRow | None:
    """The row; with ``lock`` nobody else changes the check until this transaction ends."""
    statement = select(CheckRow).where(col(CheckRow.id) == check_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).first()


async def checked_projects(
    session: AsyncSession, regime_code: str, level_code: str, period: str, project_ids: Iterable[UUID]
) -> set[UUID]:
    """Projects among these that have their check of a level and period."""
    statement = select(col(CheckRow.project_id)).where(
        col(CheckRow.project_id).in_(list(project_ids)),
        col(CheckRow.regime_code) == regime_code,
        col(CheckRow.level_code) == level_code,
        col(CheckRow.period) == period,
    )
    return set(await session.scalars(statement))


async def pending_checks(session: AsyncSession, also: Collection[UUID]) -> list[tuple[CheckRow, ProjectRow]]:
    """Checks that are owed and those ``also``, in one order, with their projects."""
    statement = (
        select(CheckRow, ProjectRow)
        .join(ProjectRow, col(ProjectRow.id) == col(CheckRow.project_id))
        .where(or_(_PENDING, col(CheckRow.id).in_(also)))
        .order_by(col(CheckRow.id))
    )
    return [(row, project) for row, project in await session.execute(statement)]


async def pending_of_project(session: AsyncSession, project_id: UUID) -> list[CheckRow]:
    """What a project owes, locked, in one order."""
    statement = (
        select(CheckRow)
        .where(col(CheckRow.project_id) == project_id, _PENDING)
        .order_by(col(CheckRow.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.scalars(statement)).all())


async def list_checks(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """A page of (check, project)."""
    return await query.page(session, _visible(select(CheckRow, ProjectRow), principal))


async def list_submissions(session: AsyncSession, check_id: UUID, query: ListQuery) -> Page[CheckSubmissionRow]:
    statement = select(CheckSubmissionRow).where(col(CheckSubmissionRow.check_id) == check_id)
    return await query.page(session, statement)


async def list_steps(session: AsyncSession, check_id: UUID, query: ListQuery) -> Page[CheckStepRow]:
    return await query.page(session, select(CheckStepRow).where(col(CheckStepRow.check_id) == check_id))


async def counted_checks(
    session: AsyncSession, principal: Principal, first: date, last: date, by: Grouping, query: ListQuery
) -> Sequence[Counted]:
    """Checks first due from ``first`` to ``last`` that fit the filters, with the key of their group."""
    keys: dict[Grouping, Any] = {
        Grouping.PERSON: col(CheckRow.owner_person_id),
        Grouping.UNIT: col(CheckRow.owner_unit_id),
        Grouping.REGION: col(ProjectRow.region_code),
        Grouping.LEVEL: col(CheckRow.level_code),
    }
    statement: Any = (
        select(CheckRow)
        .where(col(CheckRow.original_due_on).between(first, last), *query.conditions)
        .order_by(col(CheckRow.original_due_on), col(CheckRow.id))
    )
    key = keys.get(by)
    wanted = (CheckRow.id, CheckRow.status, CheckRow.due_on, CheckRow.late)
    statement = _visible(statement, principal).with_only_columns(*wanted, *(() if key is None else (key,)))
    return [
        Counted(found[0], _text(found[4]) if key is not None else None, CheckStatus(found[1]), found[2], found[3])
        for found in await session.execute(statement)
    ]


def _text(key: Any) -> str | None:
    return None if key is None else str(key)


def _visible(statement: Any, principal: Principal) -> Any:
    return statement.join(ProjectRow, col(ProjectRow.id) == col(CheckRow.project_id)).where(
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
    )
