"""Keeping the index: in the transaction of the change, by the slice that owns the thing."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from libs.common.context import Context
from services.projects.search_index import repository
from services.projects.search_index.domain.entry import Entry, EntryType


async def index_entry(ctx: Context, entry: Entry) -> None:
    """Make the thing found by its present texts. Nothing is written when they are those it was found by before."""
    await index_entries(ctx, [entry])


async def index_entries(ctx: Context, entries: Sequence[Entry], *, anew: bool = False) -> int:
    """As :func:`index_entry`, for several things; returns how many entries were written.

    ``anew`` writes also what is the same, for texts that are to be taken apart in a new way.
    """
    known = {} if anew else await repository.find_entries(ctx.session, {entry.id for entry in entries})
    changed = [
        entry
        for entry in entries
        if (kept := known.get((entry.type, entry.id))) is None or kept != replace(entry, version=kept.version)
    ]
    await repository.write_entries(ctx.session, changed)
    return len(changed)


async def index_project_entry(ctx: Context, entry: Entry) -> None:
    """As :func:`index_entry` of a project; when its enterprise changes, that of all that belongs to it does."""
    known = (await repository.find_entries(ctx.session, {entry.id})).get((entry.type, entry.id))
    if known is not None and known.enterprise_id != entry.enterprise_id:
        await repository.hand_over(ctx.session, entry.id, entry.enterprise_id)
    await index_entries(ctx, [entry])


async def remove_entry(ctx: Context, type_: EntryType, entry_id: UUID) -> None:
    """The thing is gone and is found no more."""
    await repository.delete_entry(ctx.session, type_, entry_id)
