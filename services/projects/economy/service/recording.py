"""Opening a report, and storing a step of it: version, trail, event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.outbox.record import EventRow, event_row
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import NotFound
from services.projects.duties.service import step_facts
from services.projects.economy.domain.reports import EconomyStatus, Lines
from services.projects.economy.repository import reports as repository
from services.projects.economy.tables.reports import ReportRevisionRow, ReportRow, ReportStepRow
from services.projects.registry.repository import enterprise_of
from services.projects.registry.tables import EnterpriseRow

Telling = Callable[[dict[str, Any]], EventPayload]


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A report with its enterprise and what it says; locked when it is to be written."""

    row: ReportRow
    enterprise: EnterpriseRow
    lines: Lines

    @property
    def status(self) -> EconomyStatus:
        return EconomyStatus(self.row.status)


async def read_report(ctx: Context, report_id: UUID) -> OpenedReport:
    """Raises NotFound, also for a report that the caller may not see."""
    row = await repository.find_report(ctx.session, report_id)
    return await _opened(ctx, row)


async def open_report(ctx: Context, report_id: UUID) -> OpenedReport:
    """The report, and its enterprise's place in the register, locked. Raises NotFound."""
    row = await repository.find_report(ctx.session, report_id)
    if row is None:
        raise NotFound
    await repository.lock_register(ctx.session, [row.enterprise_id])
    return await _opened(ctx, await repository.find_report(ctx.session, report_id, lock=True))


async def _opened(ctx: Context, row: ReportRow | None) -> OpenedReport:
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    enterprise = await enterprise_of(ctx.session, row.enterprise_id)
    if enterprise is None:
        raise NotFound
    return OpenedReport(row, enterprise, await repository.lines_at(ctx.session, row.id, row.revision))


def say(ctx: Context, row: ReportRow, lines: Lines, *, correction: str | None = None) -> None:
    """Add what is said as the report's next revision."""
    row.revision += 1
    ctx.session.add(
        ReportRevisionRow(
            report_id=row.id,
            number=row.revision,
            lines=repository.stored_lines(lines),
            is_correction=correction is not None,
            reason=correction or "",
            at=ctx.now,
            actor=ctx.principal.subject,
            actor_role=ctx.principal.role.value,
        )
    )


def step(
    ctx: Context, row: ReportRow, enterprise: EnterpriseRow, action: str, tell: Telling, note: str = ""
) -> EventRow:
    """Write the step under the report's next version; answers its event, which the caller records."""
    row.advance(ctx.now)
    facts = {"status": row.status, "revision": row.revision, "accepted_revision": row.accepted_revision}
    ctx.session.add(ReportStepRow(report_id=row.id, **step_facts(ctx, row.version, action, note, facts)))
    return event_row(
        ctx,
        tell(event_facts(row, enterprise)),
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )


def event_facts(row: ReportRow, enterprise: EnterpriseRow) -> dict[str, Any]:
    """What all events of a report say."""
    return {
        "report_id": row.id,
        "enterprise_id": row.enterprise_id,
        "credit_code": enterprise.credit_code,
        "enterprise_name": enterprise.name,
        "month": row.month,
        "edition": row.edition,
        "region_code": row.region_code,
        "sector_code": row.sector_code,
        "revision": row.revision,
        "due_on": row.due_on,
    }


def new_report(
    ctx: Context, enterprise_id: UUID, month: date, edition: str, due_on: date, place: tuple[str, str]
) -> ReportRow:
    """A report that is owed and says nothing yet; ``place``: region and sector of the register."""
    return ReportRow(
        id=ctx.new_id(),
        enterprise_id=enterprise_id,
        month=month,
        edition=edition,
        region_code=place[0],
        sector_code=place[1],
        status=EconomyStatus.DUE.value,
        revision=0,
        due_on=due_on,
        late=False,
        warnings=[],
        reason="",
        created_at=ctx.now,
        version=0,
        updated_at=ctx.now,
    )
