"""Many writes of the ledger in one transaction: the same use cases, without their round trips.

A :class:`BatchLedger` is handed to the use cases in place of the ledger. What they ask for was loaded for all
projects at once, what they store is kept in memory until :meth:`BatchLedger.flush` writes it by COPY. Rows,
history and events are those of the single path: both make them by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.outbox.record import EventRow, event_row, record_events
from libs.common.remember import memory_of
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import NotFound
from services.projects.ledger import bulk
from services.projects.ledger.domain.figures import Known, newly_known
from services.projects.ledger.domain.history import FieldChange
from services.projects.ledger.domain.project import Project
from services.projects.ledger.service.batch_entries import BatchEntries, EntryMark
from services.projects.ledger.service.ledger import (
    Ledger,
    Opened,
    Written,
    change_of,
    derive_acts,
)
from services.projects.ledger.service.references import code_taken
from services.projects.ledger.tables import ProjectRow


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a row knows that its project does not. A row itself costs more to make than the rest of a write."""

    version: int
    created_at: datetime
    updated_at: datetime


def _stamp(version: int, created_at: datetime, updated_at: datetime) -> ProjectRow:
    return cast(ProjectRow, _Stamp(version, created_at, updated_at))


@dataclass(slots=True)
class _Held:
    """A project of the batch: as it was stored before (None: not at all), as it stands now, and what came between.

    ``steps`` are the states since it was stored, with their versions.
    """

    before: Project | None
    now: Opened
    steps: list[tuple[int, Project]] = field(default_factory=list)

    def newly_known(self, at: Mapping[tuple[UUID, int], datetime]) -> list[Known]:
        """The figures that the steps brought; ``at`` tells when a version was written."""
        steps = [(at[project.id, version], project) for version, project in self.steps]
        return list(newly_known(self.before, steps))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to go back to with :meth:`BatchLedger.undo`."""

    held: Opened | None
    changes: int
    steps: int
    entries: EntryMark


class BatchLedger(BatchEntries, Ledger):
    """Not for several transactions: one is made for each batch. Projects that were not loaded are not found."""

    def __init__(self, ledger: Ledger) -> None:
        Ledger.__init__(self, ledger._watchers, ledger._guards, ledger._references, ledger._in_bulk)
        BatchEntries.__init__(self)
        self._held: dict[UUID, _Held] = {}
        self._ids: dict[str, UUID] = {}
        self._changes: list[dict[str, Any]] = []
        self._events: list[EventRow] = []
        self._has_moved = False

    async def load(self, ctx: Context, *, codes: Iterable[str] = (), ids: Iterable[UUID] = ()) -> None:
        """Lock and load the projects that exist among these, in one order, so that batches never deadlock."""
        for row, project in await bulk.lock_projects(ctx.session, codes=list(codes), ids=list(ids)):
            self._held[row.id] = _Held(project, Opened(row, project))
            self._ids[row.code] = row.id
        memory = memory_of(ctx.session)
        if memory is not None:
            memory.load(self._held)

    async def load_entries(self, ctx: Context) -> None:
        """Load what was recorded for the loaded projects, before the first entry of the batch."""
        await self._load_entries(ctx, list(self._held))

    def find(self, code: str) -> Opened | None:
        """The loaded or new project of a code, whoever may see it."""
        project_id = self._ids.get(code)
        return None if project_id is None else self._held[project_id].now

    def hides_family(self, parent_id: UUID) -> bool:
        """Whether the database does not know yet what decides if the project may be a parent: flush first."""
        held = self._held.get(parent_id)
        return self._has_moved or (held is not None and held.before is None)

    def mark(self, code: str) -> Mark:
        """Where a project and the batch stand; only one project may be written until :meth:`undo`."""
        known = self.find(code)
        return Mark(
            known,
            len(self._changes),
            0 if known is None else len(self._held[known.project.id].steps),
            self._mark_entries(None if known is None else known.project.id),
        )

    def undo(self, code: str, mark: Mark) -> None:
        """Forget what was written of the project since the mark."""
        project_id = self._ids.get(code)
        if project_id is None:
            return
        del self._changes[mark.changes :], self._events[mark.changes :]
        self._undo_entries(project_id, mark.entries)
        if mark.held is None:
            del self._held[project_id], self._ids[code]
        else:
            self._held[project_id].now = mark.held
            del self._held[project_id].steps[mark.steps :]

    # What the use cases call

    async def claim_code(self, ctx: Context, code: str) -> None:
        # A code that somebody else takes at the same moment is found by the table's constraint.
        if code in self._ids:
            raise code_taken(code)

    async def _find(self, ctx: Context, project_id: UUID, *, lock: bool) -> Opened:
        held = self._held.get(project_id)
        if held is None:
            raise NotFound
        ensure_region(ctx.principal, held.now.project.region_code)
        ensure_enterprise(ctx.principal, held.now.project.enterprise_id)
        return held.now

    async def insert(
        self, ctx: Context, project: Project, payload: EventPayload, *, also: Sequence[FieldChange] = ()
    ) -> Opened:
        project = await self._banded(ctx, None, project)
        opened = Opened(_stamp(1, ctx.now, ctx.now), project)
        self._held[project.id] = _Held(None, opened)
        self._ids[project.code] = project.id
        memory = memory_of(ctx.session)
        if memory is not None:
            memory.new.add(project.id)
        self._note(ctx, opened, None, payload, "registered", "", also)
        return opened

    async def store(
        self,
        ctx: Context,
        opened: Opened,
        after: Project,
        payload: EventPayload,
        *,
        action: str,
        reason: str = "",
        also: Sequence[FieldChange] = (),
    ) -> Opened:
        after = await self._banded(ctx, opened.project, after)
        derived = await derive_acts(ctx, opened.project, after)
        at = max(ctx.now, opened.row.updated_at)
        stored = Opened(_stamp(opened.version + 1, opened.row.created_at, at), after)
        held = self._held[after.id]
        held.now = stored
        self._has_moved = self._has_moved or (held.before is not None and held.before.parent_id != after.parent_id)
        self._note(ctx, stored, opened.project, payload, action, reason, (*also, *derived))
        return stored

    def _note(
        self,
        ctx: Context,
        stored: Opened,
        before: Project | None,
        payload: EventPayload,
        action: str,
        reason: str,
        also: Sequence[FieldChange],
    ) -> None:
        project = stored.project
        self._held[project.id].steps.append((stored.version, project))
        change = change_of(ctx, stored.version, stored.row.updated_at, before, project, action, reason, also)
        self._changes.append(change)
        self._events.append(
            event_row(
                ctx,
                payload,
                subject=str(project.id),
                aggregate_version=stored.version,
                region_code=project.region_code,
                enterprise_id=project.enterprise_id,
            )
        )

    async def flush(self, ctx: Context) -> None:
        """Write everything the use cases stored, and show it to the watchers. The batch is empty then."""
        # A write of what stands beside a project gives it a version and leaves the project itself as it was.
        written = [held for held in self._held.values() if held.steps]
        new = [held.now for held in written if held.before is None]
        changed = [(held.before, held.now) for held in written if held.before is not None]
        await bulk.insert_projects(ctx.session, [(opened.row, opened.project) for opened in new])
        await bulk.update_projects(
            ctx.session, [(before, opened.row, opened.project) for before, opened in changed]
        )
        await bulk.insert_changes(ctx.session, self._changes)
        at = {(change["project_id"], change["version"]): change["at"] for change in self._changes}
        await bulk.insert_figures(ctx.session, [(held.now.project.id, held.newly_known(at)) for held in written])
        await self._write_entries(ctx)
        await record_events(ctx, self._events)
        self._changes, self._events, self._has_moved = [], [], False
        shown = [Written(tuple(held.steps)) for held in written]
        for held in written:
            held.before, held.steps = held.now.project, []
        await self._show(ctx, shown)

    async def _show(self, ctx: Context, written: Sequence[Written]) -> None:
        if not written:
            return
        for watcher in self._watchers:
            together = self._in_bulk.get(watcher)
            if together is not None:
                await together(ctx, written)
                continue
            for one in written:
                await watcher(ctx, one.project)
