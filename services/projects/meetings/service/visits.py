"""Supervision visits (督导) to enterprises, which respect the days on which those are left in peace.

企业安静生产日 and its exceptions are rules of a slice of their own; it guards the visits through ``VisitGuard``.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import VisitCancelledV1, VisitMadeV1, VisitMovedV1, VisitPlannedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import demand_entries, visible_project
from services.projects.environment.domain.quiet_days import ExemptionGround
from services.projects.meetings import repository
from services.projects.meetings.domain import meeting as rules
from services.projects.meetings.domain.meeting import VisitStatus
from services.projects.meetings.errors import VisitProjectMismatch
from services.projects.meetings.tables import VisitRow
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why the visit may fall on a quiet day, and who approved that."""

    ground: ExemptionGround
    reason: str
    approver_person_id: UUID


# Sees a visit before it is planned for, moved to or made on a day: the enterprise, the day, the exemption claimed.
# It refuses by raising a DomainError.
VisitGuard = Callable[[Context, UUID, date, Exemption | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Draft:
    enterprise_id: UUID
    project_id: UUID | None
    purpose: str
    unit_id: UUID | None
    leader_person_id: UUID | None
    planned_on: date
    exemption: Exemption | None


@dataclass(frozen=True, slots=True)
class Opened:
    row: VisitRow
    enterprise: EnterpriseRow

    @property
    def version(self) -> int:
        return self.row.version


class Visits:
    """``guards`` are asked before every visit, whatever day it is for."""

    def __init__(self, guards: Sequence[VisitGuard] = ()) -> None:
        self._guards = tuple(guards)

    async def _admit(self, ctx: Context, enterprise_id: UUID, on: date, exemption: Exemption | None) -> None:
        for guard in self._guards:
            await guard(ctx, enterprise_id, on, exemption)

    async def plan(self, ctx: Context, draft: Draft) -> Opened:
        """Raises EntryUnknown, NotFound, VisitProjectMismatch, VisitDayUnfit, and what the guards raise."""
        enterprise = await _enterprise(ctx, draft.enterprise_id)
        exemption = draft.exemption
        await demand_entries(
            ctx,
            persons={
                "/leader_person_id": draft.leader_person_id,
                "/exemption/approver_person_id": None if exemption is None else exemption.approver_person_id,
            },
            units={"/unit_id": draft.unit_id},
        )
        if draft.project_id is not None:
            project = await visible_project(ctx, draft.project_id)
            if project.enterprise_id != draft.enterprise_id:
                raise VisitProjectMismatch(errors=[FieldError("visit.other_enterprise", "/project_id")])
        rules.check_visit_planned_on(draft.planned_on, today_of(ctx))
        await self._admit(ctx, draft.enterprise_id, draft.planned_on, exemption)
        row = VisitRow(
            id=ctx.new_id(),
            enterprise_id=draft.enterprise_id,
            project_id=draft.project_id,
            status=VisitStatus.PLANNED.value,
            purpose=draft.purpose,
            unit_id=draft.unit_id,
            leader_person_id=draft.leader_person_id,
            planned_on=draft.planned_on,
            exemption=None if exemption is None else exemption.ground.value,
            exemption_reason=None if exemption is None else exemption.reason,
            approver_person_id=None if exemption is None else exemption.approver_person_id,
            findings="",
            version=0,
            updated_at=ctx.now,
            created_at=ctx.now,
            created_by=ctx.principal.subject,
        )
        ctx.session.add(row)
        return await _store(ctx, Opened(row, enterprise), VisitPlannedV1(**_state(row)))

    async def move(self, ctx: Context, opened: Opened, planned_on: date, reason: str) -> Opened:
        """Raises VisitStepRefused, VisitDayUnfit, and what the guards raise."""
        rules.demand_planned_visit(VisitStatus(opened.row.status))
        rules.check_visit_planned_on(planned_on, today_of(ctx))
        await self._admit(ctx, opened.row.enterprise_id, planned_on, _exemption(opened.row))
        opened.row.planned_on = planned_on
        return await _store(ctx, opened, VisitMovedV1(**_state(opened.row, reason)))

    async def make(self, ctx: Context, opened: Opened, on: date, findings: str) -> Opened:
        """The visit took place; on another day than planned only where the guards admit that day.

        Raises VisitStepRefused, VisitDayUnfit, and what the guards raise.
        """
        rules.demand_planned_visit(VisitStatus(opened.row.status))
        rules.check_visit_made_on(on, today_of(ctx))
        if on != opened.row.planned_on:
            await self._admit(ctx, opened.row.enterprise_id, on, _exemption(opened.row))
        opened.row.status, opened.row.made_on, opened.row.findings = VisitStatus.MADE.value, on, findings
        return await _store(ctx, opened, VisitMadeV1(**_state(opened.row), made_on=on, findings=findings))


async def read_visit(ctx: Context, visit_id: UUID, *, lock: bool = False) -> Opened:
    """The visit, locked if asked. Raises NotFound; an enterprise sees the visits to itself."""
    row = await repository.find_visit(ctx.session, visit_id, lock=lock)
    if row is None:
        raise NotFound
    enterprise = await ctx.session.get(EnterpriseRow, row.enterprise_id)
    assert enterprise is not None, "enterprises are never deleted for good"
    ensure_region(ctx.principal, enterprise.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return Opened(row, enterprise)


async def cancel_visit(ctx: Context, opened: Opened, reason: str) -> Opened:
    """Raises VisitStepRefused."""
    rules.demand_planned_visit(VisitStatus(opened.row.status))
    opened.row.status, opened.row.cancel_reason = VisitStatus.CANCELLED.value, reason
    return await _store(ctx, opened, VisitCancelledV1(**_state(opened.row, reason)))


async def _enterprise(ctx: Context, enterprise_id: UUID) -> EnterpriseRow:
    enterprise = await ctx.session.get(EnterpriseRow, enterprise_id)
    if enterprise is None or enterprise.deleted_at is not None:
        fault = FieldError("reference.unknown", "/enterprise_id")
        raise EntryUnknown(fields=["enterprise_id"], errors=[fault])
    ensure_region(ctx.principal, enterprise.region_code)
    return enterprise


def _exemption(row: VisitRow) -> Exemption | None:
    if row.exemption is None or row.exemption_reason is None or row.approver_person_id is None:
        return None
    return Exemption(ExemptionGround(row.exemption), row.exemption_reason, row.approver_person_id)


def _state(row: VisitRow, note: str = "") -> dict[str, Any]:
    names = ("enterprise_id", "project_id", "status", "purpose", "planned_on", "exemption")
    return {name: getattr(row, name) for name in names} | {"visit_id": row.id, "note": note}


async def _store(ctx: Context, opened: Opened, payload: EventPayload) -> Opened:
    opened.row.advance(ctx.now)
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(opened.row.id),
        aggregate_version=opened.row.version,
        region_code=opened.enterprise.region_code,
        enterprise_id=opened.row.enterprise_id,
    )
    return opened
