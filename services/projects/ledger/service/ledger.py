"""Opening and storing a project: lock, scope, version, history, event, watchers; one way for every use case."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import ProjectAmendedV1, Stage
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger import repository
from services.projects.ledger.domain.acts import Act, ActKind, derived_done_on
from services.projects.ledger.domain.figures import newly_known
from services.projects.ledger.domain.funds import FundsArrival
from services.projects.ledger.domain.history import FieldChange, changes_between, to_json
from services.projects.ledger.domain.project import Project, altered
from services.projects.ledger.domain.size_bands import size_of
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.errors import ProjectTerminated, UnknownReference
from services.projects.ledger.service.entry_store import EntryStore
from services.projects.ledger.service.references import code_taken, unknown_references
from services.projects.ledger.tables import ProjectChangeRow, ProjectRow
from services.projects.registry import repository as registry
from services.projects.registry.domain.validity import in_force

ProjectWatcher = Callable[[Context, Project], Awaitable[None]]
# The same as a watcher does for one project, for many at once.
BulkWatcher = Callable[[Context, Sequence["Written"]], Awaitable[None]]
StageGuard = Callable[[Context, Project, Stage, date], Awaitable[None]]
# Names of the fields by which a project (as it is to be, as it was) refers to what is not there.
ReferenceCheck = Callable[[Context, Project, Project | None], Awaitable[Collection[str]]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A project as it stands, its row locked for this transaction when it is to be written."""

    row: ProjectRow
    project: Project

    @property
    def version(self) -> int:
        return self.row.version


@dataclass(frozen=True, slots=True)
class Written:
    """What many writes at once made of a project: each version with the project as it was, oldest first."""

    steps: Sequence[tuple[int, Project]]

    @property
    def project(self) -> Project:
        return self.steps[-1][1]


def one_by_state(watch: Callable[[Context, Sequence[Project]], Awaitable[None]]) -> BulkWatcher:
    """A bulk watcher of those to whom only the last state matters."""

    async def watch_last(ctx: Context, written: Sequence[Written]) -> None:
        await watch(ctx, [one.project for one in written])

    return watch_last


class Ledger(EntryStore):
    """``watchers`` see every project after it was stored, in the same transaction.

    ``guards`` see a project before it enters a stage on a day, and refuse by raising a DomainError: what a stage
    requires of slices above the ledger, such as an admission that is still valid.

    ``references`` are asked of codes that slices above the ledger hold, such as parks.

    ``in_bulk`` names what stands in for a watcher when many projects are stored at once; a watcher without one
    is called for each.
    """

    def __init__(
        self,
        watchers: Sequence[ProjectWatcher] = (),
        guards: Sequence[StageGuard] = (),
        references: Sequence[ReferenceCheck] = (),
        in_bulk: Mapping[ProjectWatcher, BulkWatcher] | None = None,
    ) -> None:
        self._watchers = tuple(watchers)
        self._guards = tuple(guards)
        self._references = tuple(references)
        self._in_bulk = dict(in_bulk or {})

    async def demand_references(self, ctx: Context, project: Project, before: Project | None = None) -> None:
        """Raises UnknownReference naming every person, unit, enterprise and park that is not known.

        A reference that stays as it was is not judged again: whoever left the office must not block the project.
        """
        unknown = list(await unknown_references(ctx, project, before))
        for check in self._references:
            unknown += await check(ctx, project, before)
        if unknown:
            errors = [FieldError("reference.unknown", f"/{name}") for name in unknown]
            raise UnknownReference(fields=unknown, errors=errors)

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

    async def insert(
        self, ctx: Context, project: Project, payload: EventPayload, *, also: Sequence[FieldChange] = ()
    ) -> Opened:
        """Store a new project with version 1."""
        project = await self._banded(ctx, None, project)
        row = ProjectRow(version=1, updated_at=ctx.now, created_at=ctx.now, **repository.columns_of(project))
        ctx.session.add(row)
        await ctx.session.flush()
        return await self._finish(ctx, row, None, project, payload, "registered", "", also)

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
        after = await self._banded(ctx, opened.project, after)
        derived = await derive_acts(ctx, opened.project, after)
        for name, value in repository.columns_of(after).items():
            setattr(opened.row, name, value)
        opened.row.version += 1
        # Of two writers the one that waited may have begun first; the history's instants never go back.
        opened.row.updated_at = max(ctx.now, opened.row.updated_at)
        await ctx.session.flush()
        told = (*also, *derived)
        return await self._finish(ctx, opened.row, opened.project, after, payload, action, reason, told)

    async def _banded(self, ctx: Context, before: Project | None, after: Project) -> Project:
        """The project with the size band that its amount falls into."""
        size = size_of(after)
        if size == (None if before is None else size_of(before)):
            return after
        bands = in_force(await repository.all_size_bands(ctx.session), after.region_code, today_of(ctx))
        band = None if bands is None else bands.band_of(size)
        code = None if band is None else band.code
        return after if after.size_band == code else altered(after, size_band=code)

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
        change = change_of(ctx, row.version, row.updated_at, before, after, action, reason, also)
        ctx.session.add(ProjectChangeRow(**change))
        for known in newly_known(before, [(row.updated_at, after)]):
            await repository.store_figures(ctx.session, after.id, known)
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
    at: datetime,
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
        "at": at,
        "actor": ctx.principal.subject,
        "actor_role": ctx.principal.role.value,
        "action": action,
        "reason": reason,
        "changes": [
            {"field": change.field, "before": change.before, "after": change.after}
            for change in (*changes_between(before, after), *also)
        ],
    }


async def derived_day(ctx: Context, act: Act, project: Project) -> date | None:
    """The day the ledger itself knows a term of the contract done; else what was reported."""
    arrivals: list[FundsArrival] = []
    if act.kind is ActKind.FUNDS:
        arrivals = [repository.arrival_of(row) for row in await repository.arrivals_of(ctx.session, project.id)]
    return derived_done_on(act, project, arrivals)


async def derive_acts(ctx: Context, before: Project, after: Project) -> list[FieldChange]:
    """Bring the terms that are done by funds or start in line with the project; what changed, for the history."""
    start = Milestone.START
    if (before.verified_funds_yuan, before.planned(start)) == (after.verified_funds_yuan, after.planned(start)):
        return []
    told = []
    for row in await repository.act_rows(ctx.session, after.id):
        known = row.done_on
        row.done_on = await derived_day(ctx, repository.act_of(row), after)
        if row.done_on != known:
            told.append(FieldChange(f"contract_act.{row.id}.done_on", to_json(known), to_json(row.done_on)))
    return told


def demand_alive(project: Project) -> None:
    """Raises ProjectTerminated: what has ended is planned no more."""
    if project.stage is Stage.TERMINATED:
        raise ProjectTerminated


def amended(project: Project, fields: tuple[str, ...]) -> ProjectAmendedV1:
    """The event of a change outside of the lifecycle; ``fields`` names what changed."""
    return ProjectAmendedV1(
        project_id=project.id,
        code=project.code,
        name=project.name,
        kind=project.kind.value,
        region_code=project.region_code,
        total_investment_yuan=project.total_investment_yuan,
        responsible_person_id=project.responsible_person_id,
        responsible_unit_id=project.responsible_unit_id,
        fields=fields,
        is_key=project.is_key,
        key_level=None if project.key_level is None else project.key_level.value,
    )
