"""States of the past, comparisons of two days, and the names that their texts need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.listing import ListQuery
from libs.common.web.pagination import Page
from libs.common.web.problems import FieldError, NotFound
from libs.common.workdays import SHANGHAI
from services.projects.identity.repository import names_of_accounts
from services.projects.ledger import repository
from services.projects.ledger.domain.comparison import Comparison, Span, compare, end_of
from services.projects.ledger.domain.history import FieldChange, project_from, rewind, state_of
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.size_bands import bands_by_code
from services.projects.ledger.errors import DateInFuture
from services.projects.ledger.service.ledger import Opened
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow
from services.projects.registry.repository import names_of_entries


@dataclass(frozen=True, slots=True)
class PastState:
    """A project as it was known at the end of a day, with the version it had then and when that was written."""

    as_of: date
    project: Project
    version: int
    created_at: datetime
    updated_at: datetime

    def row(self) -> ProjectRow:
        """A row as it stood; it belongs to no session."""
        return ProjectRow(
            version=self.version,
            created_at=self.created_at,
            updated_at=self.updated_at,
            **repository.columns_of(self.project),
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of a comparison."""

    row: ProjectRow
    comparison: Comparison


def changes_of(row: ProjectChangeRow) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(**change) for change in row.changes)


def project_at(now: Project, newest_first: Sequence[ProjectChangeRow], cut: datetime) -> Project | None:
    """The project before all that was written from ``cut`` on; None when it was not in the ledger yet."""
    undone = [row for row in newest_first if row.at >= cut]
    if not undone:
        return now
    if undone[-1].version == 1:
        return None
    state = state_of(now)
    for row in undone:
        state = rewind(state, changes_of(row))
    return project_from(state)


async def past_state(ctx: Context, opened: Opened, on: date) -> PastState:
    """The state at the end of a local day. Raises DateInFuture, and NotFound for a day before the registration."""
    today = today_of(ctx)
    if on > today:
        raise DateInFuture(on=on, today=today, errors=[FieldError("date.in_future", parameter="date")])
    cut = end_of(on, SHANGHAI)
    rows = (await repository.changes_since(ctx.session, [opened.project.id], cut))[opened.project.id]
    project = project_at(opened.project, rows, cut)
    if project is None:
        raise NotFound
    version = opened.version - len(rows)
    updated_at = await repository.written_at(ctx.session, project.id, version)
    return PastState(on, project, version, opened.row.created_at, updated_at or opened.row.updated_at)


async def compare_projects(ctx: Context, query: ListQuery, span: Span, *, only_changed: bool) -> Page[Compared]:
    """A page of the filter's projects as they stood on both days."""
    cuts = span.cuts(SHANGHAI)
    page = await repository.comparable_projects(ctx.session, ctx.principal, query, cuts, only_changed=only_changed)
    changes = await repository.changes_since(ctx.session, [row.id for row, _ in page.items], cuts[0])
    items = []
    for row, project in page.items:
        before, after = (project_at(project, changes[row.id], cut) for cut in cuts)
        assert after is not None, "only projects of the second day are selected"
        items.append(Compared(row, compare(before, after)))
    return replace(page, items=items)


async def names_for(
    ctx: Context, references: Iterable[tuple[str, str]], language: str, region_code: str | None = None
) -> Mapping[tuple[str, str], str]:
    """Names of persons, units, enterprises, regions and projects, those included that are deleted by now.

    Size bands are named in the language, as those of ``region_code`` are called (None: as everywhere).
    """
    by_kind: dict[str, set[str]] = {}
    for kind, key in references:
        by_kind.setdefault(kind, set()).add(key)
    names: dict[tuple[str, str], str] = {}
    for kind, keys in by_kind.items():
        if kind == "project":
            found = await repository.names_of_projects(ctx.session, keys)
        elif kind == "size_band":
            bands = bands_by_code(await repository.all_size_bands(ctx.session), region_code)
            found = {code: bands[code].name(language) for code in keys & bands.keys()}
        else:
            found = await names_of_entries(ctx.session, kind, keys)
        names |= {(kind, key): name for key, name in found.items()}
    return names


async def actor_names(ctx: Context, subjects: Iterable[str]) -> Mapping[str, str]:
    """Who stands behind the accounts: the person's name, else the account's."""
    ids = {}
    for subject in subjects:
        try:
            ids[UUID(subject)] = subject
        except ValueError:
            continue
    found = await names_of_accounts(ctx.session, ids)
    persons = {str(person_id) for _, person_id in found.values() if person_id is not None}
    people = await names_of_entries(ctx.session, "person", persons)
    return {
        ids[account_id]: people.get(str(person_id)) or username
        for account_id, (username, person_id) in found.items()
    }
