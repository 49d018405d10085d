"""SQL of the past: states are found by going back from the present, so a comparison costs what changed since.

A change counts to a day by its instant; the instants of one project never go back (see ``Ledger.store``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy import column as plain_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from services.projects.ledger.repository.projects import plans_of, project_of
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow

_project, _version, _at = (
    col(ProjectChangeRow.project_id),
    col(ProjectChangeRow.version),
    col(ProjectChangeRow.at),
)
_JSON_ARRAY = ARRAY(JSONB)
_MONEY = ("invested_yuan", "total_investment_yuan", "contract_amount_yuan")


@dataclass(frozen=True, slots=True)
class StageTotal:
    """Projects that stood at one stage on the first day (None: not yet there) and at one on the second.

    Money is summed as it stood on either day, what is not known left out.
    """

    stage_before: str | None
    stage_after: str
    projects: int
    before_yuan: dict[str, int]
    after_yuan: dict[str, int]


@dataclass(frozen=True, slots=True)
class SlipTotal:
    """Planned days of a milestone that moved between the two days."""

    milestone: str
    later: int
    earlier: int
    days_later: int
    days_earlier: int


async def changes_since(
    session: AsyncSession, project_ids: Iterable[UUID], at: datetime
) -> dict[UUID, list[ProjectChangeRow]]:
    """Writes from an instant on by project, newest first."""
    wanted = list(project_ids)
    found: dict[UUID, list[ProjectChangeRow]] = {project_id: [] for project_id in wanted}
    statement = select(ProjectChangeRow).where(_project.in_(wanted), _at >= at).order_by(_project, _version.desc())
    for row in await session.scalars(statement):
        found[row.project_id].append(row)
    return found


async def written_at(session: AsyncSession, project_id: UUID, version: int) -> datetime | None:
    """When a version of the project was written."""
    statement = select(_at).where(_project == project_id, _version == version)
    return (await session.scalars(statement)).first()


async def names_of_projects(session: AsyncSession, ids: Iterable[str]) -> dict[str, str]:
    """Names by id."""
    statement = select(col(ProjectRow.id), col(ProjectRow.name)).where(
        col(ProjectRow.id).in_([UUID(one) for one in ids])
    )
    return {str(project_id): name for project_id, name in await session.execute(statement)}


async def comparable_projects(
    session: AsyncSession,
    principal: Principal,
    query: ListQuery,
    cuts: tuple[datetime, datetime],
    *,
    only_changed: bool,
) -> Page[Any]:
    """A page of (row, project as it stands now) of those that were in the ledger on the second day."""
    statement = select(ProjectRow).where(*_scope(principal, cuts[1]))
    if only_changed:
        written = select(_project).where(col(ProjectRow.id) == _project, _at >= cuts[0], cuts[1] > _at)
        statement = statement.where(written.exists())
    page = await query.page(session, statement)
    plans = await plans_of(session, [row.id for row in page.items])
    return replace(page, items=[(row, project_of(row, plans[row.id])) for row in page.items])


async def totals_between(
    session: AsyncSession, principal: Principal, query: ListQuery, cuts: tuple[datetime, datetime]
) -> tuple[list[StageTotal], list[SlipTotal]]:
    """Totals of all projects of the filter on both days, whatever page is shown."""
    chosen = select(ProjectRow).where(*_scope(principal, cuts[1]), *query.conditions).cte("chosen")
    stages = await session.execute(_stage_totals(chosen, cuts))
    slips = await session.execute(_slip_totals(chosen, cuts))
    return [_stage_total(row) for row in stages], [SlipTotal(*row) for row in slips]


def _scope(principal: Principal, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        region_scope(col(ProjectRow.region_code), principal),
        enterprise_scope(col(ProjectRow.enterprise_id), principal),
        col(ProjectRow.created_at) < until,
    )


def _entries() -> Any:
    """The field changes of a write as rows."""
    columns = (plain_column("field", Text), plain_column("before", JSONB), plain_column("after", JSONB))
    rows = func.jsonb_to_recordset(col(ProjectChangeRow.changes)).table_valued(*columns, name="entry")
    return rows.render_derived(with_types=True)


def _undone(chosen: CTE, cut: datetime, name: str) -> CTE:
    """By project, the values of fields as they stood before their first change from ``cut`` on."""
    entry = _entries()
    first = (
        select(_project.label("project_id"), entry.c.field, entry.c.before)
        .join(entry, true())
        .where(
            _at >= cut,
            entry.c.field.in_(["stage", *_MONEY]),
            _project.in_(select(chosen.c.id)),
        )
        .ext(distinct_on(_project, entry.c.field))
        .order_by(_project, entry.c.field, _version)
        .subquery()
    )
    values = func.jsonb_object_agg(first.c.field, first.c.before, type_=JSONB).label("values")
    return select(first.c.project_id, values).group_by(first.c.project_id).cte(name)


def _stage_totals(chosen: CTE, cuts: tuple[datetime, datetime]) -> Select[Any]:
    before, after = _undone(chosen, cuts[0], "undone_before"), _undone(chosen, cuts[1], "undone_after")
    was_there = chosen.c.created_at < cuts[0]
    stage_before = case((was_there, _value_at(before, chosen, "stage")))
    sums = [
        func.coalesce(func.sum(amount).filter(counted), 0).label(f"{name}_{when}")
        for name in _MONEY
        for when, undone, counted in (("before", before, was_there), ("after", after, true()))
        for amount in [cast(_value_at(undone, chosen, name), BigInteger)]
    ]
    states = (
        select(
            stage_before.label("stage_before"),
            _value_at(after, chosen, "stage").label("stage_after"),
            func.count().label("projects"),
            *sums,
        )
        .select_from(chosen)
        .outerjoin(before, before.c.project_id == chosen.c.id)
        .outerjoin(after, after.c.project_id == chosen.c.id)
    )
    return states.group_by(plain_column("stage_before"), plain_column("stage_after"))


def _value_at(undone: CTE, chosen: CTE, name: str) -> ColumnElement[Any]:
    # A field that has not changed since stands now as it stood then.
    values = undone.c["values"]
    return case((values.has_key(name), values[name].astext), else_=cast(chosen.c[name], Text))


def _slip_totals(chosen: CTE, cuts: tuple[datetime, datetime]) -> Select[Any]:
    entry = _entries()
    was = func.array_agg(aggregate_order_by(entry.c.before, _version), type_=_JSON_ARRAY)[1]
    is_now = func.array_agg(aggregate_order_by(entry.c.after, _version.desc()), type_=_JSON_ARRAY)[1]
    moves = (
        select(
            func.split_part(entry.c.field, ".", 2).label("milestone"),
            (_day(is_now) - _day(was)).label("days"),
        )
        .select_from(ProjectChangeRow)
        .join(entry, true())
        .where(
            _at >= cuts[0],
            cuts[1] > _at,
            entry.c.field.like("plan.%.current_on"),
            _project.in_(select(chosen.c.id)),
        )
        .group_by(_project, entry.c.field)
        .subquery()
    )
    later, earlier = moves.c.days > 0, moves.c.days < 0
    return (
        select(
            moves.c.milestone,
            func.count().filter(later),
            func.count().filter(earlier),
            func.coalesce(func.sum(moves.c.days).filter(later), 0),
            func.coalesce(func.sum(-moves.c.days).filter(earlier), 0),
        )
        .where(moves.c.days != 0)
        .group_by(moves.c.milestone)
        .order_by(moves.c.milestone)
    )


def _day(value: Any) -> ColumnElement[Any]:
    # The text of a JSON string without its quotes.
    return cast(value.op("#>>")(literal_column("'{}'::text[]")), Date)


def _stage_total(row: Any) -> StageTotal:
    facts = row._mapping
    return StageTotal(
        stage_before=facts["stage_before"],
        stage_after=facts["stage_after"],
        projects=facts["projects"],
        before_yuan={name: int(facts[f"{name}_before"]) for name in _MONEY},
        after_yuan={name: int(facts[f"{name}_after"]) for name in _MONEY},
    )
