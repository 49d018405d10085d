"""SQL of the past: states are found by going back from the present, so a comparison costs what changed since.

A change counts to a day by its instant; the instants of one project never go back (see ``Ledger.store``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
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
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from libs.common.workdays import SHANGHAI
from services.projects.ledger.domain.comparison import end_of
from services.projects.ledger.repository.mapping import project_of
from services.projects.ledger.repository.plans import plans_of
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow

_project, _version, _at = (
    col(ProjectChangeRow.project_id),
    col(ProjectChangeRow.version),
    col(ProjectChangeRow.at),
)
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


async def key_since_on(session: AsyncSession, project: ProjectRow, day: date) -> date | None:
    """Since when the project was a key project on a local day; None when it was none."""
    if project.key_since is not None and project.key_since <= day:
        return project.key_since
    # A designation that was withdrawn lasted until the day before; its first day is what the withdrawal undid.
    statement = select(ProjectChangeRow).where(
        _project == project.id, col(ProjectChangeRow.action) == "key_withdrawn", _at >= end_of(day, SHANGHAI)
    )
    for row in await session.scalars(statement.order_by(_version)):
        undone = {change["field"]: change["before"] for change in row.changes}
        since = date.fromisoformat(str(undone["key_since"]))
        if since <= day:
            return since
    return None


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
    # The aggregates hash in memory or spill to disk; one such query at a time has room.
    await session.execute(select(func.set_config("work_mem", "64MB", True)))
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
    """The field changes of a write as rows of JSON."""
    elements = func.jsonb_array_elements(col(ProjectChangeRow.changes))
    return elements.table_valued(column("value", JSONB), name="entry").render_derived()


def _part(entry: Any, name: str) -> ColumnElement[Any]:
    text: ColumnElement[Any] = entry.c.value[name].astext
    return text


def _first(value: ColumnElement[Any], *, is_latest: bool = False) -> ColumnElement[Any]:
    """An aggregate: the value of the earliest (latest) version, behind ten digits; "" stands for none.

    A plain minimum hashes; sorting the values of every group would take many times as long.
    """
    packed = func.lpad(cast(_version, Text), 10, "0").concat(func.coalesce(value, ""))
    return func.max(packed) if is_latest else func.min(packed)


def _unpacked(packed: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.nullif(func.substr(packed, 11), "")


def _undone(chosen: CTE, cuts: tuple[datetime, datetime]) -> CTE:
    """By project, the values of fields as they stood before their first change from either instant on."""
    entry = _entries()
    name, before = _part(entry, "field"), _part(entry, "before")
    values = [
        _first(before).filter(name == field, _at >= cut).label(f"{field}_{when}")
        for field in ("stage", *_MONEY)
        for when, cut in zip(("before", "after"), cuts, strict=True)
    ]
    return (
        select(_project.label("project_id"), *values)
        .join(entry, true())
        .where(_at >= cuts[0], name.in_(["stage", *_MONEY]), _project.in_(select(chosen.c.id)))
        .group_by(_project)
        .cte("undone")
    )


def _stage_totals(chosen: CTE, cuts: tuple[datetime, datetime]) -> Select[Any]:
    undone = _undone(chosen, cuts)
    was_there = chosen.c.created_at < cuts[0]

    def value_at(when: str, field: str) -> ColumnElement[Any]:
        # A field that has not changed since stands now as it stood then.
        packed = undone.c[f"{field}_{when}"]
        return case((packed.is_not(None), _unpacked(packed)), else_=cast(chosen.c[field], Text))

    sums = [
        func.coalesce(func.sum(cast(value_at(when, field), BigInteger)).filter(counted), 0).label(
            f"{field}_{when}"
        )
        for field in _MONEY
        for when, counted in (("before", was_there), ("after", true()))
    ]
    totals = (
        select(
            case((was_there, value_at("before", "stage"))).label("stage_then"),
            value_at("after", "stage").label("stage_since"),
            func.count().label("projects"),
            *sums,
        )
        .select_from(chosen)
        .outerjoin(undone, undone.c.project_id == chosen.c.id)
    )
    return totals.group_by(literal_column("stage_then"), literal_column("stage_since"))


def _slip_totals(chosen: CTE, cuts: tuple[datetime, datetime]) -> Select[Any]:
    entry = _entries()
    name = _part(entry, "field")
    was = _unpacked(_first(_part(entry, "before")))
    is_now = _unpacked(_first(_part(entry, "after"), is_latest=True))
    moves = (
        select(
            func.split_part(name, ".", 2).label("milestone"),
            (cast(is_now, Date) - cast(was, Date)).label("days"),
        )
        .select_from(ProjectChangeRow)
        .join(entry, true())
        .where(
            _at >= cuts[0],
            cuts[1] > _at,
            name.like("plan.%.current_on"),
            _project.in_(select(chosen.c.id)),
        )
        .group_by(_project, name)
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


def _stage_total(row: Any) -> StageTotal:
    facts = row._mapping
    return StageTotal(
        stage_before=facts["stage_then"],
        stage_after=facts["stage_since"],
        projects=facts["projects"],
        before_yuan={name: int(facts[f"{name}_before"]) for name in _MONEY},
        after_yuan={name: int(facts[f"{name}_after"]) for name in _MONEY},
    )
