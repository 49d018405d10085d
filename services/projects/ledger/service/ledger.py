"""Opening and storing a project: lock, scope, version, history, event, watchers; one way for every use case."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import Stage
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger import repository
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.history import FieldChange, changes_between
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import DuplicateProjectCode, UnknownReference
from services.projects.ledger.tables import InvestmentEntryRow, ProgressEntryRow, ProjectChangeRow, ProjectRow
from services.projects.registry import repository as registry

ProjectWatcher = Callable[[Context, Project], Awaitable[None]]
# The same as a watcher does for one project, for many at once.
BulkWatcher = Callable[[Context, Sequence[Project]], Awaitable[None]]
StageGuard = Callable[[Context, Project, Stage, date], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A project as it stands, its row locked for this transaction when it is to be written."""

    row: ProjectRow
    project: Project

    @property
    def version(self) -> int:
        return self.row.version


class Ledger:
    """``watchers`` see every project after it was stored, in the same transaction.

    ``guards`` see a project before it enters a stage on a day, and refuse by raising a DomainError: what a stage
    requires of slices above the ledger, such as an admission that is still valid. ``in_bulk`` names what stands
    in for a watcher when many projects are stored at once; a watcher without one is called for each.
    """

    def __init__(
        self,
        watchers: Sequence[ProjectWatcher] = (),
        guards: Sequence[StageGuard] = (),
        in_bulk: Mapping[ProjectWatcher, BulkWatcher] | None = None,
    ) -> None:
        self._watchers = tuple(watchers)
        self._guards = tuple(guards)
        self._in_bulk = dict(in_bulk or {})

    async def admit(self, ctx: Context, project: Project, stage: Stage, on: date) -> None:
        """Ask every guard whether the project may enter the stage. Raises what they raise."""
        for guard in self._guards:
            await guard(ctx, project, stage, on)

    async def read(self, ctx: Context, project_id: UUID) -> Opened:
        """Raises NotFound, also for a project that the caller may not see."""
        return await self._find(ctx, project_id, lock=False)

    async def open(self, ctx: Context, project_id: UUID) -> Opened:
        """The project, locked until the transaction ends. Raises NotFound as :meth:`read`."""
        return await self._find(ctx, project_id, lock=True)

    async def _find(self, ctx: Context, project_id: UUID, *, lock: bool) -> Opened:
        row = await repository.find_project(ctx.session, project_id, lock=lock)
        if row is None:
            raise NotFound
        ensure_region(ctx.principal, row.region_code)
        ensure_enterprise(ctx.principal, row.enterprise_id)
        return Opened(row, await repository.load_project(ctx.session, row))

    async def claim_code(self, ctx: Context, code: str) -> None:
        """Take a code for a new project until the transaction ends. Raises DuplicateProjectCode."""
        await registry.lock_key(ctx.session, "project", code)
        if await repository.code_is_taken(ctx.session, code):
            raise code_taken(code)

    async def progress_of(self, ctx: Context, project_id: UUID) -> list[Progress]:
        """Progress entries recorded so far, oldest day first."""
        return await repository.progress_of(ctx.session, project_id)

    async def investments_of(self, ctx: Context, project_id: UUID) -> list[Investment]:
        """Investment recorded so far, by month."""
        return await repository.investments_of(ctx.session, project_id)

    async def keep_progress(self, ctx: Context, row: ProgressEntryRow) -> None:
        ctx.session.add(row)

    async def keep_investment(self, ctx: Context, row: InvestmentEntryRow) -> None:
        await repository.store_investment(ctx.session, row)

    async def insert(self, ctx: Context, project: Project, payload: EventPayload) -> Opened:
        """Store a new project with version 1."""
        row = ProjectRow(version=1, updated_at=ctx.now, created_at=ctx.now, **repository.columns_of(project))
        ctx.session.add(row)
        await ctx.session.flush()
        return await self._finish(ctx, row, None, project, payload, "registered", "", ())

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
        """Store a change of an opened project under the next version; ``also`` goes into the history with it."""
        for name, value in repository.columns_of(after).items():
            setattr(opened.row, name, value)
        opened.row.version += 1
        opened.row.updated_at = ctx.now
        await ctx.session.flush()
        return await self._finish(ctx, opened.row, opened.project, after, payload, action, reason, also)

    async def _finish(
        self,
        ctx: Context,
        row: ProjectRow,
        before: Project | None,
        after: Project,
        payload: EventPayload,
        action: str,
        reason: str,
        also: Sequence[FieldChange],
    ) -> Opened:
        await repository.store_plan(ctx.session, before, after)
        ctx.session.add(ProjectChangeRow(**change_of(ctx, row.version, before, after, action, reason, also)))
        await record_event(
            ctx,
            payload,
            subject=str(after.id),
            aggregate_version=row.version,
            region_code=after.region_code,
            enterprise_id=after.enterprise_id,
        )
        for watcher in self._watchers:
            await watcher(ctx, after)
        return Opened(row, after)


def change_of(
    ctx: Context,
    version: int,
    before: Project | None,
    after: Project,
    action: str,
    reason: str,
    also: Sequence[FieldChange],
) -> dict[str, Any]:
    """The history's row of one write."""
    return {
        "project_id": after.id,
        "version": version,
        "at": ctx.now,
        "actor": ctx.principal.subject,
        "actor_role": ctx.principal.role.value,
        "action": action,
        "reason": reason,
        "changes": [
            {"field": change.field, "before": change.before, "after": change.after}
            for change in (*changes_between(before, after), *also)
        ],
    }


def code_taken(code: str) -> DuplicateProjectCode:
    return DuplicateProjectCode(project_code=code, errors=[FieldError("project_code.taken", "/code")])


async def demand_references(ctx: Context, project: Project, before: Project | None = None) -> None:
    """Raises UnknownReference naming every person, unit and enterprise the registry does not hold.

    A reference that stays as it was is not judged again: whoever left the office must not block the project.
    """
    session = ctx.session
    checks = (
        ("responsible_person_id", project.responsible_person_id, registry.has_person),
        ("responsible_unit_id", project.responsible_unit_id, registry.has_unit),
        ("enterprise_id", project.enterprise_id, registry.has_enterprise),
    )
    unknown = [
        name
        for name, key, exists in checks
        if key is not None and key != getattr(before, name, None) and not await exists(session, key)
    ]
    if unknown:
        raise UnknownReference(
            fields=unknown, errors=[FieldError("reference.unknown", f"/{name}") for name in unknown]
        )
