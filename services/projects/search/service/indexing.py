"""Projects in the index as they change, and the index made anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from libs.common.context import Context
from services.projects.ledger.domain.project import Project
from services.projects.ledger.service.ledger import Written
from services.projects.ledger.tables import ProjectRow
from services.projects.search.sources import SOURCES, entry_of_project
from services.projects.search_index.domain.entry import EntryType
from services.projects.search_index.repository import delete_all_but, has_entries
from services.projects.search_index.service import index_entries, index_project_entry


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many things were looked at, how many entries were written and how many taken away."""

    seen: int = 0
    written: int = 0
    removed: int = 0


async def index_project(ctx: Context, project: Project) -> None:
    """The ledger's watcher: the project as this transaction has stored it."""
    row = await ctx.session.get(ProjectRow, project.id)
    assert row is not None, "the ledger tells its watchers of what it has stored"
    await index_project_entry(ctx, entry_of_project(project, row.version))


async def index_projects(ctx: Context, written: Sequence[Written]) -> None:
    """:func:`index_project` for many: the last entry of each, with the version that first had its texts."""
    entries = []
    for one in written:
        steps = [entry_of_project(project, version) for version, project in one.steps]
        entry = steps[-1]
        for earlier in reversed(steps):
            if earlier != replace(entry, version=earlier.version):
                break
            entry = earlier
        entries.append(entry)
    await index_entries(ctx, entries)


async def rebuild_index(ctx: Context, types: Collection[EntryType] = (), *, anew: bool = False) -> Rebuilt:
    """Bring the index up to what is stored; ``anew`` also writes what seems right (a new way to take texts apart).

    What others change meanwhile stays as they wrote it.
    """
    seen = written = removed = 0
    for source in SOURCES:
        if types and source.type not in types:
            continue
        async for entries in source.batches(ctx.session):
            seen += len(entries)
            written += await index_entries(ctx, entries, anew=anew)
        removed += await delete_all_but(ctx.session, source.type, source.living)
    return Rebuilt(seen, written, removed)


async def fill_empty_index(ctx: Context) -> Rebuilt:
    """Index what an earlier release has stored; nothing to do where the index has entries."""
    return Rebuilt() if await has_entries(ctx.session) else await rebuild_index(ctx)
