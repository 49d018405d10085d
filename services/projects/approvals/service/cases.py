"""Opening and storing a case: lock, scope, version, trail, event, conditions; one way for every use case."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import NotFound
from libs.common.workdays import WorkCalendar
from services.projects.approvals import repository
from services.projects.approvals.domain.case import Case
from services.projects.approvals.domain.clock import Reckoning, reckon
from services.projects.approvals.domain.history import changes_between
from services.projects.approvals.service.watching import settle_case
from services.projects.approvals.tables import ApprovalCaseRow, ApprovalChangeRow
from services.projects.registry.service.work_calendar import load_calendar

GrantGuard = Callable[[Context, Case, date], Awaitable[None]]
# What an event says depends on the days reckoned for the case as it is stored.
Tells = Callable[[Reckoning], EventPayload]
NO_DAYS = Reckoning(None, None, None)


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case as it stands, its row locked for this transaction when it is to be written."""

    row: ApprovalCaseRow
    case: Case
    calendar: WorkCalendar

    @property
    def version(self) -> int:
        return self.row.version


class Approvals:
    """``guards`` see a case before it is granted on a day, and refuse by raising a DomainError."""

    def __init__(self, guards: Sequence[GrantGuard] = ()) -> None:
        self._guards = tuple(guards)

    async def admit(self, ctx: Context, case: Case, on: date) -> None:
        """Ask every guard whether the case may be granted. Raises what they raise."""
        for guard in self._guards:
            await guard(ctx, case, on)

    async def read(self, ctx: Context, case_id: UUID) -> OpenedCase:
        """Raises NotFound, also for a case that the caller may not see."""
        return await self._find(ctx, case_id, lock=False)

    async def open(self, ctx: Context, case_id: UUID) -> OpenedCase:
        """The case, locked until the transaction ends. Raises NotFound as :meth:`read`."""
        return await self._find(ctx, case_id, lock=True)

    async def _find(self, ctx: Context, case_id: UUID, *, lock: bool) -> OpenedCase:
        row = await repository.find_case(ctx.session, case_id, lock=lock)
        if row is None:
            raise NotFound
        ensure_region(ctx.principal, row.region_code)
        ensure_enterprise(ctx.principal, row.enterprise_id)
        case = await repository.load_case(ctx.session, row)
        return OpenedCase(row, case, await load_calendar(ctx.session))

    async def insert(self, ctx: Context, case: Case, payload: EventPayload) -> OpenedCase:
        """Store a new case with version 1."""
        row = ApprovalCaseRow(version=1, updated_at=ctx.now, created_at=ctx.now, **repository.case_columns(case))
        ctx.session.add(row)
        await ctx.session.flush()
        opened = OpenedCase(row, case, await load_calendar(ctx.session))
        return await self._finish(ctx, opened, None, payload, "filed", "")

    async def store(
        self, ctx: Context, opened: OpenedCase, after: Case, tells: Tells, *, action: str, reason: str = ""
    ) -> OpenedCase:
        """Store a step under the next version. Raises UnknownCalendarYear when its days cannot be reckoned."""
        clock = after.clock
        reckoning = NO_DAYS if clock is None else reckon(clock, opened.calendar)
        set_days(opened.row, reckoning)
        for name, value in repository.case_columns(after).items():
            setattr(opened.row, name, value)
        opened.row.advance(ctx.now)
        await ctx.session.flush()
        stored = OpenedCase(opened.row, after, opened.calendar)
        return await self._finish(ctx, stored, opened.case, tells(reckoning), action, reason)

    async def _finish(
        self,
        ctx: Context,
        opened: OpenedCase,
        before: Case | None,
        payload: EventPayload,
        action: str,
        reason: str,
    ) -> OpenedCase:
        case = opened.case
        await repository.store_parts(ctx.session, before, case)
        ctx.session.add(
            ApprovalChangeRow(
                case_id=case.id,
                version=opened.version,
                at=ctx.now,
                actor=ctx.principal.subject,
                actor_role=ctx.principal.role.value,
                action=action,
                reason=reason,
                changes=[asdict(change) for change in changes_between(before, case)],
            )
        )
        await record_event(
            ctx,
            payload,
            subject=str(case.id),
            aggregate_version=opened.version,
            region_code=case.region_code,
            enterprise_id=case.enterprise_id,
        )
        await settle_case(ctx, case, opened.calendar, may_open=False)
        return opened


def set_days(row: ApprovalCaseRow, reckoning: Reckoning) -> bool:
    """Copy the days into the row; whether any of them moved."""
    days = (reckoning.due_on, reckoning.statutory_due_on, reckoning.due_soon_on)
    moved = days != (row.due_on, row.statutory_due_on, row.due_soon_on)
    row.due_on, row.statutory_due_on, row.due_soon_on = days
    return moved
