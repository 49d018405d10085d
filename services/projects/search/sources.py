"""Where the entries of the index come from, by type: what a rebuild reads.

A slice keeps its own entries up to date as it writes; here stands how all of them are made anew.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.projects.ledger.domain.project import Project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.service.finding import entry_of_enterprise, entry_of_person, entry_of_unit
from services.projects.registry.tables import EnterpriseRow, PersonRow, UnitRow
from services.projects.search_index.domain.entry import Entry, EntryType

BATCH = 500


@dataclass(frozen=True, slots=True)
class Source:
    """``rows`` selects the living things, ``key`` their ids, and ``entry`` makes one of a row (of its parts)."""

    type: EntryType
    rows: Any
    key: Any
    entry: Callable[..., Entry]

    @property
    def living(self) -> Select[Any]:
        living: Select[Any] = self.rows.with_only_columns(self.key)
        return living

    async def batches(self, session: AsyncSession) -> AsyncIterator[list[Entry]]:
        """All entries in order of their ids, some at a time."""
        last = None
        while True:
            statement = self.rows.order_by(self.key).limit(BATCH).execution_options(populate_existing=True)
            if last is not None:
                statement = statement.where(self.key > last)
            rows = (await session.execute(statement)).all()
            if not rows:
                return
            entries = [self.entry(*row) for row in rows]
            last = entries[-1].id
            # What is read is not kept: a rebuild goes through everything there is.
            for part in {id(part): part for row in rows for part in row}.values():
                session.expunge(part)
            yield entries


def entry_of_project(project: Project | ProjectRow, version: int) -> Entry:
    """A project is found by its name and code, what is said of it, and who invests."""
    parts = (project.summary, project.investor, project.park_code)
    return Entry(
        type=EntryType.PROJECT,
        id=project.id,
        title=project.name,
        code=project.code,
        body="\n".join(part for part in parts if part),
        path=f"/v1/projects/{project.id}",
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
        project_id=project.id,
        version=version,
    )


def _entry_of_row(row: ProjectRow) -> Entry:
    return entry_of_project(row, row.version)


SOURCES: tuple[Source, ...] = (
    Source(EntryType.PROJECT, select(ProjectRow), col(ProjectRow.id), _entry_of_row),
    Source(
        EntryType.ENTERPRISE,
        select(EnterpriseRow).where(col(EnterpriseRow.deleted_at).is_(None)),
        col(EnterpriseRow.enterprise_id),
        entry_of_enterprise,
    ),
    Source(
        EntryType.UNIT,
        select(UnitRow).where(col(UnitRow.deleted_at).is_(None)),
        col(UnitRow.unit_id),
        entry_of_unit,
    ),
    Source(
        EntryType.PERSON,
        select(PersonRow, UnitRow)
        .join(UnitRow, col(UnitRow.unit_id) == col(PersonRow.unit_id))
        .where(col(PersonRow.deleted_at).is_(None)),
        col(PersonRow.person_id),
        entry_of_person,
    ),
)
