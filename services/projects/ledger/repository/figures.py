"""SQL of the compared figures: how projects stood at the end of a day, over the whole list at once."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.web.listing import ListQuery
from services.projects.ledger.domain.figures import MONEY, PLANNED, Known
from services.projects.ledger.repository.projects import reach_of
from services.projects.ledger.tables import ProjectFiguresRow, ProjectRow


@dataclass(frozen=True, slots=True)
class SlipTotal:
    """Planned days of a milestone that moved between the two days."""

    milestone: str
    later: int
    earlier: int
    days_later: int
    days_earlier: int

    def __add__(self, other: "SlipTotal") -> "SlipTotal":
        """Both together, of one milestone."""
        return SlipTotal(
            self.milestone,
            self.later + other.later,
            self.earlier + other.earlier,
            self.days_later + other.days_later,
            self.days_earlier + other.days_earlier,
        )


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
    slips: tuple[SlipTotal, ...]


def figures_at(figures: Any, cut: datetime) -> ColumnElement[bool]:
    """Whether a row of ``figures`` (the table or an alias) is the one that was known before an instant."""
    known_to = col(figures.known_to)
    return and_(col(figures.known_from) < cut, or_(known_to.is_(None), known_to >= cut))


def figures_record(project_id: UUID, known: Known) -> dict[str, Any]:
    """The row's columns; it is still known."""
    facts = asdict(known.figures) | {"stage": known.figures.stage.value}
    return {"project_id": project_id, "known_from": known.known_from, "known_to": None, **facts}


async def store_figures(session: AsyncSession, project_id: UUID, known: Known) -> None:
    """Figures that are known from now on; what was known until now ends."""
    now = and_(col(ProjectFiguresRow.project_id) == project_id, col(ProjectFiguresRow.known_to).is_(None))
    await session.execute(
        update(ProjectFiguresRow)
        .where(now, col(ProjectFiguresRow.known_from) < known.known_from)
        .values(known_to=known.known_from)
        .execution_options(synchronize_session=False)
    )
    record = figures_record(project_id, known)
    statement = insert(ProjectFiguresRow).values(record)
    # Two writes at one instant: the later one counts.
    key = ["project_id", "known_from"]
    facts = {name: statement.excluded[name] for name in record if name not in key}
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=facts))


async def key_since_at(session: AsyncSession, project_id: UUID, cut: datetime) -> date | None:
    """Since when the project was a key project before an instant; None when it was none."""
    statement = select(col(ProjectFiguresRow.key_since)).where(
        col(ProjectFiguresRow.project_id) == project_id, figures_at(ProjectFiguresRow, cut)
    )
    return (await session.scalars(statement)).first()


def was_key(cut: datetime) -> ColumnElement[bool]:
    """Whether a project of the query was a key project before an instant."""
    standing = select(ProjectFiguresRow).where(
        col(ProjectFiguresRow.project_id) == col(ProjectRow.id),
        col(ProjectFiguresRow.key_since).is_not(None),
        figures_at(ProjectFiguresRow, cut),
    )
    return standing.exists()


async def totals_between(
    session: AsyncSession, principal: Principal, query: ListQuery, cuts: tuple[datetime, datetime]
) -> list[StageTotal]:
    """Totals of all projects of the filter on both days, whatever page is shown."""
    before, after = aliased(ProjectFiguresRow), aliased(ProjectFiguresRow)
    project_id = col(ProjectRow.id)
    there, was_there = (
        and_(col(figures.project_id) == project_id, figures_at(figures, cut))
        for figures, cut in ((after, cuts[1]), (before, cuts[0]))
    )
    stages = (col(before.stage), col(after.stage))
    money = [_sum(col(getattr(figures, name))) for figures in (before, after) for name in MONEY]
    slips = [part for name in PLANNED.values() for part in _slip(before, after, name)]
    statement = (
        select(*stages, func.count(), *money, *slips)
        .select_from(ProjectRow)
        .join(after, there)
        .outerjoin(before, was_there)
        .where(*reach_of(principal), *query.conditions)
        .group_by(*stages)
    )
    return [_stage_total(tuple(row)) for row in await session.execute(statement)]


def _sum(amount: Any, where: ColumnElement[bool] | None = None) -> ColumnElement[Any]:
    total = func.sum(amount)
    return func.coalesce(total if where is None else total.filter(where), 0)


def _slip(before: Any, after: Any, name: str) -> list[ColumnElement[Any]]:
    days: ColumnElement[Any] = getattr(after, name) - getattr(before, name)
    later, earlier = days > 0, days < 0
    return [func.count().filter(later), func.count().filter(earlier), _sum(days, later), _sum(-days, earlier)]


def _stage_total(row: tuple[Any, ...]) -> StageTotal:
    stage_before, stage_after, projects, *rest = row
    sums = [int(value) for value in rest]
    first, second, slips = sums[: len(MONEY)], sums[len(MONEY) : 2 * len(MONEY)], sums[2 * len(MONEY) :]
    return StageTotal(
        stage_before=stage_before,
        stage_after=stage_after,
        projects=projects,
        before_yuan=dict(zip(MONEY, first, strict=True)),
        after_yuan=dict(zip(MONEY, second, strict=True)),
        slips=tuple(
            SlipTotal(milestone.value, *slips[4 * place : 4 * place + 4])
            for place, milestone in enumerate(PLANNED)
        ),
    )
